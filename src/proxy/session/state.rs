//! What a session has set, so that it holds on whichever server its next statement runs on.
//!
//! Learned from the servers' own reports (session tracking in OK packets), never guessed from SQL.
//! Each value remembers the version at which it changed; a connection remembers the version it has
//! been brought to. What a connection lacks is therefore what changed after its version.
//!
//! Pure: no sockets, no clock.

use crate::gtid::Position;
use crate::proxy::pool::Profile;
use crate::proxy::pool::profile::{assignment, literal};
use crate::sql::{LexCharset, LexMode};
use crate::wire::ok::OkPacket;
use crate::wire::session_state::SessionChange;

/// Variables that a session keeps at most; servers have some five hundred.
const MAX_VARIABLES: usize = 1024;

/// Statements that are repeated word by word at most; drivers send one when they connect.
const MAX_UNREPORTED: usize = 16;

/// Tracked, but not a setting: set by the server itself, or about one connection only. Statements
/// that set them pin the session instead.
const NOT_CARRIED: [&str; 27] = [
    "last_gtid",
    "session_track_system_variables",
    "session_track_schema",
    "session_track_gtids",
    "session_track_state_change",
    "session_track_transaction_info",
    "timestamp",
    "insert_id",
    "last_insert_id",
    "identity",
    "rand_seed1",
    "rand_seed2",
    "pseudo_thread_id",
    "pseudo_slave_mode",
    "pseudo_replica_mode",
    "gtid_seq_no",
    "gtid_domain_id",
    "server_id",
    "sql_log_bin",
    "gtid_next",
    "in_transaction",
    // MySQL reports it with every statement.
    "statement_id",
    "gtid_owned",
    "external_user",
    "proxy_user",
    "error_count",
    "warning_count",
];

/// The letter of a transaction's state that says that what is not transactional was written.
const WROTE_UNSAFELY: u8 = b'w';

/// What a client that has not said otherwise is told about: the default of
/// `session_track_system_variables` in MySQL and MariaDB.
const TOLD_BY_DEFAULT: [&str; 5] = [
    "autocommit",
    "character_set_client",
    "character_set_connection",
    "character_set_results",
    "time_zone",
];

#[derive(Debug, PartialEq, Eq)]
struct Variable {
    name: Box<str>,
    /// In the server's words; an empty `character_set_results` means NULL.
    value: Box<str>,
    changed_at: u64,
}

/// A `SET` to be repeated word by word.
#[derive(Debug)]
struct Unreported {
    statement: Box<[u8]>,
    changed_at: u64,
}

/// A session's settings.
#[derive(Debug, Default)]
pub struct SessionState {
    version: u64,
    schema: Option<Box<str>>,
    schema_changed_at: u64,
    variables: Vec<Variable>,
    lex: LexMode,
    read_only: bool,
    /// What the client asked to be told about; `None` for the default list.
    tells: Option<Box<str>>,
    tells_gtids: bool,
    /// The client changed what is tracked, so the proxy's own request was lost.
    tracking_lost: bool,
    /// What the client asked to be told about has to be asked of a server.
    tells_unknown: bool,
    /// Statements that changed what is tracked, and so were not reported themselves.
    unreported: Vec<Unreported>,
    /// Something was set that cannot be written as a `SET` again.
    uncarried: bool,
    /// A server said that something changed that it did not report otherwise.
    unexplained: bool,
    /// Servers are asked to say so, and the client did not ask for it.
    hides_changes: bool,
    /// Servers are asked to report the state of transactions, and the client did not ask for it.
    hides_transactions: bool,
    /// The state of the transaction was reported.
    transaction_told: bool,
    /// What is not transactional was written in it.
    wrote_unsafely: bool,
    /// The version at which texts took on another meaning.
    meaning_changed_at: u64,
    /// The last answer reported `character_set_connection`.
    named_charset: bool,
    written: Option<Position>,
}

