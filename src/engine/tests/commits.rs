//! Commits: numbers, order, failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use super::fixture::{
    begin, commit, fill, insert, numbers, open, open_with, prepare, published, row, using, volatile,
};
use crate::disk::{Faults, FaultyDisk};
use crate::engine::{
    AckLevel, Barrier, CommitOptions, EngineOptions, Interrupt, LogContext, LoggedGroup, Passage,
    SyncPolicy, TransactionOptions, Use, is_unlogged,
};
use crate::value::SqlError;

#[test]
fn gtids_count_up() {
    let engine = volatile();
    prepare(&engine, &["schema", "numbers test"]);
    let mut transaction = begin(&engine);
    insert(&mut transaction, "test", &[1, 1]);
    let committed = commit(&engine, transaction).unwrap();
    assert_eq!(committed.gtid.unwrap().number, 3);
    assert_eq!(engine.database().executed.count(), 3);
}

#[test]
fn nothing_written_is_not_logged() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "numbers test"]);
    let end = engine.log().unwrap().current();
    assert_eq!(commit(&engine, begin(&engine)).unwrap().gtid, None);
    let mut transaction = begin(&engine);
    insert(&mut transaction, "test", &[1, 1]);
    transaction.rollback_statement();
    assert_eq!(commit(&engine, transaction).unwrap().gtid, None);
    assert_eq!(engine.log().unwrap().current(), end);
}

#[test]
fn auto_increment_numbers_are_not_given_twice() {
    let engine = volatile();
    prepare(&engine, &["schema", "wide t"]);
    let mut transaction = begin(&engine);
    let table = using(&mut transaction, "t", Use::Write);
    assert_eq!(transaction.next_auto_increment(&table, 1, 1, 1), 1);
    assert_eq!(transaction.next_auto_increment(&table, 3, 1, 1), 2);
    transaction.rollback();
    let transaction = begin(&engine);
    assert_eq!(transaction.next_auto_increment(&table, 1, 1, 1), 5);
    assert_eq!(transaction.next_auto_increment(&table, 1, 3, 10), 13);
    assert_eq!(transaction.next_auto_increment(&table, 2, 3, 10), 23);
    assert_eq!(transaction.next_auto_increment(&table, 1, 1, 1), 34);
    let mut transaction = begin(&engine);
    insert(&mut transaction, "t", &[100, 1, 1, 0]);
    assert_eq!(transaction.next_auto_increment(&table, 1, 1, 1), 101);
}

#[test]
fn a_duplicate_is_found_in_every_unique_index() {
    let engine = volatile();
    prepare(&engine, &["schema", "wide t"]);
    fill(&engine, "t", &[&[1, 10, 5, 0]]);
    let mut transaction = begin(&engine);
    let table = using(&mut transaction, "t", Use::Write);
    let mut clash = |values: &[i64]| match transaction.insert(&table, row(values)) {
        Err(Interrupt::Duplicate(found)) => (found.index, numbers(&found.row)),
        other => panic!("{other:?}"),
    };
    assert_eq!(clash(&[1, 11, 6, 0]), (0, vec![1, 10, 5, 0]));
    assert_eq!(clash(&[2, 10, 5, 0]), (2, vec![1, 10, 5, 0]));
    let key = transaction.insert(&table, row(&[2, 10, 6, 0])).unwrap();
    let moved = transaction.update(&table, &key, row(&[3, 10, 5, 0]));
    assert!(matches!(moved, Err(Interrupt::Duplicate(found)) if found.index == 2));
    let first = table.shape.row_key(&row(&[1, 0, 0, 0])).unwrap();
    transaction.delete(&table, &first).unwrap();
    transaction.update(&table, &key, row(&[3, 10, 5, 0])).unwrap();
    commit(&engine, transaction).unwrap();
    assert_eq!(published(&engine, "t"), [[3, 10, 5, 0]]);
}

