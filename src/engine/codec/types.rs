//! Column types in a checkpoint.

use super::{Damaged, Input, Stored, stored_tags};
use crate::value::types::{BlobSize, CollationId, ColumnType, IntegerSize};

stored_tags!(IntegerSize { 1 = Tiny, 2 = Small, 3 = Medium, 4 = Int, 8 = Big });
stored_tags!(BlobSize { 1 = Tiny, 2 = Normal, 3 = Medium, 4 = Long });

impl Stored for CollationId {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        u16::take(input).map(Self)
    }
}

/// One type: the tag and the fields in this order, the same for writing and reading.
macro_rules! stored_types {
    ($($tag:literal = $variant:ident { $($field:ident),* }),* ; $($utag:literal = $unit:ident),* ;
     $($ttag:literal = $tuple:ident),*) => {
        impl Stored for ColumnType {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $( Self::$variant { $($field),* } => {
                        out.push($tag);
                        $( $field.put(out); )*
                    } )*
                    $( Self::$unit => out.push($utag), )*
                    $( Self::$tuple(inner) => {
                        out.push($ttag);
                        inner.put(out);
                    } )*
                }
            }

            fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
                Ok(match input.byte()? {
                    $( $tag => Self::$variant { $($field: Stored::take(input)?),* }, )*
                    $( $utag => Self::$unit, )*
                    $( $ttag => Self::$tuple(Stored::take(input)?), )*
                    _ => return Err(input.damaged("a column type")),
                })
            }
        }
    };
}

stored_types!(
    1 = Integer { size, unsigned, width, zerofill },
    2 = Decimal { precision, scale, unsigned, zerofill },
    3 = Float { double, unsigned, digits, zerofill },
    4 = Char { varying, length, collation },
    5 = Text { size, collation },
    6 = Binary { varying, length },
    7 = Enum { members, collation },
    8 = Set { members, collation };
    20 = Year, 21 = Date, 22 = Json, 23 = Null;
    30 = Bit, 31 = Time, 32 = DateTime, 33 = Timestamp, 34 = Blob
);
