//! DDL: what it does, what it waits for, what it leaves.

use super::fixture::{
    SCHEMA, TestDdl, begin, commit, ddl, fill, insert, open, prepare, published, row, table, using,
    volatile,
};
use crate::disk::FaultyDisk;
use crate::engine::catalog::TableName;
use crate::engine::{
    DdlReplay, DdlStatement, EngineOptions, Interrupt, TableLock, TemporaryTables,
    TransactionOptions, Use,
};
use crate::store::locks::WaitEnd;
use crate::value::SqlError;

#[test]
fn ddl_waits_for_who_uses_the_table() {
    let engine = volatile();
    prepare(&engine, &["schema", "numbers test"]);
    let mut writer = begin(&engine);
    insert(&mut writer, "test", &[1, 1]);
    let mut alter = begin(&engine);
    let Err(Interrupt::Wait(wait)) = alter.lock_table_exclusive(SCHEMA, "test") else {
        panic!("it should wait")
    };
    assert_eq!(wait.end(), None);
    commit(&engine, writer).unwrap();
    assert_eq!(wait.end(), Some(WaitEnd::Granted));
    alter.lock_table_exclusive(SCHEMA, "test").unwrap();
    let mut late = begin(&engine);
    assert!(matches!(late.use_table(SCHEMA, "test", Use::Write), Err(Interrupt::Wait(_))));
    late.use_table(SCHEMA, "test", Use::Read).expect("snapshots do not wait");
}

#[test]
fn altered_tables_keep_rows_in_their_new_form() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "numbers test"]);
    fill(&engine, "test", &[&[1, 10], &[2, 20]]);
    ddl(&engine, "widen test").unwrap();
    fill(&engine, "test", &[&[3, 30, 8]]);
    ddl(&engine, "rename test other").unwrap();
    ddl(&engine, "unique other").unwrap();
    let expected = [[1, 10, 7], [2, 20, 7], [3, 30, 8]];
    assert_eq!(published(&engine, "other"), expected);
    let mut transaction = begin(&engine);
    let table = using(&mut transaction, "other", Use::Write);
    let clash = transaction.insert(&table, row(&[4, 30, 0]));
    assert!(matches!(clash, Err(Interrupt::Duplicate(_))));
    drop(transaction);
    drop(engine);
    let engine = open(&disk.restart());
    assert_eq!(published(&engine, "other"), expected);
    assert!(engine.database().catalog.table(SCHEMA, "test").is_none());
}

#[test]
fn a_new_unique_index_finds_duplicates() {
    let engine = volatile();
    prepare(&engine, &["schema", "numbers test"]);
    fill(&engine, "test", &[&[1, 10], &[2, 10]]);
    let error = ddl(&engine, "unique test").unwrap_err();
    assert_eq!(error.message, "Duplicate entry '10' for key 'test.unique_value'");
    assert_eq!(engine.database().catalog.table(SCHEMA, "test").unwrap().indexes.len(), 1);
}

#[test]
fn truncate_and_drop() {
    let engine = volatile();
    prepare(&engine, &["schema", "wide t", "numbers test"]);
    fill(&engine, "t", &[&[7, 1, 1, 1]]);
    let id =
        |engine: &crate::engine::Engine| engine.database().catalog.table(SCHEMA, "t").unwrap().id;
    assert_eq!(engine.auto_increment(id(&engine)), Some(8));
    ddl(&engine, "truncate t").unwrap();
    assert_eq!(engine.auto_increment(id(&engine)), Some(1));
    assert!(published(&engine, "t").is_empty());
    ddl(&engine, "drop t").unwrap();
    assert!(engine.database().catalog.table(SCHEMA, "t").is_none());
    assert_eq!(engine.database().tables.iter().count(), 1);
    ddl(&engine, "drop schema").unwrap();
    assert_eq!(engine.database().tables.iter().count(), 0);
}

#[test]
fn a_snapshot_keeps_its_definitions() {
    let engine = volatile();
    prepare(&engine, &["schema", "numbers test"]);
    fill(&engine, "test", &[&[1, 10]]);
    let mut old = begin(&engine);
    let before = using(&mut old, "test", Use::Read);
    ddl(&engine, "widen test").unwrap();
    let again = using(&mut old, "test", Use::Read);
    assert_eq!(again.columns.len(), before.columns.len());
    let key = again.shape.row_key(&row(&[1, 0])).unwrap();
    assert_eq!(old.get(again.id, &key).unwrap().values().len(), 2);
    let written = old.use_table(SCHEMA, "test", Use::Write).unwrap_err();
    assert_eq!(written.into_error().code, 1412);
    prepare(&engine, &["numbers late"]);
    let missing = old.use_table(SCHEMA, "late", Use::Read).unwrap_err();
    assert_eq!(missing.into_error().code, 1412);
    let nowhere = old.use_table(SCHEMA, "nowhere", Use::Read).unwrap_err();
    assert_eq!(nowhere.into_error().code, 1146);
}

