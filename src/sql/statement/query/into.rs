//! SELECT … INTO. It may stand behind the select list, before the locks or behind them, once, and only in
//! the outermost query.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// INTO, if it stands here.
    pub(super) fn select_target(&mut self) -> Parse<()> {
        let offset = self.offset();
        if !self.at("INTO") {
            return Ok(());
        }
        if self.into.is_some() || self.is_nested() {
            return self.fail();
        }
        self.advance();
        if self.at_any(&["OUTFILE", "DUMPFILE"]) {
            let text = "The MySQL server is running with the --secure-file-priv option so it cannot \
                        execute this statement";
            return self.refuse(1290, b"HY000", text);
        }
        let variables = self.list(|parser| {
            if parser.is(TokenKind::UserVar) { parser.user_variable() } else { parser.fail() }
        })?;
        self.into = Some((offset, variables));
        Ok(())
    }
}
