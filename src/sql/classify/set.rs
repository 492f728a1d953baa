//! `SET` in all its forms. A list of assignments is carried by session tracking if every part is a session
//! variable or a user variable and no expression in it does more than compute.

use super::query;
use super::tokens::Tokens;
use super::transaction::access_of;
use super::{classify_one, plain, write_class};
use crate::sql::class::{Access, Cause, Effects, Kind, StatementClass};
use crate::sql::lexer::TokenKind;
use crate::sql::variables;

pub fn classify(tokens: Tokens<'_>) -> StatementClass {
    let rest = tokens.from(1);
    match (rest.word(0), rest.word(1)) {
        ("transaction", _) => transaction(rest.from(1), false),
        ("session" | "local", "transaction") => transaction(rest.from(2), true),
        ("global", "transaction") => StatementClass::write(Cause::SetGlobal),
        ("password", _) => write_class(tokens, Cause::Ddl, Effects::IMPLICIT_COMMIT),
        ("default", "role") => StatementClass::write(Cause::Ddl),
        ("role", _) if rest.operator(1) != b"=" => {
            StatementClass::write(Cause::SetGlobal).with_effects(Effects::SETS_UNCARRIED)
        }
        ("resource", "group") => {
            StatementClass::write(Cause::SetGlobal).with_effects(Effects::SETS_UNCARRIED)
        }
        ("statement", _) => for_one_statement(tokens),
        _ => assignments(rest),
    }
}

/// `SET [SESSION] TRANSACTION …`
fn transaction(tokens: Tokens<'_>, session: bool) -> StatementClass {
    let mut access = None;
    for part in tokens.split(TokenKind::Comma) {
        if let Some(said) = access_of(part) {
            access = Some(said);
        } else if !part.words(0, &["isolation", "level"]) {
            return StatementClass::write(Cause::Transaction);
        }
    }
    plain(Kind::SetTransaction { session, access }, Cause::Transaction)
}

/// MariaDB: `SET STATEMENT a = b, … FOR statement`.
fn for_one_statement(tokens: Tokens<'_>) -> StatementClass {
    let Some(at) = (2..tokens.len()).find(|at| tokens.word(*at) == "for") else {
        return StatementClass::write(Cause::UnknownStatement);
    };
    let head = query::examine(tokens.slice(2, at));
    let mut class = classify_one(tokens.from(at + 1));
    let harmless = tokens.slice(2, at).split(TokenKind::Comma).iter().all(|part| {
        let name = part.name(0).unwrap_or_default();
        part.operator(1) == b"=" && variables::is_harmless_for_one_statement(&name)
    });
    let pure = head.hazard.is_none() && head.routines.is_empty();
    if class.kind != Kind::Read || !harmless || !pure {
        (class.kind, class.cause) = match class.kind {
            Kind::Write => (Kind::Write, class.cause),
            _ => (Kind::Write, Cause::SetGlobal),
        };
    }
    class.with_needs(head.needs)
}

/// `SET a = b, NAMES x, …`
fn assignments(tokens: Tokens<'_>) -> StatementClass {
    let mut class = plain(Kind::SetSession, Cause::SetSession);
    let mut access = None;
    let parts = tokens.split(TokenKind::Comma);
    let mut global = false;
    for part in &parts {
        let one = assignment(*part, global, &mut class);
        match one {
            Some(scope_is_global) => global = scope_is_global,
            None => class.kind = Kind::Write,
        }
        access = access_assigned(*part).or(access);
    }
    if class.kind == Kind::Write && class.cause == Cause::SetSession {
        class.cause = Cause::SetGlobal;
    }
    if let (Kind::SetSession, Some((session, access)), 1) = (class.kind, access, parts.len()) {
        class.kind = Kind::SetTransaction { session, access: Some(access) };
    }
    class
}

