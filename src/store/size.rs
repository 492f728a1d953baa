//! About how much memory things take.
//!
//! Estimates for the budget: what is allocated, and what the map's nodes add around it (half-full where
//! rows come in order, two thirds full where they do not).

use super::key::Key;
use crate::value::{Json, Row, Value};

/// What a shared allocation costs besides its contents: two counters and the allocator's own.
const SHARED: usize = 24;

/// A row's place in a map: key, pointer, and the air in the nodes.
const ROW_SLOT: usize = 96;

/// An entry's place in a map.
const ENTRY_SLOT: usize = 56;

/// A row and its place in the table.
pub(super) fn row(key: &Key, row: &Row) -> usize {
    ROW_SLOT + key.heap_bytes() + image(row)
}

/// What a row adds to a table with so many secondary indexes; its values count where they are given.
pub fn row_bytes(key: &Key, values: Option<&Row>, indexes: usize) -> usize {
    let values = values.map_or(0, image);
    ROW_SLOT + key.heap_bytes() + values + indexes * (ENTRY_SLOT + key.heap_bytes())
}

/// A row alone.
pub(super) fn image(row: &Row) -> usize {
    SHARED + row.values().iter().map(value).sum::<usize>()
}

fn value(value: &Value) -> usize {
    let contents = match value {
        Value::Text(text) => SHARED + text.len(),
        Value::Bytes(bytes) => SHARED + bytes.len(),
        Value::Member(member) => SHARED + size_of_val(&**member) + member.text.len(),
        Value::Json(json) => SHARED + json_bytes(json),
        _ => 0,
    };
    size_of::<Value>() + contents
}

/// What a JSON value has on the heap. Its depth is bounded (`json::MAX_DEPTH`).
fn json_bytes(json: &Json) -> usize {
    match json {
        Json::String(text) => text.len(),
        Json::Opaque(_, bytes) => bytes.len(),
        Json::Array(items) => items.iter().map(item_bytes).sum(),
        Json::Object(object) => {
            object.iter().map(|(key, item)| SHARED + key.len() + item_bytes(item)).sum()
        }
        _ => 0,
    }
}

fn item_bytes(json: &Json) -> usize {
    size_of::<Json>() + json_bytes(json)
}

/// An entry of a secondary index.
pub(super) fn entry(key: &Key) -> usize {
    ENTRY_SLOT + key.heap_bytes()
}
