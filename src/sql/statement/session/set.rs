//! SET in all its forms.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Expr, Isolation, Secret, SetItem, SetPassword, SetScope, SetValue, Statement,
};
use crate::sql::statement::cursor::{Parse, Parser};
use crate::sql::statement::expr::plain_ident;

impl Parser<'_> {
    /// Behind SET.
    pub(in crate::sql::statement) fn set(&mut self) -> Parse<Statement> {
        match self.upper().as_str() {
            "PASSWORD" if self.is_word(1, "FOR") || self.bytes(self.token(1)) == b"=" => {
                self.advance();
                return self.set_password();
            }
            "PASSWORD" if self.is_word(1, "TO") => {
                self.advance();
                return self.set_password();
            }
            "ROLE" if self.kind_at(1) != TokenKind::Op => return self.unsupported("roles"),
            "DEFAULT" if self.is_word(1, "ROLE") => return self.unsupported("roles"),
            "RESOURCE" if self.is_word(1, "GROUP") => return self.unsupported("resource groups"),
            _ => {}
        }
        let scope = self.scope_before_transaction();
        if let Some(scope) = scope {
            return Ok(Statement::Set(vec![self.set_transaction(scope)?]));
        }
        // A scope holds for the names behind it until another comes.
        let mut scope = SetScope::Implicit;
        Ok(Statement::Set(self.list(|parser| parser.set_item(&mut scope))?))
    }

    fn scope_before_transaction(&mut self) -> Option<SetScope> {
        let ahead = usize::from(self.scope_at(0).is_some());
        if !self.is_word(ahead, "TRANSACTION") || self.bytes(self.token(ahead + 1)) == b"=" {
            return None;
        }
        let scope = self.scope_at(0).unwrap_or(SetScope::Implicit);
        (0..=ahead).for_each(|_| {
            self.advance();
        });
        Some(scope)
    }

    fn scope_at(&self, ahead: usize) -> Option<SetScope> {
        let word = self.word_at(ahead).to_ascii_uppercase();
        Some(match word.as_slice() {
            b"GLOBAL" => SetScope::Global,
            b"SESSION" | b"LOCAL" => SetScope::Session,
            b"PERSIST" => SetScope::Persist,
            b"PERSIST_ONLY" => SetScope::PersistOnly,
            _ => return None,
        })
    }

    /// Behind TRANSACTION: one or both characteristics.
    fn set_transaction(&mut self, scope: SetScope) -> Parse<SetItem> {
        let (mut isolation, mut read_only) = (None, None);
        loop {
            if isolation.is_none() && self.accept_words(&["ISOLATION", "LEVEL"]) {
                isolation = Some(self.isolation()?);
            } else if read_only.is_none() && self.accept_words(&["READ", "ONLY"]) {
                read_only = Some(true);
            } else if read_only.is_none() && self.accept_words(&["READ", "WRITE"]) {
                read_only = Some(false);
            } else {
                return self.fail();
            }
            if !self.comma() {
                return Ok(SetItem::Transaction { scope, isolation, read_only });
            }
        }
    }

    fn isolation(&mut self) -> Parse<Isolation> {
        Ok(if self.accept_words(&["READ", "UNCOMMITTED"]) {
            Isolation::ReadUncommitted
        } else if self.accept_words(&["READ", "COMMITTED"]) {
            Isolation::ReadCommitted
        } else if self.accept_words(&["REPEATABLE", "READ"]) {
            Isolation::RepeatableRead
        } else if self.accept("SERIALIZABLE") {
            Isolation::Serializable
        } else {
            return self.fail();
        })
    }

    fn set_item(&mut self, scope: &mut SetScope) -> Parse<SetItem> {
        match self.kind() {
            TokenKind::UserVar => {
                let name = self.user_variable()?;
                if name.is_empty() {
                    return self.refuse(3061, b"42000", "User variable name '' is illegal");
                }
                self.assign()?;
                Ok(SetItem::UserVariable { name, value: self.expr()? })
            }
            TokenKind::AtAt => self.set_system(),
            _ if self.at("NAMES") => self.set_names(),
            _ if self.at_words(&["CHARACTER", "SET"]) => self.set_charset(2),
            _ if self.at("CHARSET") => self.set_charset(1),
            _ => self.set_named(scope),
        }
    }

    fn is_assigned(&self, ahead: usize) -> bool {
        let token = self.token(ahead);
        token.kind == TokenKind::Assign || self.bytes(token) == b"="
    }

    fn set_names(&mut self) -> Parse<SetItem> {
        self.advance();
        if self.accept("DEFAULT") {
            return Ok(SetItem::Names { charset: None, collate: None });
        }
        let charset = Some(self.charset_name()?);
        let collate = match self.accept("COLLATE") {
            true if self.accept("DEFAULT") => None,
            true => Some(self.charset_name()?),
            false => None,
        };
        Ok(SetItem::Names { charset, collate })
    }

    fn set_charset(&mut self, words: usize) -> Parse<SetItem> {
        (0..words).for_each(|_| {
            self.advance();
        });
        let charset = if self.accept("DEFAULT") { None } else { Some(self.charset_name()?) };
        Ok(SetItem::CharacterSet(charset))
    }

    /// `@@global.x = …`
    fn set_system(&mut self) -> Parse<SetItem> {
        self.expect_kind(TokenKind::AtAt)?;
        let first = self.name()?;
        let mut scope = SetScope::Session;
        let mut name = first;
        if self.accept_kind(TokenKind::Dot) {
            let rest = self.name()?;
            scope = match name.to_ascii_lowercase().as_str() {
                "global" => SetScope::Global,
                "session" | "local" => SetScope::Session,
                "persist" => SetScope::Persist,
                "persist_only" => SetScope::PersistOnly,
                _ => return self.set_value(SetScope::Session, format!("{name}.{rest}")),
            };
            name = rest;
            if self.accept_kind(TokenKind::Dot) {
                name = format!("{name}.{}", self.name()?);
            }
        }
        self.set_value(scope, name)
    }

    /// `[GLOBAL] x = …`
    fn set_named(&mut self, sticky: &mut SetScope) -> Parse<SetItem> {
        if let Some(scope) = self.scope_at(0)
            && !self.is_assigned(1)
        {
            self.advance();
            *sticky = scope;
        }
        let mut name = self.name()?;
        if self.accept_kind(TokenKind::Dot) {
            name = format!("{name}.{}", self.name()?);
        }
        self.set_value(*sticky, name)
    }

    fn set_value(&mut self, scope: SetScope, name: String) -> Parse<SetItem> {
        self.assign()?;
        let bare = ["ON", "ALL", "BINARY", "ROW", "SYSTEM"];
        let ends = |kind| matches!(kind, TokenKind::Comma | TokenKind::Semi);
        let value = if self.accept("DEFAULT") {
            SetValue::Default
        } else if ends(self.kind_at(1)) && self.at_any(&bare) {
            let word = self.advance();
            SetValue::Expr(Expr::Identifier(plain_ident(self.decode(self.bytes(word)))))
        } else {
            SetValue::Expr(self.expr()?)
        };
        Ok(SetItem::Variable { scope, name, value })
    }

    /// Behind SET PASSWORD.
    fn set_password(&mut self) -> Parse<Statement> {
        let account = if self.accept("FOR") { Some(self.account()?) } else { None };
        let secret = if self.accept_words(&["TO", "RANDOM"]) {
            Secret::Random
        } else {
            self.assign()?;
            Secret::Password(self.text()?)
        };
        let replace = if self.accept("REPLACE") { Some(self.text()?) } else { None };
        let retain = self.accept_words(&["RETAIN", "CURRENT", "PASSWORD"]);
        Ok(Statement::SetPassword(SetPassword { account, secret, replace, retain }))
    }
}
