//! The registry against what a MySQL server answered to the same statements.

use super::*;
use crate::query::session::{Session, SqlMode};
use crate::value::Value;

struct Server {
    session: Session,
    globals: GlobalVariables,
}

impl Server {
    fn new() -> Self {
        Self { session: Session::for_test(7), globals: GlobalVariables::default() }
    }

    /// `ok`, `ok, warning: …`, or the error.
    fn set(&mut self, asked: Asked, name: &str, value: Value) -> String {
        self.session.diagnostics.clear();
        let to = SetTo::Value(value);
        match set(&mut self.session, &self.globals, name, asked, &to) {
            Err(error) => format!("{} {}", error.code, error.message),
            Ok(()) => match self.session.diagnostics.list() {
                [] => "ok".to_owned(),
                [warning, ..] => format!("warning {} {}", warning.code, warning.message),
            },
        }
    }

    fn text(&mut self, name: &str, value: &str) -> String {
        self.set(Asked::Either, name, Value::Text(value.into()))
    }

    fn int(&mut self, name: &str, value: i64) -> String {
        self.set(Asked::Either, name, Value::Int(value))
    }

    fn get(&self, name: &str) -> String {
        let variable = find(name).unwrap();
        match read(&self.session, &self.globals, name, Asked::Either) {
            Ok(value) => display(variable, &value),
            Err(error) => format!("{} {}", error.code, error.message),
        }
    }
}

fn cannot(name: &str, value: &str) -> String {
    format!("1231 Variable '{name}' can't be set to the value of '{value}'")
}

#[test]
fn flags_take_words_and_bits() {
    let mut server = Server::new();
    for wrong in ["x", "", "0"] {
        assert_eq!(server.text("autocommit", wrong), cannot("autocommit", wrong));
    }
    assert_eq!(server.int("autocommit", 2), cannot("autocommit", "2"));
    assert_eq!(server.int("sql_safe_updates", -1), cannot("sql_safe_updates", "-1"));
    assert_eq!(server.set(Asked::Either, "autocommit", Value::Null), cannot("autocommit", "NULL"));
    let wrong_type = "1232 Incorrect argument type to variable 'autocommit'";
    assert_eq!(server.set(Asked::Either, "autocommit", Value::Double(1.0)), wrong_type);
    assert_eq!(server.text("autocommit", "oFf"), "ok");
    assert!(!server.session.variables.autocommit);
    assert_eq!(server.get("autocommit"), "OFF");
}

#[test]
fn integers_are_moved_into_their_range() {
    let mut server = Server::new();
    let warning = "warning 1292 Truncated incorrect max_sort_length value: '1'";
    assert_eq!(server.int("max_sort_length", 1), warning);
    assert_eq!(server.get("max_sort_length"), "4");
    let wrong_type = "1232 Incorrect argument type to variable 'max_sort_length'";
    assert_eq!(server.text("max_sort_length", "a"), wrong_type);
    assert_eq!(server.set(Asked::Either, "max_sort_length", Value::Null), wrong_type);
    assert_eq!(server.text("sql_mode", "strict_all_tables").get(..12), Some("warning 3135"));
    assert_eq!(server.int("max_sort_length", 1), cannot("max_sort_length", "1"));
}

#[test]
fn scopes_are_kept_apart() {
    let mut server = Server::new();
    let session_only =
        "1228 Variable 'sql_log_bin' is a SESSION variable and can't be used with SET GLOBAL";
    assert_eq!(server.set(Asked::Global, "sql_log_bin", Value::Int(1)), session_only);
    let global_only =
        "1229 Variable 'max_connections' is a GLOBAL variable and should be set with SET GLOBAL";
    assert_eq!(server.int("max_connections", 5), global_only);
    assert_eq!(server.int("version", 1), "1238 Variable 'version' is a read only variable");
    assert_eq!(server.int("nosuch", 1), "1193 Unknown system variable 'nosuch'");
    let read = |name, asked| {
        let read = read(&server.session, &server.globals, name, asked);
        read.map_err(|error| error.message).unwrap_err()
    };
    assert_eq!(read("timestamp", Asked::Global), "Variable 'timestamp' is a SESSION variable");
    let global = "Variable 'max_connections' is a GLOBAL variable";
    assert_eq!(read("max_connections", Asked::Session), global);
}

