//! Table options.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::TableOption;
use crate::sql::statement::cursor::{Parse, Parser};

/// Options with a number or DEFAULT, which InnoDB reads and the row store has no use for.
const NUMBERS: [&str; 9] = [
    "AVG_ROW_LENGTH",
    "CHECKSUM",
    "TABLE_CHECKSUM",
    "DELAY_KEY_WRITE",
    "KEY_BLOCK_SIZE",
    "MAX_ROWS",
    "MIN_ROWS",
    "PACK_KEYS",
    "STATS_SAMPLE_PAGES",
];

/// Options with a number, DEFAULT or a word.
const WORDS: [&str; 4] =
    ["STATS_AUTO_RECALC", "STATS_PERSISTENT", "INSERT_METHOD", "AUTOEXTEND_SIZE"];

/// Options with a string.
const STRINGS: [&str; 5] =
    ["COMPRESSION", "CONNECTION", "PASSWORD", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE"];

impl Parser<'_> {
    /// One table option, if one stands here.
    pub(super) fn table_option(&mut self) -> Parse<Option<Option<TableOption>>> {
        if let Some(charset) = self.table_charset()? {
            return Ok(Some(Some(charset)));
        }
        let word = self.upper();
        let option = match word.as_str() {
            "ENGINE" | "TYPE" => {
                self.option_name();
                TableOption::Engine(self.name_or_text()?)
            }
            "AUTO_INCREMENT" => {
                self.option_name();
                TableOption::AutoIncrement(self.number()?)
            }
            "COMMENT" => {
                self.option_name();
                TableOption::Comment(self.text()?)
            }
            "ROW_FORMAT" => {
                self.option_name();
                TableOption::RowFormat(self.option_word()?)
            }
            "ENCRYPTION" => {
                self.option_name();
                if !self.text()?.eq_ignore_ascii_case("n") {
                    return self.unsupported("ENCRYPTION");
                }
                return Ok(Some(None));
            }
            "DATA" | "INDEX" if self.is_word(1, "DIRECTORY") => {
                return self.unsupported("DATA DIRECTORY");
            }
            "TABLESPACE" => return self.unsupported("tablespaces"),
            "SECONDARY_ENGINE" => return self.unsupported("SECONDARY_ENGINE"),
            "UNION" if self.kind_at(1) != TokenKind::Word => {
                return self.unsupported("UNION tables");
            }
            "START" => return self.unsupported("START TRANSACTION"),
            _ => return self.other_option(word),
        };
        Ok(Some(Some(option)))
    }

    fn option_name(&mut self) {
        self.advance();
        self.optional_equals();
    }

    fn option_word(&mut self) -> Parse<String> {
        let word = self.upper();
        if word.is_empty() {
            return self.fail();
        }
        self.advance();
        Ok(word)
    }

    fn other_option(&mut self, word: String) -> Parse<Option<Option<TableOption>>> {
        let known = |list: &[&str]| list.contains(&word.as_str());
        let value = if known(&STRINGS) {
            self.option_name();
            self.text()?
        } else if known(&NUMBERS) || known(&WORDS) {
            self.option_name();
            if self.is(TokenKind::Number) {
                self.number()?.to_string()
            } else {
                self.option_word()?
            }
        } else {
            return Ok(None);
        };
        Ok(Some(Some(TableOption::Other(word, value))))
    }

    /// `[DEFAULT] CHARACTER SET`, `[DEFAULT] COLLATE`
    fn table_charset(&mut self) -> Parse<Option<TableOption>> {
        let ahead = usize::from(self.at("DEFAULT"));
        let character_set = (self.is_word(ahead, "CHARACTER") || self.is_word(ahead, "CHAR"))
            && self.is_word(ahead + 1, "SET");
        let skip = match (character_set, self.is_word(ahead, "CHARSET")) {
            (true, _) => ahead + 2,
            (_, true) => ahead + 1,
            _ if self.is_word(ahead, "COLLATE") => {
                return self.table_collate(ahead + 1);
            }
            _ => return Ok(None),
        };
        (0..skip).for_each(|_| {
            self.advance();
        });
        self.optional_equals();
        let name = if self.accept("DEFAULT") { None } else { Some(self.charset_name()?) };
        Ok(Some(TableOption::Charset(name)))
    }

    fn table_collate(&mut self, skip: usize) -> Parse<Option<TableOption>> {
        (0..skip).for_each(|_| {
            self.advance();
        });
        self.optional_equals();
        Ok(Some(TableOption::Collate(self.charset_name()?)))
    }
}
