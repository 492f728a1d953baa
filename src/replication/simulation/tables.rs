//! What is in the simulated databases: `s.t` with a key, `s.u` without one, and `s.l`, which is written with
//! `sql_log_bin=0` alone. Transactions are short lists of changes, of which a model keeps the sum.

use std::collections::BTreeMap;

use crate::engine::catalog::{
    ColumnDef, IndexDef, IndexKind, IndexPart, SchemaDef, TableDef, TableName,
};
use crate::engine::{
    CatalogChange, Database, DdlReplay, DdlStatement, Direction, Engine, IndexNo, Interrupt,
    KeyRange, LockMode, Transaction, Use, locks::OnConflict,
};
use crate::replication::replica::{Running, StatementKind, Statements};
use crate::value::types::{CollationId, ColumnType, IntegerSize};
use crate::value::{Row, SqlError, Value};

/// The first statement of every run.
pub const TABLES: &str = "tables";

/// Another.
pub const TRUNCATE: &str = "truncate t";

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Keyed,
    Keyless,
    Local,
}

impl Place {
    fn table(self) -> &'static str {
        match self {
            Self::Keyed => "t",
            Self::Keyless => "u",
            Self::Local => "l",
        }
    }
}

/// A change of one row: its number, and what it becomes; none: it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub place: Place,
    pub id: i64,
    pub becomes: Option<i64>,
}

/// What a transaction does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    Tables,
    Truncate,
    Rows(Vec<Change>),
}

/// The rows of `t` and `u`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows(BTreeMap<(Place, i64), i64>);

impl Rows {
    /// The state after this work.
    pub fn after(&self, work: &Work) -> Self {
        let mut rows = self.clone();
        match work {
            Work::Tables => {}
            Work::Truncate => rows.0.retain(|(place, _), _| *place != Place::Keyed),
            Work::Rows(changes) => changes.iter().for_each(|change| {
                let key = (change.place, change.id);
                match change.becomes {
                    Some(n) => drop(rows.0.insert(key, n)),
                    None => drop(rows.0.remove(&key)),
                }
            }),
        }
        rows
    }

    /// The rows of a published state; none before there were tables.
    pub fn of(database: &Database, engine: &Engine) -> Self {
        let mut rows = BTreeMap::new();
        for place in [Place::Keyed, Place::Keyless] {
            let Some(table) = database.catalog.table("s", place.table()) else { continue };
            let transaction = engine.begin(Default::default());
            let all = KeyRange::all();
            let scan = transaction.scan(table.id, IndexNo::ROWS, &all, Direction::Forward);
            for found in scan {
                let [id, n] = numbers(found.row);
                rows.insert((place, id), n);
            }
        }
        Self(rows)
    }
}

fn numbers(row: &Row) -> [i64; 2] {
    let number = |at: usize| match row.values().get(at) {
        Some(Value::Int(n)) => *n,
        _ => -1,
    };
    [number(0), number(1)]
}

fn row(id: i64, n: i64) -> Row {
    Row::new(vec![Value::Int(id), Value::Int(n)])
}

/// Adds a change of this row to a transaction: what it becomes follows from what it is. `None`: somebody else has it
/// locked.
pub fn change(
    transaction: &mut Transaction,
    place: Place,
    id: i64,
    n: i64,
    goes: bool,
) -> Option<Change> {
    let done = match place {
        Place::Keyless => change_keyless(transaction, id, n, goes),
        _ => change_keyed(transaction, place, id, n, goes),
    };
    match done {
        Ok(change) => Some(change),
        Err(Interrupt::Wait(_)) => None,
        Err(other) => panic!("a change fails: {:?}", other.into_error()),
    }
}

fn change_keyed(
    transaction: &mut Transaction,
    place: Place,
    id: i64,
    n: i64,
    goes: bool,
) -> Result<Change, Interrupt> {
    let table = transaction.use_table("s", place.table(), Use::Write)?;
    let key = table.shape.row_key(&row(id, 0)).expect("a key");
    let there = transaction.lock_and_get(&table, &key, LockMode::Exclusive, OnConflict::Wait)?;
    let becomes = match (there, goes) {
        (None, _) => transaction.insert(&table, row(id, n)).map(|_| Some(n))?,
        (Some(_), false) => transaction.update(&table, &key, row(id, n)).map(|_| Some(n))?,
        (Some(_), true) => transaction.delete(&table, &key).map(|_| None)?,
    };
    Ok(Change { place, id, becomes })
}

/// Numbers are unique here too, because the model is simple.
fn change_keyless(
    transaction: &mut Transaction,
    id: i64,
    n: i64,
    goes: bool,
) -> Result<Change, Interrupt> {
    let place = Place::Keyless;
    let table = transaction.use_table("s", place.table(), Use::Write)?;
    let all = KeyRange::all();
    let found = {
        let view = transaction.latest();
        let view = view.view();
        let mut scan = view.scan(table.id, IndexNo::ROWS, &all, Direction::Forward);
        scan.next().map(|found| (found.row_key, numbers(found.row)[0]))
    };
    if let Some((key, id)) = found.filter(|_| goes) {
        let there =
            transaction.lock_and_get(&table, &key, LockMode::Exclusive, OnConflict::Wait)?;
        if there.is_some() {
            transaction.delete(&table, &key)?;
            return Ok(Change { place, id, becomes: None });
        }
    }
    transaction.insert(&table, row(id, n))?;
    Ok(Change { place, id, becomes: Some(n) })
}

/// What the simulated statements mean.
#[derive(Clone, Copy)]
pub struct Meaning;

fn definition(place: Place) -> CatalogChange {
    let int = || ColumnType::Integer {
        size: IntegerSize::Big,
        unsigned: false,
        width: None,
        zerofill: false,
    };
    let mut table = TableDef::new("s", place.table(), CollationId(255));
    table.columns = vec![ColumnDef::new("id", int()), ColumnDef::new("n", int())];
    if place != Place::Keyless {
        table.indexes = vec![IndexDef {
            name: "PRIMARY".into(),
            kind: IndexKind::Primary,
            parts: vec![IndexPart { column: 0, prefix: None, descending: false }],
            comment: "".into(),
            visible: true,
        }];
    }
    CatalogChange::CreateTable(Box::new(table))
}

impl DdlReplay for Meaning {
    fn changes(
        &self,
        statement: &DdlStatement,
        _: &Database,
    ) -> Result<Vec<CatalogChange>, SqlError> {
        let sql = statement.sql.split(" /*").next().unwrap_or_default();
        Ok(match sql {
            TRUNCATE => vec![CatalogChange::Truncate(TableName::new("s", "t"))],
            _ => vec![
                CatalogChange::CreateSchema(SchemaDef::new("s", CollationId(255))),
                definition(Place::Keyed),
                definition(Place::Keyless),
                definition(Place::Local),
            ],
        })
    }

    fn hidden_values(&self, _: &TableDef, _: &mut Vec<Value>) -> Result<(), SqlError> {
        Ok(())
    }
}

impl Statements for Meaning {
    fn definitions(&self) -> &dyn DdlReplay {
        self
    }

    fn kind(&self, _: &mut DdlStatement) -> Result<StatementKind, SqlError> {
        Ok(StatementKind::Definition)
    }

    fn run<'a>(&'a self, _: &'a DdlStatement, _: Transaction) -> Running<'a> {
        unreachable!("all changes of rows are logged as rows")
    }
}
