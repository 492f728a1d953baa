//! PREPARE, EXECUTE and DEALLOCATE as statements.

use std::collections::HashMap;
use std::sync::Arc;

use super::Session;
use crate::query::Outcome;
use crate::query::session::UserVariable;
use crate::sql::statement::ast::{Execute, Prepare, PrepareFrom};
use crate::sql::statement::{Parsed, Statement, parse_one};
use crate::value::{SqlError, Value, display};

/// Statements that one session may have prepared in text.
const MAX_STATEMENTS: usize = 16_382;

/// A session's statements by name, in lower case.
#[derive(Default)]
pub(super) struct TextStatements(HashMap<String, Arc<TextStatement>>);

/// A statement that was prepared in text.
pub(super) struct TextStatement {
    pub text: String,
    pub parsed: Parsed,
}

impl TextStatements {
    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Session {
    /// PREPARE: the new one takes the place of one of the same name, also when it is no good.
    pub(super) fn prepare_text(&mut self, prepare: &Prepare) -> Result<Outcome, SqlError> {
        let name = prepare.name.to_lowercase();
        self.text_statements.0.remove(&name);
        let text = match &prepare.source {
            PrepareFrom::Text(text) => text.clone(),
            PrepareFrom::Variable(variable) => self.variable_as_text(variable),
        };
        let parsed = parse_one(text.as_bytes(), self.parser_mode())?;
        if is_forbidden(&parsed.statement) {
            let message = "This command is not supported in the prepared statement protocol yet";
            return Err(SqlError::new(1295, b"HY000", message));
        }
        crate::query::prepare(&mut self.query, &parsed)?;
        if self.text_statements.0.len() >= MAX_STATEMENTS {
            let message = format!(
                "Can't create more than max_prepared_stmt_count statements (current value: \
                 {MAX_STATEMENTS})"
            );
            return Err(SqlError::new(1461, b"42000", message));
        }
        self.text_statements.0.insert(name, Arc::new(TextStatement { text, parsed }));
        Ok(Outcome::Ok { affected: 0, last_insert_id: 0, info: "Statement prepared".to_owned() })
    }

    /// What EXECUTE is to run, and its parameters.
    pub(super) fn executed(
        &self,
        execute: &Execute,
    ) -> Result<(Arc<TextStatement>, Vec<Value>), SqlError> {
        let found = self.text_statements.0.get(&execute.name.to_lowercase());
        let statement = found.ok_or_else(|| unknown(&execute.name, "EXECUTE"))?;
        if statement.parsed.parameters != execute.using.len() {
            return Err(SqlError::new(1210, b"HY000", "Incorrect arguments to EXECUTE"));
        }
        let values = execute.using.iter().map(|name| self.user_variable(name)).collect();
        Ok((statement.clone(), values))
    }

    /// DEALLOCATE PREPARE.
    pub(super) fn deallocate(&mut self, name: &str) -> Result<Outcome, SqlError> {
        let removed = self.text_statements.0.remove(&name.to_lowercase());
        removed.map(|_| Outcome::done()).ok_or_else(|| unknown(name, "DEALLOCATE PREPARE"))
    }

    /// A user variable's text; the word NULL, which is no statement, where it has none.
    fn variable_as_text(&self, name: &str) -> String {
        let found = self.query.user_variables.get(name.to_lowercase().as_str());
        match found {
            Some(UserVariable { value: Value::Bytes(bytes), .. }) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            Some(UserVariable { value, ty }) if !matches!(value, Value::Null) => {
                display::text_of(value, &ty.ty)
            }
            _ => "NULL".to_owned(),
        }
    }

    fn user_variable(&self, name: &str) -> Value {
        let found = self.query.user_variables.get(name.to_lowercase().as_str());
        found.map_or(Value::Null, |variable| variable.value.clone())
    }
}

/// What cannot be prepared: statements about prepared statements, and LOAD DATA.
fn is_forbidden(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Prepare(_)
            | Statement::Execute(_)
            | Statement::Deallocate(_)
            | Statement::LoadData(_)
    )
}

/// 1243.
fn unknown(name: &str, command: &str) -> SqlError {
    let message = format!("Unknown prepared statement handler ({name}) given to {command}");
    SqlError::new(1243, b"HY000", message)
}
