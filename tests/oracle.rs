//! The oracle test: does a real server agree with what we call a read?
//!
//! Some thousands of statements are classified. Each one that we call a read is run on a real
//! MariaDB: with `read_only` by an account that may only read, inside `START TRANSACTION READ ONLY`,
//! and by an all-powerful account on a writable server. Nothing may be refused as a write and
//! nothing may change. The other direction counts the statements known to be reads that we would
//! have kept on the primary.
//!
//! ```text
//! corpus files ─┐
//! functions    ─┼─> distinct statements ─> classify ─> reads ─> run on MariaDB ─> misroutes
//! generator    ─┘                              └─────> known reads kept on the primary
//! ```
//!
//! It needs `mariadbd`, `mariadb-install-db` and `mariadb` in the path (Debian: `mariadb-server`).

#[path = "oracle/corpus.rs"]
mod corpus;
#[path = "oracle/fingerprint.rs"]
mod fingerprint;
#[path = "oracle/functions.rs"]
mod functions;
#[path = "oracle/generator.rs"]
mod generator;
#[path = "oracle/run.rs"]
mod run;
#[path = "oracle/server.rs"]
mod server;
#[path = "oracle/statement.rs"]
mod statement;
#[path = "oracle/verdict.rs"]
mod verdict;

use std::collections::BTreeMap;
use std::time::Instant;

use statement::{Statement, Truth};
use verdict::{Catalog, Verdict};

/// The least number of distinct statements that the issue asks for.
const LEAST_CORPUS: usize = 3_000;
/// Statements drawn from the generator (before duplicates are dropped).
const GENERATED: usize = 2_400;
/// Fixed, so that a failure can be repeated. `ANABRANCH_ORACLE_SEED` overrides it.
const SEED: u64 = 0x5eed_0002;
/// Percent of known reads that may stay on the primary.
const MOST_KEPT: f64 = 3.0;
/// Percent of the corpus that the server may reject for its syntax.
const MOST_INVALID: f64 = 5.0;

#[tokio::test]
async fn a_real_server_agrees_with_what_we_call_a_read() {
    let started = Instant::now();
    let server = server::Server::start().expect("a private MariaDB");
    let seed = std::env::var("ANABRANCH_ORACLE_SEED").ok().and_then(|s| s.parse().ok());
    let all = distinct(seed.unwrap_or(SEED));
    print_sources(&all);

    let catalog = Catalog::load(&server).await.expect("the catalog");
    let verdicts: Vec<Verdict> = all.iter().map(|s| verdict::judge(s, &catalog)).collect();
    let reads: Vec<&Statement> =
        all.iter().zip(&verdicts).filter(|(_, v)| v.is_read()).map(|(s, _)| s).collect();

    let validity = run::check_syntax(&server, &all).await.expect("the server prepares");
    let mut misroutes = known_misroutes(&all, &verdicts);
    let outcome = run::run_reads(&server, &reads).await.expect("the server runs the reads");
    misroutes.extend(outcome.misroutes);
    let kept = kept_from_replicas(&all, &verdicts);
    let known = all.iter().filter(|s| s.truth == Truth::Read).count();
    let share = percent(kept.len(), known);

    print_list("rejected for syntax", &validity.invalid);
    print_list("reads the server could not run", &outcome.not_run);
    print_list("hidden behind a view, refused by the replica", &outcome.hidden);
    print_list("kept from replicas", &kept);
    print_list("MISROUTES", &misroutes);
    println!(
        "corpus {}, {} classed as reads, misroutes {}, true reads {known}, \
         kept from replicas {} ({share:.2} %); {} not valid syntax, {} reads not run, {} hidden; {:.1} s",
        all.len(),
        reads.len(),
        misroutes.len(),
        kept.len(),
        validity.invalid.len(),
        outcome.not_run.len(),
        outcome.hidden.len(),
        started.elapsed().as_secs_f64(),
    );
    assert!(all.len() >= LEAST_CORPUS, "only {} distinct statements", all.len());
    let invalid = percent(validity.invalid.len(), all.len());
    assert!(invalid < MOST_INVALID, "{invalid:.1} % of the corpus is not valid here");
    assert!(misroutes.is_empty(), "{} misroutes, listed above", misroutes.len());
    assert!(share < MOST_KEPT, "{share:.2} % of known reads kept from replicas");
}

/// Statements that are no reads, as if we had called them reads: the runner must see each.
#[tokio::test]
async fn the_runner_sees_every_kind_of_change() {
    let server = server::Server::start().expect("a private MariaDB");
    let outfile = format!("SELECT 1 INTO OUTFILE '{}/x'", server.outfile_folder().display());
    let changes = [
        "DELETE FROM t WHERE id = 8",
        "SELECT id FROM t FOR UPDATE",
        "SELECT id FROM t LOCK IN SHARE MODE",
        "SELECT @runner := 1",
        "SELECT 1 INTO @runner",
        "SELECT GET_LOCK('runner', 0)",
        "SELECT NEXTVAL(seq)",
        "SELECT LAST_INSERT_ID(5)",
        "SELECT f_plain(1)",
        "SET SESSION wait_timeout = 77",
        "HANDLER u OPEN",
        outfile.as_str(),
    ];
    for sql in changes {
        let statement = Statement::any(sql, "traps");
        let outcome = run::run_reads(&server, &[&statement]).await.expect("it runs");
        assert!(!outcome.misroutes.is_empty(), "not seen: {sql}");
    }
    let read = Statement::any("SELECT COUNT(*) FROM t JOIN u USING (id) WHERE a > 1", "traps");
    let outcome = run::run_reads(&server, &[&read]).await.expect("it runs");
    assert!(outcome.misroutes.is_empty(), "{:?}", outcome.misroutes);
}

/// The whole corpus, the first of equal statements kept.
fn distinct(seed: u64) -> Vec<Statement> {
    let mut all = corpus::load().expect("the corpus files");
    all.extend(functions::statements());
    all.extend(generator::statements(seed, GENERATED));
    let mut seen = std::collections::HashSet::new();
    all.retain(|s| seen.insert((s.sql.clone(), s.mode.clone())));
    all
}

/// Statements known not to be free reads that we would send anywhere.
fn known_misroutes(all: &[Statement], verdicts: &[Verdict]) -> Vec<String> {
    let wrong = |(s, v): &(&Statement, &Verdict)| match s.truth {
        Truth::Write => v.is_read(),
        Truth::Local => v.is_free_read(),
        Truth::Read | Truth::Any | Truth::Hidden => false,
    };
    all.iter()
        .zip(verdicts)
        .filter(wrong)
        .map(|(s, v)| format!("{s} -- known {:?}, classed {v}", s.truth))
        .collect()
}

/// Known reads that we would run on the primary, with the cause.
fn kept_from_replicas(all: &[Statement], verdicts: &[Verdict]) -> Vec<String> {
    all.iter()
        .zip(verdicts)
        .filter(|(s, v)| s.truth == Truth::Read && !v.is_free_read())
        .map(|(s, v)| format!("{s} -- classed {v}"))
        .collect()
}

fn print_sources(all: &[Statement]) {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for statement in all {
        let entry = counts.entry(&statement.source).or_default();
        entry.0 += 1;
        entry.1 += usize::from(statement.truth == Truth::Read);
    }
    for (source, (total, reads)) in counts {
        println!("{source:12} {total:5} statements, {reads:5} known reads");
    }
}

fn print_list(title: &str, lines: &[String]) {
    if !lines.is_empty() {
        println!("{title}: {}", lines.len());
        lines.iter().for_each(|line| println!("    {line}"));
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