/// What a session begins with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start<'a> {
    /// The schema that was named when signing in.
    pub schema: Option<&'a str>,
    /// The servers' global `sql_mode`.
    pub sql_mode: &'a str,
    /// The collation id that the client named.
    pub collation: u8,
    /// The client's CLIENT_IGNORE_SPACE, which servers add to `sql_mode`.
    pub ignore_space: bool,
}

/// What a connection has to be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// The schema to change to.
    pub schema: Option<String>,
    /// Statements of the client, to be repeated before `set`. They switch tracking off.
    pub unreported: Vec<Box<[u8]>>,
    /// The `SET` statement.
    pub set: Option<String>,
}

impl SessionState {
    /// The state after signing in.
    pub fn new(start: &Start<'_>) -> Self {
        let charset = LexCharset::from_collation_id(start.collation.into());
        let mut lex = LexMode::new(start.sql_mode, charset);
        lex.ignore_space |= start.ignore_space;
        let schema = start.schema;
        Self { schema: schema.map(Into::into), lex, ..Self::default() }
    }

    /// Rises with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The current schema.
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// How the session's statements lex.
    pub fn lex(&self) -> LexMode {
        self.lex
    }

    /// `SET SESSION TRANSACTION READ ONLY` holds.
    pub fn read_only(&self) -> bool {
        self.read_only
    }

    /// Whether something was set that no other connection can be told; asking clears the mark.
    pub fn take_uncarried(&mut self) -> bool {
        std::mem::take(&mut self.uncarried)
    }

    /// Servers say with each answer whether something changed; the client is not told.
    pub fn watch_changes(&mut self) {
        self.hides_changes = true;
    }

    /// Whether something changed that no report explains.
    pub fn changed_unexplained(&self) -> bool {
        self.unexplained
    }

    /// Servers report the state of transactions; the client is not told.
    pub fn watch_transactions(&mut self) {
        self.hides_transactions = true;
    }

    /// Whether servers are to report the state of transactions on the proxy's behalf. Not once the client has chosen
    /// what it is told of them.
    pub fn watches_transactions(&self) -> bool {
        self.hides_transactions
    }

    /// A transaction may begin: what was reported is of an earlier one.
    pub fn begin_transaction(&mut self) {
        (self.transaction_told, self.wrote_unsafely) = (false, false);
    }

    /// Whether the transaction has written what its rollback does not undo; `None` while that is not known.
    pub fn wrote_unsafely(&self) -> Option<bool> {
        self.transaction_told.then_some(self.wrote_unsafely)
    }

    /// The version at which statements took on another meaning: schema, modes or character sets became others.
    pub fn meaning_changed_at(&self) -> u64 {
        self.meaning_changed_at
    }

    /// A statement begins: what earlier answers named is no part of its own.
    pub fn begin_statement(&mut self) {
        self.named_charset = false;
        self.unexplained = false;
    }

    /// Takes the position of a write that the last answers reported.
    pub fn take_written(&mut self) -> Option<Position> {
        self.written.take()
    }

    /// Whether tracking has to be switched on again; asking clears the mark.
    pub fn take_tracking_lost(&mut self) -> bool {
        std::mem::take(&mut self.tracking_lost)
    }

    /// Learns from an answer.
    pub fn learn(&mut self, ok: &OkPacket<'_>) {
        self.named_charset = false;
        let (mut changed, before) = (false, self.version);
        for change in ok.changes().map_while(Result::ok) {
            match change {
                SessionChange::Schema(name) => self.learn_schema(name),
                SessionChange::SystemVariable { name, value } => {
                    self.learn_variable(&text(name).to_ascii_lowercase(), &text(value));
                }
                SessionChange::StateChanged(something) => changed |= something,
                SessionChange::Gtids(set) => self.learn_position(&text(set)),
                SessionChange::TransactionState(letters) => {
                    self.transaction_told = true;
                    self.wrote_unsafely |= letters.contains(&WROTE_UNSAFELY);
                }
                _ => {}
            }
        }
        self.unexplained |= changed && self.version == before;
    }

