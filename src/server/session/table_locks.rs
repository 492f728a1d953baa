//! What LOCK TABLES leaves to a session: the tables that it has locked, each by the name it gave, and no others.

use super::Session;
use crate::sql::statement::ast::{LockTable, Query, TableName, TableWithJoins};
use crate::sql::statement::{Statement, Survey, look_through, look_through_tables};
use crate::value::SqlError;

/// A table of LOCK TABLES.
pub(super) struct LockedName {
    schema: String,
    name: String,
    alias: String,
    write: bool,
}

/// A table that a statement names.
struct Used<'a> {
    name: &'a TableName,
    alias: &'a str,
    write: bool,
}

impl Session {
    /// Keeps what LOCK TABLES said; the names are known to be there.
    pub(super) fn keep_locked_names(&mut self, tables: &[LockTable]) {
        let current = self.query.database.as_deref().unwrap_or_default();
        let kept = |table: &LockTable| {
            let (name, alias) = (&table.table, &table.alias);
            LockedName {
                schema: name.schema.clone().unwrap_or_else(|| current.to_owned()),
                name: name.name.clone(),
                alias: alias.clone().unwrap_or_else(|| name.name.clone()),
                write: table.write,
            }
        };
        self.locked_names = Some(tables.iter().map(kept).collect());
    }

    /// Whether the statement keeps to the tables that are locked.
    ///
    /// # Errors
    /// 1099, 1100.
    pub(super) fn check_locked_names(&self, statement: &Statement) -> Result<(), SqlError> {
        let Some(locked) = &self.locked_names else { return Ok(()) };
        let mut surveys = Vec::new();
        let targets = targets_of(statement, &mut surveys);
        for target in &targets {
            self.check_name(locked, &Used { name: target, alias: &target.name, write: true })?;
        }
        for (survey, write) in &surveys {
            for (name, alias) in &survey.named {
                let alias = alias.as_deref().unwrap_or(&name.name);
                self.check_name(locked, &Used { name, alias, write: *write })?;
            }
        }
        Ok(())
    }

    fn check_name(&self, locked: &[LockedName], used: &Used<'_>) -> Result<(), SqlError> {
        let current = self.query.database.as_deref().unwrap_or_default();
        let schema = used.name.schema.as_deref().unwrap_or(current);
        let computed = ["information_schema", "performance_schema"];
        if computed.iter().any(|own| own.eq_ignore_ascii_case(schema))
            || self.query.temporary.table(schema, &used.name.name).is_some()
        {
            return Ok(());
        }
        let found = locked.iter().find(|own| {
            own.schema == schema && own.name == used.name.name && own.alias == used.alias
        });
        match found {
            None => {
                let text = format!("Table '{}' was not locked with LOCK TABLES", used.alias);
                Err(SqlError::new(1100, b"HY000", text))
            }
            Some(own) if used.write && !own.write => {
                let text = format!(
                    "Table '{}' was locked with a READ lock and can't be updated",
                    used.alias
                );
                Err(SqlError::new(1099, b"HY000", text))
            }
            Some(_) => Ok(()),
        }
    }
}

/// The tables that a statement writes to by their own names; what it reads is added to `surveys`, with whether
/// that is written to as well.
fn targets_of(statement: &Statement, surveys: &mut Vec<(Survey, bool)>) -> Vec<TableName> {
    let mut read = |query: &Query| surveys.push((look_through(query), false));
    match statement {
        Statement::Query(query) => read(query),
        Statement::Insert(insert) | Statement::Replace(insert) => {
            if let crate::sql::statement::ast::InsertSource::Query(query) = &insert.source {
                read(query);
            }
            return vec![insert.table.clone()];
        }
        Statement::Update(update) => surveys.push(changed(&update.tables)),
        Statement::Delete(delete) => surveys.push(changed(&delete.tables)),
        Statement::LoadData(load) => return vec![load.table.clone()],
        Statement::Truncate(table) => return vec![table.clone()],
        Statement::AlterTable(alter) => return vec![alter.table.clone()],
        Statement::CreateIndex(create) => return vec![create.table.clone()],
        Statement::DropIndex(drop) => return vec![drop.table.clone()],
        Statement::DropTable(drop) if !drop.temporary => return drop.tables.clone(),
        Statement::CreateTable(create) if !create.temporary => return vec![create.name.clone()],
        _ => {}
    }
    Vec::new()
}

/// The tables of UPDATE and DELETE; of several all but one may be read only.
fn changed(tables: &[TableWithJoins]) -> (Survey, bool) {
    let survey = look_through_tables(tables);
    let alone = survey.named.len() == 1;
    (survey, alone)
}
