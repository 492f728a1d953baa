//! What a system variable is. The rows of `table/` are written with the functions here, one line each.

use super::scope::Scope;

/// A system variable.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name, in lower case.
    pub name: &'static str,
    /// Where it has a value.
    pub scope: Scope,
    /// What it may be set to.
    pub kind: Kind,
    /// What it is when nobody has set it.
    pub default: Default,
    /// Whether SET may change it at all.
    pub dynamic: bool,
    /// Whether NULL is a value of it.
    pub nullable: bool,
    /// Whether the hint `SET_VAR` may set it.
    pub hint: bool,
    /// What becomes of a change.
    pub effect: Effect,
    /// Its value is computed by the session or the server when it is read.
    pub live: bool,
    /// Found by name, but not listed.
    pub hidden: bool,
    /// The variable whose value this is another name for.
    pub alias_of: Option<&'static str>,
}

/// What values a variable takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// ON or OFF.
    Flag,
    /// An integer; out of range it is moved to the nearest end, and down to a multiple of `block`.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: u64,
        /// Values are multiples of this.
        block: u64,
        /// Whether it reads as a signed number.
        signed: bool,
    },
    /// A number.
    Real {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// Any text.
    Text,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Any of these, with commas between.
    Set(&'static [&'static str]),
    /// `name=on,other=off`, with the names of the default.
    Switches,
    /// `sql_mode`.
    SqlMode,
    /// `time_zone`.
    TimeZone,
    /// A character set by name or by the number of a collation of it.
    CharacterSet,
    /// A collation by name or number.
    Collation,
    /// A storage engine.
    Engine,
    /// A locale.
    Locale,
}

/// A default, without an allocation so that tables of variables are constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Default {
    /// Of flags.
    Flag(bool),
    /// Of integers.
    Unsigned(u64),
    /// Of signed integers.
    Signed(i64),
    /// Of numbers.
    Real(f64),
    /// Of all others.
    Text(&'static str),
    /// NULL.
    Null,
}

/// What becomes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is obeyed.
    Acts,
    /// It is kept and shown. What it governs on MySQL is not here, and results do not depend on it.
    Shown,
    /// Another value would have to change results or the log, and that is not built: only the default is
    /// accepted, anything else is error 1235.
    Fixed,
}

const fn base(name: &'static str, kind: Kind, default: Default) -> Variable {
    Variable {
        name,
        scope: Scope::Global,
        kind,
        default,
        dynamic: true,
        nullable: false,
        hint: false,
        effect: Effect::Shown,
        live: false,
        hidden: false,
        alias_of: None,
    }
}

/// ON or OFF.
pub(super) const fn flag(name: &'static str, default: bool) -> Variable {
    base(name, Kind::Flag, Default::Flag(default))
}

/// An unsigned integer.
pub(super) const fn int(name: &'static str, default: u64, min: i64, max: u64) -> Variable {
    let kind = Kind::Integer { min, max, block: 1, signed: false };
    base(name, kind, Default::Unsigned(default))
}

/// A signed integer.
pub(super) const fn signed(name: &'static str, default: i64, min: i64, max: u64) -> Variable {
    let kind = Kind::Integer { min, max, block: 1, signed: true };
    base(name, kind, Default::Signed(default))
}

/// A number.
pub(super) const fn real(name: &'static str, default: f64, min: f64, max: f64) -> Variable {
    base(name, Kind::Real { min, max }, Default::Real(default))
}

/// Any text.
pub(super) const fn text(name: &'static str, default: &'static str) -> Variable {
    base(name, Kind::Text, Default::Text(default))
}

/// One of `values`.
pub(super) const fn choice(
    name: &'static str,
    values: &'static [&'static str],
    default: &'static str,
) -> Variable {
    base(name, Kind::Choice(values), Default::Text(default))
}

/// Any of `values`.
pub(super) const fn set(
    name: &'static str,
    values: &'static [&'static str],
    default: &'static str,
) -> Variable {
    base(name, Kind::Set(values), Default::Text(default))
}

/// `name=on,…`.
pub(super) const fn switches(name: &'static str, default: &'static str) -> Variable {
    base(name, Kind::Switches, Default::Text(default))
}

/// `sql_mode`.
pub(super) const fn mode(name: &'static str, default: &'static str) -> Variable {
    base(name, Kind::SqlMode, Default::Text(default))
}

/// A time zone.
pub(super) const fn zone(name: &'static str, default: &'static str) -> Variable {
    base(name, Kind::TimeZone, Default::Text(default))
}

/// A character set.
pub(super) const fn charset(name: &'static str, default: &'static str) -> Variable {
    base(name, Kind::CharacterSet, Default::Text(default))
}

/// A collation.
pub(super) const fn collation(name: &'static str, default: &'static str) -> Variable {
    base(name, Kind::Collation, Default::Text(default))
}

/// A storage engine.
pub(super) const fn engine(name: &'static str, default: &'static str) -> Variable {
    base(name, Kind::Engine, Default::Text(default))
}

/// A locale.
pub(super) const fn locale(name: &'static str, default: &'static str) -> Variable {
    base(name, Kind::Locale, Default::Text(default))
}

impl Variable {
    /// It has a global value, and each session its own.
    pub(super) const fn both(mut self) -> Self {
        self.scope = Scope::Both;
        self
    }

    /// It has a value in sessions only.
    pub(super) const fn session(mut self) -> Self {
        self.scope = Scope::Session;
        self
    }

    /// SET does not change it.
    pub(super) const fn read_only(mut self) -> Self {
        self.dynamic = false;
        self
    }

    /// It may be NULL; where its default would be empty text, that is NULL.
    pub(super) const fn nullable(mut self) -> Self {
        self.nullable = true;
        if let Default::Text(text) = self.default
            && text.is_empty()
        {
            self.default = Default::Null;
        }
        self
    }

    /// `SET_VAR` may set it.
    pub(super) const fn hint(mut self) -> Self {
        self.hint = true;
        self
    }

    /// Changes are obeyed.
    pub(super) const fn acts(mut self) -> Self {
        self.effect = Effect::Acts;
        self
    }

    /// Only its default is accepted.
    pub(super) const fn fixed(mut self) -> Self {
        self.effect = Effect::Fixed;
        self
    }

    /// Somebody computes it.
    pub(super) const fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// Not listed.
    pub(super) const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Another name of `name`; not listed.
    pub(super) const fn alias_of(mut self, name: &'static str) -> Self {
        self.alias_of = Some(name);
        self.hidden = true;
        self
    }

    /// Its values are multiples of `size`.
    pub(super) const fn block(mut self, size: u64) -> Self {
        if let Kind::Integer { min, max, signed, .. } = self.kind {
            self.kind = Kind::Integer { min, max, block: size, signed };
        }
        self
    }
}
