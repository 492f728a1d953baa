//! What routing must know of the few statements whose literals matter: KILL and the text forms of prepared
//! statements. Cold: called only for these kinds, on the original text.

use std::ops::Range;

use super::lexer::{Lexer, Token, TokenKind};
use super::mode::LexMode;

/// What a KILL ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillScope {
    /// The connection.
    Connection,
    /// Its running statement.
    Query,
}

/// `KILL [HARD|SOFT] [CONNECTION|QUERY [ID]] id`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KillStatement {
    /// What is ended.
    pub scope: KillScope,
    /// MariaDB: HARD or SOFT was said.
    pub hardness: Option<Hardness>,
    /// The connection id, when it is a plain number. None: a MariaDB query id, a user, an expression.
    pub id: Option<u64>,
    /// Where the id stands, so that another can be put there; empty where there is none.
    pub id_range: Range<usize>,
}

/// MariaDB's `KILL HARD` and `KILL SOFT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hardness {
    /// `HARD`
    Hard,
    /// `SOFT`
    Soft,
}

/// `PREPARE name FROM source`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrepareStatement {
    /// Lower case: names of prepared statements have no case.
    pub name: String,
    /// What is prepared.
    pub source: PrepareSource,
}

/// The text that PREPARE prepares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrepareSource {
    /// A string, without quotes and escapes.
    Literal(Vec<u8>),
    /// A user variable: only the server that has it knows.
    Variable,
}

/// `EXECUTE name [USING @a, …]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecuteStatement {
    /// Lower case.
    pub name: String,
    /// There are user variables, which live on one server.
    pub uses_variables: bool,
}

/// These statements are short; a longer one is none of them, or not worth helping with.
const MAX_TOKENS: usize = 64;

struct Statement<'a> {
    sql: &'a [u8],
    tokens: Vec<Token>,
    mode: LexMode,
}

impl<'a> Statement<'a> {
    /// None if it cannot be lexed, is long, or is several statements.
    fn lex(sql: &'a [u8], mode: LexMode) -> Option<Self> {
        let mut tokens: Vec<Token> = Lexer::new(sql, mode).take(MAX_TOKENS).collect();
        while tokens.last().is_some_and(|token| token.kind == TokenKind::Semi) {
            tokens.pop();
        }
        let odd = |token: &Token| {
            use TokenKind::{ExecOpen, Semi, Unknown};
            matches!(token.kind, Semi | Unknown | ExecOpen)
        };
        if tokens.len() == MAX_TOKENS || tokens.iter().any(odd) {
            return None;
        }
        Some(Self { sql, tokens, mode })
    }

    fn bytes(&self, index: usize) -> &'a [u8] {
        let range = self.tokens.get(index).map(|token| token.start..token.end);
        range.and_then(|range| self.sql.get(range)).unwrap_or_default()
    }

    fn kind(&self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    fn is_word(&self, index: usize, word: &str) -> bool {
        self.kind(index) == Some(TokenKind::Word)
            && self.bytes(index).eq_ignore_ascii_case(word.as_bytes())
    }

    /// A statement's name, lower case.
    fn name(&self, index: usize) -> Option<String> {
        let bytes = self.bytes(index);
        let text = match self.kind(index)? {
            TokenKind::Word => bytes.to_vec(),
            TokenKind::Quoted => unquote(bytes, false),
            _ => return None,
        };
        Some(String::from_utf8_lossy(&text).to_lowercase())
    }
}

/// Reads a KILL statement.
pub fn parse_kill(sql: &[u8], mode: LexMode) -> Option<KillStatement> {
    let statement = Statement::lex(sql, mode)?;
    if !statement.is_word(0, "kill") {
        return None;
    }
    let mut at = 1;
    let hardness = match () {
        () if statement.is_word(at, "hard") => Some(Hardness::Hard),
        () if statement.is_word(at, "soft") => Some(Hardness::Soft),
        () => None,
    };
    at += usize::from(hardness.is_some());
    let query = statement.is_word(at, "query");
    at += usize::from(query || statement.is_word(at, "connection"));
    let scope = if query { KillScope::Query } else { KillScope::Connection };
    let (id, id_range) = kill_id(&statement, at);
    Some(KillStatement { scope, hardness, id, id_range })
}