    /// The schema was changed by a command whose answer does not say so.
    pub fn learn_schema(&mut self, name: &[u8]) {
        let name = text(name);
        if self.schema.as_deref() == Some(name.as_str()) {
            return;
        }
        self.version += 1;
        self.schema_changed_at = self.version;
        self.meaning_changed_at = self.version;
        self.schema = (!name.is_empty()).then(|| name.into());
    }

    fn learn_variable(&mut self, name: &str, value: &str) {
        match name {
            "last_gtid" => return self.learn_position(value),
            "session_track_system_variables" => {
                self.tells = Some(value.into());
                self.tracking_lost = true;
            }
            "session_track_gtids" => {
                self.tells_gtids = !value.eq_ignore_ascii_case("off");
                self.tracking_lost = true;
            }
            "sql_mode" => self.lex = LexMode::new(value, self.lex.charset),
            "character_set_client" => self.lex.charset = LexCharset::from_name(value),
            "tx_read_only" | "transaction_read_only" => self.read_only = is_on(value),
            _ => {}
        }
        if !NOT_CARRIED.contains(&name) {
            self.put_variable(name, value);
        }
    }

    fn learn_position(&mut self, value: &str) {
        let Ok(position) = Position::parse(value) else { return };
        match &mut self.written {
            Some(written) => written.add(&position),
            None => self.written = Some(position),
        }
    }

    /// A `SET` that changed what is tracked has run. Servers report by the new list, on which what
    /// the statement set beside it may not be.
    pub fn learn_unreported(&mut self, statement: &[u8]) {
        self.tracking_lost = true;
        self.tells_unknown = true;
        self.hides_changes &= !names(statement, b"session_track_state_change");
        self.hides_transactions &= !names(statement, b"session_track_transaction_info");
        if self.unreported.len() >= MAX_UNREPORTED {
            self.uncarried = true;
            return;
        }
        self.version += 1;
        self.meaning_changed_at = self.version;
        self.unreported.push(Unreported { statement: statement.into(), changed_at: self.version });
    }

    /// Whether a server has to be asked what the client wants to be told about.
    pub fn tells_unknown(&self) -> bool {
        self.tells_unknown
    }

    /// The answer to that question.
    pub fn set_tells(&mut self, list: &str) {
        self.tells = Some(list.into());
        self.tells_unknown = false;
    }

    /// A `COLLATE` clause, which MariaDB's tracking leaves out of `SET NAMES`. It counts if the
    /// answer just learned from named a character set.
    pub fn learn_collation(&mut self, collation: &str) {
        if std::mem::take(&mut self.named_charset) {
            self.put_variable("collation_connection", collation);
        }
    }

    fn put_variable(&mut self, name: &str, value: &str) {
        if literal(value).is_none() || self.variables.len() >= MAX_VARIABLES {
            self.uncarried = true;
            return;
        }
        self.version += 1;
        // A new character set brings its default collation with it.
        if name == "character_set_connection" {
            self.named_charset = true;
            self.variables.retain(|variable| &*variable.name != "collation_connection");
        }
        let changed_at = self.version;
        if self.changes_meaning(name, value) {
            self.meaning_changed_at = changed_at;
        }
        match self.variables.iter_mut().find(|variable| &*variable.name == name) {
            Some(variable) => {
                variable.changed_at = changed_at;
                variable.value = value.into();
            }
            None => {
                self.variables.push(Variable { name: name.into(), value: value.into(), changed_at })
            }
        }
    }

    fn changes_meaning(&self, name: &str, value: &str) -> bool {
        const PREFIXES: [&str; 3] = ["sql_mode", "character_set_", "collation_"];
        let known = self.variables.iter().find(|variable| &*variable.name == name);
        PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            && known.is_none_or(|known| &*known.value != value)
    }

