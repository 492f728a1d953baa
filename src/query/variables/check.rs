//! Whether a variable may have a value, and the form in which it is kept: flags are `Int`, integers `UInt`
//! (`Int` where signed), numbers `Double`, the rest `Text`.

use super::variable::{Default, Effect, Kind, Variable};
use super::{charsets, error, locale};
use crate::query::session::SqlMode;
use crate::value::{SqlError, Value};

/// Surroundings of a check.
pub(super) struct Checker<'a> {
    /// The session's: STRICT_ALL_TABLES makes range warnings errors.
    pub sql_mode: SqlMode,
    /// Takes warnings.
    pub warn: &'a mut dyn FnMut(u16, String),
}

/// The default as a value.
pub(super) fn default_of(variable: &Variable) -> Value {
    match variable.default {
        Default::Flag(on) => Value::Int(on.into()),
        Default::Unsigned(number) => Value::UInt(number),
        Default::Signed(number) => Value::Int(number),
        Default::Real(number) => Value::Double(number),
        Default::Text(text) => Value::Text(text.into()),
        Default::Null => Value::Null,
    }
}

/// How a value reads in an error.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Member(member) => member.text.to_string(),
        _ => String::new(),
    }
}

impl Checker<'_> {
    /// The value as it is kept.
    pub(super) fn check(
        &mut self,
        variable: &'static Variable,
        value: &Value,
    ) -> Result<Value, SqlError> {
        let checked = match value {
            Value::Null if variable.nullable => Value::Null,
            Value::Null => return Err(null(variable)),
            Value::Bytes(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                self.kind(variable, &Value::Text(text.into()))?
            }
            value => self.kind(variable, value)?,
        };
        refuse_unbuilt(variable, &checked)?;
        Ok(checked)
    }

    fn kind(&mut self, variable: &'static Variable, value: &Value) -> Result<Value, SqlError> {
        let name = variable.name;
        match variable.kind {
            Kind::Flag => flag(name, value),
            Kind::Integer { min, max, block, signed } => {
                self.integer(name, value, Range { min, max, block, signed })
            }
            Kind::Real { min, max } => self.real(name, value, min, max),
            Kind::Text => text(name, value).map(|text| Value::Text(text.into())),
            Kind::Choice(names) => choice(name, value, names),
            Kind::Set(names) => members(name, value, names),
            Kind::Switches => switches(variable, value),
            Kind::SqlMode => self.sql_mode(name, value),
            Kind::TimeZone => time_zone(name, value),
            Kind::CharacterSet => character_set(name, value),
            Kind::Collation => collation(name, value),
            Kind::Engine => engine(name, value),
            Kind::Locale => locale_name(name, value),
        }
    }

    /// An integer, moved into its range with a warning.
    fn integer(&mut self, name: &str, value: &Value, range: Range) -> Result<Value, SqlError> {
        let given = match value {
            Value::Int(number) => i128::from(*number),
            Value::UInt(number) => i128::from(*number),
            _ => return Err(error::wrong_type(name)),
        };
        let block = i128::from(range.block.max(1));
        let bounded = given.clamp(i128::from(range.min), i128::from(range.max));
        let kept = (bounded - bounded.rem_euclid(block)).max(i128::from(range.min));
        if bounded != given || kept != bounded {
            self.truncated(name, value)?;
        }
        Ok(if range.signed {
            Value::Int(i64::try_from(kept).unwrap_or(i64::MAX))
        } else {
            Value::UInt(u64::try_from(kept).unwrap_or(0))
        })
    }

    fn real(&mut self, name: &str, value: &Value, min: f64, max: f64) -> Result<Value, SqlError> {
        let given = match value {
            Value::Int(number) => *number as f64,
            Value::UInt(number) => *number as f64,
            Value::Double(number) => *number,
            Value::Decimal(number) => number.to_f64(),
            _ => return Err(error::wrong_type(name)),
        };
        if given < min || given > max {
            self.truncated(name, value)?;
        }
        Ok(Value::Double(given.clamp(min, max)))
    }

    fn truncated(&mut self, name: &str, value: &Value) -> Result<(), SqlError> {
        let value = shown(value);
        if self.sql_mode.has(SqlMode::STRICT_ALL_TABLES) {
            return Err(error::wrong_value(name, &value));
        }
        (self.warn)(1292, format!("Truncated incorrect {name} value: '{value}'"));
        Ok(())
    }

    fn sql_mode(&mut self, name: &str, value: &Value) -> Result<Value, SqlError> {
        let mode = match value {
            Value::Text(text) => {
                SqlMode::parse(text).map_err(|part| error::wrong_value(name, &part))?
            }
            Value::Int(_) | Value::UInt(_) => {
                let bits = unsigned(value).and_then(SqlMode::from_bits);
                bits.ok_or_else(|| error::wrong_value(name, &shown(value)))?
            }
            _ => return Err(error::wrong_type(name)),
        };
        if mode.has_split_strictness() {
            (self.warn)(3135, SPLIT_STRICTNESS.to_owned());
        }
        if mode.has(SqlMode::PAD_CHAR_TO_FULL_LENGTH) {
            (self.warn)(3090, "Changing sql mode 'PAD_CHAR_TO_FULL_LENGTH' is deprecated. It will be removed in a future release.".to_owned());
        }
        Ok(Value::Text(mode.to_string().into()))
    }
}

