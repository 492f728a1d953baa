//! UPDATE, of one table or of several that are joined.

use std::collections::HashSet;
use std::sync::Arc;

use super::insert::default_value;
use super::insert_rows::touch;
use super::rules::Rules;
use super::writer::Writer;
use super::{identical, ignorable};
use crate::engine::Use;
use crate::engine::catalog::TableDef;
use crate::query::bind::{Clause, ColumnPath, Compiler, Scope};
use crate::query::expr::Expr;
use crate::query::plan::{Conflict, FromTree, JoinInput, Node, OrderWish, RowLock, plan_from};
use crate::query::{EvalContext, Interrupt, Outcome, Session, exec};
use crate::sql::statement::ast;
use crate::store::Key;
use crate::value::{SqlError, Value, Warning, Warnings};

/// A table whose rows change, and where its row and key are in the frame.
struct Target {
    table: Arc<TableDef>,
    slot: usize,
    key_slot: usize,
    /// Columns and their values, in the statement's order.
    assignments: Vec<(usize, Expr)>,
}

/// The operators that find the rows, and what is needed to change them.
pub(super) struct Finder {
    pub node: Node,
    pub frame: usize,
}

/// UPDATE.
///
/// # Errors
/// Those of names, types, values and constraints; a wait.
pub fn update(
    session: &mut Session,
    update: &ast::Update,
    params: &[Value],
) -> Result<Outcome, Interrupt> {
    let mut compiler = writing(session, params);
    if let Some(with) = &update.with {
        compiler.push_ctes(with)?;
    }
    compiler.scopes.push(Scope::new());
    let tree = compiler.from(&update.tables)?;
    let conditions = compiler.where_conditions(update.selection.as_ref())?;
    compiler.scope().clause = Clause::Fields;
    let targets = targets(&mut compiler, &update.assignments)?;
    let finder = finder(
        &mut compiler,
        (tree, conditions),
        (&update.order_by, update.limit.as_ref()),
        &targets.iter().map(|target| (target.table.clone(), target.slot)).collect::<Vec<_>>(),
    )?;
    let single = targets.len() == 1;
    let mut with_rules = Vec::with_capacity(targets.len());
    for target in targets {
        with_rules.push((Rules::new(target.table.clone(), session)?, target));
    }
    let mut ctx = EvalContext::new(session, params);
    let writer = Writer::new(update.ignore, &mut ctx);
    let rows = find(&finder, &mut ctx)?;
    let mut counts = Counts::default();
    for mut frame in rows {
        ctx.tick()?;
        for (rules, target) in &with_rules {
            let changed =
                apply(rules, target, &mut frame, (&writer, single), &mut counts, &mut ctx);
            match changed {
                Err(interrupt) if update.ignore => {
                    let error = ignorable(interrupt)?;
                    Warnings::warn(&mut ctx, Warning::new(error.code, error.message));
                }
                other => other?,
            }
        }
        ctx.row_number += 1;
    }
    Ok(counts.finish(&mut ctx))
}

/// A compiler for a statement that changes the rows of tables in FROM.
pub(super) fn writing<'s>(session: &'s mut Session, params: &'s [Value]) -> Compiler<'s> {
    let mut compiler = Compiler::new(session, params);
    compiler.how = Use::Write;
    compiler.lock = Some(RowLock { exclusive: true, conflict: Conflict::Wait });
    compiler
}

#[derive(Default)]
struct Counts {
    found: u64,
    changed: u64,
    seen: HashSet<(u64, Key)>,
}

impl Counts {
    fn finish(self, ctx: &mut EvalContext<'_>) -> Outcome {
        ctx.keep_assigned();
        let warnings = ctx.session.diagnostics.count();
        let (found, changed) = (self.found, self.changed);
        let affected = if ctx.session.client_found_rows { found } else { changed };
        ctx.session.row_count = affected as i64;
        let info = format!("Rows matched: {found}  Changed: {changed}  Warnings: {warnings}");
        let last_insert_id = ctx.session.next_last_insert_id.take().unwrap_or(0);
        Outcome::Ok { affected, last_insert_id, info }
    }
}

fn targets(
    compiler: &mut Compiler<'_>,
    assignments: &[ast::Assignment],
) -> Result<Vec<Target>, Interrupt> {
    let mut targets: Vec<Target> = Vec::new();
    for assignment in assignments {
        let name = &assignment.column;
        let table = name.table.as_ref();
        let path = ColumnPath {
            schema: table.and_then(|table| table.schema.as_deref()),
            table: table.map(|table| table.name.as_str()),
            column: &name.name,
        };
        let found = compiler.find_column(path)?;
        let place = found.origin.and_then(|(table, column, alias)| {
            let source = compiler.scope().plans.iter().find(|source| {
                source.alias == alias && source.table().is_some_and(|own| own.id == table.id)
            })?;
            Some((table, column, source.slot, source.key_slot?, alias))
        });
        let Some((table, column, slot, key_slot, alias)) = place else {
            let of = path.table.unwrap_or(path.column);
            let message = format!("The target table {of} of the UPDATE is not updatable");
            return Err(SqlError::new(1288, b"HY000", message).into());
        };
        let _ = alias;
        let value = assigned(compiler, assignment, &table, column)?;
        match targets.iter_mut().find(|target| target.slot == slot) {
            Some(target) => target.assignments.push((column, value)),
            None => {
                targets.push(Target { table, slot, key_slot, assignments: vec![(column, value)] });
            }
        }
    }
    Ok(targets)
}

