//! Tables, a tiny DDL language, and engines on disks in memory.

use std::sync::Arc;

use crate::disk::{Disk, FaultyDisk};
use crate::engine::catalog::{
    ColumnDef, ForeignKeyAction, ForeignKeyDef, IndexDef, IndexKind, IndexPart, SchemaDef,
    TableDef, TableName,
};
use crate::engine::{
    CatalogChange, CommitOptions, Committed, Database, DdlReplay, DdlStatement, Engine,
    EngineOptions, Interrupt, OpenError, Transaction, TransactionOptions, Use,
};
use crate::store::{Direction, IndexNo, Key, KeyRange};
use crate::value::types::{CollationId, ColumnType, IntegerSize};
use crate::value::{Row, SqlError, Value};

pub const SCHEMA: &str = "test";

pub fn int() -> ColumnType {
    ColumnType::Integer { size: IntegerSize::Big, unsigned: false, width: None, zerofill: false }
}

pub fn text() -> ColumnType {
    ColumnType::Char { varying: true, length: 200, collation: CollationId(255) }
}

fn index(name: &str, kind: IndexKind, column: usize) -> IndexDef {
    IndexDef {
        name: name.into(),
        kind,
        parts: vec![IndexPart { column, prefix: None, descending: false }],
        comment: "".into(),
        visible: true,
    }
}

/// `numbers`: id, value. `keyless`: the same without a key. `wide`: id AUTO_INCREMENT, value with an index, u
/// with a unique index, text.
pub fn table(kind: &str, name: &str) -> TableDef {
    let mut table = TableDef::new(SCHEMA, name, CollationId(255));
    table.columns = vec![ColumnDef::new("id", int()), ColumnDef::new("value", int())];
    if kind != "keyless" {
        table.indexes = vec![index("PRIMARY", IndexKind::Primary, 0)];
    }
    if kind == "doubled" {
        table.columns.push(ColumnDef { hidden: true, ..ColumnDef::new("twice", int()) });
        table.indexes.push(index("twice", IndexKind::Unique, 2));
    }
    if kind == "child" {
        table.foreign_keys = vec![ForeignKeyDef {
            name: "fk".into(),
            columns: vec![1],
            parent: TableName::new(SCHEMA, "parent"),
            parent_columns: vec!["id".into()],
            on_delete: ForeignKeyAction::Cascade,
            on_update: ForeignKeyAction::Restrict,
        }];
    }
    if kind == "wide" {
        table.columns[0].auto_increment = true;
        table.columns.push(ColumnDef::new("u", int()));
        table.columns.push(ColumnDef::new("c", text()));
        table.indexes.push(index("value", IndexKind::Plain, 1));
        table.indexes.push(index("u", IndexKind::Unique, 2));
    }
    table
}

/// Statements: `schema`, `KIND NAME`, `drop NAME`, `truncate NAME`, `rename NAME NAME`, `widen NAME` (adds a
/// column with 7 in it), `unique NAME` (on value), `drop schema`.
pub struct TestDdl;

impl DdlReplay for TestDdl {
    fn changes(
        &self,
        statement: &DdlStatement,
        database: &Database,
    ) -> Result<Vec<CatalogChange>, SqlError> {
        let words: Vec<&str> = statement.sql.split(' ').collect();
        let named = |name: &str| TableName::new(SCHEMA, name);
        let known = |name: &str| TableDef::clone(database.catalog.table(SCHEMA, name).unwrap());
        Ok(vec![match words[..] {
            ["schema"] => CatalogChange::CreateSchema(SchemaDef::new(SCHEMA, CollationId(255))),
            ["drop", "schema"] => CatalogChange::DropSchema(SCHEMA.into()),
            ["drop", name] => CatalogChange::DropTables(vec![named(name)]),
            ["truncate", name] => CatalogChange::Truncate(named(name)),
            ["rename", old, new] => CatalogChange::RenameTables(vec![(named(old), named(new))]),
            ["widen", name] => {
                let mut new = known(name);
                new.columns.push(ColumnDef::new("seven", int()));
                let convert = |row: &Row| {
                    let mut values = row.values().to_vec();
                    values.push(Value::Int(7));
                    Ok(Row::new(values))
                };
                let (old, new) = (named(name), Box::new(new));
                CatalogChange::AlterTable { old, new, convert: Some(Arc::new(convert)) }
            }
            ["unique", name] => {
                let mut new = known(name);
                new.indexes.push(index("unique_value", IndexKind::Unique, 1));
                CatalogChange::AlterTable { old: named(name), new: Box::new(new), convert: None }
            }
            [kind, name] => CatalogChange::CreateTable(Box::new(table(kind, name))),
            _ => panic!("{}", statement.sql),
        }])
    }

