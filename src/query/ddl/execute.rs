//! A definition in a session: its names are locked, it is planned, and what it comes to is left to whoever
//! waits for the log.

use super::{Context, Plan, QueryColumn, Scene, TemporaryChange, plan};
use crate::engine::{CatalogChange, DdlStatement};
use crate::query::session::{PendingDdl, Session, WarningLevel};
use crate::query::{Interrupt, Outcome, show};
use crate::sql::statement::ast::{AlterAction, Query, TableName};
use crate::sql::statement::{Parsed, Statement};
use crate::value::SqlError;
use crate::value::temporal::TimeZone;
use crate::value::warning::{Level, Warning};

/// Runs a definition: temporary tables at once, the rest is left in `session.ddl`.
///
/// # Errors
/// A wait for a name; whatever MySQL refuses.
pub fn execute(session: &mut Session, text: &str, parsed: &Parsed) -> Result<Outcome, Interrupt> {
    let statement = &parsed.statement;
    lock_names(session, statement)?;
    let context = context(session);
    let database = session.engine.database();
    let temporary = session.temporary.clone();
    let notes = Vec::new();
    let mut scene = Scene { context: &context, database: &database, temporary: &temporary, notes };
    let planned = plan(&mut scene, statement, &mut |query| columns_of(session, query));
    let notes = scene.notes;
    notes.into_iter().for_each(|note| note_in(session, note));
    let plan = planned?;
    carry_out(session, text, parsed, plan)
}

/// What a session's definitions depend on.
pub(super) fn context(session: &Session) -> Context {
    let variables = &session.variables;
    Context {
        schema: session.database.as_deref().map(str::to_owned),
        sql_mode: variables.sql_mode,
        collation_server: variables.collation_server,
        collation_connection: variables.collation_connection,
        foreign_key_checks: variables.foreign_key_checks,
        now_seconds: session.statement_clock().div_euclid(1_000_000),
        zone: TimeZone::parse(&variables.time_zone).unwrap_or_default(),
        definer: session.account.to_string(),
        replay: false,
    }
}

fn note_in(session: &mut Session, warning: Warning) {
    let level = match warning.level {
        Level::Note => WarningLevel::Note,
        Level::Warning => WarningLevel::Warning,
        Level::Error => WarningLevel::Error,
    };
    session.diagnostics.push(level, warning.code, warning.message);
}

/// The columns of a query, as a table made from it would have them.
fn columns_of(session: &mut Session, query: &Query) -> Result<Vec<QueryColumn>, SqlError> {
    let statement = Statement::Query(Box::new(query.clone()));
    let parsed = Parsed::of(statement);
    let prepared = crate::query::prepare(session, &parsed)?;
    let column = |column: crate::query::ResultColumn| QueryColumn {
        name: column.name.to_string(),
        nullable: column.ty.nullable,
        ty: column.ty.stored().ty,
    };
    Ok(prepared.columns.into_iter().map(column).collect())
}

fn carry_out(
    session: &mut Session,
    text: &str,
    parsed: &Parsed,
    plan: Plan,
) -> Result<Outcome, Interrupt> {
    let made = plan.then.as_ref().and_then(|_| made_table(&plan));
    for change in plan.temporary {
        change_temporary(session, change)?;
    }
    let then = plan.then;
    if plan.changes.is_empty() && then.is_none() {
        return Ok(done(plan.affected, plan.info));
    }
    let sql = match (plan.changes.as_slice(), &then) {
        // What a query gives is not known where the log is read.
        ([CatalogChange::CreateTable(table)], Some(_)) => show::full_create_table_text(table),
        ([CatalogChange::CreateView(view)], _) => {
            let replace =
                matches!(&parsed.statement, Statement::CreateView(create) if create.replace);
            let sql = show::create_view_text(view);
            if replace { sql.replacen("CREATE ", "CREATE OR REPLACE ", 1) } else { sql }
        }
        _ => text.get(parsed.text.clone()).unwrap_or(text).to_owned(),
    };
    let statement = DdlStatement { sql, ..DdlStatement::default() };
    let (changes, then) = (plan.changes, then.map(Box::new));
    session.ddl = Some(PendingDdl { statement, changes, then, made });
    let affected = match &parsed.statement {
        // A database is a row of the dictionary.
        Statement::CreateDatabase(_) | Statement::AlterDatabase(_) => 1,
        _ => plan.affected,
    };
    Ok(Outcome::Ok { affected, last_insert_id: 0, info: plan.info })
}

