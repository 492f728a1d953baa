//! Warnings of what MySQL will give up: widths and digits of numbers, ZEROFILL, old words for character sets.

use super::Scene;
use crate::sql::statement::ast::{TypeDefinition, TypeName};

const ZEROFILL: &str = "The ZEROFILL attribute is deprecated and will be removed in a future release. Use the LPAD function to zero-pad numbers, or store the formatted numbers in a CHAR column.";
const WIDTH: &str = "Integer display width is deprecated and will be removed in a future release.";
const DIGITS: &str = "Specifying number of digits for floating point data types is deprecated and will be removed in a future release.";
const UNSIGNED: &str = "UNSIGNED for decimal and floating point data types is deprecated and support for it will be removed in a future release.";
const NATIONAL: &str = "NATIONAL/NCHAR/NVARCHAR implies the character set UTF8MB3, which will be replaced by UTF8MB4 in a future release. Please consider using CHAR(x) CHARACTER SET UTF8MB4 in order to be unambiguous.";
const UTF8: &str = "'utf8' is currently an alias for the character set UTF8MB3, but will be an alias for UTF8MB4 in a future release. Please consider using UTF8MB4 in order to be unambiguous.";

/// Warns of a column's type.
pub fn of_type(scene: &mut Scene<'_>, ty: &TypeDefinition) {
    let (width, digits, exact) = match &ty.name {
        TypeName::TinyInt(width)
        | TypeName::SmallInt(width)
        | TypeName::MediumInt(width)
        | TypeName::Int(width)
        | TypeName::BigInt(width) => (width.is_some(), false, false),
        TypeName::Float(digits) => (false, digits.is_some_and(|(_, scale)| scale.is_some()), true),
        TypeName::Double(digits) => (false, digits.is_some(), true),
        TypeName::Decimal(_) => (false, false, true),
        _ => (false, false, false),
    };
    if ty.zerofill {
        scene.warn(1681, ZEROFILL);
    }
    if width {
        scene.warn(1681, WIDTH);
    }
    if digits {
        scene.warn(1681, DIGITS);
    }
    if exact && ty.unsigned && !ty.zerofill {
        scene.warn(1681, UNSIGNED);
    }
    if ty.name == TypeName::Year(Some(4)) {
        scene.warn(1287, &instead("YEAR(4)", "YEAR"));
    }
    of_text(scene, ty);
}

fn of_text(scene: &mut Scene<'_>, ty: &TypeDefinition) {
    match ty.charset_word {
        Some("NATIONAL") => scene.warn(3720, NATIONAL),
        Some(word @ ("ASCII" | "UNICODE")) => {
            scene.warn(1287, &instead(word, "CHARACTER SET charset_name"));
        }
        Some(_) => {}
        None => of_charset(scene, ty.charset.as_deref(), None),
    }
    if ty.binary {
        let text = "BINARY as attribute of a type";
        scene.warn(1287, &instead(text, "a CHARACTER SET clause with _bin collation"));
    }
    of_charset(scene, None, ty.collate.as_deref());
}

/// Warns of a character set and of a collation.
pub fn of_charset(scene: &mut Scene<'_>, charset: Option<&str>, collate: Option<&str>) {
    match charset.map(str::to_ascii_lowercase).as_deref() {
        Some("utf8mb3") => scene.warn(1287, &instead("utf8mb3", "utf8mb4")),
        Some("utf8") => scene.warn(3719, UTF8),
        _ => {}
    }
    let Some(collate) = collate.map(str::to_ascii_lowercase) else { return };
    if collate.starts_with("utf8mb3_") || collate.starts_with("utf8_") {
        let name = collate.replacen("utf8_", "utf8mb3_", 1);
        let text = format!(
            "'{name}' is a collation of the deprecated character set UTF8MB3. Please consider using UTF8MB4 with an appropriate collation instead."
        );
        scene.warn(3778, &text);
    }
}

fn instead(old: &str, new: &str) -> String {
    format!(
        "'{old}' is deprecated and will be removed in a future release. Please use {new} instead"
    )
}