/// The number at the statement's end. `KILL QUERY ID n` counts queries, not connections.
fn kill_id(statement: &Statement<'_>, at: usize) -> (Option<u64>, Range<usize>) {
    let alone = statement.tokens.len() == at + 1;
    let Some(token) = statement.tokens.get(at).filter(|_| alone) else { return (None, 0..0) };
    let text = std::str::from_utf8(statement.bytes(at)).unwrap_or_default();
    match text.parse() {
        Ok(id) if token.kind == TokenKind::Number => (Some(id), token.start..token.end),
        _ => (None, 0..0),
    }
}

/// Reads a text PREPARE.
pub fn parse_prepare(sql: &[u8], mode: LexMode) -> Option<PrepareStatement> {
    let statement = Statement::lex(sql, mode)?;
    if !(statement.is_word(0, "prepare") && statement.is_word(2, "from")) {
        return None;
    }
    if statement.tokens.len() != 4 {
        return None;
    }
    let source = match statement.kind(3)? {
        TokenKind::String => PrepareSource::Literal(string_value(&statement, 3)?),
        TokenKind::UserVar => PrepareSource::Variable,
        _ => return None,
    };
    Some(PrepareStatement { name: statement.name(1)?, source })
}

/// The value of a string without a prefix.
fn string_value(statement: &Statement<'_>, index: usize) -> Option<Vec<u8>> {
    let bytes = statement.bytes(index);
    matches!(bytes.first(), Some(b'\'' | b'"')).then_some(())?;
    if statement.mode.charset.is_multi_byte() && bytes.contains(&b'\\') {
        // A backslash may be half a character; the server will tell what it is.
        return None;
    }
    Some(unquote(bytes, !statement.mode.no_backslash_escapes))
}

/// Takes quotes, doubled quotes and escapes away (MySQL manual, "String Literals").
fn unquote(bytes: &[u8], escapes: bool) -> Vec<u8> {
    let Some((&quote, rest)) = bytes.split_first() else { return Vec::new() };
    let inner = rest.split_last().map_or(rest, |(_, inner)| inner);
    let mut value = Vec::with_capacity(inner.len());
    let mut at = 0;
    while let Some(&byte) = inner.get(at) {
        at += 1;
        if byte == quote {
            at += 1;
            value.push(quote);
        } else if byte == b'\\' && escapes {
            push_escaped(inner.get(at).copied(), &mut value);
            at += 1;
        } else {
            value.push(byte);
        }
    }
    value
}

fn push_escaped(byte: Option<u8>, value: &mut Vec<u8>) {
    match byte {
        Some(b'0') => value.push(0),
        Some(b'n') => value.push(b'\n'),
        Some(b'r') => value.push(b'\r'),
        Some(b't') => value.push(b'\t'),
        Some(b'b') => value.push(8),
        Some(b'Z') => value.push(26),
        Some(kept @ (b'%' | b'_')) => value.extend_from_slice(&[b'\\', kept]),
        Some(other) => value.push(other),
        None => {}
    }
}

/// Reads a text EXECUTE.
pub fn parse_execute(sql: &[u8], mode: LexMode) -> Option<ExecuteStatement> {
    let statement = Statement::lex(sql, mode)?;
    if !statement.is_word(0, "execute") {
        return None;
    }
    let uses_variables = statement.tokens.iter().any(|token| token.kind == TokenKind::UserVar);
    Some(ExecuteStatement { name: statement.name(1)?, uses_variables })
}

/// Reads a DEALLOCATE PREPARE or DROP PREPARE: the name, lower case.
pub fn parse_deallocate(sql: &[u8], mode: LexMode) -> Option<String> {
    let statement = Statement::lex(sql, mode)?;
    let verb = statement.is_word(0, "deallocate") || statement.is_word(0, "drop");
    (verb && statement.is_word(1, "prepare")).then(|| statement.name(2)).flatten()
}

/// What a `SET` sets of the variables that are hints for a session: `@anabranch_consistency` and its like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HintVariables {
    /// Names without `@anabranch_`, lower case, and values.
    pub set: Vec<(String, String)>,
    /// It sets nothing else.
    pub alone: bool,
}

