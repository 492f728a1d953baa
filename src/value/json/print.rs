//! JSON as text: `{"a": [1, 2]}`, and indented (JSON_PRETTY).

use std::fmt::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Json;
use crate::value::float::{Room, double_text};

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::UInt(number) => write!(f, "{number}"),
            Self::Decimal(number) => write!(f, "{number}"),
            Self::Double(number) => f.write_str(&double(*number)),
            Self::String(text) => write_string(f, text),
            Self::Array(items) => {
                write_list(f, ['[', ']'], items.iter(), |f, item| write!(f, "{item}"))
            }
            Self::Object(members) => {
                write_list(f, ['{', '}'], members.iter(), |f, (key, value)| {
                    write_string(f, key)?;
                    write!(f, ": {value}")
                })
            }
            _ => write!(f, "\"{}\"", self.plain().unwrap_or_default()),
        }
    }
}

/// A double, which always shows that it is one: `100.0`, `1e20`.
fn double(number: f64) -> String {
    let text = double_text(number, Room::Display);
    if text.contains(['.', 'e']) { text } else { text + ".0" }
}

fn write_list<T>(
    f: &mut fmt::Formatter<'_>,
    [open, close]: [char; 2],
    items: impl Iterator<Item = T>,
    write: impl Fn(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    f.write_char(open)?;
    for (at, item) in items.enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write(f, item)?;
    }
    f.write_char(close)
}

fn write_string(f: &mut impl Write, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            '\0'..='\u{1f}' => write!(f, "\\u{:04x}", u32::from(character))?,
            _ => f.write_char(character)?,
        }
    }
    f.write_char('"')
}

/// A text as a JSON string (JSON_QUOTE).
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    // Writing to a string cannot fail.
    let _ = write_string(&mut out, text);
    out
}

/// What a text in double quotes says; any other text as it is (JSON_UNQUOTE).
///
/// # Errors
///
/// When it is in quotes, but no JSON string.
pub fn unquote(text: &str) -> Result<String, super::JsonMistake> {
    let quoted = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    if !quoted {
        return Ok(text.to_owned());
    }
    match Json::parse(text)? {
        Json::String(text) => Ok(text.into()),
        _ => Ok(text.to_owned()),
    }
}

impl Json {
    /// The text of a value that is no number, literal or container, without quotes (`->>`).
    fn plain(&self) -> Option<String> {
        Some(match self {
            Self::String(text) => text.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Time(time) => format!("{time:.6}"),
            Self::DateTime(moment) | Self::Timestamp(moment) => format!("{moment:.6}"),
            Self::Opaque(kind, bytes) => format!("base64:type{kind}:{}", STANDARD.encode(bytes)),
            _ => return None,
        })
    }

    /// The text of the value, of a string its characters (`->>`, JSON_UNQUOTE).
    pub fn unquoted(&self) -> String {
        self.plain().unwrap_or_else(|| self.to_string())
    }

    /// The value over several lines, each level two spaces further in (JSON_PRETTY).
    pub fn pretty(&self) -> String {
        let mut out = String::new();
        self.write_pretty(0, &mut out);
        out
    }

    fn write_pretty(&self, level: usize, out: &mut String) {
        match self {
            Self::Array(items) if !items.is_empty() => {
                write_lines(['[', ']'], level, items.iter(), out, |item, out| {
                    item.write_pretty(level + 1, out);
                });
            }
            Self::Object(members) if !members.is_empty() => {
                write_lines(['{', '}'], level, members.iter(), out, |(key, value), out| {
                    out.push_str(&quote(key));
                    out.push_str(": ");
                    value.write_pretty(level + 1, out);
                });
            }
            _ => out.push_str(&self.to_string()),
        }
    }
}

fn write_lines<T>(
    [open, close]: [char; 2],
    level: usize,
    items: impl Iterator<Item = T>,
    out: &mut String,
    write: impl Fn(T, &mut String),
) {
    out.push(open);
    for (at, item) in items.enumerate() {
        out.push_str(if at > 0 { ",\n" } else { "\n" });
        out.push_str(&"  ".repeat(level + 1));
        write(item, out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(level));
    out.push(close);
}
