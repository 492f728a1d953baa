//! Crashes under load, on a disk that loses what was not synced.
//!
//! Several sessions move money between accounts and note what was acknowledged. The power fails at a random
//! operation of the disk. After the restart the sum must be right (no part of a transaction), and every
//! acknowledged transfer must be there (each writes a row to a second table).

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use super::fixture::{SCHEMA, begin, fill, open_with, prepare, published, row};
use crate::disk::{Disk, Faults, FaultyDisk};
use crate::engine::{
    CommitOptions, Engine, EngineOptions, Interrupt, LockMode, SyncPolicy, Transaction, Use,
};
use crate::store::Key;
use crate::store::locks::{OnConflict, WaitEnd};
use crate::value::SqlError;

const ACCOUNTS: i64 = 6;
const SESSIONS: i64 = 3;
const START: i64 = 1_000;

fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// One transfer, noted under `number`.
fn transfer(
    transaction: &mut Transaction,
    (from, to, amount): (i64, i64, i64),
    number: i64,
) -> Result<(), Interrupt> {
    transaction.start_statement();
    let accounts = transaction.use_table(SCHEMA, "accounts", Use::Write)?;
    for (id, change) in [(from, -amount), (to, amount)] {
        let key: Key = accounts.shape.row_key(&row(&[id, 0])).unwrap();
        let lock = (LockMode::Exclusive, OnConflict::Wait);
        let old = transaction.lock_and_get(&accounts, &key, lock.0, lock.1)?;
        let old = super::fixture::numbers(&old.unwrap())[1];
        transaction.update(&accounts, &key, row(&[id, old + change]))?;
    }
    let journal = transaction.use_table(SCHEMA, "journal", Use::Write)?;
    transaction.insert(&journal, row(&[number, amount]))?;
    Ok(())
}

/// Runs a transfer as a session does: waits for locks, and gives up in a deadlock.
fn run(engine: &Engine, transfer_of: (i64, i64, i64), number: i64) -> Result<(), SqlError> {
    let mut transaction = begin(engine);
    loop {
        match transfer(&mut transaction, transfer_of, number) {
            Ok(()) => return engine.commit(transaction, CommitOptions::default()).wait().map(drop),
            Err(Interrupt::Wait(wait)) => {
                transaction.rollback_statement();
                while wait.end().is_none() {
                    std::thread::yield_now();
                }
                if wait.end() != Some(WaitEnd::Granted) {
                    return Err(crate::engine::deadlock());
                }
            }
            Err(other) => return Err(other.into_error()),
        }
    }
}

fn load(engine: &Engine, seed: u64, acknowledged: &Mutex<Vec<i64>>, numbers: &AtomicI64) {
    std::thread::scope(|scope| {
        for session in 0..SESSIONS {
            scope.spawn(move || {
                let mut state = (seed + 1) * 7_919 + session as u64 + 1;
                for _ in 0..40 {
                    let mut account = || (random(&mut state) % ACCOUNTS as u64) as i64;
                    let (from, to) = (account(), account());
                    let number = numbers.fetch_add(1, Relaxed);
                    match run(engine, (from, to, 5), number) {
                        Ok(()) => acknowledged.lock().unwrap().push(number),
                        Err(error) if error.code == 1213 => {}
                        Err(_) => return,
                    }
                }
            });
        }
        scope.spawn(move || {
            if seed.is_multiple_of(3) {
                let _ = engine.checkpoint();
            }
        });
    });
}

fn crash_and_look(seed: u64, sync: SyncPolicy) {
    let options = EngineOptions { sync, log_file_bytes: 8_000, ..EngineOptions::default() };
    let disk = FaultyDisk::new(seed);
    let engine = open_with(&disk, options.clone()).unwrap();
    prepare(&engine, &["schema", "numbers accounts", "numbers journal"]);
    (0..ACCOUNTS).for_each(|id| fill(&engine, "accounts", &[&[id, START]]));
    if sync != SyncPolicy::Groups(1) {
        engine.log().unwrap().sync().unwrap();
    }
    let mut state = seed + 1;
    let cut = random(&mut state) % 200;
    disk.set_faults(Faults { power_cut_after: Some(cut), ..Faults::default() });
    let (acknowledged, numbers) = (Mutex::new(Vec::new()), AtomicI64::new(0));
    load(&engine, seed, &acknowledged, &numbers);
    let disk = disk.restart();
    drop(engine);
    let engine =
        open_with(&disk, options.clone()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let sum: i64 = published(&engine, "accounts").iter().map(|row| row[1]).sum();
    assert_eq!(sum, ACCOUNTS * START, "seed {seed}: money was made or lost");
    let journal: Vec<i64> = published(&engine, "journal").iter().map(|row| row[0]).collect();
    if sync == SyncPolicy::Groups(1) {
        for number in acknowledged.into_inner().unwrap() {
            assert!(journal.contains(&number), "seed {seed}: transfer {number} is lost");
        }
    }
    // Life goes on, and the next start finds the same.
    run(&engine, (0, 1, 5), 1_000_000).unwrap();
    let expected = published(&engine, "accounts");
    engine.log().unwrap().sync().unwrap();
    drop(engine);
    let engine = open_with(&disk.restart(), options).unwrap();
    assert_eq!(published(&engine, "accounts"), expected, "seed {seed}");
}

/// `CRASH_ROUNDS` asks for more.
fn rounds(usual: u64) -> u64 {
    std::env::var("CRASH_ROUNDS").map_or(usual, |rounds| rounds.parse().unwrap())
}

#[test]
fn nothing_acknowledged_is_lost() {
    (0..rounds(60)).for_each(|seed| crash_and_look(seed, SyncPolicy::Groups(1)));
}

#[test]
fn what_is_not_synced_is_lost_whole() {
    (0..rounds(20)).for_each(|seed| crash_and_look(100_000 + seed, SyncPolicy::Never));
    (0..rounds(20)).for_each(|seed| crash_and_look(200_000 + seed, SyncPolicy::Groups(4)));
}

/// A byte that is flipped anywhere gives an error or a state that once was, never a panic or another sum.
#[test]
fn damaged_files_are_refused_or_passed_over() {
    let options = EngineOptions { log_file_bytes: 4_000, ..EngineOptions::default() };
    let mut opened = 0;
    for seed in 0..rounds(150) {
        let disk = FaultyDisk::new(seed);
        let engine = open_with(&disk, options.clone()).unwrap();
        prepare(&engine, &["schema", "numbers accounts", "numbers journal"]);
        fill(&engine, "accounts", &[&[0, START], &[1, START]]);
        for number in 0..20 {
            run(&engine, (0, 1, 5), number).unwrap();
            if number == seed as i64 % 20 {
                engine.checkpoint().unwrap();
            }
        }
        drop(engine);
        let disk = disk.restart();
        let mut state = seed + 77;
        let names = disk.list().unwrap();
        let name = &names[random(&mut state) as usize % names.len()];
        let length = disk.open(name).unwrap().len().max(1);
        let offset = random(&mut state) % length;
        disk.flip(name, offset as usize, 1 << (random(&mut state) % 8));
        if let Ok(engine) = open_with(&disk, options.clone()) {
            opened += 1;
            let database = engine.database();
            if database.catalog.table(SCHEMA, "accounts").is_some() {
                let accounts = published(&engine, "accounts");
                let sum: i64 = accounts.iter().map(|row| row[1]).sum();
                assert!(sum == 2 * START || accounts.is_empty(), "seed {seed}: {name} {offset}");
            }
        }
    }
    assert!(opened > 10, "damage of a checkpoint is survived");
}
