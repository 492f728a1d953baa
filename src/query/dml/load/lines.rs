//! A file of fields and lines, cut as LOAD DATA says.
//!
//! ```text
//! line_start │ field field_end field field_end … field │ line_end
//!              enclosed…enclosed   plain   \N (NULL)     \t \n \\ … are escapes
//! ```
//!
//! Delimiters are compared as bytes: in the character sets that there are, none can begin inside a
//! character.

use std::collections::VecDeque;
use std::io::{BufReader, Read};

use super::LoadInput;
use crate::sql::statement::ast::FileFormat;
use crate::value::SqlError;

/// One field of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    /// `\N`, or the bare word NULL where fields are enclosed.
    Null,
    /// Its bytes, escapes undone.
    Bytes(Vec<u8>),
}

/// What is behind a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Field,
    Line,
    File,
}

/// Cuts a file.
pub(super) struct Lines<'a> {
    input: BufReader<&'a mut dyn LoadInput>,
    /// Read and not yet used.
    ahead: VecDeque<u8>,
    field_end: Vec<u8>,
    line_start: Vec<u8>,
    line_end: Vec<u8>,
    enclosed: Option<u8>,
    escaped: Option<u8>,
    /// The longest line, in bytes.
    limit: u64,
    /// What the line that is being read has taken.
    taken: u64,
}

impl<'a> Lines<'a> {
    /// Cuts `input`; lines longer than `limit` bytes are an error.
    ///
    /// # Errors
    /// 1235 for the fixed format, 1083 for a quote or escape that is no single byte.
    pub fn new(
        input: &'a mut dyn LoadInput,
        format: &FileFormat,
        limit: u64,
    ) -> Result<Self, SqlError> {
        if format.field_end.is_empty() && format.enclosed.is_none() {
            return Err(SqlError::not_supported("LOAD DATA with fields of fixed size"));
        }
        Ok(Self {
            input: BufReader::new(input),
            ahead: VecDeque::new(),
            field_end: format.field_end.clone().into_bytes(),
            line_start: format.line_start.clone().into_bytes(),
            line_end: format.line_end.clone().into_bytes(),
            enclosed: single_byte(format.enclosed)?,
            escaped: single_byte(format.escaped)?,
            limit,
            taken: 0,
        })
    }

    /// The next line; none at the end of the file.
    ///
    /// # Errors
    /// The input fails; 1153 for a line beyond the limit.
    pub fn next(&mut self) -> Result<Option<Vec<Field>>, SqlError> {
        self.taken = 0;
        if !self.begin()? {
            return Ok(None);
        }
        let mut fields = Vec::new();
        loop {
            let (field, end) = self.field()?;
            fields.push(field);
            if end != End::Field {
                return Ok(Some(fields));
            }
        }
    }

    /// Leaves a line out; whether there was one.
    ///
    /// # Errors
    /// As for [`Lines::next`].
    pub fn skip(&mut self) -> Result<bool, SqlError> {
        let mut any = false;
        while !self.eat(Part::LineEnd)? {
            if self.byte()?.is_none() {
                return Ok(any);
            }
            any = true;
            self.taken = 0;
        }
        Ok(true)
    }

    /// Passes over what is before a line; whether there is one.
    fn begin(&mut self) -> Result<bool, SqlError> {
        if self.line_start.is_empty() {
            return Ok(self.peek()?.is_some());
        }
        while !self.eat(Part::LineStart)? {
            if self.byte()?.is_none() {
                return Ok(false);
            }
            self.taken = 0;
        }
        Ok(true)
    }

    fn field(&mut self) -> Result<(Field, End), SqlError> {
        let quote = self.enclosed.filter(|_| self.enclosed.is_some());
        let is_enclosed = quote.is_some() && self.peek()? == quote;
        if is_enclosed {
            self.byte()?;
        }
        let mut bytes = Vec::new();
        let mut is_null = false;
        let end = loop {
            if !is_enclosed && let Some(end) = self.end()? {
                break end;
            }
            let Some(byte) = self.byte()? else { break End::File };
            if is_enclosed && Some(byte) == quote {
                match self.behind_quote(byte)? {
                    Some(end) => break end,
                    None => bytes.push(byte),
                }
            } else if Some(byte) == self.escaped {
                let (escaped, null) = self.escape(byte)?;
                is_null = null && bytes.is_empty();
                bytes.push(escaped);
            } else {
                bytes.push(byte);
            }
        };
        let is_null = is_null && bytes.len() == 1;
        let is_word = quote.is_some() && !is_enclosed && bytes == b"NULL";
        Ok((if is_null || is_word { Field::Null } else { Field::Bytes(bytes) }, end))
    }

    /// Behind a quote inside an enclosed field: its end, or none for a quote that belongs to it.
    fn behind_quote(&mut self, quote: u8) -> Result<Option<End>, SqlError> {
        if self.peek()? == Some(quote) {
            self.byte()?;
            return Ok(None);
        }
        if self.peek()?.is_none() {
            return Ok(Some(End::File));
        }
        self.end()
    }