fn assigned(
    compiler: &mut Compiler<'_>,
    assignment: &ast::Assignment,
    table: &Arc<TableDef>,
    column: usize,
) -> Result<Expr, Interrupt> {
    if ast::is_default(&assignment.value) {
        return default_value(compiler, table, column);
    }
    if let Some(generated) = table.columns.get(column).filter(|column| column.generated.is_some()) {
        let message = format!(
            "The value specified for generated column '{}' in table '{}' is not allowed.",
            generated.name, table.name
        );
        return Err(SqlError::new(3105, b"HY000", message).into());
    }
    compiler.single_expr(&assignment.value)
}

/// The operators that find rows to change: every column of the targets is wanted.
pub(super) fn finder(
    compiler: &mut Compiler<'_>,
    (tree, conditions): (FromTree, Vec<Expr>),
    (order_by, limit): (&[ast::OrderByExpr], Option<&ast::Expr>),
    targets: &[(Arc<TableDef>, usize)],
) -> Result<Finder, Interrupt> {
    let single = matches!(tree, FromTree::Source(_));
    if !single && (!order_by.is_empty() || limit.is_some()) {
        let what = if order_by.is_empty() { "LIMIT" } else { "ORDER BY" };
        let message = format!("Incorrect usage of UPDATE and {what}");
        return Err(SqlError::new(1221, b"HY000", message).into());
    }
    compiler.scope().clause = Clause::Order;
    let mut keys = compiler.sort_keys(order_by, &[])?;
    let limit = compiler.row_count(limit)?;
    let scope = compiler.scope();
    for (table, slot) in targets {
        (0..table.columns.len()).for_each(|at| scope.mark(slot + at));
    }
    let mut known = vec![true; scope.frame];
    for slot in scope.plans.iter().flat_map(|source| source.slots()) {
        if let Some(known) = known.get_mut(slot) {
            *known = false;
        }
    }
    let wanted = keys.clone();
    let wish =
        (!wanted.is_empty()).then_some(OrderWish { keys: &wanted, limited: limit.is_some() });
    let (sources, used) = (&scope.plans, &scope.used);
    let input = JoinInput { tree, sources, conditions, used, known, straight: false, wish };
    let (mut node, ordered) = plan_from(input);
    if ordered {
        keys.clear();
    }
    let frame = compiler.scope().frame;
    let parts = crate::query::bind::LimitParts { limit, offset: None };
    if !keys.is_empty() {
        node = crate::query::bind::sorted(node, keys, (0..frame).collect(), &parts);
    }
    node = crate::query::bind::limited(node, parts, false);
    Ok(Finder { node, frame })
}

/// All rows to change, as whole frames.
pub(super) fn find(
    finder: &Finder,
    ctx: &mut EvalContext<'_>,
) -> Result<Vec<Vec<Value>>, Interrupt> {
    let mut charge = ctx.memory.charge();
    let mut frame = vec![Value::Null; finder.frame];
    let mut operator = exec::build(&finder.node);
    let mut rows = Vec::new();
    operator.open(ctx, &mut frame)?;
    while operator.next(ctx, &mut frame)? {
        charge.add(exec::row_bytes(&frame))?;
        rows.push(frame.clone());
    }
    Ok(rows)
}

/// The row key in a frame; none where an outer join has none.
pub(super) fn key_in(frame: &[Value], slot: usize) -> Option<Key> {
    match frame.get(slot) {
        Some(Value::Bytes(bytes)) => Some(Key::new(bytes)),
        _ => None,
    }
}

fn apply(
    rules: &Rules,
    target: &Target,
    frame: &mut Vec<Value>,
    (writer, single): (&Writer, bool),
    counts: &mut Counts,
    ctx: &mut EvalContext<'_>,
) -> Result<(), Interrupt> {
    let Some(key) = key_in(frame, target.key_slot) else { return Ok(()) };
    if !single && !counts.seen.insert((target.table.id.0, key.clone())) {
        return Ok(());
    }
    counts.found += 1;
    let range = target.slot..target.slot + target.table.columns.len();
    let before: Vec<Value> = frame.get(range.clone()).unwrap_or_default().to_vec();
    let mut assigned = Vec::with_capacity(target.assignments.len());
    for (at, expr) in &target.assignments {
        let Some(column) = target.table.columns.get(*at) else { continue };
        if column.generated.is_some() {
            continue;
        }
        let value = expr.eval(ctx, frame)?;
        let stored = writer.stored(&value, &expr.ty, column, ctx)?;
        let stored = match (&stored, column.nullable) {
            (Value::Null, false) => return Err(super::rules::cannot_be_null(&column.name).into()),
            _ => stored,
        };
        assigned.push(*at);
        if let Some(place) = frame.get_mut(target.slot + at) {
            *place = stored;
        }
    }
    let mut after: Vec<Value> = frame.get(range).unwrap_or_default().to_vec();
    if before.iter().zip(&after).all(|(one, other)| identical(one, other)) {
        return Ok(());
    }
    touch(rules, &assigned, &mut after, ctx);
    writer.change(rules, &key, &before, &mut after, ctx)?;
    counts.changed += 1;
    Ok(())
}