#[test]
fn temporary_tables_are_the_sessions_own() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "numbers test"]);
    let temporary = TemporaryTables::default();
    temporary.create(table("numbers", "test")).unwrap();
    let options = TransactionOptions { temporary: temporary.clone(), ..Default::default() };
    let mut transaction = engine.begin(options.clone());
    insert(&mut transaction, "test", &[1, 1]);
    assert_eq!(commit(&engine, transaction).unwrap().gtid, None);
    let mut transaction = engine.begin(options.clone());
    let table = using(&mut transaction, "test", Use::Read);
    assert!(table.temporary);
    let key = table.shape.row_key(&row(&[1, 0])).unwrap();
    assert!(transaction.get(table.id, &key).is_some());
    transaction.delete(&table, &key).unwrap();
    transaction.rollback();
    let transaction = engine.begin(options);
    assert!(transaction.get(table.id, &key).is_some());
    assert!(published(&engine, "test").is_empty());
    temporary.drop(SCHEMA, "test");
    assert!(temporary.table(SCHEMA, "test").is_none());
}

#[test]
fn locked_tables_keep_others_out() {
    let engine = volatile();
    prepare(&engine, &["schema", "numbers test"]);
    let owner = engine.new_owner();
    let lock = |write| TableLock { name: TableName::new(SCHEMA, "test"), write };
    engine.lock_tables(owner, &[lock(true)]).unwrap();
    let mut own = engine.begin(TransactionOptions { owner, ..Default::default() });
    insert(&mut own, "test", &[1, 1]);
    commit(&engine, own).unwrap();
    let mut other = begin(&engine);
    assert!(matches!(other.use_table(SCHEMA, "test", Use::Read), Err(Interrupt::Wait(_))));
    engine.unlock_tables(owner);
    let mut other = begin(&engine);
    other.use_table(SCHEMA, "test", Use::Read).unwrap();
    engine.lock_tables(owner, &[lock(false)]).unwrap();
    other.use_table(SCHEMA, "test", Use::LockingRead).unwrap();
    assert!(matches!(other.use_table(SCHEMA, "test", Use::Write), Err(Interrupt::Wait(_))));
    engine.leave(owner);
    drop(other);
    engine.lock_all_tables(owner).unwrap();
    let mut other = begin(&engine);
    assert!(matches!(other.use_table(SCHEMA, "test", Use::Write), Err(Interrupt::Wait(_))));
    drop(other);
    engine.leave(owner);
    fill(&engine, "test", &[&[2, 2]]);
}

#[test]
fn foreign_keys_follow_a_renamed_parent() {
    let engine = volatile();
    prepare(&engine, &["schema", "numbers parent", "child c"]);
    let pointing = |name: &str| {
        let database = engine.database();
        let references = database.catalog.references_to(SCHEMA, name);
        references.iter().map(|one| one.child.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(pointing("parent"), ["c"]);
    ddl(&engine, "rename parent p").unwrap();
    assert!(pointing("parent").is_empty());
    assert_eq!(pointing("p"), ["c"]);
    ddl(&engine, "rename c d").unwrap();
    assert_eq!(pointing("p"), ["d"]);
    ddl(&engine, "drop d").unwrap();
    assert!(pointing("p").is_empty());
}

/// Tries to rewrite every row of a table; `stop` is asked on the way.
fn widen(
    engine: &crate::engine::Engine,
    stop: &dyn Fn() -> Result<(), SqlError>,
) -> Result<(), SqlError> {
    let mut transaction = engine.begin(TransactionOptions::default());
    transaction.lock_table_exclusive(SCHEMA, "test").unwrap();
    let statement = DdlStatement { sql: "widen test".to_owned(), ..DdlStatement::default() };
    let changes = TestDdl.changes(&statement, &engine.database()).unwrap();
    engine.ddl_until(transaction, statement, changes, stop).wait().map(drop)
}

#[test]
fn rewriting_rows_can_be_stopped() {
    let engine = volatile();
    prepare(&engine, &["schema", "numbers test"]);
    for id in 0..1_000 {
        fill(&engine, "test", &[&[id, id]]);
    }
    let asked = std::cell::Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        if asked.get() < 2 { Ok(()) } else { Err(SqlError::new(1317, b"70100", "stopped")) }
    };
    assert_eq!(widen(&engine, &stop).unwrap_err().code, 1317);
    assert_eq!(asked.get(), 2, "it ends at once");
    assert_eq!(published(&engine, "test").first().unwrap().len(), 2, "the table is as it was");
    widen(&engine, &|| Ok(())).unwrap();
    assert_eq!(published(&engine, "test").first().unwrap().len(), 3);
}

#[test]
fn rewriting_rows_heeds_the_memory_limit() {
    let options = EngineOptions { memory_bytes: 150_000, ..EngineOptions::default() };
    let engine = crate::engine::Engine::volatile(options).unwrap();
    prepare(&engine, &["schema", "numbers test"]);
    for id in 0..500 {
        fill(&engine, "test", &[&[id, id]]);
    }
    assert!(engine.database().tables.bytes() > 75_000, "twice as much does not fit");
    let full = widen(&engine, &|| Ok(())).unwrap_err();
    assert_eq!((full.code, full.message.as_str()), (1114, "The table 'test' is full"));
    assert_eq!(published(&engine, "test").len(), 500);
}