    /// Behind an escape: the byte that is meant, and whether it is the N of NULL.
    fn escape(&mut self, escape: u8) -> Result<(u8, bool), SqlError> {
        Ok(match self.byte()? {
            None => (escape, false),
            Some(b'N') => (b'N', true),
            Some(b'0') => (0, false),
            Some(b'b') => (8, false),
            Some(b'n') => (b'\n', false),
            Some(b'r') => (b'\r', false),
            Some(b't') => (b'\t', false),
            Some(b'Z') => (26, false),
            Some(other) => (other, false),
        })
    }

    /// Passes over the end of a field, a line or the file, if one is here.
    fn end(&mut self) -> Result<Option<End>, SqlError> {
        if self.eat(Part::FieldEnd)? {
            return Ok(Some(End::Field));
        }
        if self.eat(Part::LineEnd)? {
            return Ok(Some(End::Line));
        }
        Ok(self.peek()?.is_none().then_some(End::File))
    }

    /// Passes over a delimiter, if it is here and there is one.
    fn eat(&mut self, part: Part) -> Result<bool, SqlError> {
        let length = self.part(part).len();
        self.fill(length)?;
        let part = self.part(part);
        let found = length > 0
            && self.ahead.len() >= length
            && self.ahead.iter().zip(part).all(|(one, other)| one == other);
        if found {
            self.ahead.drain(..length);
        }
        Ok(found)
    }

    fn part(&self, part: Part) -> &[u8] {
        match part {
            Part::FieldEnd => &self.field_end,
            Part::LineStart => &self.line_start,
            Part::LineEnd => &self.line_end,
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, SqlError> {
        self.fill(1)?;
        Ok(self.ahead.front().copied())
    }

    fn byte(&mut self) -> Result<Option<u8>, SqlError> {
        self.fill(1)?;
        self.taken += 1;
        if self.taken > self.limit {
            let message = "Got a packet bigger than 'max_allowed_packet' bytes";
            return Err(SqlError::new(1153, b"08S01", message));
        }
        Ok(self.ahead.pop_front())
    }

    /// Reads so many bytes ahead, or to the end of the file.
    fn fill(&mut self, count: usize) -> Result<(), SqlError> {
        while self.ahead.len() < count {
            let mut byte = [0];
            match self.input.read(&mut byte) {
                Ok(0) => return Ok(()),
                Ok(_) => self.ahead.extend(byte),
                Err(error) => return Err(unreadable(&error)),
            }
        }
        Ok(())
    }
}

/// A delimiter.
#[derive(Debug, Clone, Copy)]
enum Part {
    FieldEnd,
    LineStart,
    LineEnd,
}

/// 1085-like: the file's bytes cannot be had.
pub(super) fn unreadable(error: &std::io::Error) -> SqlError {
    SqlError::new(1024, b"HY000", format!("Error reading file 'LOCAL INFILE' ({error})"))
}

fn single_byte(character: Option<char>) -> Result<Option<u8>, SqlError> {
    let Some(character) = character else { return Ok(None) };
    if !character.is_ascii() {
        let message = "Field separator argument is not what is expected; check the manual";
        return Err(SqlError::new(1083, b"42000", message));
    }
    Ok(u8::try_from(character).ok())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn cut(text: &str, format: &FileFormat) -> Vec<Vec<String>> {
        let mut input = Cursor::new(text.as_bytes().to_vec());
        let mut lines = Lines::new(&mut input, format, 1000).unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            let shown = line.into_iter().map(|field| match field {
                Field::Null => "-".to_owned(),
                Field::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
            });
            found.push(shown.collect());
        }
        found
    }

    fn csv() -> FileFormat {
        FileFormat {
            field_end: ",".to_owned(),
            enclosed: Some('"'),
            optionally: true,
            line_end: "\r\n".to_owned(),
            ..FileFormat::default()
        }
    }

    #[test]
    fn tabs_and_escapes() {
        let lines = cut("a\t\\N\t\\\\N\nb\\tc\t\t\\Nx", &FileFormat::default());
        assert_eq!(lines, [vec!["a", "-", "\\N"], vec!["b\tc", "", "Nx"]]);
    }

    #[test]
    fn quotes() {
        let lines = cut("\"a,\"\"b\"\"\",NULL,\"NULL\"\r\n\"x\ny\",\"a\"b\",\r\n", &csv());
        assert_eq!(lines, [vec!["a,\"b\"", "-", "NULL"], vec!["x\ny", "a\"b", ""]]);
    }

    #[test]
    fn text_before_lines_is_left_out() {
        let format = FileFormat { line_start: ">>".to_owned(), ..FileFormat::default() };
        assert_eq!(cut("x>>a\tb\nnothing\ny>>c\n", &format), [vec!["a", "b"], vec!["c"]]);
    }

    #[test]
    fn lines_have_a_bound() {
        let mut input = Cursor::new(vec![b'x'; 1001]);
        let mut lines = Lines::new(&mut input, &FileFormat::default(), 1000).unwrap();
        assert_eq!(lines.next().unwrap_err().code, 1153);
    }
}
