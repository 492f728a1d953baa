//! JSON from text. What is wrong, and where, is told in the words that MySQL's clients know.
//!
//! Recursion is bounded by [`MAX_DEPTH`], far below what a stack holds.

use super::{Json, MAX_DEPTH};
use crate::value::SqlError;

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextMistake {
    /// What.
    pub message: &'static str,
    /// Where, in bytes from the start.
    pub position: usize,
}

/// Why a text is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonMistake {
    /// It is no JSON.
    Text(TextMistake),
    /// It is nested deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl JsonMistake {
    /// As an error about an argument of a function: 3141, 3157.
    pub fn in_argument(self, argument: usize, function: &str) -> SqlError {
        match self {
            Self::Text(TextMistake { message, position }) => SqlError::new(
                3141,
                b"22032",
                format!(
                    "Invalid JSON text in argument {argument} to function {function}: \"{message}\" at position {position}."
                ),
            ),
            Self::TooDeep => too_deep(),
        }
    }

    /// As an error about a value for a column, `table.column`: 3140, 3157.
    pub fn in_column(self, column: &str) -> SqlError {
        match self {
            Self::Text(TextMistake { message, position }) => SqlError::new(
                3140,
                b"22032",
                format!(
                    "Invalid JSON text: \"{message}\" at position {position} in value for column '{column}'."
                ),
            ),
            Self::TooDeep => too_deep(),
        }
    }
}

fn too_deep() -> SqlError {
    SqlError::new(3157, b"22032", "The JSON document exceeds the maximum depth.")
}

impl Json {
    /// The value of a text.
    ///
    /// # Errors
    ///
    /// When it is no JSON, or too deep.
    pub fn parse(text: &str) -> Result<Self, JsonMistake> {
        let mut reader = Reader { text, at: 0 };
        reader.spaces();
        if reader.peek().is_none() {
            return Err(reader.wrong("The document is empty."));
        }
        let value = reader.value(0)?;
        reader.spaces();
        match reader.peek() {
            None => Ok(value),
            Some(_) => Err(reader.wrong("The document root must not be followed by other values.")),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn wrong(&self, message: &'static str) -> JsonMistake {
        self.wrong_at(self.at, message)
    }

    fn wrong_at(&self, position: usize, message: &'static str) -> JsonMistake {
        JsonMistake::Text(TextMistake { message, position })
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonMistake> {
        match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => Err(JsonMistake::TooDeep),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(|text| Json::String(text.into())),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Json::Bool(true)),
            Some(b'f') => self.literal("false", Json::Bool(false)),
            Some(b'n') => self.literal("null", Json::Null),
            _ => Err(self.wrong("Invalid value.")),
        }
    }

    fn literal(&mut self, name: &str, value: Json) -> Result<Json, JsonMistake> {
        for byte in name.bytes() {
            if !self.take(byte) {
                return Err(self.wrong("Invalid value."));
            }
        }
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonMistake> {
        self.at += 1;
        let mut items = Vec::new();
        self.spaces();
        if self.take(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.spaces();
            if self.take(b']') {
                return Ok(Json::Array(items));
            }
            if !self.take(b',') {
                return Err(self.wrong("Missing a comma or ']' after an array element."));
            }
            self.spaces();
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonMistake> {
        self.at += 1;
        let mut members = Vec::new();
        self.spaces();
        if self.take(b'}') {
            return Ok(Json::Object(members.into_iter().collect()));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.wrong("Missing a name for object member."));
            }
            let key = self.string()?;
            self.spaces();
            if !self.take(b':') {
                return Err(self.wrong("Missing a colon after a name of object member."));
            }
            self.spaces();
            members.push((key.into_boxed_str(), self.value(depth + 1)?));
            self.spaces();
            if self.take(b'}') {
                return Ok(Json::Object(members.into_iter().collect()));
            }
            if !self.take(b',') {
                return Err(self.wrong("Missing a comma or '}' after an object member."));
            }
            self.spaces();
        }
    }

    fn string(&mut self) -> Result<String, JsonMistake> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let run =
                rest.bytes().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count();
            out.push_str(rest.get(..run).unwrap_or_default());
            self.at += run;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.wrong("Invalid encoding in string.")),
                None => return Err(self.wrong("Missing a closing quotation mark in string.")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonMistake> {
        let start = self.at;
        self.at += 1;
        let character = match self.peek() {
            Some(b'u') => {
                self.at += 1;
                return self.code_point(start);
            }
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.wrong_at(start, "Invalid escape character in string.")),
        };
        self.at += 1;
        Ok(character)
    }

    fn code_point(&mut self, start: usize) -> Result<char, JsonMistake> {
        let high = self.four_digits(start)?;
        let code = match high {
            0xD800..0xDC00 => {
                let paired = self.take(b'\\') && self.take(b'u');
                let low = if paired { self.four_digits(start)? } else { 0 };
                if !(0xDC00..0xE000).contains(&low) {
                    return Err(self.wrong_at(start, "The surrogate pair in string is invalid."));
                }
                0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
            }
            _ => high,
        };
        char::from_u32(code)
            .ok_or_else(|| self.wrong_at(start, "The surrogate pair in string is invalid."))
    }

    fn four_digits(&mut self, start: usize) -> Result<u32, JsonMistake> {
        let digits = self.text.get(self.at..self.at + 4);
        let digits = digits.filter(|four| four.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|four| u32::from_str_radix(four, 16).ok());
        let wrong = || self.wrong_at(start, "Incorrect hex digit after \\u escape in string.");
        let code = code.ok_or_else(wrong)?;
        self.at += 4;
        Ok(code)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Json, JsonMistake> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') && self.digits() == 0 {
            return Err(self.wrong("Invalid value."));
        }
        let mut whole = true;
        if self.take(b'.') {
            whole = false;
            if self.digits() == 0 {
                return Err(self.wrong("Miss fraction part in number."));
            }
        }
        if self.take(b'e') || self.take(b'E') {
            whole = false;
            let _ = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return Err(self.wrong("Miss exponent in number."));
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if let Some(number) = whole.then(|| integer(text)).flatten() {
            return Ok(number);
        }
        let number: f64 = text.parse().unwrap_or(f64::INFINITY);
        if number.is_finite() {
            return Ok(Json::Double(number));
        }
        Err(self.wrong_at(start, "Number too big to be stored in double."))
    }
}

/// A whole number; above 32 bits it is unsigned.
fn integer(text: &str) -> Option<Json> {
    match text.parse::<i64>() {
        Ok(number) if number <= u32::MAX.into() => Some(Json::Int(number)),
        _ => text.parse().ok().map(Json::UInt),
    }
}