/// The table of CREATE TABLE, and whether it is a temporary one.
fn made_table(plan: &Plan) -> Option<(crate::engine::catalog::TableName, bool)> {
    match (plan.changes.as_slice(), plan.temporary.as_slice()) {
        ([CatalogChange::CreateTable(table)], _) => Some((table.full_name(), false)),
        (_, [TemporaryChange::Create(table)]) => Some((table.full_name(), true)),
        _ => None,
    }
}

fn done(affected: u64, info: String) -> Outcome {
    Outcome::Ok { affected, last_insert_id: 0, info }
}

fn change_temporary(session: &Session, change: TemporaryChange) -> Result<(), SqlError> {
    match change {
        TemporaryChange::Create(table) => session.temporary.create(*table).map(drop),
        TemporaryChange::Alter { old, new, convert } => {
            let kill = session.kill.clone();
            let stop = move || if kill.is_raised() { Err(interrupted()) } else { Ok(()) };
            session.temporary.alter(&old, *new, convert.as_ref(), &stop).map(drop)
        }
        TemporaryChange::Drop(schema, name) => {
            session.temporary.drop(&schema, &name);
            Ok(())
        }
        TemporaryChange::Truncate(schema, name) => session.temporary.truncate(&schema, &name),
    }
}

/// 1317.
fn interrupted() -> SqlError {
    SqlError::new(1317, b"70100", "Query execution was interrupted")
}

/// Takes every name that the statement makes, changes or frees.
fn lock_names(session: &mut Session, statement: &Statement) -> Result<(), Interrupt> {
    if let Some(schema) = schema_of(session, statement) {
        return Ok(session.transaction().lock_schema_exclusive(&schema)?);
    }
    let mut names = Vec::new();
    for name in tables_of(statement) {
        let schema = name.schema.clone().or_else(|| session.database.as_deref().map(str::to_owned));
        let Some(schema) = schema else { continue };
        if session.temporary.table(&schema, &name.name).is_none() {
            names.push((schema, name.name));
        }
    }
    names.sort();
    names.dedup();
    for (schema, name) in names {
        session.transaction().lock_table_exclusive(&schema, &name)?;
    }
    Ok(())
}

fn schema_of(session: &Session, statement: &Statement) -> Option<String> {
    match statement {
        Statement::CreateDatabase(create) => Some(create.name.clone()),
        Statement::DropDatabase(drop) => Some(drop.name.clone()),
        Statement::AlterDatabase(alter) => {
            alter.name.clone().or_else(|| session.database.as_deref().map(str::to_owned))
        }
        _ => None,
    }
}

fn tables_of(statement: &Statement) -> Vec<TableName> {
    match statement {
        Statement::CreateTable(create) if create.temporary => Vec::new(),
        Statement::CreateTable(create) => {
            let parents = create.foreign_keys.iter().map(|key| key.parent.clone());
            std::iter::once(create.name.clone()).chain(parents).collect()
        }
        Statement::AlterTable(alter) => {
            let target = |action: &AlterAction| match action {
                AlterAction::RenameTo(name) => Some(name.clone()),
                AlterAction::AddForeignKey(key) => Some(key.parent.clone()),
                _ => None,
            };
            let targets = alter.actions.iter().filter_map(target);
            std::iter::once(alter.table.clone()).chain(targets).collect()
        }
        Statement::CreateIndex(create) => vec![create.table.clone()],
        Statement::DropIndex(drop) => vec![drop.table.clone()],
        Statement::DropTable(drop) if drop.temporary => Vec::new(),
        Statement::DropTable(drop) => drop.tables.clone(),
        Statement::Truncate(table) => vec![table.clone()],
        Statement::RenameTable(pairs) => {
            pairs.iter().flat_map(|(from, to)| [from.clone(), to.clone()]).collect()
        }
        Statement::CreateView(create) => vec![create.name.clone()],
        Statement::DropView(drop) => drop.views.clone(),
        _ => Vec::new(),
    }
}
