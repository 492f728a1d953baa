//! Expressions and queries as text again, in the form that MySQL's SHOW CREATE has: names quoted, operators
//! in parentheses, functions in lower case under their first name. What is printed parses to the same tree.
//!
//! ```text
//! a > 1 AND b LIKE 'x%'     ((`a` > 1) and (`b` like _utf8mb4'x%'))
//! ```

mod call;
mod expr;
mod query;

use super::ast::{Expr, Ident, Query};

/// How text literals are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literals {
    /// With their character set, as in defaults, generated columns and checks: `_utf8mb4'x'`.
    Introduced,
    /// Without, as in views: `'x'`.
    Plain,
}

/// An expression as the catalog keeps it and SHOW CREATE TABLE shows it.
pub fn print_expr(expr: &Expr) -> String {
    let mut printer = Printer::new(Literals::Introduced);
    printer.expr(expr);
    printer.out
}

/// A query. Names stay as they were written.
pub fn print_query(query: &Query) -> String {
    let mut printer = Printer::new(Literals::Plain);
    printer.query(query);
    printer.out
}

/// The query of a view, as SHOW CREATE VIEW shows it: joins are in parentheses. `schema` is left out of names.
pub fn print_view(query: &Query, schema: Option<&str>) -> String {
    let mut printer = Printer::new(Literals::Plain);
    (printer.is_view, printer.schema) = (true, schema.map(str::to_owned));
    printer.query(query);
    printer.out
}

/// A name in backticks.
pub fn quote_name(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A string literal as MySQL prints it.
pub fn quote_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for char in text.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{1a}' => out.push_str("\\Z"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}

/// Text in the making.
struct Printer {
    out: String,
    literals: Literals,
    /// It is a view's: see [`print_view`].
    is_view: bool,
    /// The schema that is left out.
    schema: Option<String>,
}

impl Printer {
    fn new(literals: Literals) -> Self {
        Self { out: String::new(), literals, is_view: false, schema: None }
    }

    /// The parts of a name without the schema that is left out; `whole` is how many a whole name has.
    fn shown<'n>(&self, parts: &'n [Ident], whole: usize) -> &'n [Ident] {
        match (parts, &self.schema) {
            ([first, rest @ ..], Some(schema))
                if parts.len() == whole && first.value == *schema =>
            {
                rest
            }
            _ => parts,
        }
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn name(&mut self, name: &Ident) {
        self.out.push_str(&quote_name(&name.value));
    }

    /// Things with a separator between them.
    fn each<T>(&mut self, list: &[T], separator: &str, mut print: impl FnMut(&mut Self, &T)) {
        for (index, item) in list.iter().enumerate() {
            if index > 0 {
                self.push(separator);
            }
            print(self, item);
        }
    }

    fn exprs(&mut self, list: &[Expr]) {
        self.each(list, ",", Self::expr);
    }
}