#[test]
fn names_are_checked() {
    let mut server = Server::new();
    let zone = |zone| format!("1298 Unknown or incorrect time zone: '{zone}'");
    for wrong in ["xx/yy", "+15:00", "-14:00", "+14:01", "+1:60", "1:00"] {
        assert_eq!(server.text("time_zone", wrong), zone(wrong));
    }
    assert_eq!(server.text("time_zone", "+1:00"), "ok");
    assert_eq!(server.get("time_zone"), "+01:00");
    assert_eq!(server.text("character_set_client", "x"), "1115 Unknown character set: 'x'");
    assert_eq!(server.text("collation_connection", "x"), "1273 Unknown collation: 'x'");
    assert_eq!(server.text("default_storage_engine", "x"), "1286 Unknown storage engine 'x'");
    assert_eq!(server.text("lc_time_names", "x"), "1649 Unknown locale: 'x'");
    let isolation = cannot("transaction_isolation", "x");
    assert_eq!(server.text("tx_isolation", "x"), isolation);
    assert_eq!(server.text("sql_mode", "ORACLE"), cannot("sql_mode", "ORACLE"));
    let blank = cannot("sql_mode", " strict_trans_tables");
    assert_eq!(server.text("sql_mode", "no_zero_date, strict_trans_tables"), blank);
}

#[test]
fn character_sets_and_collations_follow_each_other() {
    let mut server = Server::new();
    assert_eq!(server.text("character_set_server", "latin1"), "ok");
    assert_eq!(server.get("collation_server"), "latin1_swedish_ci");
    assert_eq!(server.text("collation_server", "utf8mb4_bin"), "ok");
    assert_eq!(server.get("character_set_server"), "utf8mb4");
    assert_eq!(server.int("character_set_client", 8), "ok");
    assert_eq!(server.get("character_set_client"), "latin1");
    assert_eq!(server.set(Asked::Either, "character_set_results", Value::Null), "ok");
    assert_eq!(server.get("character_set_results"), "");
}

#[test]
fn what_is_not_built_is_refused() {
    let mut server = Server::new();
    assert_eq!(server.text("binlog_format", "row"), "ok");
    assert_eq!(server.text("binlog_format", "statement").get(..4), Some("1235"));
    assert_eq!(server.int("sql_auto_is_null", 0), "ok");
    assert_eq!(server.int("sql_auto_is_null", 1).get(..4), Some("1235"));
}

#[test]
fn switches_change_one_by_one() {
    let mut server = Server::new();
    assert_eq!(server.text("optimizer_switch", "default,mrr=off"), "ok");
    assert!(server.get("optimizer_switch").contains(",mrr=off,"));
    assert!(server.get("optimizer_switch").contains(",mrr_cost_based=on,"));
    let wrong = cannot("optimizer_switch", "x=on");
    assert_eq!(server.text("optimizer_switch", "x=on"), wrong);
    let wrong = cannot("optimizer_switch", "mrr=maybe");
    assert_eq!(server.text("optimizer_switch", "mrr=maybe"), wrong);
}

#[test]
fn sessions_begin_with_global_values() {
    let mut server = Server::new();
    let ansi = Value::Text("ANSI_QUOTES".into());
    assert_eq!(server.set(Asked::Global, "sql_mode", ansi), "ok");
    assert_eq!(server.set(Asked::Global, "wait_timeout", Value::Int(9)), "ok");
    assert_eq!(server.session.variables.sql_mode, SqlMode::default());
    server.session.variables = of_new_session(&server.globals);
    assert_eq!(server.session.variables.sql_mode, SqlMode::ANSI_QUOTES);
    assert_eq!(server.get("wait_timeout"), "9");
}

