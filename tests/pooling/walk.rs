//! What statements leave behind (found rows, counts, the insert id, warnings), asked for anywhere in a long walk of
//! reads on replicas, writes on the primary and failures, in both kinds of pooling, in text and prepared: each
//! answer is that of a direct connection.
//!
//! The walk is the same each time, so a difference can be looked at again.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::OnceLock;

use super::raw::{Raw, Trouble};
use super::support::Proxy;
use super::{alone, cluster, wait_until};

/// Long enough for each three of the statements below to come after each other, most of them twice.
const STEPS: usize = 3_000;
/// The question and what led to it, for a difference.
const SHOWN: usize = 7;
/// Differences that are told.
const TOLD: usize = 12;
const SCHEMA: &str = "test_walk";

/// Reads, which replicas serve, then what the primary runs, then failures.
const LEAVES: &[&str] = &[
    "SELECT v FROM test_other.items",
    "SELECT v FROM test_other.items WHERE id = 2",
    "SELECT v FROM test_other.items WHERE id < 0",
    "SELECT SQL_CALC_FOUND_ROWS v FROM test_other.items LIMIT 1",
    "SELECT 1 / 0 FROM test_other.items",
    "INSERT INTO items (v) VALUES ('a'), ('b')",
    // Not UPDATE and DO, which set FOUND_ROWS() on MySQL alone.
    "REPLACE INTO items VALUES (1, 'y')",
    "DELETE FROM items WHERE id > 1",
    "INSERT IGNORE INTO items VALUES (1, 'twice')",
    "SELECT v FROM items ORDER BY id FOR UPDATE",
    "ROLLBACK",
    "SET group_concat_max_len = 77",
    "SELECT v FROM nowhere",
    "INSERT INTO nowhere VALUES (1)",
    "START TRANSACTION",
    "COMMIT",
];

const ASKS: &[&str] = &[
    "SELECT FOUND_ROWS()",
    "SELECT ROW_COUNT()",
    "SELECT LAST_INSERT_ID()",
    "SELECT @@identity",
    "SELECT @@warning_count",
    "SELECT @@error_count",
    "SHOW WARNINGS",
    "SHOW ERRORS",
    "SHOW COUNT(*) WARNINGS",
    "SELECT FOUND_ROWS(), ROW_COUNT()",
    "SELECT FOUND_ROWS(), LAST_INSERT_ID()",
    "INSERT INTO items (v) VALUES (FOUND_ROWS())",
    "SELECT ROW_COUNT(), v FROM test_other.items",
];

/// The walk: mostly what leaves something, asked about now and then.
fn steps() -> impl Iterator<Item = &'static str> {
    let mut state: u64 = 5;
    let mut next = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    (0..STEPS).map(move |_| match next(5) < 3 {
        true => LEAVES[next(LEAVES.len())],
        false => ASKS[next(ASKS.len())],
    })
}

/// Rows, as text or as they came, or an error's number.
#[derive(Debug, PartialEq)]
enum Answer {
    Text(Vec<Vec<Option<String>>>),
    Binary(Vec<Vec<u8>>),
    Error(Option<u16>),
    Refused,
}

/// Whether it asks for warnings, which it leaves as they are.
fn asks_for_warnings(sql: &str) -> bool {
    ["WARNINGS", "ERRORS", "_count"].iter().any(|word| sql.contains(word))
}

/// Whether the families have their own ideas of the answer, by what came before.
fn is_open(before: &[&str], question: &str) -> bool {
    // MariaDB keeps warnings until a table is used.
    let last = before.last().unwrap_or(&"");
    let keeps = !last.contains("items") && !last.contains("nowhere");
    // MySQL warns that FOUND_ROWS() is deprecated, and a number is not.
    let left = before.iter().rfind(|sql| !asks_for_warnings(sql)).unwrap_or(&"");
    asks_for_warnings(question) && cluster().either(keeps, left.contains("FOUND_ROWS()"))
}