/// The hint variables that a `SET` of plain values sets. `@anabranch_ack` is none of them: it is the server's.
/// `None` where there are none, or a value is not plain.
pub fn parse_hint_variables(sql: &[u8], mode: LexMode) -> Option<HintVariables> {
    const PREFIX: &str = "@anabranch_";
    let statement = Statement::lex(sql, mode)?;
    let mut found = HintVariables { set: Vec::new(), alone: true };
    for at in 1..statement.tokens.len() {
        let name = String::from_utf8_lossy(statement.bytes(at)).to_lowercase();
        if statement.kind(at) != Some(TokenKind::UserVar) || !is_target(&statement, at) {
            continue;
        }
        match name.strip_prefix(PREFIX).filter(|name| *name != "ack") {
            Some(name) => found.set.push((name.to_owned(), plain_value(&statement, at + 2)?)),
            None => found.alone = false,
        }
    }
    let targets = (1..statement.tokens.len()).filter(|at| is_target(&statement, *at)).count();
    found.alone &= targets == found.set.len();
    (!found.set.is_empty()).then_some(found)
}

/// Whether the token is what an assignment sets.
fn is_target(statement: &Statement<'_>, at: usize) -> bool {
    let begins = at == 1 || statement.kind(at - 1) == Some(TokenKind::Comma);
    let next = statement.bytes(at + 1);
    begins && (next == b"=" || next == b":=")
}

/// A literal, with nothing behind it but the next assignment. NULL is empty.
fn plain_value(statement: &Statement<'_>, at: usize) -> Option<String> {
    if !matches!(statement.kind(at + 1), None | Some(TokenKind::Comma)) {
        return None;
    }
    let value = match statement.kind(at)? {
        TokenKind::String | TokenKind::Quoted => string_value(statement, at)?,
        TokenKind::Number => statement.bytes(at).to_vec(),
        TokenKind::Word if statement.is_word(at, "null") => Vec::new(),
        _ => return None,
    };
    String::from_utf8(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODE: LexMode = LexMode {
        ansi_quotes: false,
        no_backslash_escapes: false,
        ignore_space: false,
        charset: super::super::LexCharset::AsciiSafe,
    };

    #[test]
    fn kill_forms() {
        let kill = parse_kill(b"/* x */ KILL QUERY 42;", MODE).unwrap();
        assert_eq!((kill.scope, kill.id, kill.id_range), (KillScope::Query, Some(42), 19..21));
        let kill = parse_kill(b"kill soft connection 7", MODE).unwrap();
        assert_eq!((kill.scope, kill.hardness), (KillScope::Connection, Some(Hardness::Soft)));
        assert_eq!(parse_kill(b"KILL USER bob", MODE).unwrap().id, None);
        assert_eq!(parse_kill(b"KILL QUERY ID 5", MODE).unwrap().id, None);
        assert_eq!(parse_kill(b"SELECT 1", MODE), None);
    }

    #[test]
    fn hint_variables_are_found() {
        let read = |sql: &str| parse_hint_variables(sql.as_bytes(), MODE);
        let found = read("SET @Anabranch_Consistency = 'global', @anabranch_max_lag=200").unwrap();
        let (level, lag) = (&found.set[0], &found.set[1]);
        assert_eq!((level.0.as_str(), level.1.as_str()), ("consistency", "global"));
        assert_eq!((lag.0.as_str(), lag.1.as_str(), found.alone), ("max_lag", "200", true));
        assert!(!read("SET @x = 1, @anabranch_after = '0-1-7'").unwrap().alone);
        assert!(!read("SET @anabranch_after = '', time_zone = 'UTC'").unwrap().alone);
        assert_eq!(read("SET @anabranch_consistency = NULL").unwrap().set[0].1, "");
        for none in ["SET @anabranch_ack = 'quorum'", "SET @x = @anabranch_route", "SET a = 1"] {
            assert_eq!(read(none), None, "{none}");
        }
        assert_eq!(read("SET @anabranch_consistency = CONCAT('glo', 'bal')"), None);
    }

    #[test]
    fn prepare_forms() {
        let prepare = parse_prepare(br"PREPARE S1 FROM 'SELECT ''a'', \'b\', ?'", MODE).unwrap();
        assert_eq!(prepare.name, "s1");
        assert_eq!(prepare.source, PrepareSource::Literal(b"SELECT 'a', 'b', ?".to_vec()));
        let prepare = parse_prepare(b"prepare `S 2` from @x", MODE).unwrap();
        assert_eq!((prepare.name.as_str(), prepare.source), ("s 2", PrepareSource::Variable));
        let execute = parse_execute(b"EXECUTE s1 USING @a, @b", MODE).unwrap();
        assert!(execute.uses_variables && execute.name == "s1");
        assert_eq!(parse_deallocate(b"DROP PREPARE S1", MODE).as_deref(), Some("s1"));
    }
}
