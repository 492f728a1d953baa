//! Golden scripts: statements and the class each gets. One scenario a file in `testscripts/`; a line
//! `> statement` is classified; tags before it set the mode: `[ansi]`, `[nobackslash]`, `[ignorespace]`,
//! `[gbk]` …
//! In a statement, `\n`, `\0` and `\xNN` stand for those bytes only with the tag `[bytes]`.
//!
//! Every statement is also classified through its shape, and the two must agree.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use super::{Kind, LexCharset, LexMode, StatementClass, classify, fingerprint};

#[derive(Default)]
struct Scripts {
    statements: BTreeSet<String>,
}

impl goldenscript::Runner for Scripts {
    type Command = goldenscript::Command;

    fn run(
        &mut self,
        command: &goldenscript::Command,
        context: &goldenscript::Context,
    ) -> Result<String, Box<dyn Error>> {
        let mode = mode(&context.tags)?;
        let sql = match context.tags.contains("bytes") {
            true => unescape(&command.name),
            false => command.name.clone().into_bytes(),
        };
        self.statements.insert(format!("{mode:?} {}", command.name));
        let class = classify(&sql, mode);
        assert_same_through_shape(&sql, mode, &class);
        Ok(format!("{:<60} {}\n", show(&class), command.name))
    }
}

fn mode(tags: &std::collections::BTreeSet<String>) -> Result<LexMode, Box<dyn Error>> {
    let mut mode = LexMode::default();
    for tag in tags {
        match tag.as_str() {
            "ansi" => mode.ansi_quotes = true,
            "nobackslash" => mode.no_backslash_escapes = true,
            "ignorespace" => mode.ignore_space = true,
            "bytes" => {}
            charset => mode.charset = LexCharset::from_name(charset),
        }
    }
    Ok(mode)
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'\\', [b'n', tail @ ..]) => (bytes.push(b'\n'), rest = tail).0,
            (b'\\', [b'0', tail @ ..]) => (bytes.push(0), rest = tail).0,
            (b'\\', [b'x', high, low, tail @ ..]) => {
                let text = [*high, *low];
                let text = std::str::from_utf8(&text).unwrap();
                bytes.push(u8::from_str_radix(text, 16).unwrap());
                rest = tail;
            }
            _ => bytes.push(byte),
        }
    }
    bytes
}

fn show(class: &StatementClass) -> String {
    let mut text = match class.kind {
        Kind::Begin { access, consistent_snapshot } => {
            format!("begin({access:?}, snapshot={consistent_snapshot})")
        }
        Kind::SetTransaction { session, access } => {
            format!("set_transaction(session={session}, {access:?})")
        }
        kind => kind.label().to_owned(),
    };
    write!(text, " {}", class.cause.label()).unwrap();
    let list = |labels: Vec<&str>| labels.join(",");
    if !class.needs.is_empty() {
        write!(text, " needs={}", list(class.needs.labels().collect())).unwrap();
    }
    if !class.effects.is_empty() {
        write!(text, " leaves={}", list(class.effects.labels().collect())).unwrap();
    }
    for routine in &class.routines {
        let schema =
            routine.schema.as_deref().map(|schema| format!("{schema}.")).unwrap_or_default();
        let mark = if routine.built_in_somewhere { "?" } else { "" };
        write!(text, " calls={schema}{}{mark}", routine.name).unwrap();
    }
    text
}

fn assert_same_through_shape(sql: &[u8], mode: LexMode, class: &StatementClass) {
    let mut shape = Vec::new();
    if fingerprint(sql, mode, &mut shape).is_err() {
        return;
    }
    let mut again = Vec::new();
    fingerprint(&shape, mode, &mut again).expect("a shape has a shape");
    assert_eq!(
        String::from_utf8_lossy(&shape),
        String::from_utf8_lossy(&again),
        "the shape of a shape is itself"
    );
    assert_eq!(*class, classify(&shape, mode), "{}", String::from_utf8_lossy(sql));
}

#[test]
fn golden_scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sql/testscripts");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut scripts = Scripts::default();
    for path in paths {
        goldenscript::run(&mut scripts, &path).unwrap();
    }
    assert!(scripts.statements.len() >= 400, "{} statements", scripts.statements.len());
}