#[test]
fn read_only_transactions_write_nothing() {
    let engine = volatile();
    prepare(&engine, &["schema", "numbers test"]);
    let options = TransactionOptions { read_only: true, ..TransactionOptions::default() };
    let mut transaction = engine.begin(options);
    let used = transaction.use_table("test", "test", Use::Write);
    assert_eq!(used.unwrap_err().into_error().code, 1792);
}

#[test]
fn a_full_memory_ends_writes_and_not_reads() {
    let options = EngineOptions { memory_bytes: 4_000, ..EngineOptions::default() };
    let engine = crate::engine::Engine::volatile(options).unwrap();
    prepare(&engine, &["schema", "numbers test"]);
    let mut transaction = begin(&engine);
    let table = using(&mut transaction, "test", Use::Write);
    let full = (0..1_000).find_map(|id| transaction.insert(&table, row(&[id, id])).err()).unwrap();
    let full = full.into_error();
    assert_eq!((full.code, full.message.as_str()), (1114, "The table 'test' is full"));
    commit(&engine, transaction).unwrap();
    assert!(!published(&engine, "test").is_empty());
}

#[test]
fn a_transaction_cannot_grow_for_ever() {
    let options = EngineOptions { transaction_bytes: 4_000, ..EngineOptions::default() };
    let engine = crate::engine::Engine::volatile(options).unwrap();
    prepare(&engine, &["schema", "numbers test"]);
    let mut transaction = begin(&engine);
    let table = using(&mut transaction, "test", Use::Write);
    let full = (0..1_000).find_map(|id| transaction.insert(&table, row(&[id, id])).err()).unwrap();
    assert_eq!(full.into_error().code, 1197);
}

#[test]
fn a_full_disk_fails_commits_until_there_is_room() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "numbers test"]);
    fill(&engine, "test", &[&[1, 10]]);
    disk.set_faults(Faults { capacity: Some(0), ..Faults::default() });
    let mut transaction = begin(&engine);
    insert(&mut transaction, "test", &[2, 20]);
    let error = commit(&engine, transaction).unwrap_err();
    assert_eq!(error.code, 1021, "{error}");
    assert_eq!(published(&engine, "test"), [[1, 10]]);
    disk.set_faults(Faults::default());
    fill(&engine, "test", &[&[2, 30]]);
    drop(engine);
    let engine = open(&disk.restart());
    assert_eq!(published(&engine, "test"), [[1, 10], [2, 30]]);
    assert_eq!(engine.database().executed.count(), 4);
}

#[test]
fn a_failed_sync_ends_commits_and_not_reads() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "numbers test"]);
    fill(&engine, "test", &[&[1, 10]]);
    disk.set_faults(Faults { failed_sync_after: Some(0), ..Faults::default() });
    for _ in 0..2 {
        let mut transaction = begin(&engine);
        insert(&mut transaction, "test", &[2, 20]);
        assert_eq!(commit(&engine, transaction).unwrap_err().code, 1598);
        disk.set_faults(Faults::default());
    }
    assert!(engine.is_read_only_by_error());
    assert_eq!(published(&engine, "test"), [[1, 10]]);
}

#[test]
fn unlogged_transactions_survive_without_a_gtid() {
    let disk = FaultyDisk::new(1);
    let engine = open(&disk);
    prepare(&engine, &["schema", "numbers test"]);
    let mut transaction = begin(&engine);
    insert(&mut transaction, "test", &[1, 10]);
    let options = CommitOptions { unlogged: true, ..CommitOptions::default() };
    assert_eq!(engine.commit(transaction, options).wait().unwrap().gtid, None);
    fill(&engine, "test", &[&[2, 20]]);
    let executed = engine.database().executed.clone();
    assert_eq!(executed.count(), 3);
    drop(engine);
    let engine = open(&disk.restart());
    assert_eq!(engine.database().executed, executed);
    assert_eq!(published(&engine, "test"), [[1, 10], [2, 20]]);
    engine.checkpoint().unwrap();
    let disk = disk.restart();
    drop(engine);
    assert_eq!(open(&disk.restart()).database().executed, executed);
}

