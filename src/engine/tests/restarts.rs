//! Restarts: checkpoints, damaged ones, purged logs, two servers on one directory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fixture::{
    SCHEMA, TestDdl, begin, commit, ddl, fill, insert, open, open_with, prepare, published, row,
    using,
};
use crate::disk::{Disk, FaultyDisk};
use crate::engine::{Engine, EngineOptions, OpenError, Phase, SyncPolicy, Use};

fn checkpoints(disk: &FaultyDisk) -> Vec<String> {
    let names = disk.list().unwrap();
    names.into_iter().filter(|name| name.starts_with("checkpoint.")).collect()
}

#[test]
fn a_second_server_is_refused() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    let second = open_with(&disk, EngineOptions::default());
    assert!(matches!(second, Err(OpenError::InUse(_))));
    drop(engine);
    open(&disk);
}

#[test]
fn a_new_directory_says_so_and_keeps_its_identity() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    assert!(engine.opened().is_new);
    let uuid = engine.uuid();
    prepare(&engine, &["schema"]);
    engine.shutdown();
    drop(engine);
    let engine = open(&disk);
    assert!(!engine.opened().is_new);
    assert_eq!(engine.uuid(), uuid);
}

#[test]
fn a_shut_down_engine_commits_nothing() {
    let engine = open(&FaultyDisk::new(1));
    prepare(&engine, &["schema", "numbers test"]);
    engine.shutdown();
    let mut transaction = begin(&engine);
    insert(&mut transaction, "test", &[1, 1]);
    assert!(commit(&engine, transaction).is_err());
}

#[test]
fn checkpoints_and_the_log_after_them() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "wide t", "keyless k", "numbers empty"]);
    for n in 0..2_000 {
        fill(&engine, "t", &[&[n, n % 7, n * 3, 0]]);
    }
    fill(&engine, "k", &[&[1, 1], &[1, 1], &[2, 2]]);
    engine.checkpoint().unwrap();
    let mut transaction = begin(&engine);
    let table = using(&mut transaction, "t", Use::Write);
    let key = |n| table.shape.row_key(&row(&[n, 0, 0, 0])).unwrap();
    transaction.delete(&table, &key(10)).unwrap();
    transaction.update(&table, &key(11), row(&[5_000, 1, 1, 1])).unwrap();
    let keyless = using(&mut transaction, "k", Use::Write);
    let first = crate::store::Key::from_number(1);
    transaction.update(&keyless, &first, row(&[9, 9])).unwrap();
    commit(&engine, transaction).unwrap();
    let (t, k) = (published(&engine, "t"), published(&engine, "k"));
    let executed = engine.database().executed.clone();
    drop(engine);
    let engine = open(&disk.restart());
    assert_eq!(engine.opened().checkpoint.as_deref(), Some("checkpoint.0000000001"));
    assert_eq!(engine.opened().replayed, 1);
    assert_eq!(published(&engine, "t"), t);
    let mut again = published(&engine, "k");
    again.sort();
    let mut k = k;
    k.sort();
    assert_eq!(again, k);
    assert_eq!(engine.database().executed, executed);
    let table = engine.database().catalog.table(SCHEMA, "t").unwrap().id;
    assert_eq!(engine.auto_increment(table), Some(5_001));
    fill(&engine, "k", &[&[4, 4]]);
    assert_eq!(published(&engine, "k").len(), 4, "hidden keys are not given twice");
    fill(&engine, "empty", &[&[1, 1]]);
    ddl(&engine, "numbers more").unwrap();
    let ids: std::collections::BTreeSet<_> =
        engine.database().catalog.tables().map(|table| table.id).collect();
    assert_eq!(ids.len(), 4);
}

#[test]
fn a_damaged_checkpoint_is_passed_over() {
    for offset in [3, 9, 40, 400, 4_000] {
        let disk = FaultyDisk::new(1);
        let engine = open(&disk);
        prepare(&engine, &["schema", "wide t"]);
        for n in 0..500 {
            fill(&engine, "t", &[&[n, n, n, n]]);
            if n % 100 == 50 {
                engine.checkpoint().unwrap();
            }
        }
        assert_eq!(checkpoints(&disk).len(), 2);
        let expected = published(&engine, "t");
        drop(engine);
        let disk = disk.restart();
        let newest = checkpoints(&disk).pop().unwrap();
        disk.flip(&newest, offset, 0x10);
        let engine = open(&disk);
        assert_eq!(engine.opened().damaged.len(), 1, "offset {offset}");
        assert_ne!(engine.opened().checkpoint, Some(newest));
        assert_eq!(published(&engine, "t"), expected);
        engine.checkpoint().unwrap();
        drop(engine);
        assert!(open(&disk.restart()).opened().damaged.is_empty());
    }
}

#[test]
fn without_any_checkpoint_the_log_is_enough() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "wide t"]);
    fill(&engine, "t", &[&[1, 2, 3, 4]]);
    engine.checkpoint().unwrap();
    drop(engine);
    let disk = disk.restart();
    disk.flip(&checkpoints(&disk)[0], 20, 1);
    let engine = open(&disk);
    assert_eq!(engine.opened().checkpoint, None);
    assert_eq!(published(&engine, "t"), [[1, 2, 3, 4]]);
}