/// 3135.
const SPLIT_STRICTNESS: &str = "'NO_ZERO_DATE', 'NO_ZERO_IN_DATE' and 'ERROR_FOR_DIVISION_BY_ZERO' sql \
     modes should be used with strict mode. They will be merged with strict mode in a future release.";

/// Where an integer may lie.
struct Range {
    min: i64,
    max: u64,
    block: u64,
    signed: bool,
}

/// NULL where it is no value: numbers say that the type is wrong.
fn null(variable: &Variable) -> SqlError {
    match variable.kind {
        Kind::Integer { .. } | Kind::Real { .. } => error::wrong_type(variable.name),
        _ => error::wrong_value(variable.name, "NULL"),
    }
}

/// What would be needed for another value is not there.
fn refuse_unbuilt(variable: &Variable, value: &Value) -> Result<(), SqlError> {
    let default = default_of(variable);
    if variable.effect != Effect::Fixed || same(&default, value) {
        return Ok(());
    }
    Err(error::fixed(variable.name, &display(variable, value)))
}

fn same(left: &Value, right: &Value) -> bool {
    shown(left) == shown(right)
}

/// A value as SHOW VARIABLES shows it.
pub(super) fn display(variable: &Variable, value: &Value) -> String {
    match (variable.kind, value) {
        (_, Value::Null) => String::new(),
        (Kind::Flag, value) => if shown(value) == "0" { "OFF" } else { "ON" }.to_owned(),
        (Kind::Real { .. }, Value::Double(number)) => format!("{number:.6}"),
        (_, value) => shown(value),
    }
}

fn unsigned(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::UInt(number) => Some(*number),
        _ => None,
    }
}

fn flag(name: &str, value: &Value) -> Result<Value, SqlError> {
    let wrong = || error::wrong_value(name, &shown(value));
    let on = match value {
        Value::Text(text) => match text.to_ascii_lowercase().as_str() {
            "on" | "true" => true,
            "off" | "false" => false,
            _ => return Err(wrong()),
        },
        Value::Int(_) | Value::UInt(_) => match unsigned(value) {
            Some(number @ 0..=1) => number == 1,
            _ => return Err(wrong()),
        },
        _ => return Err(error::wrong_type(name)),
    };
    Ok(Value::Int(on.into()))
}

fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str, SqlError> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Member(member) => Ok(&member.text),
        _ => Err(error::wrong_type(name)),
    }
}

fn choice(name: &str, value: &Value, names: &[&str]) -> Result<Value, SqlError> {
    let found = match value {
        Value::Text(text) => names.iter().find(|known| known.eq_ignore_ascii_case(text)),
        Value::Int(_) | Value::UInt(_) => {
            unsigned(value).and_then(|number| names.get(usize::try_from(number).ok()?))
        }
        _ => return Err(error::wrong_type(name)),
    };
    match found {
        Some(found) => Ok(Value::Text((*found).into())),
        None => Err(error::wrong_value(name, &shown(value))),
    }
}