/// Holds every second group back until it is told.
struct Gate {
    open: Arc<AtomicBool>,
    seen: std::sync::Mutex<Vec<LoggedGroup>>,
}

impl Barrier for Gate {
    fn passage(&self, group: &LoggedGroup) -> Passage {
        let mut seen = self.seen.lock().unwrap();
        seen.push(group.clone());
        if seen.len() != 3 {
            return Passage::Open;
        }
        let open = self.open.clone();
        Passage::After(Box::pin(async move {
            while !open.load(SeqCst) {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            None
        }))
    }
}

#[test]
fn a_barrier_holds_back_and_keeps_the_order() {
    let open = Arc::new(AtomicBool::new(false));
    let gate = Arc::new(Gate { open: open.clone(), seen: Default::default() });
    let options = EngineOptions { barrier: gate.clone(), ..EngineOptions::default() };
    let engine = open_with(&FaultyDisk::new(1), options).unwrap();
    prepare(&engine, &["schema", "numbers test"]);
    let tickets: Vec<_> = [1, 2]
        .map(|id| {
            let mut transaction = begin(&engine);
            insert(&mut transaction, "test", &[id, id]);
            let ticket = engine.commit(transaction, CommitOptions::default());
            while gate.seen.lock().unwrap().len() < 2 + id as usize {
                std::thread::yield_now();
            }
            ticket
        })
        .into();
    // The second group is in the log and passed its own barrier; still nothing shows.
    assert!(published(&engine, "test").is_empty());
    assert!(gate.seen.lock().unwrap().iter().all(|group| {
        group.gtids.len() == 1 && !is_unlogged(&group.gtids[0]) && group.ack.is_none()
    }));
    open.store(true, SeqCst);
    tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
    assert_eq!(published(&engine, "test"), [[1, 1], [2, 2]]);
}

#[test]
fn many_sessions_commit_together() {
    for sync in [SyncPolicy::Groups(1), SyncPolicy::Groups(3), SyncPolicy::Never] {
        let options = EngineOptions { sync, ..EngineOptions::default() };
        let engine = open_with(&FaultyDisk::new(1), options).unwrap();
        prepare(&engine, &["schema", "numbers test"]);
        std::thread::scope(|scope| {
            for session in 0..4 {
                let engine = &engine;
                scope.spawn(move || {
                    (0..50).for_each(|n| fill(engine, "test", &[&[session * 100 + n, n]]));
                });
            }
        });
        assert_eq!(published(&engine, "test").len(), 200);
        assert_eq!(engine.database().executed.count(), 202);
        assert_eq!(engine.waiting_commits(), 0);
        assert_eq!(engine.locks().counts().held, 0);
    }
}

/// Tells everybody who asks for more that it was not had.
struct Refusing;

impl Barrier for Refusing {
    fn passage(&self, group: &LoggedGroup) -> Passage {
        let told = group.ack.map(|_| SqlError::new(1180, b"HY000", "not had"));
        Passage::After(Box::pin(async move { told }))
    }
}

#[test]
fn who_asks_for_more_shares_its_error_with_nobody() {
    let options = EngineOptions { barrier: Arc::new(Refusing), ..EngineOptions::default() };
    let engine = open_with(&FaultyDisk::new(1), options).unwrap();
    prepare(&engine, &["schema", "numbers test"]);
    // while the first is written the others come together
    let tickets: Vec<_> = (0..200)
        .map(|n| {
            let mut transaction = begin(&engine);
            insert(&mut transaction, "test", &[n, n]);
            let ack = (n % 3 == 1).then_some(AckLevel::FullSync);
            let context = LogContext { ack, ..LogContext::default() };
            let options = CommitOptions { context, ..CommitOptions::default() };
            (ack, engine.commit(transaction, options))
        })
        .collect();
    for (ack, ticket) in tickets {
        let told = ticket.wait();
        assert_eq!(told.is_err(), ack.is_some(), "{told:?}");
    }
    assert_eq!(published(&engine, "test").len(), 200);
    assert_eq!(engine.database().executed.count(), 202);
}
