//! The command line: one file per subcommand, wiring only.
//!
//! Exit codes: 0 when all went well, 1 when what was asked failed or found mistakes, 2 when the
//! command line itself is wrong.

mod check;
mod demo;
mod dry_run;
mod process;
mod proxy;
mod route;
mod server;
mod service;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

const HELP: &str = "\
Example:
  anabranch check config/anabranch.toml && anabranch proxy --config config/anabranch.toml

Exit codes:
  0  all went well
  1  it failed, or mistakes were found; the message says what to do
  2  the command line is wrong";

/// Puts reads on the replicas and writes on the primary of MySQL or MariaDB, for applications that
/// stay as they are.
#[derive(Debug, Parser)]
#[command(version, after_help = HELP, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Proxy(proxy::Args),
    Server(server::Args),
    Check(check::Args),
    Route(route::Args),
    DryRun(dry_run::Args),
}

/// Runs the command line and returns the exit code of the process.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Proxy(args) => proxy::run(&args),
        Command::Server(args) => server::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Route(args) => route::run(&args),
        Command::DryRun(args) => dry_run::run(&args),
    }
}

/// Prints to standard output. Where that is a pipe that was closed, there is nobody to tell.
fn say(text: &str) {
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

/// Prints an error, which ends with what to do next, and gives exit code 1.
fn fail(message: impl std::fmt::Display) -> ExitCode {
    eprintln!("anabranch: {message}");
    ExitCode::FAILURE
}
