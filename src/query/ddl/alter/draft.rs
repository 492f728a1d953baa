//! A table on its way to its new form: what indexes and keys point to moves along with the columns.

use std::sync::Arc;

use crate::engine::catalog::{ColumnDef, TableDef, same_name};
use crate::sql::statement::ast::ColumnPlace;
use crate::value::SqlError;

use super::super::{errors, functional};

/// Where the values of a column come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The old table's column at this place.
    Old(usize),
    /// Nowhere: it is new.
    New,
}

/// A table that is being altered.
pub struct Draft {
    /// As far as it is done.
    pub table: TableDef,
    /// For each of its columns.
    pub sources: Vec<Source>,
    /// Names of the old table's columns, taken out when a column has been dropped or changed.
    originals: Vec<Option<Arc<str>>>,
    /// A check was added or is enforced now.
    pub checks_changed: bool,
    /// Names of indexes that were dropped.
    pub dropped: Vec<Arc<str>>,
    /// AUTO_INCREMENT = n.
    pub next_auto: Option<u64>,
}

impl Draft {
    /// As it is.
    pub fn new(old: &TableDef) -> Self {
        Self {
            table: old.clone(),
            sources: (0..old.columns.len()).map(Source::Old).collect(),
            originals: old.columns.iter().map(|column| Some(column.name.clone())).collect(),
            checks_changed: false,
            dropped: Vec::new(),
            next_auto: None,
        }
    }

    /// The place of a column by the name that it had; one is found once only if `take`.
    pub fn find(&mut self, name: &str, take: bool) -> Option<usize> {
        let has = |original: &Option<Arc<str>>| {
            original.as_ref().is_some_and(|original| same_name(original, name))
        };
        let old = self.originals.iter().position(has)?;
        let at = self.sources.iter().position(|source| *source == Source::Old(old))?;
        if take && let Some(original) = self.originals.get_mut(old) {
            *original = None;
        }
        self.table.columns.get(at).filter(|column| !column.hidden)?;
        Some(at)
    }

    /// Puts a column where it is wanted; at the end of what is shown unless said.
    pub fn insert(
        &mut self,
        column: ColumnDef,
        source: Source,
        place: Option<&ColumnPlace>,
    ) -> Result<(), SqlError> {
        let shown = self.table.columns.iter().take_while(|column| !column.hidden).count();
        let at = match place {
            None => shown,
            Some(ColumnPlace::First) => 0,
            Some(ColumnPlace::After(name)) => {
                let found = self.table.column_index(name);
                found.ok_or_else(|| errors::unknown_column(name, &self.table.name))? + 1
            }
        };
        self.table.columns.insert(at, column);
        self.sources.insert(at, source);
        self.moved(|place| Some(if place >= at { place + 1 } else { place }));
        Ok(())
    }

    /// Takes a column out, with its parts of indexes; indexes without parts go.
    pub fn remove(&mut self, at: usize) {
        self.table.columns.remove(at);
        self.sources.remove(at);
        self.moved(|place| match place.cmp(&at) {
            std::cmp::Ordering::Less => Some(place),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(place - 1),
        });
        self.table.indexes.retain(|index| !index.parts.is_empty());
    }

    /// Moves a column behind another.
    pub fn place(&mut self, at: usize, place: &ColumnPlace) -> Result<(), SqlError> {
        let name = self.table.columns.get(at).map(|column| column.name.clone());
        if let (ColumnPlace::After(after), Some(name)) = (place, &name)
            && same_name(after, name)
        {
            return Err(errors::unknown_column(after, &self.table.name));
        }
        let to = match place {
            ColumnPlace::First => 0,
            ColumnPlace::After(name) => {
                let found = self.table.column_index(name);
                let found = found.ok_or_else(|| errors::unknown_column(name, &self.table.name))?;
                if found < at { found + 1 } else { found }
            }
        };
        let column = self.table.columns.remove(at);
        let source = self.sources.remove(at);
        self.table.columns.insert(to, column);
        self.sources.insert(to, source);
        self.moved(|place| {
            Some(if place == at {
                to
            } else if at < place && place <= to {
                place - 1
            } else if to <= place && place < at {
                place + 1
            } else {
                place
            })
        });
        Ok(())
    }

    /// Takes note of columns that indexes over expressions have brought, and lets go of those whose index is gone.
    pub fn settle_hidden(&mut self) {
        while let Some(at) = functional::unused(&self.table) {
            self.remove(at);
        }
        self.sources.resize(self.table.columns.len(), Source::New);
    }

    fn moved(&mut self, to: impl Fn(usize) -> Option<usize>) {
        for index in &mut self.table.indexes {
            index.parts.retain_mut(|part| match to(part.column) {
                Some(place) => {
                    part.column = place;
                    true
                }
                None => false,
            });
        }
        for key in &mut self.table.foreign_keys {
            key.columns = key.columns.iter().filter_map(|place| to(*place)).collect();
        }
    }

    /// Old and new names of columns that are called otherwise now.
    pub fn renamed(&self, old: &TableDef) -> Vec<(Arc<str>, Arc<str>)> {
        let pair = |(column, source): (&ColumnDef, &Source)| match source {
            Source::Old(at) => {
                let before = old.columns.get(*at)?.name.clone();
                (before != column.name).then(|| (before, column.name.clone()))
            }
            Source::New => None,
        };
        self.table.columns.iter().zip(&self.sources).filter_map(pair).collect()
    }
}

/// Gives names in a list their new form.
pub fn rename_columns(names: &mut [Arc<str>], renamed: &[(Arc<str>, Arc<str>)]) {
    for name in names {
        if let Some((_, new)) = renamed.iter().find(|(old, _)| same_name(old, name)) {
            *name = new.clone();
        }
    }
}
