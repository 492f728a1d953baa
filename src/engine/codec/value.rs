//! Values and rows in a checkpoint.

use std::sync::Arc;

use super::{Damaged, Input, Stored, put_block, put_number, put_signed};
use crate::value::{Date, DateTime, Json, Member, Row, Time, Value};

/// Most values of a row: more than MySQL's 4,096 columns, so that damage cannot ask for more memory.
const MAX_VALUES: u64 = 8_192;

const NULL: u8 = 0;
const INT: u8 = 1;
const UINT: u8 = 2;
const DOUBLE: u8 = 3;
const TEXT: u8 = 4;
const BYTES: u8 = 5;
const DATE: u8 = 6;
const TIME: u8 = 7;
const DATETIME: u8 = 8;
const MEMBER: u8 = 9;
const DECIMAL: u8 = 10;
const JSON: u8 = 11;

impl Stored for Value {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(NULL),
            Self::Int(number) => tagged(INT, out, |out| put_signed(*number, out)),
            Self::UInt(number) => tagged(UINT, out, |out| put_number(*number, out)),
            Self::Double(number) => {
                tagged(DOUBLE, out, |out| out.extend_from_slice(&number.to_le_bytes()));
            }
            Self::Text(text) => tagged(TEXT, out, |out| put_block(text.as_bytes(), out)),
            Self::Bytes(bytes) => tagged(BYTES, out, |out| put_block(bytes, out)),
            Self::Date(date) => tagged(DATE, out, |out| put_number(packed(*date), out)),
            Self::Time(time) => tagged(TIME, out, |out| put_signed(time.micros, out)),
            Self::DateTime(time) => tagged(DATETIME, out, |out| {
                put_number(packed(time.date), out);
                put_number(time.micros, out);
            }),
            Self::Decimal(number) => {
                tagged(DECIMAL, out, |out| put_block(number.to_string().as_bytes(), out));
            }
            Self::Json(json) => tagged(JSON, out, |out| put_block(&json.to_binary(), out)),
            Self::Member(member) => tagged(MEMBER, out, |out| {
                put_number(member.number, out);
                put_block(member.text.as_bytes(), out);
            }),
        }
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Ok(match input.byte()? {
            NULL => Self::Null,
            INT => Self::Int(input.signed()?),
            UINT => Self::UInt(input.number()?),
            DOUBLE => Self::Double(take_double(input)?),
            TEXT => Self::Text(input.text()?.into()),
            BYTES => Self::Bytes(input.block()?.into()),
            DATE => Self::Date(unpacked(input.number()?)),
            TIME => Self::Time(Time { micros: input.signed()? }),
            DATETIME => {
                let date = unpacked(input.number()?);
                Self::DateTime(DateTime { date, micros: input.number()? })
            }
            MEMBER => {
                let number = input.number()?;
                Self::Member(Arc::new(Member { number, text: input.text()?.into() }))
            }
            DECIMAL => {
                let number = input.text()?.parse();
                Self::Decimal(number.map_err(|_| input.damaged("a decimal number"))?)
            }
            JSON => {
                let json = Json::from_binary(input.block()?);
                Self::Json(Arc::new(json.map_err(|_| input.damaged("JSON"))?))
            }
            _ => return Err(input.damaged("a kind of value")),
        })
    }
}

fn tagged(tag: u8, out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    out.push(tag);
    put(out);
}

fn take_double(input: &mut Input<'_>) -> Result<f64, Damaged> {
    let bytes = input.bytes(8)?;
    let bytes = bytes.try_into().map_err(|_| input.damaged("eight bytes"))?;
    Ok(f64::from_le_bytes(bytes))
}

fn packed(date: Date) -> u64 {
    u64::from(date.year) << 9 | u64::from(date.month & 15) << 5 | u64::from(date.day & 31)
}

fn unpacked(date: u64) -> Date {
    Date { year: (date >> 9) as u16, month: (date >> 5 & 15) as u8, day: (date & 31) as u8 }
}

impl Stored for Row {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.values().len() as u64, out);
        self.values().iter().for_each(|value| value.put(out));
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let count = input.number()?;
        if count > MAX_VALUES {
            return Err(input.damaged("fewer columns"));
        }
        let mut values = Vec::with_capacity(count as usize);
        for _ in 0..count {
            values.push(Value::take(input)?);
        }
        Ok(Self::new(values))
    }
}
