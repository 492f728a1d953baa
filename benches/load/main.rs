//! The load of `benches/causal/run` and `benches/pool/run`: thousands of clients on one thread, each of which checks
//! every answer, and a relay that makes replicas late by parts of a millisecond.
//!
//! ```text
//! load                     commands on stdin, an answer in JSON for each on stdout
//! load relay PORT TO       carries connections from PORT on to TO; reads on stdin by how many microseconds it
//!                          holds back what comes from TO
//! ```
//!
//! Built by those commands with `cargo build --release --bench load`.

mod client;
mod console;
#[path = "../../tests/support/handshake.rs"]
mod handshake;
mod histogram;
mod relay;
mod wire;

use std::process::ExitCode;

const USAGE: &str = "load               commands on stdin: open, say, run, close (see benches/load/console.rs)\n\
                     load relay PORT TO holds back what comes from TO by the microseconds last read on stdin";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] => console::serve(),
        ["relay", port, to] => relay::serve(port, to),
        // `cargo bench` runs it like this.
        ["--bench"] | ["--help"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => Err(format!("unknown arguments\n{USAGE}").into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}