    /// What a connection at `version` has to be told.
    pub fn since(&self, version: u64) -> Delta {
        let schema = match self.schema_changed_at > version {
            true => self.schema.as_deref().map(str::to_owned),
            false => None,
        };
        let mut changed: Vec<&Variable> =
            self.variables.iter().filter(|variable| variable.changed_at > version).collect();
        // Collations come after character sets, which reset them.
        changed.sort_by_key(|variable| variable.name.starts_with("collation_"));
        let assignments: Vec<String> = changed
            .iter()
            .filter_map(|v| assignment(&v.name, &v.value))
            .map(String::from)
            .collect();
        let set = (!assignments.is_empty()).then(|| format!("SET {}", assignments.join(",")));
        let changed = self.unreported.iter().filter(|unreported| unreported.changed_at > version);
        let unreported = changed.map(|unreported| unreported.statement.clone()).collect();
        Delta { schema, unreported, set }
    }

    /// All of it, for connections that sessions share.
    pub fn profile(&self) -> Profile {
        let mut variables: Vec<(Box<str>, Box<str>)> = self
            .variables
            .iter()
            .filter(|variable| !OF_THE_SCHEMA.contains(&&*variable.name))
            .filter_map(|variable| {
                Some((variable.name.clone(), assignment(&variable.name, &variable.value)?))
            })
            .collect();
        variables.sort_unstable();
        let unreported = self.unreported.iter().map(|unreported| unreported.statement.clone());
        Profile { schema: self.schema.clone(), variables, unreported: unreported.collect() }
    }

    /// Whether the client is to be told about this change.
    pub fn tells(&self, change: &SessionChange<'_>) -> bool {
        match change {
            SessionChange::SystemVariable { name, .. } => self.tells_variable(&text(name)),
            SessionChange::Gtids(_) => self.tells_gtids,
            SessionChange::StateChanged(_) => !self.hides_changes,
            SessionChange::TransactionState(_) => !self.hides_transactions,
            _ => true,
        }
    }

    fn tells_variable(&self, name: &str) -> bool {
        match self.tells.as_deref() {
            None => TOLD_BY_DEFAULT.contains(&name),
            Some("*") => true,
            Some(list) => list.split(',').any(|told| told.trim().eq_ignore_ascii_case(name)),
        }
    }
}

/// Reported with each change of the schema, which brings them along.
const OF_THE_SCHEMA: [&str; 2] = ["character_set_database", "collation_database"];