#[test]
fn purging_keeps_what_recovery_needs() {
    let disk = FaultyDisk::new(1);
    let options = EngineOptions { log_file_bytes: 2_000, ..EngineOptions::default() };
    let engine = open_with(&disk, options.clone()).unwrap();
    prepare(&engine, &["schema", "numbers test"]);
    (0..100).for_each(|n| fill(&engine, "test", &[&[n, n]]));
    let files = engine.log().unwrap().files();
    assert!(files.len() > 5);
    let newest = files.last().unwrap().name();
    let gone = engine.purge_logs_to(&newest).unwrap();
    assert_eq!(gone.len(), files.len() - 1);
    assert_eq!(engine.purged_gtids().count(), files.last().unwrap().previous.count());
    assert_eq!(engine.purge_logs_to("binlog.999999").unwrap_err().code, 1373);
    (100..110).for_each(|n| fill(&engine, "test", &[&[n, n]]));
    drop(engine);
    let engine = open_with(&disk.restart(), options).unwrap();
    assert_eq!(published(&engine, "test").len(), 110);
}

#[test]
fn a_reset_forgets_history_and_keeps_rows() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "numbers test"]);
    fill(&engine, "test", &[&[1, 1]]);
    engine.reset_logs().unwrap();
    assert!(engine.database().executed.is_empty());
    fill(&engine, "test", &[&[2, 2]]);
    assert_eq!(engine.database().executed.count(), 1);
    drop(engine);
    let engine = open(&disk.restart());
    assert_eq!(published(&engine, "test"), [[1, 1], [2, 2]]);
    assert_eq!(engine.database().executed.count(), 1);
}

#[test]
fn a_crash_within_a_reset_loses_nothing() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "numbers test"]);
    fill(&engine, "test", &[&[1, 1]]);
    engine.checkpoint().unwrap();
    engine.log().unwrap().reset().unwrap();
    let disk = disk.restart();
    drop(engine);
    let engine = open(&disk);
    assert_eq!(published(&engine, "test"), [[1, 1]]);
    assert!(engine.database().executed.is_empty());
}

#[test]
fn granted_gtids_count_as_executed() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    let set = format!("{}:1-10", engine.uuid()).parse().unwrap();
    engine.grant_gtids(&set).unwrap();
    prepare(&engine, &["schema", "numbers test"]);
    assert_eq!(engine.database().executed.count(), 12);
    drop(engine);
    let engine = open(&disk.restart());
    assert_eq!(engine.database().executed.count(), 12);
    assert_eq!(engine.purged_gtids(), set);
}

#[test]
fn checkpoints_come_by_themselves() {
    let disk = FaultyDisk::new(1);
    let options = EngineOptions { checkpoint_log_bytes: 1_000, ..EngineOptions::default() };
    let engine = open_with(&disk, options).unwrap();
    prepare(&engine, &["schema", "numbers test"]);
    (0..20).for_each(|n| fill(&engine, "test", &[&[n, n]]));
    let deadline = Instant::now() + Duration::from_secs(20);
    while checkpoints(&disk).is_empty() {
        assert!(Instant::now() < deadline, "no checkpoint");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn every_second_is_soon_enough() {
    let disk = FaultyDisk::new(1);
    let options = EngineOptions { sync: SyncPolicy::EverySecond, ..EngineOptions::default() };
    let engine = open_with(&disk, options.clone()).unwrap();
    prepare(&engine, &["schema", "numbers test"]);
    fill(&engine, "test", &[&[1, 1]]);
    std::thread::sleep(Duration::from_millis(2_500));
    let disk = disk.restart();
    drop(engine);
    let engine = open_with(&disk, options).unwrap();
    assert_eq!(published(&engine, "test"), [[1, 1]]);
}

#[test]
fn progress_reaches_the_end() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "numbers test"]);
    fill(&engine, "test", &[&[1, 1]]);
    engine.checkpoint().unwrap();
    fill(&engine, "test", &[&[2, 2]]);
    drop(engine);
    let disk: Arc<dyn Disk> = Arc::new(disk.restart());
    let mut seen = Vec::new();
    Engine::open(disk, EngineOptions::default(), &TestDdl, &mut |progress| seen.push(progress))
        .unwrap();
    for phase in [Phase::Checkpoint, Phase::Log] {
        let last = seen.iter().rfind(|progress| progress.phase == phase).unwrap();
        assert_eq!(last.done, last.total, "{phase:?}");
    }
}

#[test]
fn hidden_columns_are_not_logged_and_come_back() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "doubled t"]);
    fill(&engine, "t", &[&[1, 10, 20], &[2, 11, 22]]);
    let mut transaction = begin(&engine);
    let table = using(&mut transaction, "t", Use::Write);
    assert_eq!(table.logged_columns(), 2);
    let key = table.shape.row_key(&row(&[1])).unwrap();
    transaction.update(&table, &key, row(&[1, 12, 24])).unwrap();
    commit(&engine, transaction).unwrap();
    drop(engine);
    let engine = open(&disk.restart());
    assert_eq!(published(&engine, "t"), [[1, 12, 24], [2, 11, 22]]);
}

#[test]
fn the_disk_remembers_that_the_log_was_not_synced() {
    let disk = FaultyDisk::new(1);
    let marked = || disk.exists("unsynced").unwrap();
    let options = EngineOptions { sync: SyncPolicy::Never, ..EngineOptions::default() };
    drop(open_with(&disk, options).unwrap());
    assert!(marked());
    let engine = open(&disk);
    assert!(!marked());
    engine.set_sync(SyncPolicy::Groups(7)).unwrap();
    assert!(marked());
    engine.set_sync(SyncPolicy::Groups(1)).unwrap();
    assert!(!marked());
}
