//! Rows as text: each value as MySQL would print it, with its length before it; NULL is the byte `fb`.
//!
//! Source: MySQL source code documentation, "Text Resultset Row".

use crate::query::ResultColumn;
use crate::value::Value;
use crate::value::collation::Collation;
use crate::value::types::{CollationId, ColumnType};
use crate::wire::reader::put_lenenc_bytes;

/// Stands for NULL.
const NULL: u8 = 0xfb;

/// Appends a row's payload. `results`: a collation of `character_set_results`, which texts are converted to;
/// `None` sends them as they are.
pub fn put_row<'v>(
    out: &mut Vec<u8>,
    columns: &[ResultColumn],
    values: impl Iterator<Item = &'v Value>,
    results: Option<CollationId>,
) {
    for (column, value) in columns.iter().zip(values) {
        match value {
            Value::Null => out.push(NULL),
            value => put_value(out, &column.ty.ty, value, results),
        }
    }
}

/// Appends one value that is not NULL.
pub fn put_value(out: &mut Vec<u8>, ty: &ColumnType, value: &Value, results: Option<CollationId>) {
    match value {
        Value::Text(text) => put_text(out, text, results.or_else(|| own_collation(ty))),
        Value::Bytes(bytes) => put_lenenc_bytes(out, bytes),
        Value::Member(member) => {
            put_text(out, &member.text, results.or_else(|| own_collation(ty)));
        }
        Value::Int(number) if !pads(ty) => put_number(out, *number),
        Value::UInt(number) if !pads(ty) => put_number(out, *number),
        _ => {
            let mut shown = Vec::new();
            crate::value::display(value, ty, &mut shown);
            put_lenenc_bytes(out, &shown);
        }
    }
}

/// What a text goes out in where the client wants none converted: the column's own character set.
fn own_collation(ty: &ColumnType) -> Option<CollationId> {
    match ty {
        ColumnType::Char { collation, .. }
        | ColumnType::Text { collation, .. }
        | ColumnType::Enum { collation, .. }
        | ColumnType::Set { collation, .. } => Some(*collation),
        _ => None,
    }
}

/// Whether integers of the type are not shown as plain digits.
fn pads(ty: &ColumnType) -> bool {
    !matches!(ty, ColumnType::Integer { zerofill: false, .. })
}

fn put_number(out: &mut Vec<u8>, number: impl std::fmt::Display) {
    // 20 digits and a sign at most: the length takes one byte.
    let at = out.len();
    out.push(0);
    let _ = std::io::Write::write_fmt(out, format_args!("{number}"));
    let len = out.len() - at - 1;
    if let Some(place) = out.get_mut(at) {
        *place = len as u8;
    }
}

fn put_text(out: &mut Vec<u8>, text: &str, results: Option<CollationId>) {
    match results.filter(|_| !text.is_ascii()).and_then(|to| recode(text, to)) {
        Some(bytes) => put_lenenc_bytes(out, &bytes),
        None => put_lenenc_bytes(out, text.as_bytes()),
    }
}

/// The text in another character set, with `?` for what that lacks; `None` where it has all as it is.
fn recode(text: &str, to: CollationId) -> Option<Vec<u8>> {
    let charset = Collation::by_id(to)?.charset;
    if matches!(charset.name, "utf8mb4" | "binary") {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    charset.encode_lossy(text, &mut out);
    Some(out)
}
