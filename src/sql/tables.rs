//! The tables that a statement names, as its shape's tokens tell: behind `FROM`, `JOIN`, `INTO`, `UPDATE`,
//! `TABLE` …, wherever in the statement. For the proxy's rules, which are asked once per shape.
//!
//! Not a proof of anything: a view counts by its own name, and what functions, procedures and triggers touch is
//! not seen. Names of common table expressions are left out, names of tables that they stand before are not.

use super::classify::Tokens;
use super::lexer::{Lexer, Token, TokenKind};
use super::mode::LexMode;

/// Tables of one statement that are looked at.
const MAX_TABLES: usize = 256;

/// Tokens of one statement that are looked at.
const MAX_TOKENS: usize = 16 * 1024;

/// Parentheses around tables that are looked into.
const MAX_DEPTH: usize = 40;

/// A table as a statement names it. Lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    /// The schema that it was qualified with.
    pub schema: Option<Box<str>>,
    /// Its name.
    pub name: Box<str>,
}

impl TableName {
    /// `name` or `schema.name`, quoted or not; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let list: Vec<Token> = Lexer::new(text.as_bytes(), LexMode::default()).collect();
        let tokens = Tokens::new(text.as_bytes(), &list, LexMode::default());
        let (table, end) = name_at(tokens, 0)?;
        (end == tokens.len()).then_some(table)
    }
}

/// The tables of a shape, each once; at most [`MAX_TABLES`].
pub fn tables_of(shape: &[u8], mode: LexMode) -> Box<[TableName]> {
    let marks = [TokenKind::ExecOpen, TokenKind::ExecClose, TokenKind::Hint];
    let tokens = Lexer::new(shape, mode).take(MAX_TOKENS);
    let list: Vec<Token> = tokens.filter(|token| !marks.contains(&token.kind)).collect();
    let mut found = Vec::new();
    for part in Tokens::new(shape, &list, mode).split(TokenKind::Semi) {
        let own = common_tables(part);
        let mut finder = Finder { tokens: part, own, found: Vec::new() };
        finder.find();
        found.append(&mut finder.found);
    }
    found.sort();
    found.dedup();
    found.truncate(MAX_TABLES);
    found.into()
}

/// A shape with its literals and parameters alike, so that a text and the same prepared are one.
pub fn without_literals(shape: &[u8], mode: LexMode) -> Box<[u8]> {
    let mut out = Vec::with_capacity(shape.len());
    for token in Lexer::new(shape, mode) {
        let bytes = match token.kind {
            TokenKind::String | TokenKind::Number | TokenKind::Param => b"?",
            _ => shape.get(token.start..token.end).unwrap_or_default(),
        };
        out.extend_from_slice(bytes);
        out.push(b' ');
    }
    out.into()
}

/// The table that is named at `at`, and where what follows begins.
fn name_at(tokens: Tokens<'_>, at: usize) -> Option<(TableName, usize)> {
    let first = tokens.name(at)?.into();
    if tokens.is(at + 1, TokenKind::Dot)
        && let Some(name) = tokens.name(at + 2)
    {
        return Some((TableName { schema: Some(first), name: name.into() }, at + 3));
    }
    Some((TableName { schema: None, name: first }, at + 1))
}

/// The names behind `WITH`.
fn common_tables(tokens: Tokens<'_>) -> Vec<String> {
    let mut names = Vec::new();
    if !(0..tokens.len()).any(|at| tokens.word(at) == "with") {
        return names;
    }
    for at in 1..tokens.len() {
        let before = at - 1;
        let listed = matches!(tokens.word(before), "with" | "recursive");
        if !(listed || tokens.is(before, TokenKind::Comma)) || !tokens.is_name(at) {
            continue;
        }
        let columns = tokens.is(at + 1, TokenKind::LParen).then(|| tokens.closing(at + 1));
        let behind = columns.map_or(Some(at + 1), |close| close.map(|close| close + 1));
        if behind.is_some_and(|it| tokens.word(it) == "as" && tokens.is(it + 1, TokenKind::LParen))
        {
            names.extend(tokens.name(at));
        }
    }
    names
}

struct Finder<'a> {
    tokens: Tokens<'a>,
    /// Common table expressions.
    own: Vec<String>,
    found: Vec<TableName>,
}

