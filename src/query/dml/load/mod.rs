//! LOAD DATA LOCAL INFILE: rows from a file that the client sends.
//!
//! The server asks [`local_file`] whether a statement wants a file, gets it from the client, and puts it
//! into [`Session::load_input`](crate::query::Session::load_input) before the statement runs. It stays
//! there until the statement has ended, since a statement that waits for a lock reads it again from its
//! start. Files of the server itself are closed to SQL (1290).

mod lines;

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use super::errors::{no_file_access, null_replaced, too_few_fields, too_many_fields, warn_of};
use super::family::Family;
use super::given::Given;
use super::insert::{Conflict, InsertPlan, Inserter, Put, Source, column_place, defaults};
use super::view::Into;
use crate::query::accounts::{self, Privilege};
use crate::query::bind::{Compiler, Scope};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt, Outcome, ResultSink, Session};
use crate::sql::statement::{Statement, ast};
use crate::value::charset::Charset;
use crate::value::collation::Collation;
use crate::value::types::ColumnType;
use crate::value::{SqlError, Value};
use lines::{Field, Lines};

/// The bytes of a file; they can be read again.
pub trait LoadInput: Read + Seek + Send + Sync {}

impl<T: Read + Seek + Send + Sync> LoadInput for T {}

/// The file that a statement wants from the client.
pub fn local_file(statement: &Statement) -> Option<&str> {
    match statement {
        Statement::LoadData(load) if load.local => Some(&load.file),
        _ => None,
    }
}

/// Where a field goes.
enum Target {
    Column(usize),
    Variable(String),
}

struct LoadPlan {
    insert: InsertPlan,
    targets: Vec<Target>,
    /// SET.
    assignments: Vec<(usize, Given)>,
    charset: &'static Charset,
    ty: ExprType,
}

/// LOAD DATA.
///
/// # Errors
/// 1290 without LOCAL; those of names, fields, values and constraints; a wait.
pub fn load_data(
    session: &mut Session,
    statement: &ast::LoadData,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    if !statement.local {
        return Err(no_file_access().into());
    }
    let mut compiler = Compiler::new(session, params);
    let plan = compile(&mut compiler, statement)?;
    let Some(mut input) = session.load_input.take() else {
        return Err(SqlError::new(2, b"HY000", "The client sent no file").into());
    };
    let result = run(session, plan, statement, params, (&mut *input, sink));
    if result.is_err() {
        session.load_input = Some(input);
    }
    result
}

fn compile(compiler: &mut Compiler<'_>, statement: &ast::LoadData) -> Result<LoadPlan, Interrupt> {
    let into = Into::find(compiler, &statement.table)?;
    let (schema, name) = (&into.table.schema, &into.alias);
    accounts::require_table(compiler.session, Privilege::Insert, schema, name)?;
    let replace = statement.duplicates == ast::OnDuplicate::Replace;
    if replace {
        accounts::require_table(compiler.session, Privilege::Delete, schema, name)?;
    }
    let mut family = Family::default();
    let target = family.add(compiler, into.table.clone(), replace)?;
    let targets = targets(statement, &into)?;
    let mut scope = Scope::new();
    scope.add_row_source(into.table.clone(), &into.alias, 0);
    compiler.scopes.push(scope);
    let assignments = assignments(compiler, statement, &into);
    let frame = compiler.scopes.pop().map_or(0, |scope| scope.frame);
    let assignments = assignments?;
    let mut places: Vec<usize> = targets
        .iter()
        .filter_map(|target| match target {
            Target::Column(at) => Some(*at),
            Target::Variable(_) => None,
        })
        .collect();
    places.extend(assignments.iter().map(|(at, _)| *at));
    let defaults = defaults(compiler, &target, &places)?;
    let (charset, ty) = charset(compiler.session, statement)?;
    // With LOCAL there is no way to stop the client: what does not fit is left out or made to fit.
    let ignore = !replace;
    let conflict = if replace { Conflict::Replace } else { Conflict::Ignore };
    let (source, family, checks) = (Source::File, Arc::new(family), into.checks);
    let insert =
        InsertPlan { target, family, places, source, defaults, frame, conflict, ignore, checks };
    Ok(LoadPlan { insert, targets, assignments, charset, ty })
}

fn targets(statement: &ast::LoadData, into: &Into) -> Result<Vec<Target>, SqlError> {
    if statement.targets.is_empty() {
        let stored = |at: &usize| {
            into.table.columns.get(*at).is_some_and(|column| column.generated.is_none())
        };
        return Ok(into.all().into_iter().filter(stored).map(Target::Column).collect());
    }
    let target = |target: &ast::LoadTarget| match target {
        ast::LoadTarget::Column(name) => column_place(into, name).map(Target::Column),
        ast::LoadTarget::Variable(name) => Ok(Target::Variable(name.to_lowercase())),
    };
    statement.targets.iter().map(target).collect()
}

fn assignments(
    compiler: &mut Compiler<'_>,
    statement: &ast::LoadData,
    into: &Into,
) -> Result<Vec<(usize, Given)>, Interrupt> {
    let mut found = Vec::with_capacity(statement.assignments.len());
    for assignment in &statement.assignments {
        let at = column_place(into, &assignment.column)?;
        found.push((at, Given::compile(compiler, &assignment.value, &into.table, (at, 0))?));
    }
    Ok(found)
}

