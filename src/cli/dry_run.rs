//! `anabranch dry-run FILE --shapes WHERE`: which of the statements that came lately would go elsewhere under a
//! file's rules.
//!
//! A statement that its session's state bound to a server stays there, as rules move none of those. One that a rule
//! had sent somewhere goes, where no rule of the file holds, where its class sends it.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::config;
use crate::proxy::route::rules::{Asked, Rule, RuleSet};
use crate::proxy::route::{self, Facts, Reason};
use crate::proxy::shapes::{Shape, Shapes};
use crate::proxy::topology::RoutineCatalog;
use crate::sql::{Classifier, LexCharset, LexMode};

use super::{check, fail, say};

const HELP: &str = "\
Examples:
  anabranch dry-run new.toml --shapes http://127.0.0.1:4408/shapes
  curl -s http://127.0.0.1:4408/shapes | anabranch dry-run new.toml --shapes -

One line for each shape that the file's rules would send elsewhere, refuse, or give another
level or time: how often it came, what would change, by which rule, for whom, the shape.
Shapes have no literals, so a rule with a `pattern` that looks for one is not seen to hold.

Exit codes:
  0  it was compared, whatever would change
  1  the file has mistakes, or the shapes cannot be had
  2  the command line is wrong";

/// How long the proxy may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 256 << 20;

/// Says which recent statements would go elsewhere under a file's rules
///
/// Asks a running proxy which shapes came lately, and changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The configuration file with the rules
    file: PathBuf,
    /// The proxy's /shapes page (http://HOST:PORT/shapes), a file with its answer, or - for standard input
    #[arg(long, value_name = "URL|FILE")]
    shapes: String,
}

pub(super) fn run(args: &Args) -> ExitCode {
    let config = match config::load(&args.file) {
        Ok(config) => config,
        Err(mistakes) => {
            eprint!("{}", check::show(&args.file, &mistakes));
            return fail(format!("{} has mistakes", args.file.display()));
        }
    };
    let rules = match crate::proxy::rules(&config) {
        Ok(rules) => Arc::new(rules),
        Err(error) => return fail(error),
    };
    let shapes = fetch(&args.shapes)
        .and_then(|text| serde_json::from_str::<Shapes>(&text).map_err(io::Error::other));
    match shapes {
        Ok(shapes) => {
            say(&report(&shapes.shapes, &rules));
            ExitCode::SUCCESS
        }
        Err(error) => fail(format!("cannot read the shapes of {}: {error}", args.shapes)),
    }
}

fn fetch(place: &str) -> io::Result<String> {
    if let Some(url) = place.strip_prefix("http://") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let asking = async { tokio::time::timeout(PATIENCE, get(url)).await };
        return runtime.block_on(asking).map_err(|_| io::ErrorKind::TimedOut)?;
    }
    let mut text = String::new();
    match place {
        "-" => io::stdin().lock().take(MAX_ANSWER).read_to_string(&mut text)?,
        file => std::fs::File::open(Path::new(file))?.take(MAX_ANSWER).read_to_string(&mut text)?,
    };
    Ok(text)
}

/// The body of an answer with status 200.
async fn get(url: &str) -> io::Result<String> {
    let (host, path) = url.split_once('/').unwrap_or((url, "shapes"));
    let mut stream = TcpStream::connect(host).await?;
    let request = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    match status {
        "200" => Ok(body.to_owned()),
        status => Err(io::Error::other(format!("the answer is {status}, not 200"))),
    }
}

/// All changes, and how many statements they are of how many.
fn report(shapes: &[Shape], rules: &Arc<RuleSet>) -> String {
    let (mut text, mut changed, mut all, mut cut) = (String::new(), 0, 0, 0);
    for shape in shapes {
        all += shape.count;
        if shape.cut {
            cut += shape.count;
        } else if let Some(change) = change(shape, rules) {
            changed += shape.count;
            text += &line(shape, &change);
        }
    }
    text += &format!("{changed} of {all} recent statements would change\n");
    if cut > 0 {
        text += &format!("{cut} were not looked at, as their shapes are told in part only\n");
    }
    text
}

fn line(shape: &Shape, change: &Change) -> String {
    let Shape { count, user, schema, shape, .. } = shape;
    let schema = schema.as_deref().unwrap_or("-");
    let rule = change.rule.as_deref().map_or("no rule".to_owned(), |rule| format!("rule {rule}"));
    format!("{count:>8}  {}  ({rule}; {user}, {schema})  {shape}\n", change.what)
}

/// What would be different.
struct Change {
    what: String,
    rule: Option<String>,
}

