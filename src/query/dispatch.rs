//! Which part of the room runs a statement.

use super::expr::ExprType;
use super::session::Session;
use super::{EvalContext, Interrupt, Outcome, Prepared, ResultSink};
use super::{accounts, ddl, dml, explain, maintain, run, set, show};
use crate::sql::statement::{Parsed, Statement};
use crate::value::{SqlError, Value};

/// Runs a statement once. It never waits: see [`Interrupt`]. What a DDL statement leaves to be done is in
/// `session.ddl`.
///
/// # Errors
/// The statement failed, or has to wait and be run again; either way the caller undoes what it has written.
pub fn execute(
    session: &mut Session,
    text: &str,
    parsed: &Parsed,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    let own = text.get(parsed.text.clone());
    // A text with its values in it is not likely to come again.
    let reused = own.filter(|_| parsed.parameters > 0);
    match &parsed.statement {
        Statement::Query(query) => {
            return run::query(session, own, query, params, sink);
        }
        Statement::SelectInto(into) => return run::select_into(session, into, params),
        Statement::Insert(insert) => return dml::insert(session, reused, insert, params, sink),
        Statement::Replace(insert) => return dml::replace(session, reused, insert, params, sink),
        Statement::Update(update) => return dml::update(session, reused, update, params, sink),
        Statement::Delete(delete) => return dml::delete(session, reused, delete, params, sink),
        Statement::LoadData(load) => return dml::load_data(session, load, params, sink),
        Statement::Explain(of) => return explain::explain(session, of, params, sink),
        Statement::Maintain(of) => return maintain::maintain(session, of, sink),
        Statement::Set(items) => return set::set(session, items, params),
        Statement::Do(exprs) => return run::evaluate(session, exprs, params),
        Statement::Show(shown) => return show::show(session, shown, sink),
        Statement::Describe(describe) => return show::describe(session, describe, sink),
        statement if is_definition(statement) => {
            accounts::require_definition(session, statement)?;
            return ddl::execute(session, text, parsed);
        }
        _ => {}
    }
    let mut ctx = EvalContext::new(session, params);
    let ctx = &mut ctx;
    match &parsed.statement {
        Statement::CreateUser(create) => return accounts::create_user(ctx, create),
        Statement::AlterUser(alter) => return accounts::alter_user(ctx, alter),
        Statement::DropUser(drop) => return accounts::drop_user(ctx, drop),
        Statement::RenameUser(pairs) => return accounts::rename_user(ctx, pairs),
        Statement::SetPassword(set) => return accounts::set_password(ctx, set),
        Statement::Grant(grant) => return accounts::grant(ctx, grant),
        Statement::Revoke(revoke) => return accounts::revoke(ctx, revoke),
        Statement::Use(name) => use_schema(ctx.session, name).map(|()| Outcome::done())?,
        Statement::Unsupported { feature } => return Err(SqlError::not_supported(feature).into()),
        _ => return Err(SqlError::not_supported("this statement").into()),
    };
    Ok(Outcome::done())
}

/// Whether the statement defines something: [`ddl`] runs it.
fn is_definition(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::CreateTable(_)
            | Statement::AlterTable(_)
            | Statement::DropTable(_)
            | Statement::RenameTable(_)
            | Statement::Truncate(_)
            | Statement::CreateIndex(_)
            | Statement::DropIndex(_)
            | Statement::CreateDatabase(_)
            | Statement::AlterDatabase(_)
            | Statement::DropDatabase(_)
            | Statement::CreateView(_)
            | Statement::DropView(_)
            | Statement::DropProgram(_)
    )
}

/// What is known of a statement before it runs.
///
/// # Errors
/// It cannot be compiled.
pub fn prepare(session: &mut Session, parsed: &Parsed) -> Result<Prepared, SqlError> {
    let columns = match &parsed.statement {
        Statement::Query(query) => run::columns(session, query).map_err(unprepared)?,
        statement => show::columns_of(session, statement).map_err(unprepared)?,
    };
    let text = ExprType::text(16_383, session.variables.collation_connection, true);
    Ok(Prepared { params: vec![text; parsed.parameters], columns })
}

/// Preparing does not wait.
fn unprepared(interrupt: Interrupt) -> SqlError {
    match interrupt {
        Interrupt::Error(error) => error,
        _ => {
            let message = "Lock wait timeout exceeded; try restarting transaction";
            SqlError::new(1205, b"HY000", message)
        }
    }
}

/// USE, and the schema that a client signs in with.
///
/// # Errors
/// 1049, 1044.
pub fn use_schema(session: &mut Session, name: &str) -> Result<(), SqlError> {
    let database = session.engine.database();
    let virtual_schema = ["information_schema", "performance_schema"]
        .iter()
        .find(|own| own.eq_ignore_ascii_case(name));
    let found = virtual_schema
        .copied()
        .or_else(|| database.catalog.schema(name).map(|schema| &*schema.name));
    let Some(found) = found else {
        return Err(crate::engine::unknown_database(name));
    };
    accounts::require_use(session, found)?;
    session.database = Some(found.into());
    if let Some(schema) = database.catalog.schema(name) {
        session.variables.collation_database = schema.collation;
    }
    Ok(())
}

/// The session has no default schema any more if it was this one, and that is gone.
pub fn forget_schema(session: &mut Session, name: &str) {
    let gone = session.engine.database().catalog.schema(name).is_none();
    if gone && session.database.as_deref() == Some(name) {
        session.database = None;
        session.variables.collation_database = session.variables.collation_server;
    }
}

/// Whether the statement commits the open transaction before it runs (MySQL manual, "Statements That Cause
/// an Implicit Commit").
pub fn commits_implicitly(statement: &Statement) -> bool {
    match statement {
        Statement::CreateTable(create) => !create.temporary,
        Statement::DropTable(drop) => !drop.temporary,
        Statement::AlterTable(_)
        | Statement::RenameTable(_)
        | Statement::Truncate(_)
        | Statement::CreateIndex(_)
        | Statement::DropIndex(_)
        | Statement::CreateDatabase(_)
        | Statement::AlterDatabase(_)
        | Statement::DropDatabase(_)
        | Statement::CreateView(_)
        | Statement::DropView(_)
        | Statement::DropProgram(_)
        | Statement::CreateUser(_)
        | Statement::AlterUser(_)
        | Statement::DropUser(_)
        | Statement::RenameUser(_)
        | Statement::Grant(_)
        | Statement::Revoke(_)
        | Statement::SetPassword(_)
        | Statement::LockTables(_)
        | Statement::Flush(_)
        | Statement::Maintain(_)
        | Statement::ResetBinaryLogs
        | Statement::Replication(_) => true,
        _ => false,
    }
}
