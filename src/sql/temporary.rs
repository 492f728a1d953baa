//! Which temporary tables a statement makes, or drops: so that it is known when a session has none any more.
//! Names are taken as they are written; one that is written otherwise the next time is another one here, which
//! errs on the side of "still there".

use super::lexer::{Lexer, Token, TokenKind};
use super::mode::LexMode;

/// What a statement does to tables that may be temporary, by `schema.name`, or `.name` where none was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemporaryTables {
    /// `CREATE TEMPORARY TABLE`
    Created(Box<str>),
    /// `DROP [TEMPORARY] TABLE`
    Dropped(Vec<Box<str>>),
}

/// Tokens that are looked at: the names come early.
const MAX_TOKENS: usize = 256;

/// Reads a statement; `None` where it is neither, or not understood.
pub fn parse_temporary(sql: &[u8], mode: LexMode) -> Option<TemporaryTables> {
    let tokens: Vec<Token> = Lexer::new(sql, mode).take(MAX_TOKENS).collect();
    let mut reader = Reader { sql, tokens: &tokens };
    let creates = reader.takes("create");
    if !creates && !reader.takes("drop") {
        return None;
    }
    if creates && reader.takes("or") {
        reader.takes("replace").then_some(())?;
    }
    let temporary = reader.takes("temporary");
    (reader.takes("table") && (temporary || !creates)).then_some(())?;
    if reader.takes("if") {
        reader.takes("not");
        reader.takes("exists").then_some(())?;
    }
    if creates {
        return reader.name().map(TemporaryTables::Created);
    }
    let mut names = vec![reader.name()?];
    while reader.kind() == Some(TokenKind::Comma) {
        reader.skip();
        names.push(reader.name()?);
    }
    let rest = reader.kind();
    let whole = tokens.len() < MAX_TOKENS && matches!(rest, None | Some(TokenKind::Semi));
    whole.then_some(TemporaryTables::Dropped(names))
}

struct Reader<'a> {
    sql: &'a [u8],
    tokens: &'a [Token],
}

impl Reader<'_> {
    fn kind(&self) -> Option<TokenKind> {
        self.tokens.first().map(|token| token.kind)
    }

    fn bytes(&self) -> &[u8] {
        let token = self.tokens.first();
        token.and_then(|token| self.sql.get(token.start..token.end)).unwrap_or_default()
    }

    fn skip(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    fn takes(&mut self, word: &str) -> bool {
        let here = self.kind() == Some(TokenKind::Word)
            && self.bytes().eq_ignore_ascii_case(word.as_bytes());
        if here {
            self.skip();
        }
        here
    }

    /// `name` or `schema.name`
    fn name(&mut self) -> Option<Box<str>> {
        let first = self.part()?;
        if self.kind() != Some(TokenKind::Dot) {
            return Some(format!(".{first}").into());
        }
        self.skip();
        let second = self.part()?;
        Some(format!("{first}.{second}").into())
    }

    fn part(&mut self) -> Option<String> {
        let quoted = match self.kind()? {
            TokenKind::Word | TokenKind::Name => false,
            TokenKind::Quoted => true,
            _ => return None,
        };
        let text = std::str::from_utf8(self.bytes()).ok()?;
        let text = match quoted {
            true => text.get(1..text.len().checked_sub(1)?)?.to_owned(),
            false => text.to_owned(),
        };
        self.skip();
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(sql: &str) -> Option<TemporaryTables> {
        parse_temporary(sql.as_bytes(), LexMode::default())
    }

    #[test]
    fn names_are_read() {
        let created = |name: &str| Some(TemporaryTables::Created(name.into()));
        assert_eq!(parsed("CREATE TEMPORARY TABLE t (a INT)"), created(".t"));
        assert_eq!(
            parsed("create or replace temporary table if not exists `a`.`b` select 1"),
            created("a.b")
        );
        let dropped = |names: &[&str]| {
            Some(TemporaryTables::Dropped(names.iter().map(|name| (*name).into()).collect()))
        };
        assert_eq!(parsed("DROP TEMPORARY TABLE IF EXISTS a, s.b;"), dropped(&[".a", "s.b"]));
        assert_eq!(parsed("DROP TABLE `a`"), dropped(&[".a"]));
    }

    #[test]
    fn what_is_not_understood_is_nothing() {
        for sql in [
            "CREATE TABLE t (a INT)",
            "DROP VIEW v",
            "DROP TABLE a RESTRICT",
            "DROP TABLE a, ",
            "DROP TEMPORARY SEQUENCE s",
            "SELECT 1",
            "",
        ] {
            assert_eq!(parsed(sql), None, "{sql}");
        }
    }
}
