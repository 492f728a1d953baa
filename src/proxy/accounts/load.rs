//! Reads the account list from the primary.
//!
//! Servers differ in where they keep it and accounts in what they may see, so there is a list of
//! questions, the best first; one that the server or its grants refuse leads to the next.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Row};

use super::{AccountList, Entry, Facts};
use crate::net::accounts::MAX_ACCOUNTS;
use crate::proxy::topology::{
    Address, Fields, Flavour, MonitorCell, MonitorSettings, ServerView, State, Version, View,
    Views, connect,
};

/// The first MariaDB with `mysql.global_priv`.
const GLOBAL_PRIV: Version = Version::new(10, 4, 0);

/// Why the list could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No server is there to be asked.
    #[error("no server is up")]
    NoServer,
    /// It took too long.
    #[error("no answer in time")]
    TimedOut,
    /// The server or its grants refused every form of the question.
    #[error("{0}")]
    Server(#[from] Error),
}

/// Where the list is read.
#[derive(Clone)]
pub struct Loader {
    /// Which server is the primary.
    pub views: Views,
    /// The account that reads, and how to connect.
    pub monitor: MonitorCell,
    /// Time limit for one reading.
    pub timeout: Duration,
}

impl Loader {
    /// Waits until it is known which servers are up.
    pub async fn ready(&self) {
        let mut view = self.views.current();
        while !view.complete {
            view = self.views.newer_than(view.generation).await;
        }
    }

    /// Reads the list: from the primary, or while there is none from a replica, which has it too.
    pub async fn load(&self) -> Result<AccountList, LoadError> {
        let view = self.views.current();
        let server = source(&view).ok_or(LoadError::NoServer)?;
        let monitor = self.monitor.current();
        let reading = read(&server.address, &monitor, server.flavour, server.version);
        let list = tokio::time::timeout(self.timeout, reading).await;
        Ok(list.map_err(|_| LoadError::TimedOut)??)
    }
}

fn source(view: &View) -> Option<&ServerView> {
    let up = |server: &&ServerView| server.state == State::Up;
    view.primary_server()
        .filter(up)
        .or_else(|| view.readable_replicas().next())
        .or_else(|| view.servers.iter().find(up))
}

/// How a row of an answer is read.
#[derive(Clone, Copy)]
enum Form {
    GlobalPriv,
    Columns,
}

const MARIADB: [(&str, Form); 3] = [
    ("SELECT Host, User, Priv FROM mysql.global_priv LIMIT 100001", Form::GlobalPriv),
    (
        "SELECT Host, User, plugin, authentication_string, Password, is_role, ssl_type \
         FROM mysql.user LIMIT 100001",
        Form::Columns,
    ),
    ("SELECT * FROM mysql.user LIMIT 100001", Form::Columns),
];

const MYSQL: [(&str, Form); 2] = [
    (
        "SELECT Host, User, plugin, authentication_string, account_locked, ssl_type \
         FROM mysql.user LIMIT 100001",
        Form::Columns,
    ),
    ("SELECT * FROM mysql.user LIMIT 100001", Form::Columns),
];

async fn read(
    address: &Address,
    monitor: &MonitorSettings,
    flavour: Flavour,
    version: Version,
) -> Result<AccountList, Error> {
    let mut conn = connect(address, monitor).await?;
    let questions: &[_] = match flavour {
        Flavour::MariaDb if version >= GLOBAL_PRIV => &MARIADB,
        Flavour::MariaDb => MARIADB.get(1..).unwrap_or_default(),
        _ => &MYSQL,
    };
    let entries = ask(&mut conn, questions).await?;
    let skip: Result<Option<Row>, Error> =
        conn.query_first("SELECT @@global.skip_name_resolve AS skip_names").await;
    let skips = match skip {
        Ok(row) => row.map(Fields::new).is_none_or(|row| row.switch(&["skip_names"])),
        Err(Error::Server(_)) => true,
        Err(error) => return Err(error),
    };
    // Best effort: the list is read, and the server ends a connection that just closes as well.
    let _ = conn.disconnect().await;
    if entries.len() > MAX_ACCOUNTS {
        tracing::warn!(target: "accounts", "more than {MAX_ACCOUNTS} accounts: the rest cannot sign in");
    }
    Ok(AccountList::new(entries, !skips))
}

async fn ask(conn: &mut Conn, questions: &[(&str, Form)]) -> Result<Vec<Entry>, Error> {
    let mut refused = None;
    for (question, form) in questions {
        let rows: Result<Vec<Row>, Error> = conn.query(*question).await;
        match rows {
            Ok(rows) => {
                let rows = rows.into_iter().map(Fields::new);
                return Ok(rows.filter_map(|row| entry(&row, *form)).collect());
            }
            Err(error @ Error::Server(_)) => refused = refused.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    Err(refused.unwrap_or(Error::Driver(mysql_async::DriverError::ConnectionClosed)))
}

fn entry(row: &Fields, form: Form) -> Option<Entry> {
    let host = row.text(&["Host"])?;
    let user = row.text(&["User"])?;
    match form {
        Form::GlobalPriv => Entry::from_global_priv(&host, &user, &row.text(&["Priv"])?),
        Form::Columns if row.switch(&["is_role"]) => None,
        Form::Columns => {
            let own = row.bytes(&["authentication_string"]).filter(|stored| !stored.is_empty());
            let stored = own.or_else(|| row.bytes(&["Password"])).unwrap_or_default();
            let facts = Facts {
                tls_required: row.text(&["ssl_type"]).is_some_and(|kind| !kind.is_empty()),
                locked: row.switch(&["account_locked"]),
            };
            let plugin = row.text(&["plugin"]).unwrap_or_default();
            Some(Entry::from_columns(&host, &user, &plugin, stored, facts))
        }
    }
}