/// One part of the list. None makes the statement a write; else whether a GLOBAL scope goes on.
///
/// In older servers a scope word holds for the parts behind it that name none; taking it so in all makes
/// more writes, never fewer.
fn assignment(tokens: Tokens<'_>, global: bool, class: &mut StatementClass) -> Option<bool> {
    // MariaDB takes accounts and roles anywhere in the list; quoted, they would be variables.
    if matches!(tokens.word(0), "password" | "role") || tokens.words(0, &["default", "role"]) {
        class.effects |= Effects::SETS_UNCARRIED;
        return None;
    }
    if tokens.word(0) == "names" || is_character_set(tokens) {
        let found = query::examine(tokens.slice(2, tokens.len()));
        return found.routines.is_empty().then_some(global);
    }
    let target = Target::parse(tokens)?;
    let value = tokens.from(target.value);
    match target.scope {
        Scope::User => class.effects |= Effects::USER_VARIABLES,
        _ if variables::is_uncarried(&target.name, is_off(value)) => {
            class.effects |= Effects::SETS_UNCARRIED;
        }
        _ => {}
    }
    expression(value, class)?;
    match target.scope {
        Scope::User => Some(global),
        Scope::Global => None,
        Scope::Unsaid if global => None,
        Scope::Session | Scope::Unsaid => Some(false),
    }
}

fn is_character_set(tokens: Tokens<'_>) -> bool {
    tokens.words(0, &["character", "set"])
        || tokens.words(0, &["char", "set"])
        || tokens.word(0) == "charset"
}

/// The assigned value: needs are collected; None if it does more than compute.
fn expression(tokens: Tokens<'_>, class: &mut StatementClass) -> Option<()> {
    let found = query::examine(tokens);
    class.needs |= found.needs;
    class.effects |= found.effects;
    if let Some(hazard) = found.hazard {
        class.cause = hazard;
        return None;
    }
    let unknown = found.routines.iter().any(|routine| !routine.built_in_somewhere);
    if unknown {
        class.cause = Cause::ImpureFunction;
        return None;
    }
    (!tokens.is_empty()).then_some(())
}

fn is_off(value: Tokens<'_>) -> bool {
    value.len() == 1 && (value.bytes(0) == b"0" || matches!(value.word(0), "off" | "false"))
        || value.len() == 1 && value.bytes(0) == b"false"
}

fn is_on(value: Tokens<'_>) -> bool {
    value.len() == 1 && matches!(value.bytes(0), b"1" | b"on" | b"true")
}

/// `transaction_read_only = 1`, alone, means what `SET [SESSION] TRANSACTION READ ONLY` means; with `@@` and
/// no scope it is for the next transaction only.
fn access_assigned(tokens: Tokens<'_>) -> Option<(bool, Access)> {
    let target = Target::parse(tokens)?;
    if !matches!(target.name.as_str(), "transaction_read_only" | "tx_read_only") {
        return None;
    }
    let session = match target.scope {
        Scope::Session => true,
        Scope::Unsaid => !tokens.is(0, TokenKind::AtAt),
        Scope::Global | Scope::User => return None,
    };
    let value = tokens.from(target.value);
    if is_on(value) {
        Some((session, Access::ReadOnly))
    } else if is_off(value) {
        Some((session, Access::ReadWrite))
    } else {
        None
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    User,
    Unsaid,
    Session,
    Global,
}

/// What is assigned to.
struct Target {
    scope: Scope,
    name: String,
    /// Index of the value's first token.
    value: usize,
}

impl Target {
    fn parse(tokens: Tokens<'_>) -> Option<Self> {
        if tokens.is(0, TokenKind::UserVar) {
            return Self { scope: Scope::User, name: String::new(), value: 1 }
                .behind_equals(tokens);
        }
        let (scope, at) = Self::scope(tokens);
        let name = tokens.name(at)?;
        if tokens.is(at + 1, TokenKind::Dot) {
            // A component's or a key cache's variable: global by nature.
            return Self { scope: Scope::Global, name, value: at + 3 }.behind_equals(tokens);
        }
        Self { scope, name, value: at + 1 }.behind_equals(tokens)
    }

    fn scope(tokens: Tokens<'_>) -> (Scope, usize) {
        let marked = tokens.is(0, TokenKind::AtAt);
        let at = usize::from(marked);
        let word = tokens.name(at).unwrap_or_default();
        let follows =
            if marked { tokens.is(at + 1, TokenKind::Dot) } else { tokens.is_name(at + 1) };
        let behind = if marked { at + 2 } else { at + 1 };
        match word.as_str() {
            "session" | "local" if follows => (Scope::Session, behind),
            "global" | "persist" | "persist_only" if follows => (Scope::Global, behind),
            _ => (Scope::Unsaid, at),
        }
    }

    fn behind_equals(mut self, tokens: Tokens<'_>) -> Option<Self> {
        let assigns =
            tokens.operator(self.value) == b"=" || tokens.is(self.value, TokenKind::Assign);
        self.value += 1;
        assigns.then_some(self)
    }
}
