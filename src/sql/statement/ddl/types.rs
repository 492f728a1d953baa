//! The types of columns.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{TypeDefinition, TypeName};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// A column's type with its attributes.
    pub(super) fn type_definition(&mut self) -> Parse<TypeDefinition> {
        let (name, charset) = self.type_name()?;
        let mut ty = TypeDefinition {
            name,
            unsigned: false,
            zerofill: false,
            charset: charset.map(str::to_owned),
            collate: None,
            binary: false,
            charset_word: charset.map(|_| "NATIONAL"),
        };
        if is_number(&ty.name) {
            self.number_attributes(&mut ty);
        } else if is_text(&ty.name) {
            self.text_attributes(&mut ty)?;
        }
        Ok(ty)
    }

    fn number_attributes(&mut self, ty: &mut TypeDefinition) {
        loop {
            match self.accept_any(&["UNSIGNED", "SIGNED", "ZEROFILL"]) {
                Some("UNSIGNED") => ty.unsigned = true,
                Some("ZEROFILL") => (ty.unsigned, ty.zerofill) = (true, true),
                Some(_) => {}
                None => return,
            }
        }
    }

    fn text_attributes(&mut self, ty: &mut TypeDefinition) -> Parse<()> {
        loop {
            if self.accept("BINARY") {
                ty.binary = true;
            } else if let Some(charset) = {
                ty.charset_word = self.charset_word().or(ty.charset_word);
                self.charset_attribute()?
            } {
                ty.charset = Some(charset);
            } else if self.accept("COLLATE") {
                ty.collate = Some(self.charset_name()?);
            } else {
                return Ok(());
            }
        }
    }

    /// One of the old words for a character set, if it stands here.
    fn charset_word(&self) -> Option<&'static str> {
        ["ASCII", "UNICODE", "BYTE"].into_iter().find(|word| self.at(word))
    }

    /// The name with its arguments, and the character set that it implies.
    fn type_name(&mut self) -> Parse<(TypeName, Option<&'static str>)> {
        let start = self.token(0);
        let word = self.upper();
        self.advance();
        let plain = match word.as_str() {
            "TINYINT" | "INT1" => TypeName::TinyInt(self.length()?),
            "SMALLINT" | "INT2" => TypeName::SmallInt(self.length()?),
            "MEDIUMINT" | "INT3" | "MIDDLEINT" => TypeName::MediumInt(self.length()?),
            "INT" | "INTEGER" | "INT4" => TypeName::Int(self.length()?),
            "BIGINT" | "INT8" => TypeName::BigInt(self.length()?),
            "SERIAL" => TypeName::Serial,
            "BOOL" | "BOOLEAN" => TypeName::Bool,
            "BIT" => TypeName::Bit(self.length()?),
            "DECIMAL" | "DEC" | "NUMERIC" | "FIXED" => self.decimal()?,
            "FLOAT" | "FLOAT4" => TypeName::Float(self.float_digits()?),
            "DOUBLE" | "FLOAT8" | "REAL" => {
                if word == "DOUBLE" {
                    self.accept("PRECISION");
                }
                TypeName::Double(self.double_digits()?)
            }
            "DATE" => TypeName::Date,
            "TIME" => TypeName::Time(self.length()?),
            "DATETIME" => TypeName::DateTime(self.length()?),
            "TIMESTAMP" => TypeName::Timestamp(self.length()?),
            "YEAR" => TypeName::Year(self.length()?),
            "JSON" => TypeName::Json,
            "BINARY" => TypeName::Binary(self.length()?),
            "VARBINARY" => TypeName::Varbinary(self.required_length()?),
            "TINYBLOB" => TypeName::TinyBlob,
            "BLOB" => TypeName::Blob(self.length()?),
            "MEDIUMBLOB" => TypeName::MediumBlob,
            "LONGBLOB" => TypeName::LongBlob,
            "ENUM" => TypeName::Enum(self.listed(Self::text)?),
            "SET" => TypeName::Set(self.listed(Self::text)?),
            "GEOMETRY" | "POINT" | "LINESTRING" | "POLYGON" | "MULTIPOINT" | "MULTILINESTRING"
            | "MULTIPOLYGON" | "GEOMETRYCOLLECTION" | "GEOMCOLLECTION" => {
                return self.unsupported("spatial types");
            }
            "VECTOR" => return self.unsupported("VECTOR"),
            _ => return self.text_type(&word, start.start),
        };
        Ok((plain, None))
    }

    fn text_type(&mut self, word: &str, start: usize) -> Parse<(TypeName, Option<&'static str>)> {
        let national = Some("utf8mb3");
        Ok(match word {
            "CHAR" | "CHARACTER" if self.accept("VARYING") => {
                (TypeName::Varchar(self.required_length()?), None)
            }
            "CHAR" | "CHARACTER" => (TypeName::Char(self.length()?), None),
            "VARCHAR" | "VARCHARACTER" => (TypeName::Varchar(self.required_length()?), None),
            "NCHAR" if self.accept_any(&["VARCHAR", "VARYING"]).is_some() => {
                (TypeName::Varchar(self.required_length()?), national)
            }
            "NCHAR" => (TypeName::Char(self.length()?), national),
            "NVARCHAR" => (TypeName::Varchar(self.required_length()?), national),
            "NATIONAL" => {
                let (name, _) = self.type_name()?;
                if !matches!(name, TypeName::Char(_) | TypeName::Varchar(_)) {
                    return Err(crate::sql::statement::SyntaxError::near(self.sql, start));
                }
                (name, national)
            }
            "TINYTEXT" => (TypeName::TinyText, None),
            "TEXT" => (TypeName::Text(self.length()?), None),
            "MEDIUMTEXT" => (TypeName::MediumText, None),
            "LONGTEXT" => (TypeName::LongText, None),
            "LONG" => match self.accept_any(&["VARBINARY", "VARCHAR", "VARCHARACTER"]) {
                Some("VARBINARY") => (TypeName::MediumBlob, None),
                _ => (TypeName::MediumText, None),
            },
            _ => return Err(crate::sql::statement::SyntaxError::near(self.sql, start)),
        })
    }

    fn required_length(&mut self) -> Parse<u64> {
        match self.length()? {
            Some(length) => Ok(length),
            None => self.fail(),
        }
    }

    fn decimal(&mut self) -> Parse<TypeName> {
        let digits = self.float_digits()?;
        Ok(TypeName::Decimal(digits.map(|(precision, scale)| (precision, scale.unwrap_or(0)))))
    }

    /// `(p)`, `(p, s)`
    fn float_digits(&mut self) -> Parse<Option<(u64, Option<u64>)>> {
        if !self.accept_kind(TokenKind::LParen) {
            return Ok(None);
        }
        let precision = self.number()?;
        let scale = if self.comma() { Some(self.number()?) } else { None };
        self.close()?;
        Ok(Some((precision, scale)))
    }

    /// `(p, s)`
    fn double_digits(&mut self) -> Parse<Option<(u64, u64)>> {
        if !self.accept_kind(TokenKind::LParen) {
            return Ok(None);
        }
        let precision = self.number()?;
        self.expect_kind(TokenKind::Comma)?;
        let scale = self.number()?;
        self.close()?;
        Ok(Some((precision, scale)))
    }
}

fn is_number(name: &TypeName) -> bool {
    use TypeName::{BigInt, Bool, Decimal, Double, Float, Int, MediumInt, SmallInt, TinyInt, Year};
    match name {
        TinyInt(_) | SmallInt(_) | MediumInt(_) | Int(_) | BigInt(_) => true,
        Decimal(_) | Float(_) | Double(_) | Year(_) => true,
        Bool => false,
        _ => false,
    }
}

fn is_text(name: &TypeName) -> bool {
    use TypeName::{Char, Enum, LongText, MediumText, Set, Text, TinyText, Varchar};
    matches!(
        name,
        Char(_) | Varchar(_) | TinyText | Text(_) | MediumText | LongText | Enum(_) | Set(_)
    )
}
