//! Statements of the differential corpus with pieces of others in them, run in-process: whatever the server makes
//! of them, it does not panic and does not hang. What libFuzzer does at length (`fuzz/run 60 sql`) in short.
//!
//! * `ANABRANCH_NOISE_ROUNDS=n` runs so many texts instead of the usual few thousand.
//! * `ANABRANCH_NOISE_SEED=n` begins elsewhere.

#[path = "sql_noise/database.rs"]
mod database;

use std::panic::catch_unwind;
use std::path::Path;
use std::time::{Duration, Instant};

/// Texts in an ordinary run.
const ROUNDS: u64 = 3_000;
/// A text that takes longer hangs; the watchdog kills its statements much sooner.
const LIMIT: Duration = Duration::from_secs(10);

/// xorshift64*: the same texts in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The statements of all scripts.
fn corpus() -> Vec<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let mut statements = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for record in text.split("\n\n") {
            let sql = record.split("\n----").next().unwrap_or_default();
            let sql = sql.lines().filter(|line| !line.starts_with('#')).skip(1);
            statements.push(pieces(&sql.collect::<Vec<_>>().join("\n")));
        }
    }
    statements.retain(|statement| !statement.is_empty());
    statements
}

/// Words, numbers, strings and signs, each with the white space behind it.
fn pieces(sql: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut last = ' ';
    let mut quote = None;
    for character in sql.chars() {
        let word = |c: char| c.is_alphanumeric() || "_@.".contains(c);
        let goes_on = match quote {
            Some(_) => true,
            None => character.is_whitespace() || (word(character) && word(last)),
        };
        match pieces.last_mut().filter(|_| goes_on) {
            Some(piece) => piece.push(character),
            None => pieces.push(character.to_string()),
        }
        quote = match quote {
            Some(open) if open == character => None,
            None if "'\"`".contains(character) => Some(character),
            other => other,
        };
        last = character;
    }
    pieces
}

fn noisy(corpus: &[Vec<String>], random: &mut Random) -> String {
    let any = |random: &mut Random| corpus[random.below(corpus.len())].clone();
    let mut text = any(random);
    for _ in 0..=random.below(4) {
        let other = any(random);
        let at = random.below(text.len());
        let from = random.below(other.len());
        let some = from..(from + 1 + random.below(6)).min(other.len());
        match random.below(5) {
            0 => drop(text.splice(at..at, other[some].iter().cloned())),
            1 => text[at].clone_from(&other[from]),
            2 => drop(text.remove(at)),
            3 => {
                let end = (at + some.len()).min(text.len());
                drop(text.splice(at..end, other[some].iter().cloned()));
            }
            _ => {
                text.truncate(at);
                text.extend(other[from..].iter().cloned());
            }
        }
        if text.is_empty() {
            text = other;
        }
    }
    text.concat()
}

#[test]
fn noise_is_answered() {
    let corpus = corpus();
    assert!(corpus.len() > 5_000, "{}", corpus.len());
    let mut random =
        Random(setting("ANABRANCH_NOISE_SEED", 7).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut bad = Vec::new();
    for _ in 0..setting("ANABRANCH_NOISE_ROUNDS", ROUNDS) {
        let text = noisy(&corpus, &mut random);
        let began = Instant::now();
        if catch_unwind(|| database::run_text(&text)).is_err() || began.elapsed() > LIMIT {
            bad.push(text);
        }
    }
    assert!(bad.is_empty(), "{} texts:\n{}", bad.len(), bad.join("\n--\n"));
}
