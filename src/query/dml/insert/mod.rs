//! INSERT and REPLACE: from the statement to what each column of a row gets.
//!
//! ```text
//! VALUES, SET ──▶ expressions over the row that is being made      frame: row
//! SELECT ───────▶ a plan's outputs
//! ON DUPLICATE KEY UPDATE ─▶ expressions over                      frame: row there │ new row │ outputs
//! ```

mod auto_increment;
mod duplicates;
mod on_duplicate;
mod run;

use std::sync::Arc;

pub(super) use run::{Inserter, Put};

use super::check_option::ViewChecks;
use super::errors::{generated_given, given_twice, value_count};
use super::family::Family;
use super::given::{Default, Given};
use super::planned::{self, DmlPlan, no_plan};
use super::returning::Returning;
use super::target::Target;
use super::view::Into;
use crate::engine::{Isolation, Use};
use crate::query::accounts::{self, Privilege};
use crate::query::bind::{Compiler, Scope};
use crate::query::plan::QueryPlan;
use crate::query::{EvalContext, Interrupt, Outcome, ResultSink, Session};
use crate::sql::statement::ast;
use crate::store::TableId;
use crate::value::{SqlError, Value};
use on_duplicate::OnDuplicateUpdate;

/// What a row that has another's unique key does.
pub(super) enum Conflict {
    /// 1062.
    Fail,
    /// It is left out.
    Ignore,
    /// It takes the other's place.
    Replace,
    /// The other is changed.
    Update(Box<OnDuplicateUpdate>),
}

/// Where rows come from.
pub(super) enum Source {
    /// VALUES and SET.
    Values(Vec<Vec<Given>>),
    /// A query; whether it reads the table that is written to.
    Query(Box<QueryPlan>, bool),
    /// A file.
    File,
}

/// A compiled INSERT.
pub struct InsertPlan {
    /// Into what.
    pub(super) target: Arc<Target>,
    /// All tables that may change.
    pub(super) family: Arc<Family>,
    /// The columns that get values, in the order of the values.
    pub(super) places: Vec<usize>,
    /// Where rows come from.
    pub(super) source: Source,
    /// What the other columns get.
    pub(super) defaults: Vec<(usize, Default)>,
    /// How many slots the frame of values has; the row comes first.
    pub(super) frame: usize,
    /// What duplicates do.
    pub(super) conflict: Conflict,
    /// IGNORE.
    pub(super) ignore: bool,
    /// WITH CHECK OPTION of the view that is inserted into.
    pub(super) checks: ViewChecks,
}

/// INSERT.
///
/// # Errors
/// Those of the statement; a wait.
pub fn insert(
    session: &mut Session,
    text: Option<&str>,
    statement: &ast::Insert,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    run_insert(session, text, (statement, false), params, sink)
}

/// REPLACE.
///
/// # Errors
/// Those of the statement; a wait.
pub fn replace(
    session: &mut Session,
    text: Option<&str>,
    statement: &ast::Insert,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    run_insert(session, text, (statement, true), params, sink)
}

fn run_insert(
    session: &mut Session,
    text: Option<&str>,
    (statement, replace): (&ast::Insert, bool),
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    session.next_last_insert_id = None;
    let (plan, returning) = planned(session, text, (statement, replace), params)?;
    let DmlPlan::Insert(plan) = &*plan else { return Err(no_plan()) };
    let mut ctx = EvalContext::new(session, params);
    let priority = statement.priority == Some(ast::Priority::Delayed);
    if priority {
        let what = if replace { "REPLACE" } else { "INSERT" };
        let message = format!(
            "{what} DELAYED is no longer supported. The statement was converted to {what}."
        );
        ctx.warn(3005, message);
    }
    run::run(plan, returning, &mut ctx)?.tell(&mut ctx, sink)
}

fn planned(
    session: &mut Session,
    text: Option<&str>,
    (statement, replace): (&ast::Insert, bool),
    params: &[Value],
) -> Result<(Arc<DmlPlan>, Option<Returning>), Interrupt> {
    let plain = matches!(statement.source, ast::InsertSource::Values(_));
    // What RETURNING gives belongs to one run.
    let text = text.filter(|_| plain && statement.returning.is_none());
    if let Some(plan) = planned::find(session, text, params)? {
        return Ok((plan, None));
    }
    let key = planned::key(session, text, params);
    let mut compiler = Compiler::new(session, params);
    let (plan, returning) = compile(&mut compiler, statement, replace)?;
    Ok((planned::keep(&mut compiler, text, key, DmlPlan::Insert(plan)), returning))
}

/// The table's name in the statement, and where rows come from.
pub(super) fn compiled(
    compiler: &mut Compiler<'_>,
    statement: &ast::Insert,
    replace: bool,
) -> Result<(Arc<str>, Source), Interrupt> {
    let (plan, _) = compile(compiler, statement, replace)?;
    Ok((plan.target.table.name.clone(), plan.source))
}

fn compile(
    compiler: &mut Compiler<'_>,
    statement: &ast::Insert,
    replace: bool,
) -> Result<(InsertPlan, Option<Returning>), Interrupt> {
    let mut into = Into::find(compiler, &statement.table)?;
    let updates = !statement.on_duplicate.is_empty();
    check_privileges(compiler.session, &into, replace, updates)?;
    let mut family = Family::default();
    let target = family.add(compiler, into.table.clone(), replace || updates)?;
    let places = places(&into, statement)?;
    let mut scope = Scope::new();
    scope.add_row_source(into.table.clone(), &into.alias, 0);
    compiler.scopes.push(scope);
    let source = source(compiler, statement, &into, &places);
    let frame = compiler.scopes.pop().map_or(0, |scope| scope.frame);
    let source = source?;
    let conflict = match (replace, updates, statement.ignore) {
        (true, ..) => Conflict::Replace,
        (_, true, _) => {
            let update =
                OnDuplicateUpdate::compile(compiler, statement, &into, (&source, &places))?;
            Conflict::Update(Box::new(update))
        }
        (_, _, true) => Conflict::Ignore,
        _ => Conflict::Fail,
    };
    let items = statement.returning.as_deref();
    let returning = Returning::compile(compiler, items, &into.table, &into.alias)?;
    let defaults = defaults(compiler, &target, &places)?;
    let (ignore, checks) = (statement.ignore, std::mem::take(&mut into.checks));
    let family = Arc::new(family);
    let plan =
        InsertPlan { target, family, places, source, defaults, frame, conflict, ignore, checks };
    Ok((plan, returning))
}

