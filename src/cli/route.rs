//! `anabranch route SQL`: where a statement would go, and why, without any server.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use crate::config::{self, Config};
use crate::proxy::route::rules::{Asked, Rule, RuleSet};
use crate::proxy::route::{self, Facts, Reason};
use crate::proxy::topology::RoutineCatalog;
use crate::sql::{Classifier, LexCharset, LexMode, StatementClass};

use super::{check, fail, say};

const HELP: &str = "\
Examples:
  anabranch route \"SELECT * FROM t WHERE id = 1\"
  anabranch route --json \"SELECT * FROM t FOR UPDATE\"
  anabranch route --sql-mode ANSI_QUOTES 'SELECT \"name\" FROM t'
  anabranch route --config anabranch.toml --user app --schema shop \"SELECT * FROM orders\"

Exit codes:
  0  the statement was classified; what is not understood is a write
  1  the configuration file has mistakes
  2  the command line is wrong";

/// Says where a statement would go, and why
///
/// Works offline: for a session that has just begun, in autocommit, with a primary and a healthy
/// replica.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// Print {"class": …, "target": "primary", "replica" or "refused", "reason": …, "rule": …}
    #[arg(long)]
    json: bool,
    /// The session's sql_mode, such as ANSI_QUOTES,NO_BACKSLASH_ESCAPES
    #[arg(long, value_name = "MODE", default_value = "")]
    sql_mode: String,
    /// The session's client character set
    #[arg(long, value_name = "CHARSET", default_value = "utf8mb4")]
    charset: String,
    /// Ask the rules of this configuration file, too
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The session's user, for rules
    #[arg(long, value_name = "NAME", default_value = "")]
    user: String,
    /// The session's schema
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
    /// The statement
    sql: String,
}

/// Where a statement goes, in the words of the metrics.
#[derive(Debug, serde::Serialize)]
struct Decision {
    class: &'static str,
    target: &'static str,
    reason: &'static str,
    /// The rule that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consistency: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_lag_ms: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_ms: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

pub(super) fn run(args: &Args) -> ExitCode {
    let rules = match rules(args) {
        Ok(rules) => rules,
        Err(failed) => return failed,
    };
    let decision = decide(args, rules);
    let text = match args.json {
        true => format!("{}\n", serde_json::json!(decision)),
        false => show(&decision),
    };
    say(&text);
    ExitCode::SUCCESS
}

fn rules(args: &Args) -> Result<Arc<RuleSet>, ExitCode> {
    let Some(file) = &args.config else { return Ok(Arc::default()) };
    let loaded = config::load(file).map_err(|mistakes| {
        eprint!("{}", check::show(file, &mistakes));
        fail(format!("{} has mistakes", file.display()))
    });
    let rules = |config: Config| crate::proxy::rules(&config).map(Arc::new).map_err(fail);
    loaded.and_then(rules)
}

fn decide(args: &Args, rules: Arc<RuleSet>) -> Decision {
    let mode = LexMode::new(&args.sql_mode, LexCharset::from_name(&args.charset));
    let mut classifier = Classifier::new(1, 1 << 20).with_marker(rules.clone());
    let class = classifier.classify(args.sql.as_bytes(), mode);
    let asked = Asked {
        marks: &class.marks,
        user: rules.of_user(&args.user),
        schema: args.schema.as_deref(),
        text: Some(args.sql.as_bytes()),
    };
    let rule = rules.find(&asked).map(AsRef::as_ref);
    planned(args, &class, rule)
}

fn planned(args: &Args, class: &StatementClass, rule: Option<&Rule>) -> Decision {
    let (catalog, schema) = (RoutineCatalog::default(), args.schema.as_deref());
    let mut route = route::plan(class, &Facts::default(), &catalog, schema);
    if let Some(hint) = rule.and_then(|rule| rule.then.target) {
        let proven = route::is_proven_read(class, &catalog, schema);
        route = route::hinted(route, hint, Reason::Rule, proven);
    }
    let then = rule.map(|rule| &rule.then);
    let message = then.and_then(|then| then.refuse.as_deref()).map(str::to_owned);
    Decision {
        class: route::class_label(class.kind),
        target: if message.is_some() { "refused" } else { route.target.label() },
        reason: if message.is_some() { Reason::Rule } else { route.reason }.label(),
        rule: rule.map(|rule| rule.name.to_string()),
        consistency: then.and_then(|then| then.overlay.level).map(|level| level.label()),
        max_lag_ms: then.and_then(|then| then.overlay.max_lag).map(|time| time.as_millis()),
        timeout_ms: then.and_then(|then| then.timeout).map(|time| time.as_millis()),
        message,
    }
}

/// One line for each part that there is.
fn show(decision: &Decision) -> String {
    let ms = |time: Option<u128>| time.map(|time| format!("{time} ms"));
    let parts = [
        ("class", Some(decision.class.to_owned())),
        ("target", Some(decision.target.to_owned())),
        ("reason", Some(decision.reason.to_owned())),
        ("rule", decision.rule.clone()),
        ("level", decision.consistency.map(str::to_owned)),
        ("max lag", ms(decision.max_lag_ms)),
        ("timeout", ms(decision.timeout_ms)),
        ("message", decision.message.clone()),
    ];
    let line = |(name, value): (&str, Option<String>)| Some(format!("{name:<8}{}\n", value?));
    parts.into_iter().filter_map(line).collect()
}
