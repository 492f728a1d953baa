//! The operator's exceptions: the first rule that fits a statement says where it goes, what it may miss, how long
//! it may take, or that it is refused.
//!
//! ```text
//! a new shape ── mark ──▶ one bit for each rule that fits by table and shape        once, kept with the class
//! a session ── of_user ──▶ one bit for each rule that fits by user                   once
//! a statement ── bits & bits ──▶ none: done        else schema and pattern, in the order of the rules
//! ```
//!
//! Pure, and nothing where there are no rules. What a rule asks for is weaker than what a session or a hint asks
//! for itself, except that refusals and time limits always hold; and no rule sends a write to a replica
//! (see [`super::hinted`]).

use std::sync::Arc;
use std::time::Duration;

use regex::bytes::Regex;

use super::Hint;
use crate::proxy::causal::Overlay;
use crate::sql::{LexMode, Marker, Marks, TableName, tables_of, without_literals};

/// The most rules: each is a bit of a word.
pub const MAX_RULES: usize = 64;

/// Which statements a rule is for: those that fit all that is said here. An empty list says nothing.
#[derive(Debug, Default)]
pub struct When {
    /// Accounts' names; one of them.
    pub users: Box<[Box<str>]>,
    /// Lower case; one of them is a table's, or the current one of a statement without tables.
    pub schemas: Box<[Box<str>]>,
    /// One of them is among the statement's tables.
    pub tables: Box<[TableName]>,
    /// The statement's shape, without its literals.
    pub shape: Option<Box<[u8]>>,
    /// Is found in the text.
    pub pattern: Option<Regex>,
}

/// What a rule asks for.
#[derive(Debug, Default)]
pub struct Then {
    /// Where reads go.
    pub target: Option<Hint>,
    /// What reads may miss.
    pub overlay: Overlay,
    /// How long a server may work at it.
    pub timeout: Option<Duration>,
    /// It is not run; the client is told this.
    pub refuse: Option<Box<str>>,
}

/// A rule.
#[derive(Debug, Default)]
pub struct Rule {
    /// For logs and people.
    pub name: Box<str>,
    /// For which statements.
    pub when: When,
    /// What.
    pub then: Then,
}

/// All rules, in their order.
#[derive(Debug, Default)]
pub struct RuleSet {
    generation: u32,
    rules: Vec<Arc<Rule>>,
}

/// What is known of a statement when rules are asked.
pub struct Asked<'a> {
    /// What the rules made of its shape.
    pub marks: &'a Marks,
    /// What [`RuleSet::of_user`] gave.
    pub user: u64,
    /// The session's schema.
    pub schema: Option<&'a str>,
    /// The statement; `None` where it is too long to be looked at.
    pub text: Option<&'a [u8]>,
}

impl RuleSet {
    /// The rules; at most [`MAX_RULES`], more are left out. Marks of another `generation`, which is never
    /// zero, are of other rules.
    pub fn new(generation: u32, mut rules: Vec<Arc<Rule>>) -> Self {
        rules.truncate(MAX_RULES);
        Self { generation: generation.max(1), rules }
    }

    /// Of which rules marks are.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(AsRef::as_ref)
    }

    /// One bit for each rule that may hold for statements of this user.
    pub fn of_user(&self, user: &str) -> u64 {
        self.bits(|rule| {
            rule.when.users.is_empty() || rule.when.users.iter().any(|known| **known == *user)
        })
    }

    /// The first rule that holds for a statement.
    pub fn find(&self, asked: &Asked<'_>) -> Option<&Arc<Rule>> {
        let mut left = asked.marks.bits & asked.user;
        while left != 0 {
            let rule = self.rules.get(left.trailing_zeros() as usize)?;
            if rule.when.fits(asked) {
                return Some(rule);
            }
            left &= left - 1;
        }
        None
    }

    fn bits(&self, fits: impl Fn(&Rule) -> bool) -> u64 {
        let fitting = self.rules.iter().enumerate().filter(|(_, rule)| fits(rule));
        fitting.fold(0, |bits, (at, _)| bits | 1 << at)
    }
}

impl Marker for RuleSet {
    fn mark(&self, shape: Option<(&[u8], LexMode)>) -> Marks {
        if self.rules.is_empty() {
            return Marks { generation: self.generation, ..Marks::default() };
        }
        let tables = shape.map(|(shape, mode)| tables_of(shape, mode)).unwrap_or_default();
        let loose = shape.map(|(shape, mode)| without_literals(shape, mode));
        let bits = self.bits(|rule| rule.when.may_fit(&tables, loose.as_deref()));
        let tables = if bits == 0 { Box::default() } else { tables };
        Marks { generation: self.generation, bits, tables }
    }
}

impl When {
    /// As far as the shape alone can tell.
    fn may_fit(&self, tables: &[TableName], loose: Option<&[u8]>) -> bool {
        let same_name = |wanted: &TableName| tables.iter().any(|table| table.name == wanted.name);
        (self.tables.is_empty() || self.tables.iter().any(same_name))
            && (self.shape.is_none() || self.shape.as_deref() == loose)
    }

    /// The rest.
    fn fits(&self, asked: &Asked<'_>) -> bool {
        self.fits_tables(asked) && self.fits_schema(asked) && self.fits_text(asked.text)
    }

    fn fits_tables(&self, asked: &Asked<'_>) -> bool {
        let is = |wanted: &TableName, table: &TableName| {
            wanted.name == table.name
                && wanted.schema.as_deref().is_none_or(|schema| is_in(table, asked.schema, schema))
        };
        let tables = &asked.marks.tables;
        self.tables.is_empty()
            || self.tables.iter().any(|wanted| tables.iter().any(|table| is(wanted, table)))
    }

    fn fits_schema(&self, asked: &Asked<'_>) -> bool {
        let tables = &asked.marks.tables;
        let is = |schema: &str| match tables.is_empty() {
            true => asked.schema.is_some_and(|current| current.eq_ignore_ascii_case(schema)),
            false => tables.iter().any(|table| is_in(table, asked.schema, schema)),
        };
        self.schemas.is_empty() || self.schemas.iter().any(|schema| is(schema))
    }

    fn fits_text(&self, text: Option<&[u8]>) -> bool {
        match &self.pattern {
            None => true,
            Some(pattern) => text.is_some_and(|text| pattern.is_match(text)),
        }
    }
}

/// Whether a table is in a schema, where `current` is what unqualified names are in.
fn is_in(table: &TableName, current: Option<&str>, schema: &str) -> bool {
    let own = table.schema.as_deref().or(current);
    own.is_some_and(|own| own.eq_ignore_ascii_case(schema))
}