    fn hidden_values(&self, _: &TableDef, row: &mut Vec<Value>) -> Result<(), SqlError> {
        let Some(Value::Int(value)) = row.get(1).cloned() else { panic!("{row:?}") };
        row.push(Value::Int(value * 2));
        Ok(())
    }
}

pub fn volatile() -> Arc<Engine> {
    Engine::volatile(EngineOptions::default()).unwrap()
}

pub fn open_with(disk: &FaultyDisk, options: EngineOptions) -> Result<Arc<Engine>, OpenError> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Engine::open(disk, options, &TestDdl, &mut |_| {})
}

pub fn open(disk: &FaultyDisk) -> Arc<Engine> {
    open_with(disk, EngineOptions::default()).unwrap()
}

pub fn ddl(engine: &Engine, sql: &str) -> Result<Committed, SqlError> {
    let mut transaction = engine.begin(TransactionOptions::default());
    for name in sql.split(' ').skip(1) {
        transaction.lock_table_exclusive(SCHEMA, name).map_err(Interrupt::into_error)?;
    }
    let statement = DdlStatement { sql: sql.to_owned(), ..DdlStatement::default() };
    let changes = TestDdl.changes(&statement, &engine.database())?;
    engine.ddl(transaction, statement, changes).wait()
}

pub fn prepare(engine: &Engine, statements: &[&str]) {
    statements.iter().for_each(|sql| {
        ddl(engine, sql).unwrap();
    });
}

/// A row of numbers; the fourth is text, as in `wide`.
pub fn row(numbers: &[i64]) -> Row {
    let value = |(at, number): (usize, &i64)| match at {
        3 => Value::Text(number.to_string().into()),
        _ => Value::Int(*number),
    };
    Row::new(numbers.iter().enumerate().map(value).collect())
}

pub fn numbers(row: &Row) -> Vec<i64> {
    let numbers = row.values().iter().map(|value| match value {
        Value::Int(number) => *number,
        Value::Text(text) => text.parse().unwrap(),
        other => panic!("{other:?}"),
    });
    numbers.collect()
}

pub fn begin(engine: &Engine) -> Transaction {
    engine.begin(TransactionOptions::default())
}

pub fn using(transaction: &mut Transaction, name: &str, how: Use) -> Arc<TableDef> {
    transaction.use_table(SCHEMA, name, how).unwrap()
}

pub fn insert(transaction: &mut Transaction, name: &str, values: &[i64]) -> Key {
    let table = using(transaction, name, Use::Write);
    transaction.insert(&table, row(values)).unwrap()
}

pub fn commit(engine: &Engine, transaction: Transaction) -> Result<Committed, SqlError> {
    engine.commit(transaction, CommitOptions::default()).wait()
}

/// Inserts and commits rows.
pub fn fill(engine: &Engine, name: &str, rows: &[&[i64]]) {
    let mut transaction = begin(engine);
    rows.iter().for_each(|values| {
        insert(&mut transaction, name, values);
    });
    commit(engine, transaction).unwrap();
}

/// All rows as published, in the order of their keys.
pub fn published(engine: &Engine, name: &str) -> Vec<Vec<i64>> {
    let transaction = begin(engine);
    let table = engine.database().catalog.table(SCHEMA, name).unwrap().clone();
    let all = KeyRange::all();
    let scan = transaction.scan(table.id, IndexNo::ROWS, &all, Direction::Forward);
    scan.map(|found| numbers(found.row)).collect()
}
