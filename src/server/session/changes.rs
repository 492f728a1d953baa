//! What the session tells with its next OK (`session_track_*`): schema, variables, transaction, GTIDs.
//!
//! The proxy in front of this server, and drivers, learn the session's state from here.

use super::Session;
use super::settings::TrackedGtids;
use crate::gtid::Gtid;
use crate::query::variables::{self, Asked};
use crate::sql::statement::Statement;
use crate::sql::statement::ast::{SetItem, SetScope};
use crate::value::Value;
use crate::wire::CapabilityFlags;
use crate::wire::session_state::SessionChange;

/// Changes that wait for an OK packet. Bounded by what one command can change.
#[derive(Default)]
pub(super) struct Changes {
    block: Vec<u8>,
    any: bool,
}

impl Changes {
    /// What the next OK carries; empty when nothing changed.
    pub(super) fn take_block(&mut self) -> Vec<u8> {
        self.any = false;
        std::mem::take(&mut self.block)
    }

    fn add(&mut self, change: &SessionChange<'_>) {
        change.put(&mut self.block);
    }
}

/// The variables of SET NAMES and SET CHARACTER SET.
const NAMES: [&str; 3] =
    ["character_set_client", "character_set_connection", "character_set_results"];

impl Session {
    /// A statement has succeeded: notes what it changed in the session.
    pub(super) fn note_changes(&mut self, statement: &Statement) {
        if !self.client.capabilities.contains(CapabilityFlags::CLIENT_SESSION_TRACK) {
            return;
        }
        match statement {
            Statement::Set(items) => items.iter().for_each(|item| self.note_set(item)),
            Statement::Use(_) | Statement::DropDatabase(_) => self.note_schema(),
            _ => {}
        }
    }

    /// The default schema is another one now.
    pub(super) fn note_schema(&mut self) {
        if self.is_on("session_track_schema") {
            let schema = self.query.database.clone().unwrap_or_default();
            self.changes.add(&SessionChange::Schema(schema.as_bytes()));
        }
        self.note_state();
    }

    /// A transaction was committed.
    pub(super) fn note_gtid(&mut self, gtid: &Gtid) {
        let tracked = self.client.capabilities.contains(CapabilityFlags::CLIENT_SESSION_TRACK);
        if !tracked {
            return;
        }
        match self.settings().gtids {
            TrackedGtids::Own => {
                let text = gtid.to_string();
                self.changes.add(&SessionChange::Gtids(text.as_bytes()));
            }
            TrackedGtids::All => {
                let text = self.query.engine.database().executed.to_string();
                self.changes.add(&SessionChange::Gtids(text.as_bytes()));
            }
            TrackedGtids::None => {}
        }
    }

    fn note_set(&mut self, item: &SetItem) {
        match item {
            SetItem::Variable { scope: SetScope::Implicit | SetScope::Session, name, .. } => {
                self.note_variable(name);
            }
            SetItem::Names { .. } | SetItem::CharacterSet(_) => {
                NAMES.iter().for_each(|name| self.note_variable(name));
            }
            SetItem::Transaction { scope: SetScope::Session, isolation, read_only } => {
                if isolation.is_some() {
                    self.note_variable("transaction_isolation");
                }
                if read_only.is_some() {
                    self.note_variable("transaction_read_only");
                }
            }
            _ => {}
        }
        self.note_state();
    }

    fn note_variable(&mut self, name: &str) {
        let Ok(variable) = variables::find(name) else { return };
        if !self.tracks(variable.name) {
            return;
        }
        let Some(value) = self.variable_text(variable.name) else { return };
        let (name, value) = (variable.name.as_bytes(), value.as_bytes());
        self.changes.add(&SessionChange::SystemVariable { name, value });
    }

    /// `session_track_state_change`: that something changed, once for each OK.
    fn note_state(&mut self) {
        if !self.changes.any && self.is_on("session_track_state_change") {
            self.changes.any = true;
            self.changes.add(&SessionChange::StateChanged(true));
        }
    }

    /// Whether `session_track_system_variables` names the variable.
    fn tracks(&self, name: &str) -> bool {
        let list = self.variable_text("session_track_system_variables").unwrap_or_default();
        let mut names = list.split(',').map(str::trim);
        names.any(|tracked| tracked == "*" || tracked.eq_ignore_ascii_case(name))
    }

    fn is_on(&self, name: &str) -> bool {
        self.variable_text(name).as_deref() == Some("ON")
    }

    /// A system variable of the session as SHOW VARIABLES shows it.
    pub(super) fn variable_text(&self, name: &str) -> Option<String> {
        let variable = variables::find(name).ok()?;
        let value = variables::read(&self.query, &self.query.globals, name, Asked::Either).ok()?;
        Some(match value {
            Value::Null => String::new(),
            value => variables::display(variable, &value),
        })
    }
}
