//! How fast the applier is with one and with several threads, to be run by hand:
//! `cargo test --release replica::speed -- --ignored --nocapture`. `TRANSACTIONS` sets how many.

use std::time::{Duration, Instant};

use super::tests::{Script, change};

/// Longest time for one run.
const LIMIT: Duration = Duration::from_secs(120);

/// Transactions of so many rows each, no two on the same row, or all on the same rows.
struct Work {
    name: &'static str,
    transactions: usize,
    rows: usize,
    apart: bool,
}

fn fill(script: &Script, work: &Work) {
    for number in 0..work.transactions {
        let first = if work.apart { number * work.rows } else { 0 };
        let change_of = |row: usize| match (work.apart, number) {
            (true, _) => format!("+{}:{row}", first + row),
            (false, 0) => format!("+{row}:0"),
            (false, _) => format!("{row}:{}:{number}", number - 1),
        };
        let changes: Vec<String> = (0..work.rows).map(change_of).collect();
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        change(&script.source, &changes, false).expect("a commit");
    }
}

fn run(work: &Work, workers: usize) -> Duration {
    let mut script = Script::new(workers);
    fill(&script, work);
    let sent = script.sent();
    script.relay.begin_file(&sent.format, true, "binlog.000001").expect("a file");
    for events in &sent.transactions {
        events.iter().for_each(|event| script.relay.append(event).expect("an event"));
        script.relay.end_transaction().expect("a transaction");
    }
    let since = Instant::now();
    script.start();
    while script.engine.database().executed.count() < work.transactions as u64 {
        assert!(since.elapsed() < LIMIT, "{} with {workers} threads", work.name);
        std::thread::sleep(Duration::from_micros(200));
    }
    since.elapsed()
}

#[test]
#[ignore = "takes long; says how long"]
fn of_the_applier() {
    let all = std::env::var("TRANSACTIONS").map_or(20_000, |text| text.parse().unwrap());
    let works = [
        Work { name: "one row, apart", transactions: all, rows: 1, apart: true },
        Work { name: "one row, the same", transactions: all, rows: 1, apart: false },
        Work { name: "100 rows, apart", transactions: all / 20, rows: 100, apart: true },
        Work { name: "10,000 rows, apart", transactions: all / 400, rows: 10_000, apart: true },
    ];
    for work in &works {
        for workers in [1, 2, 4, 1, 2, 4] {
            let took = run(work, workers);
            let rate = work.transactions as f64 / took.as_secs_f64();
            eprintln!("{:<20} {workers} threads {rate:>9.0} transactions/s", work.name);
        }
    }
}
