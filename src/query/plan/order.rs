//! ORDER BY and GROUP BY by the order of an index, where that spares a sort.

use super::SortKey;
use super::access::{Access, KeyPlan, RangePlan};
use super::units::SourcePlan;
use crate::engine::catalog::{IndexPart, TableDef};
use crate::store::IndexNo;

/// The order that is wanted.
#[derive(Clone, Copy)]
pub struct OrderWish<'a> {
    /// The keys.
    pub keys: &'a [SortKey],
    /// Only the first rows are wanted, so an index that gives the order is worth more than one that does
    /// not.
    pub limited: bool,
}

/// Which way an index gives the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Forward,
    Backward,
}

impl OrderWish<'_> {
    /// The access that gives the order: the one that was chosen if it does, or the whole of an index if
    /// nothing better than all rows was found.
    pub(super) fn serve(&self, source: &SourcePlan, access: &Access) -> Option<Access> {
        let table = source.table()?;
        if self.way(source, table, access).is_some() {
            return Some(access.clone());
        }
        let worth = matches!(access.keys, KeyPlan::All) && self.limited;
        if !worth {
            return None;
        }
        let all = |place: usize| {
            let index = table.index_no(place).0;
            Access { index, keys: KeyPlan::All, rows: access.rows, equal_parts: 0 }
        };
        let places = (0..table.indexes.len()).filter(|place| {
            !source.ignores(*place) && table.indexes.get(*place).is_some_and(|index| index.visible)
        });
        places.map(all).find(|access| self.way(source, table, access).is_some())
    }

    /// Whether the scan has to go backward for the order.
    pub(super) fn backward(&self, source: &SourcePlan, access: &Access) -> bool {
        let way = source.table().and_then(|table| self.way(source, table, access));
        way == Some(Way::Backward)
    }

    fn way(&self, source: &SourcePlan, table: &TableDef, access: &Access) -> Option<Way> {
        if matches!(access.keys, KeyPlan::Point(_)) {
            // One row is in any order of its own, and says nothing of the tables joined to it.
            let own = self.keys.iter().all(|key| source.column_of(&key.expr).is_some());
            return own.then_some(Way::Forward);
        }
        if !in_one_piece(&access.keys) {
            return None;
        }
        let parts = index_parts(table, access.index);
        // Within ranges the leading columns are fixed.
        let mut open = parts.iter().skip(access.equal_parts);
        let fixed: Vec<usize> =
            parts.iter().take(access.equal_parts).map(|part| part.column).collect();
        let mut way = None;
        for key in self.keys {
            let column = source.column_of(&key.expr)?;
            if fixed.contains(&column) {
                continue;
            }
            let part = open.next()?;
            if part.column != column || part.prefix.is_some() {
                return None;
            }
            let own = if part.descending == key.descending { Way::Forward } else { Way::Backward };
            if way.is_some_and(|way| way != own) {
                return None;
            }
            way = Some(own);
        }
        Some(way.unwrap_or(Way::Forward))
    }
}

/// Whether the keys are one range.
fn in_one_piece(keys: &KeyPlan) -> bool {
    match keys {
        KeyPlan::All | KeyPlan::Point(_) => true,
        KeyPlan::Ranges(ranges) => matches!(ranges.as_slice(), [RangePlan { .. }]),
    }
}

/// The columns of an index, and behind those of a secondary one the primary key's.
fn index_parts(table: &TableDef, number: usize) -> Vec<IndexPart> {
    let own =
        table.index_by_no(IndexNo(number)).map(|index| index.parts.clone()).unwrap_or_default();
    let behind = match (number, table.primary()) {
        (0, _) | (_, None) => Vec::new(),
        (_, Some(primary)) => primary.parts.clone(),
    };
    own.into_iter().chain(behind).collect()
}
