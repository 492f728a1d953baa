//! The collations that there are.

use super::super::charset::{
    ASCII as ASCII_SET, BINARY as BINARY_SET, Charset, LATIN1, UTF8MB3, UTF8MB4,
};
use super::uca::Table;
use super::{Collation, CollationId, Kind};

const fn padded(id: u16, name: &'static str, charset: &'static Charset, kind: Kind) -> Collation {
    let sort_length = if matches!(kind, Kind::Uca { .. }) { 8 } else { 1 };
    let is_default = charset.default_collation.0 == id;
    let id = CollationId(id);
    Collation { id, name, charset, pad_space: true, is_default, sort_length, kind }
}

const fn unpadded(id: u16, name: &'static str, charset: &'static Charset, kind: Kind) -> Collation {
    let sort_length = if matches!(kind, Kind::Uca { .. }) { 0 } else { 1 };
    Collation { pad_space: false, sort_length, ..padded(id, name, charset, kind) }
}

const fn nine(levels: u8) -> Kind {
    Kind::Uca { table: Table::Nine, levels }
}

const UNICODE: Kind = Kind::Uca { table: Table::FiveBasic, levels: 1 };
const UNICODE_520: Kind = Kind::Uca { table: Table::Five, levels: 1 };

/// `binary`.
pub(super) static BINARY: Collation = unpadded(63, "binary", &BINARY_SET, Kind::Bytes);

/// All, by number.
pub(super) static ALL: &[&Collation] = &[
    &padded(8, "latin1_swedish_ci", &LATIN1, Kind::Swedish),
    &padded(11, "ascii_general_ci", &ASCII_SET, Kind::Ascii),
    &padded(33, "utf8mb3_general_ci", &UTF8MB3, Kind::General),
    &padded(45, "utf8mb4_general_ci", &UTF8MB4, Kind::General),
    &padded(46, "utf8mb4_bin", &UTF8MB4, Kind::Bytes),
    &padded(47, "latin1_bin", &LATIN1, Kind::Bytes),
    &BINARY,
    &padded(65, "ascii_bin", &ASCII_SET, Kind::Bytes),
    &padded(83, "utf8mb3_bin", &UTF8MB3, Kind::Bytes),
    &padded(192, "utf8mb3_unicode_ci", &UTF8MB3, UNICODE),
    &padded(214, "utf8mb3_unicode_520_ci", &UTF8MB3, UNICODE_520),
    &padded(224, "utf8mb4_unicode_ci", &UTF8MB4, UNICODE),
    &padded(246, "utf8mb4_unicode_520_ci", &UTF8MB4, UNICODE_520),
    &unpadded(255, "utf8mb4_0900_ai_ci", &UTF8MB4, nine(1)),
    &unpadded(278, "utf8mb4_0900_as_cs", &UTF8MB4, nine(3)),
    &unpadded(305, "utf8mb4_0900_as_ci", &UTF8MB4, nine(2)),
    &unpadded(309, "utf8mb4_0900_bin", &UTF8MB4, Kind::Bytes),
];