struct Walker {
    raw: Raw,
    /// What a server refuses to prepare is run as text.
    prepared: Option<HashMap<&'static str, Option<u32>>>,
}

impl Walker {
    /// At the beginning, where all is as it is for everybody.
    fn new(address: SocketAddr, prepared: bool) -> Self {
        let mut raw = Raw::sign_in(address, "app", "secret", SCHEMA).expect("signs in");
        for sql in [
            // Reads go to replicas, whatever was written.
            "SET @anabranch_consistency = 'eventual'",
            "TRUNCATE TABLE items",
            "INSERT INTO items (v) VALUES ('one')",
            // FOUND_ROWS() of a new connection is 1 on MariaDB, 0 on MySQL.
            "SELECT v FROM test_other.items",
        ] {
            raw.query(sql).unwrap_or_else(|trouble| panic!("{sql}: {trouble:?}"));
        }
        Self { raw, prepared: prepared.then(HashMap::new) }
    }

    fn step(&mut self, sql: &'static str) -> Answer {
        let known = self.prepared.as_ref().map(|known| known.get(sql).copied());
        let answer = match known {
            Some(Some(Some(id))) => self.raw.execute(id).map(Answer::Binary),
            Some(None) => return self.prepare(sql),
            _ => self.raw.query(sql).map(Answer::Text),
        };
        match answer {
            // Prepared, what is on two servers is refused where connections are not shared: see README.md.
            Err(trouble) if known.is_some() && trouble.code() == Some(2013) => {
                self.raw.query(sql).expect("as text it is answered");
                Answer::Refused
            }
            answer => answer.unwrap_or_else(|trouble: Trouble| Answer::Error(trouble.code())),
        }
    }

    /// The first time it is only prepared, which leaves something, too.
    fn prepare(&mut self, sql: &'static str) -> Answer {
        let ran = self.raw.prepare(sql);
        if let Some(known) = &mut self.prepared {
            known.insert(sql, ran.as_ref().ok().copied());
        }
        ran.map_or_else(|trouble| Answer::Error(trouble.code()), |_| Answer::Binary(Vec::new()))
    }
}

fn prepare_schema() {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        cluster().fresh_schema(SCHEMA);
        let items = "(id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20))";
        cluster().sql(0, &format!("CREATE TABLE {SCHEMA}.items {items}"));
        cluster().wait_caught_up();
    });
}

fn walk(address: SocketAddr, prepared: bool) -> Vec<Answer> {
    let mut walker = Walker::new(address, prepared);
    steps().map(|sql| walker.step(sql)).collect()
}

#[test]
fn what_statements_leave_is_what_they_leave_on_one_connection() {
    let _alone = alone();
    prepare_schema();
    let all: Vec<&str> = steps().collect();
    let mut wrong = Vec::new();
    for prepared in [false, true] {
        let expected = walk(cluster().address(0), prepared);
        for pooling in ["session", "transaction"] {
            let proxy =
                Proxy::start(cluster(), &format!("[proxy]\nworkers = 1\npooling = \"{pooling}\""));
            let answers = walk(proxy.address(), prepared);
            for (at, (answer, expected)) in answers.iter().zip(&expected).enumerate() {
                let refused = *answer == Answer::Refused && pooling == "session";
                if answer != expected && !refused && !is_open(&all[..at], all[at]) {
                    let path = all[at.saturating_sub(SHOWN)..=at].join("; ");
                    wrong.push(format!(
                        "{pooling}, prepared {prepared}, {at}: {path}\n  {answer:?}, direct {expected:?}"
                    ));
                }
            }
            wait_until("reads on replicas to be counted", || {
                let target = [("target", "replica")];
                proxy.metrics().sum("anabranch_statements_total", &target) > STEPS as f64 / 10.0
            });
        }
    }
    let count = wrong.len();
    wrong.truncate(TOLD);
    assert!(wrong.is_empty(), "{count} answers differ:\n{}", wrong.join("\n"));
}
