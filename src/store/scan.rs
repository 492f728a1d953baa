//! Walking over a range of a view: a table's map and a transaction's, merged.
//!
//! In the rows' own order the transaction's word on a key counts. In a secondary index what the
//! table says of rows that the transaction has touched is left out, and what the transaction says of them
//! is merged in: the two never have a key in common.

use imbl::ordmap::RangedIter;
use imbl::shared_ptr::DefaultSharedPtr;

use super::key::Key;
use super::overlay::{Slot, TableWrites};
use super::range::{Direction, KeyRange};
use super::shape::{IndexNo, TableId, row_key, split};
use super::view::View;
use crate::value::Row;

/// A row that a scan found.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// Its key in the order that is scanned.
    pub key: &'a Key,
    /// Its key among the rows.
    pub row_key: Key,
    /// The row.
    pub row: &'a Row,
}

/// A key that a scan found.
#[derive(Debug, Clone)]
pub struct FoundKey<'a> {
    /// The row's key in the order that is scanned.
    pub key: &'a Key,
    /// How many bytes at its end are the row key; none where the key is the row key.
    tail: Option<u32>,
}

impl FoundKey<'_> {
    /// The row's key among the rows.
    pub fn row_key(&self) -> Key {
        self.tail.map_or_else(|| self.key.clone(), |tail| row_key(self.key, tail))
    }

    /// The bytes that the index's columns made: what is locked of a unique index.
    pub fn columns(&self) -> &[u8] {
        self.tail.map_or(self.key.bytes(), |tail| split(self.key, tail).0)
    }
}

/// A map's range in one direction, with a look at what comes.
struct Walk<'a, T> {
    entries: RangedIter<'a, Key, T, DefaultSharedPtr>,
    direction: Direction,
    /// What comes next; the outer is none while that is not known.
    next: Option<Option<(&'a Key, &'a T)>>,
}

impl<'a, T> Walk<'a, T> {
    fn new(map: &'a imbl::OrdMap<Key, T>, range: &KeyRange, direction: Direction) -> Self {
        let next = range.is_empty().then_some(None);
        Self { entries: map.range::<_, Key>(range.bounds()), direction, next }
    }

    fn take(&mut self) -> Option<(&'a Key, &'a T)> {
        if let Some(next) = self.next {
            // The end, once seen, stays.
            self.next = next.is_none().then_some(None);
            return next;
        }
        match self.direction {
            Direction::Forward => self.entries.next(),
            Direction::Backward => self.entries.next_back(),
        }
    }

    fn peek(&mut self) -> Option<(&'a Key, &'a T)> {
        let next = self.take();
        self.next = Some(next);
        next
    }
}

/// Two walks in one order.
struct Merge<'a, A, B> {
    base: Option<Walk<'a, A>>,
    over: Option<Walk<'a, B>>,
    direction: Direction,
}

/// What a merge comes upon: the table's entry, or the transaction's, which hides an equal one.
enum Step<'a, A, B> {
    Base(&'a Key, &'a A),
    Over(&'a Key, &'a B),
}

impl<'a, A, B> Merge<'a, A, B> {
    fn step(&mut self) -> Option<Step<'a, A, B>> {
        let Some(over) = &mut self.over else {
            return self.base.as_mut()?.take().map(|(key, value)| Step::Base(key, value));
        };
        let Some((over_key, value)) = over.peek() else {
            self.over = None;
            return self.step();
        };
        if let Some(base) = &mut self.base
            && let Some((base_key, base_value)) = base.peek()
        {
            if comes_first(base_key, over_key, self.direction) {
                base.take();
                return Some(Step::Base(base_key, base_value));
            }
            if base_key == over_key {
                base.take();
            }
        }
        over.take();
        Some(Step::Over(over_key, value))
    }
}

fn comes_first(one: &Key, other: &Key, direction: Direction) -> bool {
    match direction {
        Direction::Forward => one < other,
        Direction::Backward => one > other,
    }
}

type RowMerge<'a> = Merge<'a, Row, Option<Row>>;

fn next_row<'a>(merge: &mut RowMerge<'a>) -> Option<(&'a Key, &'a Row)> {
    loop {
        match merge.step()? {
            Step::Base(key, row) | Step::Over(key, Some(row)) => return Some((key, row)),
            Step::Over(_, None) => {}
        }
    }
}

struct EntryMerge<'a> {
    merge: Merge<'a, u32, Slot>,
    writes: Option<&'a TableWrites>,
}

impl<'a> EntryMerge<'a> {
    fn next(&mut self) -> Option<FoundKey<'a>> {
        loop {
            match self.merge.step()? {
                Step::Base(key, tail) if !self.is_touched(key, *tail) => {
                    return Some(FoundKey { key, tail: Some(*tail) });
                }
                Step::Over(key, slot) if slot.tail().is_some() => {
                    return Some(FoundKey { key, tail: slot.tail() });
                }
                _ => {}
            }
        }
    }

    fn is_touched(&self, key: &Key, tail: u32) -> bool {
        self.writes.is_some_and(|writes| writes.touches(&row_key(key, tail)))
    }
}

enum Order<'a> {
    Rows(RowMerge<'a>),
    Index(EntryMerge<'a>),
}

/// The keys of a range.
pub struct KeyScan<'a>(Order<'a>);

impl<'a> KeyScan<'a> {
    pub(super) fn new(
        view: &View<'a>,
        table: TableId,
        index: IndexNo,
        range: &KeyRange,
        direction: Direction,
    ) -> Self {
        let (base, writes) = (view.table(table), view.writes(table));
        let Some(at) = index.0.checked_sub(1) else {
            return Self(Order::Rows(Merge {
                base: base.map(|table| Walk::new(&table.rows, range, direction)),
                over: writes.map(|writes| Walk::new(&writes.rows, range, direction)),
                direction,
            }));
        };
        let entries = base.and_then(|table| table.index(index));
        let slots = writes.and_then(|writes| writes.indexes.get(at));
        let merge = Merge {
            base: entries.map(|entries| Walk::new(entries, range, direction)),
            over: slots.map(|slots| Walk::new(slots, range, direction)),
            direction,
        };
        Self(Order::Index(EntryMerge { merge, writes }))
    }
}

impl<'a> Iterator for KeyScan<'a> {
    type Item = FoundKey<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Order::Rows(merge) => next_row(merge).map(|(key, _)| FoundKey { key, tail: None }),
            Order::Index(entries) => entries.next(),
        }
    }
}

/// The rows of a range.
pub struct Scan<'a> {
    keys: KeyScan<'a>,
    view: View<'a>,
    table: TableId,
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        view: View<'a>,
        table: TableId,
        index: IndexNo,
        range: &KeyRange,
        direction: Direction,
    ) -> Self {
        Self { keys: KeyScan::new(&view, table, index, range, direction), view, table }
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let entries = match &mut self.keys.0 {
            Order::Rows(merge) => {
                let (key, row) = next_row(merge)?;
                return Some(Found { key, row_key: key.clone(), row });
            }
            Order::Index(entries) => entries,
        };
        loop {
            let found = entries.next()?;
            let row_key = found.row_key();
            // An entry without its row would be a fault of the store's; a reader is not the one
            // to fall over it.
            if let Some(row) = self.view.get(self.table, &row_key) {
                return Some(Found { key: found.key, row_key, row });
            }
        }
    }
}
