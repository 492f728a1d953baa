//! Looking for the rows on the other side of a foreign key, with locks.

use std::sync::Arc;

use crate::engine::catalog::{IndexDef, TableDef};
use crate::engine::{self, LockMode, LockingScan, OnConflict};
use crate::query::{EvalContext, Interrupt};
use crate::store::{Direction, IndexNo, Key, KeyRange};
use crate::value::key::encode;
use crate::value::types::ColumnType;
use crate::value::{Row, Value};

/// Rows of a table by the values of some of its columns.
pub(super) struct Lookup<'a> {
    /// The table.
    pub table: &'a Arc<TableDef>,
    /// The columns.
    pub columns: &'a [usize],
    /// Their values, none NULL.
    pub values: &'a [Value],
    /// How the rows found are locked.
    pub mode: LockMode,
}

impl Lookup<'_> {
    /// The first row that is wanted.
    pub fn first(
        &self,
        ctx: &mut EvalContext<'_>,
        wanted: impl Fn(&Key) -> bool,
    ) -> Result<Option<(Key, Row)>, Interrupt> {
        let mut scan = self.scan(ctx);
        while let Some((key, row)) = self.next(&mut scan, ctx)? {
            if wanted(&key) {
                return Ok(Some((key, row)));
            }
        }
        Ok(None)
    }

    /// All rows.
    pub fn all(&self, ctx: &mut EvalContext<'_>) -> Result<Vec<Key>, Interrupt> {
        let mut scan = self.scan(ctx);
        let mut found = Vec::new();
        while let Some((key, _)) = self.next(&mut scan, ctx)? {
            ctx.tick()?;
            found.push(key);
        }
        Ok(found)
    }

    fn next(
        &self,
        scan: &mut LockingScan,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Option<(Key, Row)>, engine::Interrupt> {
        let wanted = self.encoded(self.values);
        let transaction = ctx.session.transaction();
        scan.next_where(transaction, &mut |row| {
            let own = self.columns.iter().map(|at| row.values().get(*at).cloned());
            let own: Vec<Value> = own.map(|value| value.unwrap_or(Value::Null)).collect();
            Ok(self.encoded(&own) == wanted)
        })
    }

    /// What makes values equal in these columns.
    fn encoded(&self, values: &[Value]) -> Vec<u8> {
        let mut key = Vec::with_capacity(16);
        for (at, value) in self.columns.iter().zip(values) {
            let ty = self.table.columns.get(*at).map_or(&ColumnType::Null, |column| &column.ty);
            encode(value, ty, false, None, &mut key);
        }
        key
    }

    fn scan(&self, ctx: &mut EvalContext<'_>) -> LockingScan {
        let (index, range) = self.place();
        let keys = (index, range, Direction::Forward);
        let how = (self.mode, OnConflict::Wait);
        LockingScan::new(ctx.session.transaction(), self.table.clone(), keys, how)
    }

    /// The index to look into, and where; without one all rows are looked at.
    fn place(&self) -> (IndexNo, KeyRange) {
        let serving = self.table.indexes.iter().enumerate().find_map(|(place, index)| {
            let values = self.in_order(index)?;
            let number = self.table.index_no(place);
            Some((number, KeyRange::prefix(self.table.shape.search_key(number, &values))))
        });
        serving.unwrap_or_else(|| (IndexNo::ROWS, KeyRange::all()))
    }

    /// The values in the order of an index that starts with the columns.
    fn in_order(&self, index: &IndexDef) -> Option<Vec<Value>> {
        let parts = index.parts.get(..self.columns.len())?;
        let value = |part: &crate::engine::catalog::IndexPart| {
            let at = self.columns.iter().position(|column| *column == part.column)?;
            self.values.get(at).filter(|_| part.prefix.is_none()).cloned()
        };
        parts.iter().map(value).collect()
    }
}
