//! From a shape to a class.
//!
//! ```text
//! shape ── lex ── tokens ── version comments in / out ── parts at `;` ── verb ── class
//! ```
//!
//! Everything that is not recognised is a write. A query is a read only if both provers agree: the one over
//! tokens (`query`) and the one over sqlparser's tree (`tree`).

mod explain;
mod query;
mod session;
mod set;
mod show;
mod tokens;
mod transaction;
mod writes;

use super::class::{Cause, Effects, Kind, Needs, StatementClass};
use super::lexer::{Lexer, Token, TokenKind};
use super::mode::LexMode;
use super::tree;
pub(super) use tokens::Tokens;

/// More tokens than this in a shape, and it is not looked at.
const MAX_TOKENS: usize = 16 * 1024;

/// Executable comments that not every server runs, per text: each doubles the variants to look at.
const MAX_VERSION_COMMENTS: usize = 3;

/// Classifies a shape, as `fingerprint` writes it.
pub fn classify_shape(shape: &[u8], mode: LexMode) -> StatementClass {
    let tokens: Vec<Token> = Lexer::new(shape, mode).take(MAX_TOKENS + 1).collect();
    if tokens.len() > MAX_TOKENS {
        return StatementClass::write(Cause::TooComplex);
    }
    if tokens.iter().any(|token| token.kind == TokenKind::Unknown) {
        return StatementClass::write(Cause::Unlexable);
    }
    let comments = tokens.iter().filter(|token| token.kind == TokenKind::ExecOpen).count();
    match comments {
        0 => classify_text(Tokens::new(shape, &tokens, mode)),
        1..=MAX_VERSION_COMMENTS => classify_variants(shape, &tokens, comments, mode),
        _ => StatementClass::write(Cause::VersionComment),
    }
}

/// Which servers run a version comment is not known: the class must be the same with and without.
fn classify_variants(
    shape: &[u8],
    tokens: &[Token],
    comments: usize,
    mode: LexMode,
) -> StatementClass {
    let mut result: Option<StatementClass> = None;
    for mask in 0..1u32 << comments {
        let variant = variant(tokens, mask);
        let class = classify_text(Tokens::new(shape, &variant, mode));
        result = Some(match result {
            None => class,
            Some(other) => agree(other, class),
        });
    }
    result.unwrap_or_else(|| StatementClass::write(Cause::VersionComment))
}

/// The tokens where comment `n` is run if bit `n` of the mask is set.
fn variant(tokens: &[Token], mask: u32) -> Vec<Token> {
    let (mut count, mut run) = (0, true);
    let mut kept = Vec::with_capacity(tokens.len());
    for token in tokens {
        match token.kind {
            TokenKind::ExecOpen => {
                run = mask & (1 << count) != 0;
                count += 1;
            }
            TokenKind::ExecClose => run = true,
            _ if run => kept.push(*token),
            _ => {}
        }
    }
    kept
}

fn agree(mut one: StatementClass, other: StatementClass) -> StatementClass {
    if one.kind != other.kind {
        (one.kind, one.cause) = (Kind::Write, Cause::VersionComment);
    }
    merge(&mut one, &other);
    one
}

/// Adds what the other statement needs, leaves and calls.
fn merge(one: &mut StatementClass, other: &StatementClass) {
    one.needs |= other.needs;
    one.effects |= other.effects;
    if !other.routines.is_empty() {
        let mut all: Vec<_> = one.routines.iter().chain(&other.routines).cloned().collect();
        all.sort();
        all.dedup();
        one.routines = all.into();
    }
}

/// All statements of a text.
fn classify_text(tokens: Tokens<'_>) -> StatementClass {
    let mut classes =
        tokens.split(TokenKind::Semi).into_iter().filter(|part| !part.is_empty()).map(classify_one);
    let Some(mut result) = classes.next() else {
        return StatementClass::new(Kind::Empty, Cause::Empty);
    };
    for class in classes {
        if result.kind != Kind::Read || class.kind != Kind::Read {
            (result.kind, result.cause) = (Kind::Write, Cause::MultiStatement);
        }
        merge(&mut result, &class);
    }
    result
}

/// One statement, not empty.
fn classify_one(tokens: Tokens<'_>) -> StatementClass {
    if tokens.is(0, TokenKind::LParen) {
        return query_class(tokens);
    }
    match tokens.word(0) {
        "select" | "with" | "values" | "table" => query_class(tokens),
        "show" => show::classify(tokens),
        "explain" | "describe" | "desc" => explain::classify(tokens),
        "analyze" => explain::analyze(tokens),
        "help" => StatementClass::new(Kind::Read, Cause::Help),
        "set" => set::classify(tokens),
        "begin" | "start" | "commit" | "rollback" | "savepoint" | "release" | "xa" => {
            transaction::classify(tokens)
        }
        "use" | "lock" | "unlock" | "flush" | "backup" | "prepare" | "execute" | "deallocate"
        | "kill" | "handler" | "get" | "signal" | "resignal" => session::classify(tokens),
        _ => writes::classify(tokens),
    }
}

/// A query: a read if proven, else a write for the reason found.
fn query_class(tokens: Tokens<'_>) -> StatementClass {
    let mut class = examined(tokens, Kind::Read, Cause::Select);
    if class.kind == Kind::Read
        && let Err(cause) = tree::check(tokens)
    {
        (class.kind, class.cause) = (Kind::Write, cause);
    }
    class
}

/// The class of something that is of `kind` if nothing in it is a hazard.
fn examined(tokens: Tokens<'_>, kind: Kind, cause: Cause) -> StatementClass {
    let mut found = query::examine(tokens);
    let (kind, cause) = match found.hazard {
        None => (kind, cause),
        Some(hazard) => (Kind::Write, hazard),
    };
    let routines = found.take_routines();
    let class =
        StatementClass::new(kind, cause).with_needs(found.needs).with_effects(found.effects);
    StatementClass { routines, ..class }
}

/// A write for the given reason, with the state it needs and leaves.
fn write_class(tokens: Tokens<'_>, cause: Cause, effects: Effects) -> StatementClass {
    let found = query::examine(tokens);
    StatementClass::write(cause).with_needs(found.needs).with_effects(found.effects | effects)
}

/// A statement of a kind of its own, without expressions.
fn plain(kind: Kind, cause: Cause) -> StatementClass {
    StatementClass::new(kind, cause)
}

/// A read that needs state.
fn read(cause: Cause, needs: Needs) -> StatementClass {
    StatementClass::new(Kind::Read, cause).with_needs(needs)
}
