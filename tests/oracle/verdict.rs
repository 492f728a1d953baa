//! What we say of a statement: the classifier's answer, its unknown functions looked up in the
//! server's catalog as the proxy does.

use std::collections::HashMap;
use std::fmt;

use anabranch::sql::{Kind, Needs, RoutineName, StatementClass, classify};
use mysql_async::prelude::Queryable;

use crate::server::Server;
use crate::statement::Statement;

/// The stored functions of the server: does the declaration say that it only reads?
pub struct Catalog {
    only_reads: HashMap<(String, String), bool>,
}

impl Catalog {
    /// Reads the declarations, as the proxy's monitor does.
    pub async fn load(server: &Server) -> mysql_async::Result<Self> {
        let mut admin = server.connect("root").await?;
        let rows: Vec<(String, String, String)> = admin
            .query(
                "SELECT LOWER(ROUTINE_SCHEMA), LOWER(ROUTINE_NAME), SQL_DATA_ACCESS \
                 FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = 'FUNCTION'",
            )
            .await?;
        let only_reads = rows
            .into_iter()
            .map(|(schema, name, access)| ((schema, name), reads_only(&access)))
            .collect();
        Ok(Catalog { only_reads })
    }

    /// An unqualified name is looked up in the current database. One that is a built-in on some
    /// servers is one here when there is no such stored function.
    fn only_reads(&self, routine: &RoutineName, schema: &str) -> bool {
        let built_in = routine.built_in_somewhere && routine.schema.is_none();
        let schema = routine.schema.as_deref().unwrap_or(schema).to_string();
        self.only_reads.get(&(schema, routine.name.to_string())).copied().unwrap_or(built_in)
    }
}

/// `CONTAINS SQL` is the default, so it says nothing.
fn reads_only(access: &str) -> bool {
    matches!(access, "READS SQL DATA" | "NO SQL")
}

/// A statement's class with its routines resolved.
pub struct Verdict {
    class: StatementClass,
    routines_read: bool,
}

/// Classifies a statement in its mode.
pub fn judge(statement: &Statement, catalog: &Catalog) -> Verdict {
    let class = classify(&statement.sql, statement.mode.lex());
    let routines_read = class.routines.iter().all(|r| catalog.only_reads(r, &statement.schema));
    Verdict { class, routines_read }
}

impl Verdict {
    /// Changes nothing, we say.
    pub fn is_read(&self) -> bool {
        self.class.kind == Kind::Read && self.routines_read
    }

    /// May run on any replica, we say.
    pub fn is_free_read(&self) -> bool {
        self.is_read() && self.class.needs == Needs::default()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({})", self.class.kind, self.class.cause.label())?;
        if self.class.needs != Needs::default() {
            write!(f, " needs {:?}", self.class.needs)?;
        }
        if !self.class.routines.is_empty() {
            write!(f, " routines {:?}, read: {}", self.class.routines, self.routines_read)?;
        }
        Ok(())
    }
}