fn members(name: &str, value: &Value, names: &[&str]) -> Result<Value, SqlError> {
    let wrong = || error::wrong_value(name, &shown(value));
    let bits = match value {
        Value::Text(text) => {
            let mut bits = 0u64;
            for part in text.split(',').filter(|part| !part.is_empty()) {
                let at = names.iter().position(|known| known.eq_ignore_ascii_case(part));
                bits |= 1 << at.ok_or_else(wrong)?;
            }
            bits
        }
        Value::Int(_) | Value::UInt(_) => {
            unsigned(value).filter(|bits| bits >> names.len() == 0).ok_or_else(wrong)?
        }
        _ => return Err(error::wrong_type(name)),
    };
    let chosen = names.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
    let chosen: Vec<_> = chosen.map(|(_, name)| *name).collect();
    Ok(Value::Text(chosen.join(",").into()))
}

/// `a=on,b=default,default`: changes against what the default says.
fn switches(variable: &Variable, value: &Value) -> Result<Value, SqlError> {
    let Default::Text(default) = variable.default else { return Ok(value.clone()) };
    let given = match value {
        Value::Text(text) => text,
        Value::Int(_) | Value::UInt(_) => return Ok(Value::Text(default.into())),
        _ => return Err(error::wrong_type(variable.name)),
    };
    let split = |text: &'static str| text.split(',').filter_map(|part| part.split_once('='));
    let mut state: Vec<(&str, &str)> = split(default).collect();
    for part in given.split(',').filter(|part| !part.eq_ignore_ascii_case("default")) {
        let wrong = || error::wrong_value(variable.name, part);
        let (switch, to) = part.split_once('=').ok_or_else(wrong)?;
        let at = state.iter().position(|(known, _)| known.eq_ignore_ascii_case(switch.trim()));
        let at = at.ok_or_else(wrong)?;
        let before = split(default).nth(at).map_or("off", |(_, value)| value);
        let to = match to.trim().to_ascii_lowercase().as_str() {
            "on" | "1" => "on",
            "off" | "0" => "off",
            "default" => before,
            _ => return Err(wrong()),
        };
        if let Some(slot) = state.get_mut(at) {
            slot.1 = to;
        }
    }
    let parts: Vec<_> = state.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Ok(Value::Text(parts.join(",").into()))
}

fn time_zone(name: &str, value: &Value) -> Result<Value, SqlError> {
    let text = text(name, value)?;
    match super::time_zone::canonical(text) {
        Some(known) => Ok(Value::Text(known)),
        None => Err(error::unknown_time_zone(text)),
    }
}

/// `character_set_client` may not be one whose characters are no supersets of ASCII; none such is here.
fn character_set(name: &str, value: &Value) -> Result<Value, SqlError> {
    let found = match value {
        Value::Text(text) => {
            charsets::charset_name(text).ok_or_else(|| error::unknown_charset(text))
        }
        Value::Int(_) | Value::UInt(_) => {
            let by_number = by_number(value).and_then(charsets::charset_of);
            by_number.ok_or_else(|| error::unknown_charset(&shown(value)))
        }
        _ => Err(error::wrong_type(name)),
    };
    found.map(|charset| Value::Text(charset.into()))
}

fn by_number(value: &Value) -> Option<crate::value::types::CollationId> {
    let number = unsigned(value).and_then(|number| u16::try_from(number).ok())?;
    Some(crate::value::types::CollationId(number))
}

fn collation(name: &str, value: &Value) -> Result<Value, SqlError> {
    let found = match value {
        Value::Text(text) => charsets::collation_id(text),
        Value::Int(_) | Value::UInt(_) => by_number(value),
        _ => return Err(error::wrong_type(name)),
    };
    let found = found.and_then(charsets::collation_name);
    let found = found.ok_or_else(|| error::unknown_collation(&shown(value)))?;
    Ok(Value::Text(found.into()))
}

fn engine(name: &str, value: &Value) -> Result<Value, SqlError> {
    let given = text(name, value)?;
    if given.eq_ignore_ascii_case("innodb") {
        return Ok(Value::Text("InnoDB".into()));
    }
    Err(error::unknown_engine(given))
}

fn locale_name(name: &str, value: &Value) -> Result<Value, SqlError> {
    let found = match value {
        Value::Text(text) => locale::by_name(text),
        Value::Int(_) | Value::UInt(_) => unsigned(value).and_then(locale::by_number),
        _ => return Err(error::wrong_type(name)),
    };
    let found = found.ok_or_else(|| error::unknown_locale(&shown(value)))?;
    Ok(Value::Text(found.into()))
}