impl Finder<'_> {
    fn find(&mut self) {
        let verb = self.verb();
        if self.tokens.word(verb) == "show" {
            return self.show(verb);
        }
        self.begin(verb);
        let deletes = self.tokens.word(verb) == "delete";
        for at in 0..self.tokens.len() {
            match self.tokens.word(at) {
                "from" if !self.is_in_call(at) => self.list(at + 1, 0),
                "join" => self.list(at + 1, 0),
                "straight_join" if !self.is_option(at) => self.list(at + 1, 0),
                "using" if deletes => self.list(at + 1, 0),
                "table" if at > verb && self.is_query(at) => self.one(at + 1),
                _ => {}
            }
        }
    }

    /// Where the statement proper begins: behind `EXPLAIN`, and behind what `WITH` defines.
    fn verb(&self) -> usize {
        const VERBS: [&str; 5] = ["select", "insert", "replace", "update", "delete"];
        let explains = matches!(self.tokens.word(0), "explain" | "describe" | "desc" | "analyze");
        if !explains && self.tokens.word(0) != "with" {
            return 0;
        }
        let mut depth = 0usize;
        for at in 0..self.tokens.len() {
            match self.tokens.kind(at) {
                Some(TokenKind::LParen) => depth += 1,
                Some(TokenKind::RParen) => depth = depth.saturating_sub(1),
                _ if depth == 0 && VERBS.contains(&self.tokens.word(at)) => return at,
                _ => {}
            }
        }
        0
    }

    /// What the statement's first words name.
    fn begin(&mut self, verb: usize) {
        const WORDS: [&str; 6] =
            ["low_priority", "delayed", "high_priority", "ignore", "quick", "into"];
        let mut at = verb + 1;
        while WORDS.contains(&self.tokens.word(at)) {
            at += 1;
        }
        match self.tokens.word(verb) {
            "insert" | "replace" => self.one(at),
            "update" => self.list(at, 0),
            "table" | "handler" => self.one(at),
            "truncate" if self.tokens.word(at) != "table" => self.one(at),
            "explain" | "describe" | "desc" if self.tokens.is_name(at) => self.one(at),
            "create" | "alter" | "drop" | "truncate" | "rename" | "optimize" | "analyze"
            | "check" | "repair" | "checksum" | "lock" | "load" => self.define(verb),
            _ => {}
        }
    }

    /// `CREATE … TABLE t`, `DROP TABLES a, b`, `CREATE INDEX i ON t`, `RENAME TABLE a TO b` …
    fn define(&mut self, verb: usize) {
        const LOOK: usize = 64;
        for at in verb + 1..self.tokens.len().min(verb + LOOK) {
            match self.tokens.word(at) {
                "table" | "tables" | "view" => {
                    let skip = ["if", "not", "exists"];
                    let mut first = at + 1;
                    while skip.contains(&self.tokens.word(first)) {
                        first += 1;
                    }
                    match self.tokens.word(verb) {
                        "create" | "alter" | "load" | "truncate" => self.one(first),
                        _ => self.list(first, 0),
                    }
                    return self.renamed(verb, first);
                }
                "on" if matches!(self.tokens.word(verb), "create" | "drop") => {
                    return self.one(at + 1);
                }
                "as" | "select" => return,
                _ => {}
            }
        }
    }

    /// `RENAME TABLE a TO b, c TO d`, `CREATE TABLE a LIKE b`
    fn renamed(&mut self, verb: usize, from: usize) {
        let word = match self.tokens.word(verb) {
            "rename" => "to",
            "create" => "like",
            _ => return,
        };
        for at in from..self.tokens.len() {
            if self.tokens.word(at) == word {
                self.one(at + 1);
            }
        }
    }

    /// `SHOW COLUMNS FROM t [FROM s]`, `SHOW CREATE TABLE t`; other lists are of no table.
    fn show(&mut self, verb: usize) {
        const LISTS: [&str; 5] = ["columns", "fields", "index", "indexes", "keys"];
        for at in verb + 1..self.tokens.len() {
            let about = matches!(self.tokens.word(at), "from" | "in");
            if about && LISTS.contains(&self.tokens.word(at - 1)) {
                let before = self.found.len();
                self.one(at + 1);
                if matches!(self.tokens.word(at + 2), "from" | "in")
                    && let (Some(table), schema) =
                        (self.found.get_mut(before), self.tokens.name(at + 3))
                {
                    table.schema = schema.map(Into::into);
                }
                return;
            }
            if self.tokens.words(at, &["create", "table"])
                || self.tokens.words(at, &["create", "view"])
            {
                return self.one(at + 2);
            }
        }
    }

    /// Tables with commas between them, up to what ends such a list.
    fn list(&mut self, first: usize, depth: usize) {
        let mut at = first;
        loop {
            at = self.factor(at, depth);
            match self.next_comma(at) {
                Some(comma) => at = comma + 1,
                None => return,
            }
        }
    }

    /// A table, or what stands in the place of one. Gives where what follows begins.
    fn factor(&mut self, at: usize, depth: usize) -> usize {
        let at = if self.tokens.word(at) == "lateral" { at + 1 } else { at };
        if self.tokens.is(at, TokenKind::LParen) {
            let Some(close) = self.tokens.closing(at) else { return self.tokens.len() };
            let query = ["select", "with", "values", "table"].contains(&self.tokens.word(at + 1));
            if !query && depth < MAX_DEPTH {
                self.list(at + 1, depth + 1);
            }
            return close + 1;
        }
        let Some((table, end)) = name_at(self.tokens, at) else { return at + 1 };
        if self.tokens.is(end, TokenKind::LParen) {
            // JSON_TABLE(…): what is called is no table
            return self.tokens.closing(end).map_or(self.tokens.len(), |close| close + 1);
        }
        self.note(table);
        end
    }

    fn one(&mut self, at: usize) {
        if let Some((table, _)) = name_at(self.tokens, at) {
            self.note(table);
        }
    }

    fn note(&mut self, table: TableName) {
        let own = table.schema.is_none()
            && (&*table.name == "dual" || self.own.iter().any(|own| **own == *table.name));
        if !own && self.found.len() < MAX_TABLES {
            self.found.push(table);
        }
    }

    /// The next comma of a list of tables.
    fn next_comma(&self, from: usize) -> Option<usize> {
        const ENDS: [&str; 18] = [
            "where",
            "set",
            "group",
            "order",
            "having",
            "limit",
            "union",
            "except",
            "intersect",
            "window",
            "procedure",
            "into",
            "values",
            "value",
            "select",
            "returning",
            "duplicate",
            "update",
        ];
        let mut depth = 0usize;
        for at in from..self.tokens.len() {
            match self.tokens.kind(at)? {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen => depth = depth.checked_sub(1)?,
                TokenKind::Comma if depth == 0 => return Some(at),
                TokenKind::Word if depth == 0 && ENDS.contains(&self.tokens.word(at)) => {
                    return None;
                }
                _ => {}
            }
        }
        None
    }

    /// `EXTRACT(YEAR FROM d)`, `TRIM(BOTH ' ' FROM s)`: a `FROM` that names no tables.
    fn is_in_call(&self, at: usize) -> bool {
        const CALLS: [&str; 6] = ["extract", "trim", "substring", "substr", "mid", "overlay"];
        let mut depth = 0usize;
        for before in (0..at).rev() {
            match self.tokens.kind(before) {
                Some(TokenKind::RParen) => depth += 1,
                Some(TokenKind::LParen) if depth == 0 => {
                    let call = before.checked_sub(1).map(|call| self.tokens.word(call));
                    return call.is_some_and(|call| CALLS.contains(&call));
                }
                Some(TokenKind::LParen) => depth -= 1,
                Some(TokenKind::Word) if depth == 0 && self.tokens.word(before) == "select" => {
                    return false;
                }
                _ => {}
            }
        }
        false
    }

    /// `SELECT STRAIGHT_JOIN …`
    fn is_option(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|before| self.tokens.word(before)).unwrap_or_default();
        matches!(before, "select" | "all" | "distinct" | "distinctrow" | "high_priority")
            || before.starts_with("sql_")
    }

    /// `(TABLE t)`, `… UNION TABLE t`
    fn is_query(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return true };
        self.tokens.is(before, TokenKind::LParen)
            || matches!(
                self.tokens.word(before),
                "union" | "all" | "distinct" | "except" | "intersect"
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::fingerprint;

    fn found(sql: &str) -> String {
        let mut shape = Vec::new();
        fingerprint(sql.as_bytes(), LexMode::default(), &mut shape).expect("a shape");
        let shown = |table: &TableName| match &table.schema {
            Some(schema) => format!("{schema}.{}", table.name),
            None => table.name.to_string(),
        };
        tables_of(&shape, LexMode::default()).iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn queries() {
        for (sql, tables) in [
            ("SELECT 1", ""),
            ("SELECT * FROM dual", ""),
            ("SELECT * FROM `Orders` o WHERE o.id = 1", "orders"),
            ("SELECT * FROM a, s.b AS x, (c, d), (SELECT * FROM e) y WHERE 1", "a c d e s.b"),
            ("SELECT * FROM a JOIN b ON a.x = b.x LEFT JOIN (c JOIN d) USING (x), e", "a b c d e"),
            ("SELECT STRAIGHT_JOIN x FROM a STRAIGHT_JOIN b", "a b"),
            ("SELECT (SELECT MAX(x) FROM a), y FROM b WHERE z IN (SELECT z FROM c)", "a b c"),
            ("SELECT EXTRACT(YEAR FROM d), TRIM(BOTH 'x' FROM e) FROM a", "a"),
            ("SELECT TRIM((SELECT x FROM b LIMIT 1)) FROM a", "a b"),
            ("WITH x AS (SELECT * FROM a), y (n) AS (SELECT 1) SELECT * FROM x, y, s.x", "a s.x"),
            ("SELECT * FROM a WHERE x UNION SELECT * FROM b ORDER BY c, d", "a b"),
            ("SELECT * FROM JSON_TABLE('[]', '$' COLUMNS (x INT PATH '$')) j, a", "a"),
            ("SELECT * FROM a USE INDEX (p, q), b PARTITION (r, s)", "a b"),
            ("TABLE a", "a"),
            ("(TABLE a) UNION TABLE b", "a b"),
            ("SELECT * FROM a FOR UPDATE", "a"),
            ("SELECT x INTO @a, @b FROM a", "a"),
            ("SELECT 1 FROM a; SELECT 1 FROM b", "a b"),
            ("SELECT 1 FROM a /*!80000 JOIN b */", "a b"),
            ("EXPLAIN FORMAT=JSON SELECT * FROM a", "a"),
            ("DESCRIBE a", "a"),
            ("SHOW FULL COLUMNS FROM a FROM s", "s.a"),
            ("SHOW TABLES FROM s", ""),
            ("SHOW CREATE TABLE a", "a"),
        ] {
            assert_eq!(found(sql), tables, "{sql}");
        }
    }

    #[test]
    fn changes() {
        for (sql, tables) in [
            ("INSERT LOW_PRIORITY IGNORE INTO s.a (x, y) VALUES (1, 2), (3, 4)", "s.a"),
            ("INSERT a SELECT * FROM b ON DUPLICATE KEY UPDATE x = 1, y = 2", "a b"),
            ("REPLACE INTO a SET x = 1, y = 2", "a"),
            ("UPDATE a, b SET a.x = 1, b.y = 2 WHERE a.id = b.id", "a b"),
            ("UPDATE a JOIN b USING (id) SET x = (SELECT MAX(x) FROM c)", "a b c"),
            ("DELETE FROM a WHERE x = 1", "a"),
            ("DELETE a FROM a JOIN b", "a b"),
            ("DELETE FROM a USING a, b", "a b"),
            ("WITH x AS (SELECT 1 FROM a) DELETE FROM b WHERE id IN (SELECT * FROM x)", "a b"),
            ("TRUNCATE TABLE a", "a"),
            ("TRUNCATE a", "a"),
            ("CREATE TEMPORARY TABLE IF NOT EXISTS a (x INT, y INT)", "a"),
            ("CREATE TABLE a LIKE b", "a b"),
            ("CREATE TABLE a AS SELECT * FROM b", "a b"),
            ("CREATE VIEW v AS SELECT * FROM a JOIN b ON a.x = b.x", "a b v"),
            ("CREATE UNIQUE INDEX i ON a (x, y)", "a"),
            ("DROP TABLE IF EXISTS a, s.b", "a s.b"),
            ("ALTER TABLE a ADD COLUMN x INT, ADD COLUMN y INT", "a"),
            ("RENAME TABLE a TO b, c TO d", "a b c d"),
            ("LOCK TABLES a READ, b AS c WRITE", "a b"),
            ("LOAD DATA INFILE 'x' INTO TABLE a FIELDS TERMINATED BY ','", "a"),
            ("CALL p(1)", ""),
            ("SET @a = (SELECT MAX(x) FROM a)", "a"),
        ] {
            assert_eq!(found(sql), tables, "{sql}");
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        let parsed = |text: &str| TableName::parse(text);
        assert_eq!(parsed("Orders"), Some(TableName { schema: None, name: "orders".into() }));
        let shop = TableName { schema: Some("shop".into()), name: "orders".into() };
        assert_eq!(parsed("shop.`orders`"), Some(shop));
        for wrong in ["", "a.b.c", "a b", "1", "a.*"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_text_and_the_same_prepared_are_alike() {
        let loose = |sql: &str| {
            let mut shape = Vec::new();
            fingerprint(sql.as_bytes(), LexMode::default(), &mut shape).expect("a shape");
            without_literals(&shape, LexMode::default())
        };
        let prepared = loose("SELECT * FROM t WHERE id = ? AND s IN (?, ?)");
        assert_eq!(loose("select * from t  where id=7 and s in ('a')"), prepared);
        assert_ne!(loose("select * from t where id=7"), prepared);
    }
}
