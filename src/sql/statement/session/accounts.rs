//! CREATE, ALTER, DROP and RENAME USER.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Account, AlterUser, Authentication, CreateUser, DropUser, RequireTls, Secret, Statement,
    UserOptions, UserSpec,
};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// `'user'@'host'`, `user`, `CURRENT_USER()`
    pub(in crate::sql::statement) fn account(&mut self) -> Parse<Account> {
        if self.accept("CURRENT_USER") {
            self.empty_parentheses()?;
            return Ok(Account::Current);
        }
        let user = self.account_part()?;
        let host = if self.is(TokenKind::UserVar) {
            self.user_variable()?.to_ascii_lowercase()
        } else {
            "%".to_owned()
        };
        Ok(Account::Named { user, host })
    }

    /// A user's name, which may be empty.
    fn account_part(&mut self) -> Parse<String> {
        if self.at_text() { self.text() } else { self.name() }
    }

    fn empty_parentheses(&mut self) -> Parse<()> {
        if self.accept_kind(TokenKind::LParen) { self.close() } else { Ok(()) }
    }

    /// At USER behind CREATE.
    pub(in crate::sql::statement) fn create_user(&mut self, replace: bool) -> Parse<Statement> {
        self.require("USER")?;
        let if_not_exists = self.accept_words(&["IF", "NOT", "EXISTS"]);
        let users = self.list(Self::user_spec)?;
        if self.at_words(&["DEFAULT", "ROLE"]) {
            return self.unsupported("roles");
        }
        let options = self.user_options()?;
        let create = CreateUser { if_not_exists, replace, users, options };
        Ok(Statement::CreateUser(Box::new(create)))
    }

    /// At USER behind ALTER.
    pub(in crate::sql::statement) fn alter_user(&mut self) -> Parse<Statement> {
        self.require("USER")?;
        let if_exists = self.if_exists();
        let users = if self.at("USER") && self.kind_at(1) == TokenKind::LParen {
            self.advance();
            self.empty_parentheses()?;
            let auth = self.authentication()?;
            vec![UserSpec { account: Account::Current, auth, discard_old: false }]
        } else {
            self.list(Self::user_spec)?
        };
        if self.at_words(&["DEFAULT", "ROLE"]) {
            return self.unsupported("roles");
        }
        let options = self.user_options()?;
        Ok(Statement::AlterUser(Box::new(AlterUser { if_exists, users, options })))
    }

    fn user_spec(&mut self) -> Parse<UserSpec> {
        let account = self.account()?;
        let auth = self.authentication()?;
        let discard_old = self.accept_words(&["DISCARD", "OLD", "PASSWORD"]);
        Ok(UserSpec { account, auth, discard_old })
    }

    fn authentication(&mut self) -> Parse<Option<Authentication>> {
        if !self.accept("IDENTIFIED") {
            return Ok(None);
        }
        let with = self.accept_any(&["WITH", "VIA"]).is_some();
        let plugin = if with { Some(self.name_or_text()?.to_ascii_lowercase()) } else { None };
        let secret = if self.accept("BY") {
            self.clear_secret()?
        } else if with && (self.accept("AS") || self.accept("USING")) {
            Secret::Hash(self.hash_bytes()?)
        } else if with {
            Secret::Empty
        } else {
            return self.fail();
        };
        let replace = if self.accept("REPLACE") { Some(self.text()?) } else { None };
        let retain = self.accept_words(&["RETAIN", "CURRENT", "PASSWORD"]);
        if self.at("AND") || self.at("INITIAL") {
            return self.unsupported("multi-factor authentication");
        }
        Ok(Some(Authentication { plugin, secret, replace, retain }))
    }

    fn clear_secret(&mut self) -> Parse<Secret> {
        if self.accept_words(&["RANDOM", "PASSWORD"]) {
            return Ok(Secret::Random);
        }
        if self.accept("PASSWORD") {
            return Ok(Secret::Hash(self.hash_bytes()?));
        }
        Ok(Secret::Password(self.text()?))
    }

    fn hash_bytes(&mut self) -> Parse<Vec<u8>> {
        if self.at_text() { Ok(self.text()?.into_bytes()) } else { self.hex_bytes() }
    }

    fn user_options(&mut self) -> Parse<UserOptions> {
        let mut options = UserOptions::default();
        while !self.at_statement_end() {
            self.user_option(&mut options)?;
        }
        Ok(options)
    }

    fn user_option(&mut self, options: &mut UserOptions) -> Parse<()> {
        if self.accept("REQUIRE") {
            options.tls = Some(self.tls_requirement()?);
        } else if self.accept("WITH") {
            while self.at("MAX_USER_CONNECTIONS") || self.word_at(0).starts_with(b"MAX_") {
                let name = self.upper();
                self.advance();
                options.limits.push((name, self.number()?));
            }
        } else if self.accept("ACCOUNT") {
            options.locked = match self.accept_any(&["LOCK", "UNLOCK"]) {
                Some(word) => Some(word == "LOCK"),
                None => return self.fail(),
            };
        } else if self.accept("COMMENT") {
            options.comment = Some(self.text()?);
        } else if self.accept("ATTRIBUTE") {
            options.attribute = Some(self.text()?);
        } else if self.at_any(&["PASSWORD", "FAILED_LOGIN_ATTEMPTS", "PASSWORD_LOCK_TIME"]) {
            options.password.push(self.password_option()?);
        } else {
            return self.fail();
        }
        Ok(())
    }

    /// PASSWORD EXPIRE and its like, in words.
    fn password_option(&mut self) -> Parse<String> {
        const WORDS: [&str; 14] = [
            "EXPIRE",
            "DEFAULT",
            "NEVER",
            "INTERVAL",
            "DAY",
            "HISTORY",
            "REUSE",
            "REQUIRE",
            "CURRENT",
            "OPTIONAL",
            "UNBOUNDED",
            "FAILED_LOGIN_ATTEMPTS",
            "PASSWORD_LOCK_TIME",
            "PASSWORD",
        ];
        let mut words = vec![self.upper()];
        self.advance();
        loop {
            if self.is(TokenKind::Number) {
                words.push(self.number()?.to_string());
            } else if self.at_any(&WORDS[..WORDS.len() - 3]) {
                words.push(self.upper());
                self.advance();
            } else {
                break;
            }
        }
        if words.len() < 2 { self.fail() } else { Ok(words.join(" ")) }
    }

    fn tls_requirement(&mut self) -> Parse<RequireTls> {
        match self.accept_any(&["NONE", "SSL", "X509"]) {
            Some("NONE") => return Ok(RequireTls::None),
            Some("SSL") => return Ok(RequireTls::Ssl),
            Some(_) => return Ok(RequireTls::X509),
            None => {}
        }
        let mut list = Vec::new();
        while let Some(word) = self.accept_any(&["CIPHER", "ISSUER", "SUBJECT"]) {
            list.push((word.to_owned(), self.text()?));
            self.accept("AND");
        }
        if list.is_empty() { self.fail() } else { Ok(RequireTls::Specified(list)) }
    }

    /// At USER behind DROP.
    pub(in crate::sql::statement) fn drop_user(&mut self) -> Parse<Statement> {
        self.require("USER")?;
        let if_exists = self.if_exists();
        Ok(Statement::DropUser(DropUser { if_exists, users: self.list(Self::account)? }))
    }

    /// At USER behind RENAME.
    pub(in crate::sql::statement) fn rename_user(&mut self) -> Parse<Statement> {
        self.require("USER")?;
        let pairs = self.list(|parser| {
            let from = parser.account()?;
            parser.require("TO")?;
            Ok((from, parser.account()?))
        })?;
        Ok(Statement::RenameUser(pairs))
    }
}