#[test]
fn registry_is_in_order() {
    let names: Vec<_> = listed().iter().map(|variable| variable.name).collect();
    assert!(names.len() > 600, "{}", names.len());
    assert!(names.is_sorted_by(|left, right| left < right));
    assert!(find("TX_ISOLATION").unwrap().name == "transaction_isolation");
    assert!(!names.contains(&"query_cache_size"));
    let server = Server::new();
    let shown = show(&server.session, &server.globals, true);
    assert!(shown.contains(&("long_query_time", "10.000000".to_owned())));
    assert!(shown.contains(&("autocommit", "ON".to_owned())));
    assert!(!shown.iter().any(|(name, _)| *name == "timestamp"));
    let own = show(&server.session, &server.globals, false);
    assert!(own.iter().any(|(name, value)| *name == "pseudo_thread_id" && value == "7"));
}

/// Every default is accepted as a value of its own variable.
#[test]
fn defaults_are_values() {
    let mut server = Server::new();
    for variable in listed().iter().filter(|variable| variable.dynamic) {
        let before = globals_value(&server, variable.name);
        let asked = if variable.scope == Scope::Session { Asked::Session } else { Asked::Global };
        assert_eq!(server.set(asked, variable.name, before), "ok", "{}", variable.name);
    }
}

fn globals_value(server: &Server, name: &str) -> Value {
    server.globals.get(find(name).unwrap())
}

#[test]
fn status_lists_every_name() {
    let shown = status::show(&status::NoStatus, true);
    assert!(shown.len() > 350, "{}", shown.len());
    assert!(shown.iter().any(|(name, value)| *name == "Threads_running" && value == "0"));
}

#[test]
fn set_names_sets_three() {
    let mut server = Server::new();
    let names = |server: &mut Server, charset, collate| {
        let set = set_names(&mut server.session, Some(charset), collate);
        set.map_err(|error| format!("{} {}", error.code, error.message))
    };
    assert_eq!(names(&mut server, "latin1", None), Ok(()));
    for name in ["character_set_client", "character_set_results", "character_set_connection"] {
        assert_eq!(server.get(name), "latin1");
    }
    assert_eq!(names(&mut server, "utf8mb4", Some("utf8mb4_bin")), Ok(()));
    assert_eq!(server.get("collation_connection"), "utf8mb4_bin");
    let wrong = "1253 COLLATION 'utf8mb4_bin' is not valid for CHARACTER SET 'latin1'";
    assert_eq!(names(&mut server, "latin1", Some("utf8mb4_bin")), Err(wrong.to_owned()));
    assert_eq!(server.get("character_set_client"), "utf8mb4");
    let unknown = "1115 Unknown character set: 'nix'";
    assert_eq!(names(&mut server, "nix", None), Err(unknown.to_owned()));
}

#[test]
fn what_the_configuration_gives_is_checked_and_kept_in_the_variables_form() {
    let globals = GlobalVariables::default();
    globals.configure("super_read_only", &Value::Text("ON".into())).unwrap();
    for name in ["super_read_only", "read_only"] {
        assert!(matches!(globals.get(table::find(name).unwrap()), Value::Int(1)), "{name}");
    }
    assert_eq!(globals.configure("nothing", &Value::Int(1)).unwrap_err().code, 1193);
    assert_eq!(
        globals.configure("read_only", &Value::Text("perhaps".into())).unwrap_err().code,
        1231
    );
}

#[test]
fn a_session_begins_with_the_collation_that_was_set_last() {
    // more than once: the order of the values must not be chance
    for _ in 0..16 {
        let globals = GlobalVariables::default();
        globals.configure("collation_server", &Value::Text("utf8mb4_general_ci".into())).unwrap();
        globals.configure("collation_connection", &Value::Text("latin1_bin".into())).unwrap();
        let variables = of_new_session(&globals);
        assert_eq!((variables.collation_server.0, variables.collation_connection.0), (45, 47));
    }
}
