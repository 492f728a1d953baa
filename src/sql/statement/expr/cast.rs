//! The types of CAST.

use crate::sql::statement::ast::{
    CastFormat, CastKind, CharacterLength, DataType, ExactNumberInfo, Expr, TimezoneInfo, Value,
};
use crate::sql::statement::cursor::{Parse, Parser};

use super::build::one_part;

impl Parser<'_> {
    /// `expr` cast to the type that stands here.
    pub(super) fn cast_to(&mut self, expr: Box<Expr>) -> Parse<Expr> {
        let (data_type, charset) = self.cast_type()?;
        if self.at("ARRAY") {
            return self.unsupported("multi-valued indexes");
        }
        let value = |name| Value::SingleQuotedString(name).with_empty_span();
        let format = charset.map(|name| CastFormat::Value(value(name)));
        Ok(Expr::Cast { kind: CastKind::Cast, expr, data_type, format })
    }

    fn cast_type(&mut self) -> Parse<(DataType, Option<String>)> {
        let word = self.upper();
        let at = self.token(0);
        self.advance();
        let plain = match word.as_str() {
            "BINARY" => DataType::Binary(self.length()?),
            "CHAR" | "CHARACTER" => return self.cast_char(),
            "NCHAR" => DataType::Nvarchar(self.character_length()?),
            "NATIONAL" => {
                self.require("CHAR")?;
                DataType::Nvarchar(self.character_length()?)
            }
            "SIGNED" => {
                let _ = self.accept_any(&["INTEGER", "INT"]);
                DataType::Signed
            }
            "UNSIGNED" => {
                let _ = self.accept_any(&["INTEGER", "INT"]);
                DataType::Unsigned
            }
            "DATE" => DataType::Date,
            "TIME" => DataType::Time(self.length()?, TimezoneInfo::None),
            "DATETIME" => DataType::Datetime(self.length()?),
            "TIMESTAMP" | "POINT" | "GEOMETRY" => return self.unsupported("spatial types"),
            "YEAR" => DataType::Custom(one_part("YEAR"), Vec::new()),
            "DECIMAL" | "DEC" | "NUMERIC" => DataType::Decimal(self.precision()?),
            "FLOAT" => DataType::Float(self.precision()?),
            "DOUBLE" => {
                self.accept("PRECISION");
                DataType::Double(ExactNumberInfo::None)
            }
            "REAL" => DataType::Double(ExactNumberInfo::None),
            "JSON" => DataType::JSON,
            _ => return Err(crate::sql::statement::SyntaxError::near(self.sql, at.start)),
        };
        Ok((plain, None))
    }

    /// `CHAR(n) CHARACTER SET cs`
    fn cast_char(&mut self) -> Parse<(DataType, Option<String>)> {
        if self.accept("VARYING") {
            return self.fail();
        }
        let length = self.character_length()?;
        let charset = self.charset_attribute()?;
        if self.at("BINARY") {
            return self.unsupported("CAST … AS CHAR BINARY");
        }
        Ok((DataType::Char(length), charset))
    }

    fn character_length(&mut self) -> Parse<Option<CharacterLength>> {
        let length = self.length()?;
        Ok(length.map(|length| CharacterLength::IntegerLength { length, unit: None }))
    }

    /// CHARACTER SET, CHARSET, ASCII, UNICODE, BYTE.
    pub(in crate::sql::statement) fn charset_attribute(&mut self) -> Parse<Option<String>> {
        if self.accept_words(&["CHARACTER", "SET"])
            || self.accept_words(&["CHAR", "SET"])
            || self.accept("CHARSET")
        {
            return Ok(Some(self.charset_name()?));
        }
        Ok(match self.accept_any(&["ASCII", "UNICODE", "BYTE"]) {
            Some("ASCII") => Some("latin1".to_owned()),
            Some("UNICODE") => Some("ucs2".to_owned()),
            Some(_) => Some("binary".to_owned()),
            None => None,
        })
    }

    /// `(p)`, `(p, s)`
    fn precision(&mut self) -> Parse<ExactNumberInfo> {
        if !self.accept_kind(crate::sql::lexer::TokenKind::LParen) {
            return Ok(ExactNumberInfo::None);
        }
        let precision = self.number()?;
        let info = if self.comma() {
            let scale = i64::try_from(self.number()?).unwrap_or(i64::MAX);
            ExactNumberInfo::PrecisionAndScale(precision, scale)
        } else {
            ExactNumberInfo::Precision(precision)
        };
        self.close()?;
        Ok(info)
    }
}