fn names(statement: &[u8], word: &[u8]) -> bool {
    statement.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

fn is_on(value: &str) -> bool {
    value.eq_ignore_ascii_case("on") || value == "1"
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(schema: Option<&str>, sql_mode: &str) -> SessionState {
        SessionState::new(&Start { schema, sql_mode, collation: 45, ignore_space: false })
    }

    fn set(state: &mut SessionState, name: &str, value: &str) {
        state.learn_variable(name, value);
    }

    #[test]
    fn a_connection_is_told_what_changed_after_its_version() {
        let mut state = begun(Some("shop"), "");
        set(&mut state, "time_zone", "+01:00");
        let seen = state.version();
        assert_eq!(state.since(seen), Delta::default());
        set(&mut state, "sql_select_limit", "10");
        assert_eq!(state.since(seen).set.as_deref(), Some("SET sql_select_limit=10"));
        let all = state.since(0);
        assert_eq!(all.set.as_deref(), Some("SET time_zone='+01:00',sql_select_limit=10"));
        assert_eq!(all.schema, None, "a new connection signs in with the first schema");
        state.learn_schema(b"other");
        assert_eq!(state.since(seen).schema.as_deref(), Some("other"));
    }

    #[test]
    fn character_sets_come_before_collations() {
        let mut state = begun(None, "");
        set(&mut state, "collation_connection", "utf8mb4_bin");
        set(&mut state, "character_set_connection", "latin1");
        set(&mut state, "character_set_results", "");
        state.learn_collation("latin1_bin");
        let wanted = "SET character_set_connection='latin1',character_set_results=NULL,\
                      collation_connection='latin1_bin'";
        assert_eq!(state.since(0).set.as_deref(), Some(wanted));
        set(&mut state, "character_set_connection", "utf8mb4");
        assert!(!state.since(0).set.unwrap_or_default().contains("latin1_bin"));
    }

    #[test]
    fn modes_change_how_statements_lex() {
        let mut state = begun(None, "ANSI_QUOTES");
        assert!(state.lex().ansi_quotes);
        set(&mut state, "sql_mode", "NO_BACKSLASH_ESCAPES");
        set(&mut state, "character_set_client", "gbk");
        assert!(!state.lex().ansi_quotes && state.lex().no_backslash_escapes);
        assert_eq!(state.lex().charset, LexCharset::Gbk);
        set(&mut state, "tx_read_only", "ON");
        assert!(state.read_only());
    }

    #[test]
    fn positions_are_not_settings() {
        let mut state = begun(None, "");
        set(&mut state, "last_gtid", "0-1-7");
        set(&mut state, "statement_id", "1320");
        assert_eq!(state.since(0), Delta::default());
        assert_eq!(state.take_written(), Position::parse("0-1-7").ok());
        assert_eq!(state.take_written(), None);
    }

    #[test]
    fn what_no_literal_can_say_is_not_carried() {
        let mut state = begun(None, "");
        set(&mut state, "default_week_format", "1");
        assert!(!state.take_uncarried());
        set(&mut state, "lc_messages", "it's");
        assert!(state.take_uncarried() && !state.take_uncarried());
    }

    #[test]
    fn a_statement_that_changes_tracking_is_repeated() {
        let mut state = begun(None, "");
        state.learn_unreported(b"SET session_track_system_variables='x', sql_mode='ANSI'");
        assert!(state.take_tracking_lost() && state.tells_unknown());
        assert_eq!(state.since(0).unreported.len(), 1);
        assert!(state.since(state.version()).unreported.is_empty());
        for _ in 0..MAX_UNREPORTED {
            state.learn_unreported(b"SET session_track_schema=1");
        }
        assert!(state.take_uncarried());
    }

    #[test]
    fn the_state_of_transactions_is_the_proxys_business_unless_the_client_asks_for_it() {
        let mut state = begun(None, "");
        let told = SessionChange::TransactionState(b"T___W___");
        assert!(state.tells(&told), "nobody but the client can have asked for it");
        state.watch_transactions();
        assert!(!state.tells(&told) && state.watches_transactions());
        state.learn_unreported(b"SET SESSION_TRACK_TRANSACTION_INFO='STATE'");
        assert!(state.tells(&told) && !state.watches_transactions());
    }

    #[test]
    fn another_schema_or_mode_gives_texts_another_meaning() {
        let mut state = begun(Some("shop"), "");
        set(&mut state, "sql_mode", "ANSI");
        let meant = state.meaning_changed_at();
        set(&mut state, "time_zone", "+01:00");
        set(&mut state, "sql_mode", "ANSI");
        assert_eq!(state.meaning_changed_at(), meant, "the same mode means the same");
        state.learn_schema(b"other");
        assert!(state.meaning_changed_at() > meant);
    }

    #[test]
    fn clients_are_told_what_they_asked_for() {
        let mut state = begun(None, "");
        let variable = |name: &'static [u8]| SessionChange::SystemVariable { name, value: b"x" };
        assert!(state.tells(&variable(b"time_zone")));
        assert!(!state.tells(&variable(b"sql_mode")));
        assert!(!state.tells(&SessionChange::Gtids(b"")));
        set(&mut state, "session_track_system_variables", "sql_mode, wait_timeout");
        assert!(state.tells(&variable(b"sql_mode")) && !state.tells(&variable(b"time_zone")));
        assert!(state.take_tracking_lost() && !state.take_tracking_lost());
    }
}