/// INSERT; DELETE too for REPLACE, UPDATE for ON DUPLICATE KEY UPDATE.
fn check_privileges(
    session: &Session,
    into: &Into,
    replace: bool,
    updates: bool,
) -> Result<(), SqlError> {
    let (schema, table) = (&into.table.schema, &into.alias);
    accounts::require_table(session, Privilege::Insert, schema, table)?;
    if replace {
        accounts::require_table(session, Privilege::Delete, schema, table)?;
    }
    if updates {
        accounts::require_table(session, Privilege::Update, schema, table)?;
    }
    Ok(())
}

/// What the columns get that no value is given for.
pub(super) fn defaults(
    compiler: &mut Compiler<'_>,
    target: &Target,
    places: &[usize],
) -> Result<Vec<(usize, Default)>, Interrupt> {
    let open = (0..target.width()).filter(|at| !places.contains(at));
    open.map(|at| Ok((at, Default::of(compiler, &target.table, at, 0)?))).collect()
}

/// The columns that are given.
fn places(into: &Into, statement: &ast::Insert) -> Result<Vec<usize>, SqlError> {
    let no_values = matches!(&statement.source,
        ast::InsertSource::Values(rows) if rows.iter().all(Vec::is_empty));
    let Some(columns) = &statement.columns else {
        return Ok(if no_values { Vec::new() } else { into.all() });
    };
    let mut places = Vec::with_capacity(columns.len());
    for column in columns {
        let place = column_place(into, column)?;
        if places.contains(&place) {
            let name = into.table.columns.get(place).map_or(&*column.name, |column| &column.name);
            return Err(given_twice(name));
        }
        places.push(place);
    }
    Ok(places)
}

/// The place of a column that is assigned to: 1054 where there is none.
pub(super) fn column_place(into: &Into, column: &ast::ColumnName) -> Result<usize, SqlError> {
    let right_table = column.table.as_ref().is_none_or(|table| *table.name == *into.alias);
    let found = into.column(&column.name).filter(|_| right_table);
    found.ok_or_else(|| {
        let table = column.table.as_ref().map(|table| format!("{}.", table.name));
        let name = format!("{}{}", table.unwrap_or_default(), column.name);
        SqlError::new(1054, b"42S22", format!("Unknown column '{name}' in 'field list'"))
    })
}

fn source(
    compiler: &mut Compiler<'_>,
    statement: &ast::Insert,
    into: &Into,
    places: &[usize],
) -> Result<Source, Interrupt> {
    match &statement.source {
        ast::InsertSource::Values(rows) => values(compiler, rows, into, places),
        ast::InsertSource::Query(query) => {
            check_generated(into, places)?;
            let scopes = std::mem::take(&mut compiler.scopes);
            let plan = query_source(compiler, query);
            compiler.scopes = scopes;
            let (plan, tables) = plan?;
            if plan.columns.len() != places.len() {
                return Err(value_count(1).into());
            }
            Ok(Source::Query(Box::new(plan), tables.contains(&into.table.id)))
        }
    }
}

/// A query as a source: under the stricter levels it locks what it reads, so that the log, played in its
/// order, gives the same rows.
fn query_source(
    compiler: &mut Compiler<'_>,
    query: &ast::Query,
) -> Result<(QueryPlan, Vec<TableId>), Interrupt> {
    let isolation = compiler.session.transaction().isolation();
    let locks = matches!(isolation, Isolation::RepeatableRead | Isolation::Serializable);
    let before =
        std::mem::replace(&mut compiler.how, if locks { Use::LockingRead } else { Use::Read });
    let known = std::mem::take(&mut compiler.tables);
    let plan = compiler.top_query(query);
    let read = std::mem::replace(&mut compiler.tables, known);
    compiler.how = before;
    Ok((plan?, read.iter().map(|table| table.id).collect()))
}

fn check_generated(into: &Into, places: &[usize]) -> Result<(), SqlError> {
    let columns = places.iter().filter_map(|at| into.table.columns.get(*at));
    match columns.into_iter().find(|column| column.generated.is_some()) {
        Some(column) => Err(generated_given(&column.name, &into.table.name)),
        None => Ok(()),
    }
}

fn values(
    compiler: &mut Compiler<'_>,
    rows: &[Vec<ast::Expr>],
    into: &Into,
    places: &[usize],
) -> Result<Source, Interrupt> {
    let table: &Arc<_> = &into.table;
    // `VALUES ()` beside rows with values is an error, alone it is all defaults.
    let mut given = Vec::with_capacity(rows.len());
    for (number, row) in rows.iter().enumerate() {
        let defaults = row.is_empty() && (places.is_empty() || rows.len() == 1);
        if row.len() != places.len() && !defaults {
            return Err(value_count(number + 1).into());
        }
        let mut values = Vec::with_capacity(row.len());
        for (expr, at) in row.iter().zip(places) {
            values.push(Given::compile(compiler, expr, table, (*at, 0))?);
        }
        given.push(values);
    }
    Ok(Source::Values(given))
}
