//! Writing a checkpoint from a snapshot.

use std::io;

use super::block::{BlockWriter, Kind};
use super::{FORMAT, Head};
use crate::disk::Disk;
use crate::engine::Database;
use crate::engine::codec::{Stored, put_block, put_number};
use crate::store::{Direction, IndexNo, KeyRange, Table, View};

/// Rows are gathered in a block up to so many bytes; a larger row has its own.
const BLOCK_BYTES: usize = 256 << 10;

/// Writes a state to a file, in place of one of the same name. `stop` is asked between blocks.
///
/// # Errors
/// The disk's; `Interrupted` when `stop` says so. The file of that name is then as before.
pub(crate) fn write(
    disk: &dyn Disk,
    name: &str,
    database: &Database,
    next_table: u64,
    stop: &dyn Fn() -> bool,
) -> io::Result<()> {
    disk.replace_with(name, &mut |out| write_to(out, database, next_table, stop))
}

/// Writes a state as the file's contents.
///
/// # Errors
/// Those of `out`; `Interrupted` when `stop` says so.
pub(crate) fn write_to(
    out: &mut dyn io::Write,
    database: &Database,
    next_table: u64,
    stop: &dyn Fn() -> bool,
) -> io::Result<()> {
    let mut out = BlockWriter::begin(out)?;
    let mut first = encoded(&head(database, next_table));
    database.source_position.put(&mut first);
    out.write(Kind::Head, &first)?;
    out.write(Kind::Catalog, &encoded(database.catalog.as_ref()))?;
    let mut rows = 0;
    for definition in database.catalog.tables() {
        if let Some(table) = database.tables.get(definition.id) {
            rows += write_table(&mut out, table, database, stop)?;
        }
    }
    let mut footer = Vec::new();
    put_number(out.blocks, &mut footer);
    put_number(rows, &mut footer);
    out.write(Kind::Footer, &footer)
}

fn head(database: &Database, next_table: u64) -> Head {
    Head {
        format: FORMAT,
        executed: database.executed.to_string(),
        next_table,
        sequence: database.sequence,
        unlogged: database.unlogged,
    }
}

fn encoded(value: &impl Stored) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.put(&mut bytes);
    bytes
}

fn write_table(
    out: &mut BlockWriter<'_>,
    table: &Table,
    database: &Database,
    stop: &dyn Fn() -> bool,
) -> io::Result<u64> {
    let mut block = Vec::with_capacity(BLOCK_BYTES + BLOCK_BYTES / 4);
    put_number(table.id().0, &mut block);
    put_number(table.counters().next_auto(), &mut block);
    put_number(table.counters().next_row(), &mut block);
    out.write(Kind::Table, &block)?;
    block.clear();
    let hidden = table.shape().primary.is_none();
    let all = KeyRange::all();
    let view = View::new(&database.tables, None);
    for found in view.scan(table.id(), IndexNo::ROWS, &all, Direction::Forward) {
        if hidden {
            put_block(found.key.bytes(), &mut block);
        }
        found.row.put(&mut block);
        if block.len() >= BLOCK_BYTES {
            if stop() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            out.write(Kind::Rows, &block)?;
            block.clear();
        }
    }
    if !block.is_empty() {
        out.write(Kind::Rows, &block)?;
    }
    Ok(table.len() as u64)
}