fn change(shape: &Shape, rules: &Arc<RuleSet>) -> Option<Change> {
    let mode = LexMode::new(&shape.sql_mode, LexCharset::AsciiSafe);
    let mut classifier = Classifier::new(1, 1 << 20).with_marker(rules.clone());
    let class = classifier.classify(shape.shape.as_bytes(), mode);
    let schema = shape.schema.as_deref();
    let asked = Asked {
        marks: &class.marks,
        user: rules.of_user(&shape.user),
        schema,
        text: Some(shape.shape.as_bytes()),
    };
    let rule = rules.find(&asked).map(AsRef::as_ref);
    let catalog = RoutineCatalog::default();
    let plain = route::plan(&class, &Facts::default(), &catalog, schema);
    let planned = match rule.and_then(|rule| rule.then.target) {
        Some(hint) => {
            let proven = route::is_proven_read(&class, &catalog, schema);
            route::hinted(plain, hint, Reason::Rule, proven)
        }
        None => plain,
    };
    let by_rule = planned.reason == Reason::Rule;
    let was_by_rule = shape.reason == Reason::Rule.label();
    let may_move = by_rule && !is_bound(&shape.reason) || was_by_rule && !by_rule;
    let target = planned.target.label();
    let moved =
        (may_move && target != shape.target).then(|| format!("{} → {target}", shape.target));
    let what = said(rule, moved)?;
    Some(Change { what, rule: rule.map(|rule| rule.name.to_string()) })
}

/// What a rule changes, in words.
fn said(rule: Option<&Rule>, moved: Option<String>) -> Option<String> {
    let Some(rule) = rule else { return moved };
    if let Some(message) = &rule.then.refuse {
        return Some(format!("refused: {message}"));
    }
    let then = &rule.then;
    let mut parts: Vec<String> = moved.into_iter().collect();
    parts.extend(then.overlay.level.map(|level| format!("level {}", level.label())));
    parts.extend(then.overlay.max_lag.map(|lag| format!("max lag {} ms", lag.as_millis())));
    parts.extend(then.timeout.map(|time| format!("timeout {} ms", time.as_millis())));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The session's state had decided.
fn is_bound(reason: &str) -> bool {
    const BOUND: [Reason; 13] = [
        Reason::Transaction,
        Reason::AutocommitOff,
        Reason::NextTransaction,
        Reason::TemporaryTables,
        Reason::TableLocks,
        Reason::NamedLocks,
        Reason::Handler,
        Reason::Xa,
        Reason::UncarriedState,
        Reason::UserVariables,
        Reason::LastInsertId,
        Reason::LastStatement,
        Reason::LongData,
    ];
    BOUND.iter().any(|bound| bound.label() == reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::causal::{Level, Overlay};
    use crate::proxy::route::Hint;
    use crate::proxy::route::rules::{Then, When};

    fn rules(then: Then) -> Arc<RuleSet> {
        let when = When { users: ["report".into()].into(), ..When::default() };
        Arc::new(RuleSet::new(1, vec![Arc::new(Rule { name: "reports".into(), when, then })]))
    }

    fn shape(user: &str, sql: &str, target: &str, reason: &str) -> Shape {
        Shape {
            shape: sql.to_owned(),
            cut: false,
            sql_mode: String::new(),
            user: user.to_owned(),
            schema: Some("shop".to_owned()),
            class: "read".to_owned(),
            target: target.to_owned(),
            reason: reason.to_owned(),
            count: 7,
        }
    }

    fn told(shape: &Shape, rules: &Arc<RuleSet>) -> Option<String> {
        change(shape, rules).map(|change| change.what)
    }

    #[test]
    fn reads_of_a_rule_move_and_others_stay() {
        let rules = rules(Then { target: Some(Hint::Primary), ..Then::default() });
        let read = "select v from t where id = 0";
        let moved = shape("report", read, "replica", "select");
        assert_eq!(told(&moved, &rules).as_deref(), Some("replica → primary"));
        let other = shape("app", read, "replica", "select");
        assert_eq!(told(&other, &rules), None);
        let bound = shape("report", read, "replica", "in_transaction");
        assert_eq!(told(&bound, &rules), None);
        let text = report(&[moved, other], &rules);
        let line = "       7  replica → primary  (rule reports; report, shop)  select v";
        assert!(text.starts_with(line), "{text}");
        assert!(text.ends_with("7 of 14 recent statements would change\n"), "{text}");
    }

    #[test]
    fn no_write_moves_and_what_a_rule_had_moved_comes_back() {
        let rules = rules(Then { target: Some(Hint::Replica), ..Then::default() });
        assert_eq!(told(&shape("report", "update t set v = 0", "primary", "dml"), &rules), None);
        let back = shape("app", "select v from t", "primary", "rule");
        assert_eq!(told(&back, &rules).as_deref(), Some("primary → replica"));
    }

    #[test]
    fn refusals_and_levels_are_changes_too() {
        let refuse = rules(Then { refuse: Some("not by day".into()), ..Then::default() });
        let read = shape("report", "select v from t", "replica", "select");
        assert_eq!(told(&read, &refuse).as_deref(), Some("refused: not by day"));
        let overlay = Overlay { level: Some(Level::Global), max_lag: None };
        let level = rules(Then { overlay, ..Then::default() });
        assert_eq!(told(&read, &level).as_deref(), Some("level global"));
        let cut = Shape { cut: true, ..read };
        assert!(report(&[cut], &level).contains("7 were not looked at"));
    }
}
