//! A value as bytes that compare like it.

use crate::value::Value;
use crate::value::types::ColumnType;

/// Appends the value: NULL before all else, self-delimiting, bits turned where the part descends.
pub(super) fn encode(
    value: &Value,
    column_type: &ColumnType,
    descending: bool,
    prefix: Option<u32>,
    out: &mut Vec<u8>,
) {
    let _ = (column_type, prefix);
    let start = out.len();
    out.push(u8::from(!matches!(value, Value::Null)));
    match value {
        Value::Int(number) => out.extend(((*number as u64) ^ (1 << 63)).to_be_bytes()),
        Value::UInt(number) => out.extend(number.to_be_bytes()),
        Value::Text(text) => escape(text.as_bytes(), out),
        Value::Bytes(bytes) => escape(bytes, out),
        _ => {}
    }
    if descending {
        out.iter_mut().skip(start).for_each(|byte| *byte = !*byte);
    }
}

fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.push(*byte);
        if *byte == 0 {
            out.push(255);
        }
    }
    out.extend([0, 0]);
}
