//! Waits as futures: awaited, dropped, and dropped too late.

use std::sync::Arc;
use std::time::Duration;

use super::super::*;
use crate::store::{IndexNo, Key, TableId};

const ONE: OwnerId = OwnerId(1);
const TWO: OwnerId = OwnerId(2);
const THREE: OwnerId = OwnerId(3);

fn some_row() -> Resource {
    Resource::Row { table: TableId(1), index: IndexNo::ROWS, key: Key::new(b"k") }
}

fn wait(locks: &LockTable, owner: OwnerId, resource: Resource) -> LockWait {
    let mut request = Request::new(owner, Mode::Exclusive, 0);
    if let Resource::Named(_) = resource {
        request.term = Term::Session;
    }
    match locks.lock(resource, &request) {
        Err(Conflict::Wait(wait)) => wait,
        other => panic!("{other:?}"),
    }
}

fn take(locks: &LockTable, owner: OwnerId, resource: Resource, term: Term) -> Granted {
    let request = Request { term, ..Request::new(owner, Mode::Exclusive, 0) };
    locks.lock(resource, &request).expect("a free lock")
}

#[tokio::test]
async fn a_wait_ends_when_the_lock_is_free() {
    let locks = LockTable::default();
    take(&locks, ONE, some_row(), Term::Transaction);
    let waiting = tokio::spawn(wait(&locks, TWO, some_row()));
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    locks.unlock_all(ONE);
    assert_eq!(waiting.await.expect("the task"), WaitEnd::Granted);
    assert_eq!(take(&locks, TWO, some_row(), Term::Transaction), Granted::Held);
}

#[tokio::test]
async fn a_wait_that_times_out_leaves_the_line() {
    let locks = LockTable::default();
    take(&locks, ONE, some_row(), Term::Transaction);
    let first = wait(&locks, TWO, some_row());
    let second = wait(&locks, THREE, some_row());
    let limited = tokio::time::timeout(Duration::from_millis(1), first).await;
    assert!(limited.is_err());
    assert_eq!(locks.counts().waiting, 1);
    locks.unlock_all(ONE);
    assert_eq!(second.await, WaitEnd::Granted);
    assert_eq!(locks.held_by(TWO), 0);
}

#[tokio::test]
async fn the_end_of_the_transaction_ends_its_wait() {
    let locks = LockTable::default();
    take(&locks, ONE, some_row(), Term::Transaction);
    let waiting = wait(&locks, TWO, some_row());
    locks.unlock_all(TWO);
    assert_eq!(waiting.await, WaitEnd::Cancelled);
    locks.unlock_all(ONE);
    assert_eq!(locks.counts().held, 0);
}

#[tokio::test]
async fn a_second_wait_ends_the_first() {
    let locks = LockTable::default();
    take(&locks, ONE, some_row(), Term::Transaction);
    let first = wait(&locks, TWO, some_row());
    let second = wait(&locks, TWO, some_row());
    assert_eq!(first.await, WaitEnd::Cancelled);
    locks.unlock_all(ONE);
    assert_eq!(second.await, WaitEnd::Granted);
}

#[test]
fn a_name_that_came_too_late_is_given_back() {
    let locks = LockTable::default();
    let name: Arc<str> = "n".into();
    take(&locks, ONE, Resource::Named(name.clone()), Term::Session);
    let waiting = wait(&locks, TWO, Resource::Named(name.clone()));
    assert_eq!(locks.release_named(ONE, &name), Some(true));
    assert_eq!(locks.named_owner(&name), Some(TWO));
    drop(waiting);
    assert_eq!(locks.named_owner(&name), None);
}

#[test]
fn a_row_that_came_too_late_stays_until_the_end() {
    let locks = LockTable::default();
    take(&locks, ONE, some_row(), Term::Transaction);
    let waiting = wait(&locks, TWO, some_row());
    locks.unlock_all(ONE);
    drop(waiting);
    assert_eq!(locks.held_by(TWO), 1);
    locks.unlock_all(TWO);
    assert_eq!(locks.counts().held, 0);
}

#[test]
fn there_are_only_so_many() {
    let locks = LockTable::new(2);
    let row =
        |key: &[u8]| Resource::Row { table: TableId(1), index: IndexNo(0), key: Key::new(key) };
    take(&locks, ONE, row(b"a"), Term::Transaction);
    take(&locks, ONE, row(b"b"), Term::Transaction);
    let request = Request::new(ONE, Mode::Exclusive, 0);
    assert!(matches!(locks.lock(row(b"c"), &request), Err(Conflict::Full)));
    assert!(matches!(locks.lock(row(b"b"), &request), Ok(Granted::Held)));
    locks.unlock_all(ONE);
    take(&locks, TWO, row(b"c"), Term::Transaction);
}

#[test]
fn a_large_transaction_unlocks_in_batches() {
    let locks = LockTable::default();
    let row = |number: u64| Resource::Row {
        table: TableId(1),
        index: IndexNo(0),
        key: Key::from_number(number),
    };
    for number in 0..5000 {
        take(&locks, ONE, row(number), Term::Transaction);
    }
    let waiting = wait(&locks, TWO, row(4999));
    locks.unlock_all(ONE);
    assert_eq!(waiting.end(), Some(WaitEnd::Granted));
    assert_eq!(locks.counts().held, 1);
}
