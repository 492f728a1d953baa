//! Storing text and bytes.

use std::borrow::Cow;
use std::sync::Arc;

use super::Target;
use crate::value::charset::Charset;
use crate::value::collation::CollationId;
use crate::value::convert::{to_bytes, to_text, to_text_as};
use crate::value::float::double_within;
use crate::value::types::ColumnType;
use crate::value::{SqlError, Value};

/// The text of a value on its way into a text column.
fn source(value: &Value, target: &Target<'_>) -> Arc<str> {
    if let Some(text) = shortened(value, target) {
        return text.into();
    }
    match target.from {
        Some(from) => to_text_as(value, from),
        None => to_text(value),
    }
}

pub(super) fn text(value: &Value, target: &mut Target<'_>) -> Result<Value, SqlError> {
    let (collation, fixed) = match target.ty {
        ColumnType::Char { varying, collation, .. } => (*collation, !varying),
        ColumnType::Text { collation, .. } => (*collation, false),
        _ => return Ok(value.clone()),
    };
    if collation == CollationId::BINARY {
        return bytes(value, target);
    }
    let charset = collation.collation().charset;
    let text = match value {
        Value::Bytes(bytes) => from_bytes(bytes, charset, target)?.into(),
        _ => in_charset(source(value, target), charset, target)?,
    };
    let kept = fit(&text, charset, target)?;
    let kept = if fixed { kept.trim_end_matches(' ') } else { kept };
    Ok(Value::Text(if kept.len() == text.len() { text } else { kept.into() }))
}

/// The text of bytes, which must be right in the column's character set; under lenient modes only as much
/// as is.
fn from_bytes(
    bytes: &[u8],
    charset: &Charset,
    target: &mut Target<'_>,
) -> Result<String, SqlError> {
    charset.decode(bytes).or_else(|at| {
        let (good, bad) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
        target.incorrect("string", &escaped(bad))?;
        Ok(charset.decode(good).unwrap_or_default())
    })
}

/// The text with `?` for what the column's character set lacks.
fn in_charset(
    text: Arc<str>,
    charset: &Charset,
    target: &mut Target<'_>,
) -> Result<Arc<str>, SqlError> {
    if charset.can_hold(&text) {
        return Ok(text);
    }
    let at = charset.encode(&text).err().unwrap_or(0);
    target.incorrect("string", &escaped(text.as_bytes().get(at..).unwrap_or_default()))?;
    let mut encoded = Vec::with_capacity(text.len());
    charset.encode_lossy(&text, &mut encoded);
    Ok(charset.decode_lossy(&encoded).into())
}

/// The start of bytes as messages show them: `\xD0\xB1a`.
fn escaped(bytes: &[u8]) -> String {
    const SHOWN: usize = 6;
    let mut out: String = bytes
        .iter()
        .take(SHOWN)
        .map(|byte| match byte {
            0x20..0x7F => char::from(*byte).to_string(),
            _ => format!("\\x{byte:02X}"),
        })
        .collect();
    if bytes.len() > SHOWN {
        out.push_str("...");
    }
    out
}

/// As much of the text as the column holds. Trailing spaces beyond that are no error.
fn fit<'a>(text: &'a str, charset: &Charset, target: &mut Target<'_>) -> Result<&'a str, SqlError> {
    let end = match target.ty {
        ColumnType::Char { length, .. } if text.len() <= *length as usize => text.len(),
        ColumnType::Char { length, .. } => nth_char(text, *length as usize),
        ColumnType::Text { size, .. } => byte_limit(text, charset, u64::from(size.bytes())),
        _ => text.len(),
    };
    let (kept, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    if rest.is_empty() {
        return Ok(kept);
    }
    if !rest.bytes().all(|byte| byte == b' ') {
        target.too_long()?;
    } else if !matches!(target.ty, ColumnType::Char { varying: false, .. }) {
        target.note_truncated();
    }
    Ok(kept)
}

fn nth_char(text: &str, count: usize) -> usize {
    text.char_indices().nth(count).map_or(text.len(), |(at, _)| at)
}

/// Where the text ends if its bytes in the character set may be no more than `limit`.
fn byte_limit(text: &str, charset: &Charset, limit: u64) -> usize {
    // A character takes no more bytes in any of the character sets than in UTF-8.
    if text.len() as u64 <= limit {
        return text.len();
    }
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += if charset.max_len == 1 { 1 } else { character.len_utf8() as u64 };
        if used > limit {
            return at;
        }
    }
    text.len()
}

pub(super) fn bytes(value: &Value, target: &mut Target<'_>) -> Result<Value, SqlError> {
    let bytes = match shortened(value, target) {
        Some(text) => Cow::Owned(text.into_bytes()),
        None => as_bytes(value, target),
    };
    let (limit, pad) = match target.ty {
        ColumnType::Binary { varying, length } => (u64::from(*length), !varying),
        ColumnType::Char { length, varying, .. } => (u64::from(*length), !varying),
        ColumnType::Blob(size) | ColumnType::Text { size, .. } => (u64::from(size.bytes()), false),
        _ => (u64::MAX, false),
    };
    if bytes.len() as u64 > limit {
        target.too_long()?;
        let kept = bytes.get(..limit as usize).unwrap_or(&bytes);
        return Ok(Value::Bytes(kept.into()));
    }
    if pad && (bytes.len() as u64) < limit {
        let mut padded = bytes.into_owned();
        padded.resize(limit as usize, 0);
        return Ok(Value::Bytes(padded.into()));
    }
    Ok(match value {
        Value::Bytes(shared) => Value::Bytes(Arc::clone(shared)),
        _ => Value::Bytes(bytes.as_ref().into()),
    })
}

/// A double with as many digits as there is room for.
fn shortened(value: &Value, target: &Target<'_>) -> Option<String> {
    let (
        Value::Double(number),
        ColumnType::Char { length, .. } | ColumnType::Binary { length, .. },
    ) = (value, target.ty)
    else {
        return None;
    };
    let text = target.from.map_or_else(|| to_text(value), |from| to_text_as(value, from));
    let width = *length as usize;
    if text.len() <= width { None } else { double_within(*number, width) }
}

/// The bytes of a value: of text in the character set of its expression.
fn as_bytes<'a>(value: &'a Value, target: &Target<'_>) -> Cow<'a, [u8]> {
    let Some(from) = target.from else { return to_bytes(value) };
    let charset = match from {
        ColumnType::Char { collation, .. } | ColumnType::Text { collation, .. } => {
            collation.collation().charset
        }
        _ => return bytes_as(value, from),
    };
    match value {
        Value::Text(text) => {
            let mut out = Vec::with_capacity(text.len());
            charset.encode_lossy(text, &mut out);
            Cow::Owned(out)
        }
        _ => bytes_as(value, from),
    }
}

fn bytes_as<'a>(value: &'a Value, from: &ColumnType) -> Cow<'a, [u8]> {
    match value {
        Value::Text(_) | Value::Bytes(_) | Value::Member(_) => to_bytes(value),
        _ => {
            let mut out = Vec::new();
            crate::value::display(value, from, &mut out);
            Cow::Owned(out)
        }
    }
}
