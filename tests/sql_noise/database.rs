//! A small database with every type of column, and any text run against it as SQL: what the noise test and the fuzz
//! target `sql` have in common.
//!
//! Each text runs in a session of its own, in one transaction that never commits; DDL is worked out and not
//! carried out. So texts do not see one another, and one that fails does so alone.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use anabranch::engine::{CommitOptions, Engine, EngineOptions};
use anabranch::query::session::KillFlag;
use anabranch::query::{self, ResultColumn, ResultSink, Session};
use anabranch::sql::statement::{Parsed, ParserMode, parse, parse_first};
use anabranch::value::display::text_of;
use anabranch::value::{SqlError, Value};

/// The scripts whose first statements make the tables.
const SCRIPTS: [&str; 5] = [
    include_str!("../differential/corpus/generated-casts.slt"),
    include_str!("../differential/corpus/generated-queries.slt"),
    include_str!("../differential/corpus/windows.slt"),
    include_str!("../differential/corpus/ctes.slt"),
    include_str!("../differential/corpus/json.slt"),
];
/// As KILL does it: what goes on for much longer does not look whether it should.
const STATEMENT_LIMIT: Duration = Duration::from_millis(300);
const MAX_STATEMENTS: usize = 8;
/// What a statement may keep for sorting, grouping and the like.
const STATEMENT_BYTES: u64 = 32 << 20;

/// Runs the statements of a text, if it is one of statements at all.
pub fn run_text(text: &str) {
    let Ok(statements) = parse(text.as_bytes(), ParserMode::default()) else { return };
    let mut session = Session::new(engine(), 7);
    session.database = Some("small".into());
    session.variables.timestamp_micros = Some(1_700_000_000_000_000);
    session.variables.statement_memory_bytes = STATEMENT_BYTES;
    session.variables.max_allowed_packet = 1 << 20;
    for parsed in statements.iter().take(MAX_STATEMENTS) {
        run(&mut session, text, parsed);
    }
}

fn run(session: &mut Session, text: &str, parsed: &Parsed) {
    let params = [Value::Int(3), Value::Null, Value::Text("1.5x".into()), Value::Double(1e300)];
    let params = params.iter().cycle().take(parsed.parameters).cloned().collect::<Vec<_>>();
    if parsed.parameters > 0 {
        let _ = query::prepare(session, parsed);
    }
    session.diagnostics.clear();
    session.kill.clear_query();
    watch(Some(session.kill.clone()));
    session.transaction().start_statement();
    let ran = query::execute(session, text, parsed, &params, &mut Shown::default());
    watch(None);
    session.ddl = None;
    if let (Err(_), Some(open)) = (ran, session.open_transaction()) {
        open.rollback_statement();
    }
}

/// Shows every value, and keeps nothing.
#[derive(Default)]
struct Shown {
    columns: Vec<ResultColumn>,
    rows: usize,
}

impl ResultSink for Shown {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), SqlError> {
        self.columns = columns.to_vec();
        Ok(())
    }

    fn row(&mut self, values: &[Value]) -> Result<(), SqlError> {
        assert_eq!(values.len(), self.columns.len(), "as many values as columns");
        for (value, column) in values.iter().zip(&self.columns) {
            std::hint::black_box(text_of(value, &column.ty.ty));
        }
        self.rows += 1;
        match self.rows {
            0..1000 => Ok(()),
            _ => Err(SqlError::new(1317, b"70100", "enough rows")),
        }
    }
}

fn engine() -> Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    ENGINE
        .get_or_init(|| {
            let engine = Engine::volatile(EngineOptions::default()).expect("threads");
            fill(&engine);
            engine
        })
        .clone()
}

/// Makes the tables: the statements of each script up to its first query.
fn fill(engine: &Arc<Engine>) {
    let mut session = Session::new(engine.clone(), 1);
    commit(&mut session, "CREATE DATABASE small");
    session.database = Some("small".into());
    for script in SCRIPTS {
        for record in script.split("\n\n") {
            let Some((head, sql)) = record.split_once('\n') else { continue };
            if head.starts_with("query") {
                break;
            }
            commit(&mut session, sql);
        }
    }
    let database = engine.database();
    let zoo = database.catalog.table("small", "zoo").expect("the table with every type");
    let rows = database.tables.get(zoo.id).map_or(0, |table| table.len());
    assert!(rows > 3, "{rows} rows of every type");
}

/// Runs one statement to its end; what fails (a table that another script has made) is left out.
fn commit(session: &mut Session, sql: &str) {
    let Ok((parsed, _)) = parse_first(sql.as_bytes(), ParserMode::default()) else { return };
    let engine = session.engine.clone();
    session.transaction().start_statement();
    let ran = query::execute(session, sql, &parsed, &[], &mut Shown::default());
    let (Ok(_), Some(transaction)) = (ran, session.take_transaction()) else { return };
    let ticket = match session.ddl.take() {
        Some(ddl) => engine.ddl(transaction, ddl.statement, ddl.changes),
        None => engine.commit(transaction, CommitOptions::default()),
    };
    let _ = ticket.wait();
}

/// Kills the statement that began when this was called last, once it has run for too long.
fn watch(kill: Option<Arc<KillFlag>>) {
    static RUNNING: Mutex<Option<(Instant, Arc<KillFlag>)>> = Mutex::new(None);
    static WATCHDOG: OnceLock<()> = OnceLock::new();
    WATCHDOG.get_or_init(|| {
        std::thread::spawn(|| {
            loop {
                std::thread::sleep(STATEMENT_LIMIT / 4);
                let running = RUNNING.lock().expect("nobody panics with it");
                if let Some((since, kill)) = &*running
                    && since.elapsed() > STATEMENT_LIMIT
                {
                    kill.kill_query();
                }
            }
        });
    });
    *RUNNING.lock().expect("nobody panics with it") = kill.map(|kill| (Instant::now(), kill));
}