/// The file's character set: as said, or the schema's.
fn charset(
    session: &Session,
    statement: &ast::LoadData,
) -> Result<(&'static Charset, ExprType), SqlError> {
    let named = |name: &str| Collation::default_of(Charset::by_name(name)?);
    let (name, collation) = match &statement.charset {
        Some(name) => (name.as_str(), named(name)),
        None => {
            let own = Collation::by_id(session.variables.collation_database);
            ("utf8mb4", own.or_else(|| named("utf8mb4")))
        }
    };
    let unknown = || SqlError::new(1115, b"42000", format!("Unknown character set: '{name}'"));
    let collation = collation.ok_or_else(unknown)?;
    let ty = ExprType::text(16_383, collation.id, true);
    Ok((collation.charset, ty))
}

fn run(
    session: &mut Session,
    plan: LoadPlan,
    statement: &ast::LoadData,
    params: &[Value],
    (input, sink): (&mut dyn LoadInput, &mut dyn ResultSink),
) -> Result<Outcome, Interrupt> {
    input.seek(SeekFrom::Start(0)).map_err(|error| lines::unreadable(&error))?;
    let mut lines = Lines::new(input, &statement.format, session.variables.max_allowed_packet)?;
    let mut ctx = EvalContext::new(session, params);
    let LoadPlan { insert, targets, assignments, charset, ty } = plan;
    let mut inserter = Inserter::new(&insert, &mut ctx);
    let filler = Filler { targets, assignments, charset, ty };
    for _ in 0..statement.ignore_lines {
        if !lines.skip()? {
            break;
        }
    }
    while let Some(fields) = lines.next()? {
        inserter.row(&mut ctx, &[], |inserter, ctx| filler.fill(inserter, fields, ctx))?;
    }
    let counts = inserter.counts;
    let skipped = counts.records.saturating_sub(counts.copied);
    let warnings = ctx.session.diagnostics.count();
    let info = format!(
        "Records: {}  Deleted: {}  Skipped: {skipped}  Warnings: {warnings}",
        counts.records, counts.deleted
    );
    inserter.finish(info, &mut ctx).tell(&mut ctx, sink)
}

/// Makes rows of lines.
struct Filler {
    targets: Vec<Target>,
    assignments: Vec<(usize, Given)>,
    charset: &'static Charset,
    ty: ExprType,
}

impl Filler {
    fn fill(
        &self,
        inserter: &mut Inserter,
        fields: Vec<Field>,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        let (given, wanted) = (fields.len(), self.targets.len());
        let mut fields = fields.into_iter();
        for target in &self.targets {
            let field = fields.next();
            match target {
                Target::Column(at) => self.column(inserter, *at, field, ctx)?,
                Target::Variable(name) => {
                    let value = field.map_or(Value::Null, |field| self.value(field));
                    ctx.assign(name, value, &self.ty);
                }
            }
        }
        for (at, given) in &self.assignments {
            let table = inserter.table();
            let Some(column) = table.columns.get(*at) else { continue };
            let value = given.value(column, &inserter.storing, &inserter.frame, ctx)?;
            inserter.set(*at, value);
        }
        if given > wanted {
            complain(inserter, too_many_fields(ctx.row_number), ctx)?;
        }
        Ok(())
    }

    fn column(
        &self,
        inserter: &mut Inserter,
        at: usize,
        field: Option<Field>,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        let table = inserter.table();
        let Some(column) = table.columns.get(at) else { return Ok(()) };
        let Some(field) = field else {
            complain(inserter, too_few_fields(ctx.row_number), ctx)?;
            inserter.empty(at);
            return Ok(());
        };
        let value = match field {
            Field::Null if !column.nullable && !column.auto_increment => {
                complain(inserter, null_replaced(&column.name, ctx.row_number), ctx)?;
                inserter.set(at, super::column::implicit_default(&column.ty));
                return Ok(());
            }
            Field::Null => Value::Null,
            // Bytes stay bytes.
            Field::Bytes(bytes) if is_binary(&column.ty) => Value::Bytes(bytes.into()),
            field => self.value(field),
        };
        let from = matches!(value, Value::Text(_)).then_some(&self.ty);
        inserter.put(&Put { at, value: &value, from }, ctx)
    }

    fn value(&self, field: Field) -> Value {
        match field {
            Field::Null => Value::Null,
            Field::Bytes(bytes) => Value::Text(Arc::from(self.charset.decode_lossy(&bytes))),
        }
    }
}

fn is_binary(ty: &ColumnType) -> bool {
    matches!(ty, ColumnType::Binary { .. } | ColumnType::Blob(_) | ColumnType::Bit(_))
}

fn complain(
    inserter: &Inserter,
    error: SqlError,
    ctx: &mut EvalContext<'_>,
) -> Result<(), Interrupt> {
    if inserter.storing.is_strict() {
        return Err(error.into());
    }
    warn_of(&error, ctx);
    Ok(())
}
