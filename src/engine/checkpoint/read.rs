//! Loading a checkpoint.
//!
//! Three kinds of threads work at once: one reads blocks and checks them, some decode rows, one builds tables.
//! Blocks go to the decoders in turn and are taken from them in the same turn, so rows come in order.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::block::{Block, BlockReader, Kind};
use super::{CheckpointError, FORMAT, Head};
use crate::disk::Disk;
use crate::engine::Database;
use crate::engine::catalog::Catalog;
use crate::engine::codec::{Damaged, Input, Stored};
use crate::store::{Key, Table, TableId};
use crate::value::Row;

/// Most decoders.
const MAX_DECODERS: usize = 6;

/// Blocks on their way to and from one decoder.
const IN_FLIGHT: usize = 4;

/// A checkpoint in memory.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub database: Database,
    pub next_table: u64,
}

/// What a decoder makes of a block.
enum Piece {
    Table { id: TableId, next_auto: u64, next_row: u64 },
    Rows(Vec<(Option<Key>, Row)>),
    Footer { blocks: u64, rows: u64, read: u64 },
}

type Decoded = Result<Piece, CheckpointError>;

/// Loads a checkpoint. `progress` gets bytes read and bytes in all.
///
/// # Errors
/// It is damaged, or the disk fails.
pub(crate) fn load(
    disk: &dyn Disk,
    name: &str,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Loaded, CheckpointError> {
    let file = disk.open(name)?;
    let total = file.len();
    let mut blocks = BlockReader::open(file)?;
    let (head, source_position) = head(&expect(&mut blocks, Kind::Head)?)?;
    if head.format != FORMAT {
        return Err(CheckpointError::Contents("it is of another version of the program"));
    }
    let catalog: Catalog = stored(&expect(&mut blocks, Kind::Catalog)?)?;
    let mut builder = Builder::new(catalog);
    thread::scope(|scope| {
        let decoders =
            thread::available_parallelism().map_or(1, usize::from).clamp(1, MAX_DECODERS);
        let (mut to, mut from) = (Vec::new(), Vec::new());
        for _ in 0..decoders {
            let (block_sender, block_receiver) = sync_channel(IN_FLIGHT);
            let (piece_sender, piece_receiver) = sync_channel(IN_FLIGHT);
            let hidden = builder.hidden.clone();
            scope.spawn(move || decode_all(&hidden, &block_receiver, &piece_sender));
            to.push(block_sender);
            from.push(piece_receiver);
        }
        scope.spawn(move || read_all(blocks, to, total, progress));
        builder.build(&from)
    })?;
    builder.database.source_position = source_position;
    builder.finish(head)
}

/// What opens the file; files from before positions were kept end without one.
fn head(block: &Block) -> Result<(Head, Option<Arc<str>>), CheckpointError> {
    let mut input = Input::new(block.payload());
    let head = Head::take(&mut input)?;
    let position = if input.is_empty() { None } else { Stored::take(&mut input)? };
    Ok((head, position))
}

fn expect(blocks: &mut BlockReader, kind: Kind) -> Result<Block, CheckpointError> {
    let block = blocks.next()?;
    if block.kind == kind {
        Ok(block)
    } else {
        Err(CheckpointError::Contents("a block is missing"))
    }
}

fn stored<T: Stored>(block: &Block) -> Result<T, CheckpointError> {
    Ok(T::take(&mut Input::new(block.payload()))?)
}

/// A block with what its decoder must know: the table that the rows are of.
type Job = Result<(Block, TableId, u64), CheckpointError>;

/// Reads to the footer or the first mistake, and hands blocks out in turn.
fn read_all(
    mut blocks: BlockReader,
    to: Vec<SyncSender<Job>>,
    total: u64,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) {
    let mut table = TableId(0);
    for sender in to.iter().cycle() {
        let read = blocks.blocks;
        let block = blocks.next();
        if let Ok(block) = &block
            && block.kind == Kind::Table
        {
            table = TableId(Input::new(block.payload()).number().unwrap_or(0));
        }
        progress(blocks.position(), total);
        let ends = block.as_ref().map_or(true, |block| block.kind == Kind::Footer);
        let sent = sender.send(block.map(|block| (block, table, read)));
        if ends || sent.is_err() {
            return;
        }
    }
}

/// Which tables have rows with keys of their own.
type HiddenKeys = Arc<std::collections::BTreeSet<TableId>>;

fn decode_all(hidden: &HiddenKeys, jobs: &Receiver<Job>, pieces: &SyncSender<Decoded>) {
    for job in jobs {
        let decoded =
            job.and_then(|(block, table, read)| Ok(decode(&block, hidden.contains(&table), read)?));
        if pieces.send(decoded).is_err() {
            return;
        }
    }
}

fn decode(block: &Block, hidden: bool, read: u64) -> Result<Piece, Damaged> {
    let mut input = Input::new(block.payload());
    Ok(match block.kind {
        Kind::Table => Piece::Table {
            id: TableId(input.number()?),
            next_auto: input.number()?,
            next_row: input.number()?,
        },
        Kind::Rows => {
            let mut rows = Vec::new();
            while !input.is_empty() {
                let key = hidden.then(|| input.block().map(Key::new)).transpose()?;
                rows.push((key, Row::take(&mut input)?));
            }
            Piece::Rows(rows)
        }
        Kind::Footer => Piece::Footer { blocks: input.number()?, rows: input.number()?, read },
        Kind::Head | Kind::Catalog => return Err(input.damaged("rows")),
    })
}

/// Builds tables from pieces in order.
struct Builder {
    database: Database,
    hidden: HiddenKeys,
    table: Option<Table>,
    rows: u64,
}

impl Builder {
    fn new(catalog: Catalog) -> Self {
        let hidden = catalog.tables().filter(|table| table.shape.primary.is_none());
        let hidden = Arc::new(hidden.map(|table| table.id).collect());
        let mut database = Database { catalog: Arc::new(catalog), ..Database::default() };
        for table in database.catalog.tables() {
            database.tables.insert(Table::new(table.shape.clone()));
        }
        Self { database, hidden, table: None, rows: 0 }
    }

    fn build(&mut self, from: &[Receiver<Decoded>]) -> Result<(), CheckpointError> {
        for receiver in from.iter().cycle() {
            let piece = receiver.recv();
            let piece = piece.map_err(|_| CheckpointError::Contents("it has no end"))??;
            match piece {
                Piece::Table { id, next_auto, next_row } => self.begin(id, next_auto, next_row)?,
                Piece::Rows(rows) => self.add(rows)?,
                Piece::Footer { blocks, rows, read } => {
                    self.end();
                    let whole = blocks == read && rows == self.rows;
                    let error = CheckpointError::Contents("rows are missing");
                    return whole.then_some(()).ok_or(error);
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, id: TableId, next_auto: u64, next_row: u64) -> Result<(), CheckpointError> {
        self.end();
        let definition = self.database.catalog.table_by_id(id);
        let definition = definition.ok_or(CheckpointError::Contents("rows of no table"))?;
        let table = Table::new(definition.shape.clone());
        table.counters().raise_auto(next_auto);
        table.counters().raise_next_row(next_row);
        self.table = Some(table);
        Ok(())
    }

    fn add(&mut self, rows: Vec<(Option<Key>, Row)>) -> Result<(), CheckpointError> {
        let table = self.table.as_mut().ok_or(CheckpointError::Contents("rows of no table"))?;
        self.rows += rows.len() as u64;
        for (key, row) in rows {
            if row.values().len() != table.shape().columns.len() {
                return Err(CheckpointError::Contents("a row has other columns than its table"));
            }
            let key = key.or_else(|| table.shape().row_key(&row));
            table.put(key.ok_or(CheckpointError::Contents("a row has no key"))?, row);
        }
        Ok(())
    }

    fn end(&mut self) {
        if let Some(table) = self.table.take() {
            self.database.tables.insert(table);
        }
    }

    fn finish(mut self, head: Head) -> Result<Loaded, CheckpointError> {
        let executed = head.executed.parse();
        let executed = executed.map_err(|_| CheckpointError::Contents("its GTIDs are no GTIDs"))?;
        self.database.executed = Arc::new(executed);
        self.database.sequence = head.sequence;
        self.database.unlogged = head.unlogged;
        Ok(Loaded { database: self.database, next_table: head.next_table })
    }
}
