//! The order of JSON values, and their keys.
//!
//! Values of different kinds go by their kind; numbers of all kinds by their size; arrays by their first
//! difference; objects by length, then keys, then values. Keys (for grouping and DISTINCT) have the same
//! order, and `compare` follows them where numbers of several kinds meet: by the nearest double, then by
//! what a whole number is more than that.

use std::cmp::Ordering;

use super::Json;
use crate::value::key::{double_key, push_escaped, push_signed};

impl Json {
    /// The kind's place: the larger comes later.
    fn rank(&self) -> u8 {
        match self {
            Self::Null => 1,
            Self::Int(_) | Self::UInt(_) | Self::Double(_) | Self::Decimal(_) => 2,
            Self::String(_) => 3,
            Self::Object(_) => 4,
            Self::Array(_) => 5,
            Self::Bool(_) => 6,
            Self::Date(_) => 7,
            Self::Time(_) => 8,
            Self::DateTime(_) | Self::Timestamp(_) => 9,
            Self::Opaque(..) => 10,
        }
    }

    /// Which of two values comes first.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) => {
                let differs =
                    a.iter().zip(b).map(|(a, b)| a.compare(b)).find(|order| order.is_ne());
                differs.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Self::Object(a), Self::Object(b)) => compare_members(a, b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::DateTime(a) | Self::Timestamp(a), Self::DateTime(b) | Self::Timestamp(b)) => {
                a.cmp(b)
            }
            (Self::Opaque(a, x), Self::Opaque(b, y)) => a.cmp(b).then_with(|| x.cmp(y)),
            _ => match (self.number(), other.number()) {
                (Some((a, more_a)), Some((b, more_b))) => {
                    double_key(a).cmp(&double_key(b)).then(more_a.cmp(&more_b))
                }
                _ => self.rank().cmp(&other.rank()),
            },
        }
    }

    /// A number as the nearest double, and how much more than that it is if it is whole.
    fn number(&self) -> Option<(f64, i64)> {
        let whole = match self {
            Self::Int(number) => i128::from(*number),
            Self::UInt(number) => i128::from(*number),
            Self::Double(number) => return Some((*number, 0)),
            Self::Decimal(number) => match number.to_i128().filter(|_| number.is_integer()) {
                Some(whole) if i64::try_from(whole).is_ok() || u64::try_from(whole).is_ok() => {
                    whole
                }
                _ => return Some((number.to_f64(), 0)),
            },
            _ => return None,
        };
        let nearest = whole as f64;
        Some((nearest, (whole - nearest as i128) as i64))
    }

    /// Adds bytes that compare as values do; equal for equal values.
    pub fn push_key(&self, out: &mut Vec<u8>) {
        out.push(self.rank());
        match self {
            Self::Null => {}
            Self::Bool(flag) => out.push((*flag).into()),
            Self::String(text) => push_escaped(text.as_bytes(), out),
            Self::Array(items) => {
                for item in items {
                    item.push_key(out);
                }
                // Below every rank: the shorter array comes first.
                out.push(0);
            }
            Self::Object(members) => {
                out.extend((members.len() as u32).to_be_bytes());
                for (key, _) in members.iter() {
                    out.extend((key.len() as u32).to_be_bytes());
                    out.extend(key.bytes());
                }
                members.iter().for_each(|(_, value)| value.push_key(out));
            }
            Self::Date(date) => push_signed(date.to_number(), out),
            Self::Time(time) => push_signed(time.micros, out),
            Self::DateTime(moment) | Self::Timestamp(moment) => {
                push_signed(moment.date.to_number(), out);
                push_signed(moment.micros as i64, out);
            }
            Self::Opaque(kind, bytes) => {
                out.push(*kind);
                push_escaped(bytes, out);
            }
            Self::Int(_) | Self::UInt(_) | Self::Double(_) | Self::Decimal(_) => {
                self.push_number(out)
            }
        }
    }

    fn push_number(&self, out: &mut Vec<u8>) {
        let (nearest, more) = self.number().unwrap_or_default();
        out.extend(double_key(nearest).to_be_bytes());
        push_signed(more, out);
    }
}

fn compare_members(a: &super::Object, b: &super::Object) -> Ordering {
    let keys = || {
        let by_length = |a: &str, b: &str| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
        a.iter().zip(b.iter()).map(|((a, _), (b, _))| by_length(a, b)).find(|order| order.is_ne())
    };
    let values =
        || a.iter().zip(b.iter()).map(|((_, a), (_, b))| a.compare(b)).find(|order| order.is_ne());
    a.len().cmp(&b.len()).then_with(|| keys().or_else(values).unwrap_or(Ordering::Equal))
}
