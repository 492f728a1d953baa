//! Golden scripts of SHOW and of what tools ask information_schema: see `ddl/tests.rs` for the runner; and
//! what an account sees that may not see everything.

use std::sync::Arc;

use crate::query::accounts::{self, Accounts};
use crate::query::ddl::{Scripts, run_folder};
use crate::query::{ResultColumn, ResultSink, Session, execute, prepare};
use crate::sql::statement::{ParserMode, parse_one};
use crate::value::{SqlError, Value};

#[test]
fn golden_scripts() {
    run_folder("src/query/show/testscripts");
}

/// A schema with two tables, of which the account `limited` may read one.
fn limited() -> Scripts {
    let mut scripts = Scripts::new();
    let engine = scripts.session.engine.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(accounts::bootstrap(&engine, None)).unwrap();
    scripts.session.accounts = Some(Arc::new(Accounts::new(engine)));
    scripts.session.account = "root@localhost".into();
    let setup = [
        "CREATE DATABASE d",
        "CREATE DATABASE other",
        "CREATE TABLE d.seen (a INT PRIMARY KEY)",
        "CREATE TABLE d.unseen (a INT PRIMARY KEY)",
        "CREATE VIEW d.window AS SELECT a FROM d.unseen",
        "CREATE USER limited",
        "GRANT SELECT ON d.seen TO limited",
        "GRANT SELECT ON d.window TO limited",
    ];
    for sql in setup {
        scripts.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    scripts.session.account = "limited@%".into();
    scripts
}

#[track_caller]
fn denied(scripts: &mut Scripts, sql: &str, code: u16) {
    let error = scripts.run(sql).expect_err(sql);
    drop(scripts.session.take_transaction());
    assert_eq!(error.code, code, "{sql}: {}", error.message);
}

#[test]
fn an_account_sees_what_it_has_privileges_on() {
    let mut scripts = limited();
    let shown = scripts.run("SHOW DATABASES").unwrap();
    assert_eq!(shown, "Database\nd\ninformation_schema\nperformance_schema");
    assert_eq!(scripts.run("SHOW TABLES FROM d").unwrap(), "Tables_in_d\nseen\nwindow");
    for (table, column) in [
        ("TABLES", "TABLE_NAME"),
        ("COLUMNS", "TABLE_NAME"),
        ("STATISTICS", "TABLE_NAME"),
        ("TABLE_CONSTRAINTS", "TABLE_NAME"),
        ("KEY_COLUMN_USAGE", "TABLE_NAME"),
    ] {
        let sql =
            format!("SELECT {column} FROM information_schema.{table} WHERE TABLE_SCHEMA = 'd'");
        let found = scripts.run(&sql).unwrap();
        assert!(found.contains("seen") && !found.contains("unseen"), "{table}: {found}");
    }
    let own = "SELECT GRANTEE FROM information_schema.USER_PRIVILEGES";
    assert_eq!(scripts.run(own).unwrap(), "GRANTEE\n'limited'@'%'");
}

#[test]
fn what_is_not_granted_is_denied() {
    let mut scripts = limited();
    for (sql, code) in [
        ("SHOW TABLES FROM mysql", 1044),
        ("SHOW TABLES FROM other", 1044),
        ("SHOW TABLES FROM none", 1049),
        ("SHOW COLUMNS FROM d.unseen", 1142),
        ("SHOW INDEX FROM d.unseen", 1142),
        ("SHOW CREATE TABLE d.unseen", 1142),
        ("SHOW CREATE VIEW d.window", 1142),
        ("SHOW CREATE DATABASE other", 1044),
        ("SHOW GRANTS FOR root@localhost", 1044),
        ("SHOW CREATE USER root@localhost", 1044),
        ("SHOW BINARY LOGS", 1227),
        ("SHOW MASTER STATUS", 1227),
        ("SHOW BINLOG EVENTS", 1227),
        ("SHOW REPLICA STATUS", 1227),
        ("SHOW ENGINE INNODB STATUS", 1227),
        ("SELECT * FROM information_schema.INNODB_TRX", 1227),
        ("SELECT * FROM performance_schema.threads", 1142),
        ("SELECT * FROM mysql.user", 1142),
        ("SELECT * FROM d.unseen", 1142),
        ("SELECT * FROM d.seen JOIN d.unseen USING (a)", 1142),
        ("SELECT (SELECT COUNT(*) FROM d.unseen)", 1142),
        ("CREATE TABLE d.made (a INT)", 1142),
        ("CREATE TABLE d.made AS SELECT * FROM d.unseen", 1142),
        ("DROP TABLE d.seen", 1142),
        ("ALTER TABLE d.seen ADD b INT", 1142),
        ("TRUNCATE d.seen", 1142),
        ("CREATE INDEX i ON d.seen (a)", 1142),
        ("RENAME TABLE d.seen TO d.hidden", 1142),
        ("CREATE VIEW d.v AS SELECT 1", 1142),
        ("DROP DATABASE d", 1044),
        ("CREATE DATABASE mine", 1044),
        ("USE other", 1044),
    ] {
        denied(&mut scripts, sql, code);
    }
    for sql in ["SELECT * FROM d.seen", "SELECT * FROM d.window", "USE d", "SHOW GRANTS"] {
        scripts.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// A plan that is remembered does not outlive the privilege that it was made under.
#[test]
fn a_revoked_privilege_counts_at_once() {
    let mut scripts = limited();
    scripts.run("SELECT a FROM d.seen").unwrap();
    scripts.run("SELECT a FROM d.seen").unwrap();
    scripts.session.account = "root@localhost".into();
    scripts.run("REVOKE SELECT ON d.seen FROM limited").unwrap();
    scripts.session.account = "limited@%".into();
    denied(&mut scripts, "SELECT a FROM d.seen", 1142);
}

#[test]
fn a_prepared_show_knows_its_columns() {
    let mut scripts = limited();
    for (sql, columns) in [
        ("SHOW DATABASES", 1),
        ("SHOW COLUMNS FROM d.seen", 6),
        ("DESCRIBE d.seen", 6),
        ("SHOW INDEX FROM d.seen", 15),
        ("SHOW WARNINGS", 3),
        ("SHOW GRANTS", 1),
        ("SHOW CREATE TABLE d.seen", 2),
    ] {
        let parsed = parse_one(sql.as_bytes(), ParserMode::default()).unwrap();
        assert_eq!(prepare(&mut scripts.session, &parsed).unwrap().columns.len(), columns, "{sql}");
    }
}

/// Wants nothing.
struct Nothing;

impl ResultSink for Nothing {
    fn columns(&mut self, _: &[ResultColumn]) -> Result<(), SqlError> {
        Ok(())
    }

    fn row(&mut self, _: &[Value]) -> Result<(), SqlError> {
        Ok(())
    }
}

#[test]
fn locks_are_listed() {
    let mut scripts = limited();
    scripts.session.account = "root@localhost".into();
    scripts.run("INSERT INTO d.seen VALUES (7)").unwrap();
    let mut other = Session::new(scripts.session.engine.clone(), 2);
    let sql = "SELECT * FROM d.seen WHERE a = 7 FOR UPDATE";
    let parsed = parse_one(sql.as_bytes(), ParserMode::default()).unwrap();
    execute(&mut other, sql, &parsed, &[], &mut Nothing).unwrap();
    let locks = "SELECT OBJECT_SCHEMA, OBJECT_NAME, INDEX_NAME, LOCK_MODE, LOCK_STATUS, LOCK_DATA \
                 FROM performance_schema.data_locks WHERE LOCK_TYPE = 'RECORD'";
    let listed = scripts.run(locks).unwrap();
    let (_, rows) = listed.split_once('\n').unwrap();
    assert_eq!(rows, "d | seen | PRIMARY | X,REC_NOT_GAP | GRANTED | 7");
    let waits = "SELECT COUNT(*) FROM performance_schema.data_lock_waits";
    assert_eq!(scripts.run(waits).unwrap(), "COUNT(*)\n0");
}
