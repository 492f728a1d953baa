//! GROUP_CONCAT.

use super::AggregateCall;
use crate::query::exec::{Charge, Order};
use crate::query::{EvalContext, Interrupt};
use crate::value::types::{CollationId, ColumnType};
use crate::value::{Value, convert};

/// The texts of a group so far.
#[derive(Default)]
pub(super) struct Concat {
    items: Vec<Item>,
    bytes: u64,
}

struct Item {
    text: Vec<u8>,
    keys: Box<[Value]>,
}

impl Concat {
    pub fn add(
        &mut self,
        call: &AggregateCall,
        values: &[Value],
        ctx: &mut EvalContext<'_>,
        frame: &[Value],
        charge: &mut Charge,
    ) -> Result<(), Interrupt> {
        let limit = ctx.session.variables.group_concat_max_len;
        // Without an order what lies beyond the limit is cut off anyway.
        if call.order.is_empty() && self.bytes > limit {
            return Ok(());
        }
        let mut text = Vec::new();
        for (value, arg) in values.iter().zip(&call.args) {
            match value {
                Value::Bytes(bytes) => text.extend_from_slice(bytes),
                Value::UInt(_) if matches!(arg.ty.ty, ColumnType::Bit(_)) => {
                    crate::value::display(value, &arg.ty.ty, &mut text);
                }
                other => text.extend_from_slice(convert::to_text_as(other, &arg.ty.ty).as_bytes()),
            }
        }
        let keys = Order::new(&call.order).keys(&call.order, ctx, frame)?;
        let bytes = (text.len() + call.separator.len()) as u64;
        charge.add(bytes + 64)?;
        self.bytes += bytes;
        self.items.push(Item { text, keys });
        Ok(())
    }

    pub fn result(&self, call: &AggregateCall, ctx: &mut EvalContext<'_>) -> Value {
        if self.items.is_empty() {
            return Value::Null;
        }
        let limit = usize::try_from(ctx.session.variables.group_concat_max_len);
        let limit = limit.unwrap_or(usize::MAX);
        let order = Order::new(&call.order);
        let mut items: Vec<&Item> = self.items.iter().collect();
        items.sort_by(|one, other| order.compare(&one.keys, &other.keys));
        let mut joined = Vec::new();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                joined.extend_from_slice(call.separator.as_bytes());
            }
            joined.extend_from_slice(&item.text);
            if joined.len() > limit {
                ctx.warn(1260, format!("Row {} was cut by GROUP_CONCAT()", at + 1));
                break;
            }
        }
        if call.ty.collation() == CollationId::BINARY {
            joined.truncate(limit);
            return Value::Bytes(joined.into());
        }
        let mut text = String::from_utf8_lossy(&joined).into_owned();
        let mut end = limit.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        Value::Text(text.into())
    }
}
