//! `anabranch route SQL`: where a statement would go, and why, without any server.

use std::process::ExitCode;

use crate::proxy::route::{self, Facts};
use crate::proxy::topology::RoutineCatalog;
use crate::sql::{self, LexCharset, LexMode};

use super::say;

const HELP: &str = "\
Examples:
  anabranch route \"SELECT * FROM t WHERE id = 1\"
  anabranch route --json \"SELECT * FROM t FOR UPDATE\"
  anabranch route --sql-mode ANSI_QUOTES 'SELECT \"name\" FROM t'

Exit codes:
  0  the statement was classified; what is not understood is a write
  2  the command line is wrong";

/// Says where a statement would go, and why
///
/// Works offline: for a session that has just begun, in autocommit, with a primary and a healthy
/// replica.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// Print {"class": …, "target": "primary" or "replica", "reason": …}
    #[arg(long)]
    json: bool,
    /// The session's sql_mode, such as ANSI_QUOTES,NO_BACKSLASH_ESCAPES
    #[arg(long, value_name = "MODE", default_value = "")]
    sql_mode: String,
    /// The session's client character set
    #[arg(long, value_name = "CHARSET", default_value = "utf8mb4")]
    charset: String,
    /// The statement
    sql: String,
}

/// Where a statement goes, in the words of the metrics.
#[derive(Debug, serde::Serialize)]
struct Decision {
    class: &'static str,
    target: &'static str,
    reason: &'static str,
}

pub(super) fn run(args: &Args) -> ExitCode {
    let decision = decide(args);
    if args.json {
        say(&format!("{}\n", serde_json::json!(decision)));
    } else {
        let Decision { class, target, reason } = decision;
        say(&format!("class   {class}\ntarget  {target}\nreason  {reason}\n"));
    }
    ExitCode::SUCCESS
}

fn decide(args: &Args) -> Decision {
    let mode = LexMode::new(&args.sql_mode, LexCharset::from_name(&args.charset));
    let class = sql::classify(args.sql.as_bytes(), mode);
    let route = route::plan(&class, &Facts::default(), &RoutineCatalog::default(), None);
    Decision {
        class: route::class_label(class.kind),
        target: route.target.label(),
        reason: route.reason.label(),
    }
}
