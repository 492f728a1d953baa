//! The names that a block knows.

use crate::engine::catalog::same_name;
use crate::sql::statement::ast::{Expr, Ident};
use crate::sql::statement::walk::each_expr;

/// Where in a block an expression stands: what an alias of the select list means there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clause {
    /// Where aliases are not known.
    #[default]
    Other,
    /// GROUP BY: columns come before aliases.
    Group,
    /// HAVING: aliases come first.
    Having,
    /// ORDER BY: the same.
    Order,
}

/// A table of FROM.
pub struct Source {
    /// Its schema, of a table without alias.
    pub schema: Option<String>,
    /// What it is called.
    pub name: String,
    /// Its columns, and whether `*` shows them.
    pub columns: Vec<(String, bool)>,
}

impl Source {
    /// A column with all of its name.
    pub fn column(&self, name: &str) -> Option<Expr> {
        let (name, _) = self.columns.iter().find(|(own, _)| same_name(own, name))?;
        let parts = [self.schema.as_ref(), Some(&self.name), Some(name)];
        let parts = parts.into_iter().flatten().map(|part| ident(part.clone()));
        Some(Expr::CompoundIdentifier(parts.collect()))
    }

    /// What `*` shows of it.
    pub fn shown(&self) -> Vec<(String, Expr)> {
        let shown = self.columns.iter().filter(|(_, shown)| *shown);
        shown.filter_map(|(name, _)| Some((name.clone(), self.column(name)?))).collect()
    }
}

/// A SELECT.
#[derive(Default)]
pub struct Block {
    /// Its tables.
    pub sources: Vec<Source>,
    /// What `*` means, once all tables are known: columns of USING once.
    pub star: Vec<(String, Expr)>,
    /// The select list so far: aliases that were given, and what they stand for.
    pub items: Vec<(Option<String>, Expr)>,
    /// Where the block is.
    pub clause: Clause,
}

impl Block {
    /// What `*` or `t.*` shows.
    pub fn star(&self, of: Option<&[&str]>) -> Vec<(String, Expr)> {
        match of {
            None => self.star.clone(),
            Some(parts) => self.source(parts).map_or_else(Vec::new, Source::shown),
        }
    }

    fn source(&self, parts: &[&str]) -> Option<&Source> {
        let (name, schema) = match parts {
            [name] => (name, None),
            [schema, name] => (name, Some(schema)),
            _ => return None,
        };
        self.sources.iter().find(|source| {
            source.name == *name
                && schema.is_none_or(|schema| source.schema.as_deref() == Some(schema))
        })
    }

    /// A name with all of its parts, if it means something here.
    pub fn resolve(&self, parts: &[Ident]) -> Option<Expr> {
        let (name, table) = parts.split_last()?;
        if !table.is_empty() {
            let table: Vec<&str> = table.iter().map(|part| &*part.value).collect();
            return self.source(&table)?.column(&name.value);
        }
        match self.clause {
            Clause::Other => self.column(&name.value),
            Clause::Group => self.column(&name.value).or_else(|| self.alias(&name.value)),
            Clause::Having | Clause::Order => {
                self.alias(&name.value).or_else(|| self.column(&name.value))
            }
        }
    }

    fn column(&self, name: &str) -> Option<Expr> {
        let found = self.star.iter().find(|(own, _)| same_name(own, name));
        let found = found.map(|(_, expr)| expr.clone());
        found.or_else(|| self.sources.iter().find_map(|source| source.column(name)))
    }

    /// An alias stays one, but for one of a query, which is repeated.
    fn alias(&self, name: &str) -> Option<Expr> {
        let has = |given: &Option<String>| given.as_ref().is_some_and(|own| same_name(own, name));
        let (given, expr) = self.items.iter().find(|(given, _)| has(given))?;
        match has_query(expr) {
            true => Some(expr.clone()),
            false => Some(Expr::Identifier(ident(given.clone()?))),
        }
    }
}

fn has_query(expr: &Expr) -> bool {
    let mut found = false;
    each_expr(expr, &mut |part| {
        let is = matches!(part, Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. });
        found |= is;
    });
    found
}

/// A name.
pub fn ident(name: impl Into<String>) -> Ident {
    Ident::new(name)
}

/// The parts of a name; none of any other expression.
pub fn parts_of(expr: &Expr) -> &[Ident] {
    match expr {
        Expr::Identifier(name) => std::slice::from_ref(name),
        Expr::CompoundIdentifier(parts) => parts,
        _ => &[],
    }
}
