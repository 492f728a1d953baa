//! The differential test: does the bundled server answer as a real one does?
//!
//! Some thousands of statements lie in `differential/corpus/*.slt` with the answers of a real MySQL 9.7. The test
//! runs each file in a schema of its own on a fresh server and compares outcome, affected rows, insert id,
//! columns' types and names, every value, warnings, error code and SQLSTATE.
//!
//! ```text
//! hand-written scripts ─┐   record: a real server writes the answers
//! generator            ─┴─> *.slt
//!                           compare: the bundled server must give them again
//! ```
//!
//! * `ANABRANCH_DIFFERENTIAL_RECORD=host:port` records anew: `root` without a password, a MySQL that may be written to.
//! * `ANABRANCH_DIFFERENTIAL_SERVER=host:port` compares that server instead of the bundled one.
//! * `ANABRANCH_DIFFERENTIAL_FILES=text` takes only files whose name has the text in it.
//! * `ANABRANCH_DIFFERENTIAL_REPORT=1` reports and never fails.
//! * `ANABRANCH_DIFFERENTIAL_OPEN=1` writes the list of differences that are still to be mended, `open.txt`.
//!
//! The whole list of differences is left in `target/tmp/differential.txt`.

#[path = "differential/generator.rs"]
mod generator;
#[path = "differential/known.rs"]
mod known;
#[path = "differential/outcome.rs"]
mod outcome;
#[path = "differential/report.rs"]
mod report;
#[path = "differential/run.rs"]
mod run;
#[path = "differential/script.rs"]
mod script;
mod support;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use known::Known;
use report::Report;
use script::Script;

/// The least number of statements that the issue asks for.
const LEAST_STATEMENTS: usize = 5_000;
/// Percent that are to be identical in the end. `open.txt` holds what is still in the way.
const BAR: f64 = 97.0;
/// Percent that are identical by now: may only grow.
const REACHED: f64 = 98.2;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential")
}

fn setting(name: &str) -> Option<String> {
    std::env::var(format!("ANABRANCH_DIFFERENTIAL_{name}")).ok().filter(|v| !v.is_empty())
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap_or_else(|e| panic!("{text} is not an address and port: {e}"))
}

/// The scripts that this run is about, in order of their names.
fn scripts() -> Vec<Script> {
    let wanted = setting("FILES").unwrap_or_default();
    let entries = std::fs::read_dir(folder().join("corpus")).expect("the corpus");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "slt"))
        .filter(|path| path.file_name().is_some_and(|n| n.to_string_lossy().contains(&wanted)))
        .collect();
    paths.sort();
    paths.iter().map(|path| Script::read(path).expect("a script")).collect()
}

/// Where statements are compared: the bundled server, or one that runs already.
enum Target {
    Own(support::Server),
    Other(SocketAddr),
}

impl Target {
    fn start() -> Self {
        match setting("SERVER") {
            Some(text) => Self::Other(address(&text)),
            None => Self::Own(support::Server::start("").expect("the bundled server")),
        }
    }

    fn address(&self) -> SocketAddr {
        match self {
            Self::Own(server) => server.address(),
            Self::Other(address) => *address,
        }
    }

    /// After a loss: a server that ended is started again.
    fn revive(&mut self) {
        if let Self::Own(server) = self
            && server.has_ended()
        {
            println!("the server ended; its last words:\n{}", tail(&server.log()));
            server.restart().expect("the server starts again");
        }
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

#[tokio::test]
async fn the_bundled_server_answers_as_a_real_one() {
    if let Some(server) = setting("RECORD") {
        return record(address(&server)).await;
    }
    let known = Known::read(&folder().join("known.txt")).expect("the known differences");
    let mut report = Report::default();
    let mut target = Target::start();
    for script in scripts() {
        compare(&mut target, &script, &known, &mut report).await;
    }
    let full = Path::new(env!("CARGO_TARGET_TMPDIR")).join("differential.txt");
    let text = format!("{}{}", report.summary(), report.groups(Some(usize::MAX)));
    std::fs::write(full, text).expect("the report is written");
    println!("{}{}", report.groups(None), report.summary());
    judge(&report);
}

/// A statement that differs must be in `known.txt`, as a deliberate difference, or in `open.txt`, as one that
/// is still to be mended. The first list has reasons, the second may only shrink.
fn judge(report: &Report) {
    println!("{:.2} % are identical; {BAR} % is the bar", report.share());
    if setting("REPORT").is_some() {
        return;
    }
    let path = folder().join("open.txt");
    if setting("OPEN").is_some() {
        let reason = "# Statements whose answers still differ: faults of ours, to be mended. Written by\n\
                      # ANABRANCH_DIFFERENTIAL_OPEN=1; see known.rs for the form.\n\n\
                      reason: not yet as MySQL answers\n";
        let lines: Vec<String> =
            report.unexplained().map(|(file, _, sql)| known::line(file, sql)).collect();
        return std::fs::write(path, format!("{reason}{}", lines.concat())).expect("open.txt");
    }
    if setting("FILES").is_none() {
        assert!(report.statements() >= LEAST_STATEMENTS, "the corpus is too small");
        assert!(report.share() >= REACHED, "less than {REACHED} % are identical");
    }
    let open = Known::read(&path).expect("the open differences");
    let new: Vec<String> = report
        .unexplained()
        .filter(|(file, _, sql)| open.reason(file, sql).is_none())
        .map(|(file, line, sql)| format!("{file}:{line}: {sql}"))
        .collect();
    assert!(new.is_empty(), "answers that used to be MySQL's:\n{}", new.join("\n"));
}

async fn compare(target: &mut Target, script: &Script, known: &Known, report: &mut Report) {
    let file = script.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut session = run::Session::open(target.address(), run::schema_of(script)).await;
    if session.is_err() {
        target.revive();
        session = run::Session::open(target.address(), run::schema_of(script)).await;
    }
    let mut session = match session {
        Ok(session) => session,
        Err(why) => {
            for record in &script.records {
                report.add(
                    &file,
                    record,
                    outcome::Outcome::Lost(format!("no session: {why}")),
                    known,
                );
            }
            return;
        }
    };
    for record in &script.records {
        let got = run::sort_if(record, session.run(&record.sql).await);
        if matches!(got, outcome::Outcome::Lost(_)) {
            target.revive();
        }
        report.add(&file, record, got, known);
    }
    session.close().await;
}

async fn record(address: SocketAddr) {
    let wanted = setting("FILES").unwrap_or_default();
    for script in generator::scripts(&folder().join("corpus")) {
        if script.name().contains(&wanted) {
            script.write().expect("a generated script is written");
        }
    }
    let mut statements = 0;
    for mut script in scripts() {
        run::record(address, &mut script).await.expect("the script is recorded");
        script.write().expect("the script is written");
        println!("{:<40} {:>5}", script.name(), script.records.len());
        statements += script.records.len();
    }
    println!("{statements} statements");
}

/// What the generator makes is what was recorded.
#[test]
fn the_generated_scripts_are_checked_in() {
    for made in generator::scripts(&folder().join("corpus")) {
        let kept = Script::read(&made.path).expect("a generated script");
        let made: Vec<&str> = made.records.iter().map(|r| r.sql.as_str()).collect();
        let kept: Vec<&str> = kept.records.iter().map(|r| r.sql.as_str()).collect();
        assert_eq!(made, kept, "record again: the generator changed");
    }
}
