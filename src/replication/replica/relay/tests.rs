//! What a disk that fails leaves of a relay log: nothing is counted as received that could still be lost.

use super::*;
use crate::binlog::TransactionEvents;
use crate::binlog::event::{GtidStamp, QueryContext};
use crate::disk::{Faults, FaultyDisk};

const UUID: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

/// A format description as a source sends it.
fn format() -> Vec<u8> {
    let (log, _) = crate::binlog::log::Log::open(Arc::new(FaultyDisk::new(9)), Default::default())
        .expect("a log");
    let mut head = log.disk().read("binlog.000001", 1 << 20).expect("its file");
    let size = u32::from_le_bytes(head[13..17].try_into().expect("four bytes")) as usize;
    head.truncate(4 + size);
    head.split_off(4)
}

/// A transaction as one piece.
fn transaction(number: u64) -> Vec<u8> {
    let mut events = TransactionEvents::begin(1, &QueryContext::default(), "s").expect("events");
    events.commit(number).expect("events");
    let stamp = GtidStamp {
        gtid: format!("{UUID}:{number}").parse().expect("a GTID"),
        last_committed: number - 1,
        sequence_number: number,
        immediate_commit: 1,
        original: None,
        server_version: 80400,
    };
    let mut out = Vec::new();
    events.finish(&stamp, 4, &mut out).expect("events");
    out
}

fn open(disk: &FaultyDisk) -> (Relay, usize) {
    let mut count = 0;
    let relay = Relay::open(Arc::new(disk.clone()), &mut |_| {
        count += 1;
        Ok(())
    });
    (relay.expect("a relay log"), count)
}

fn receive(relay: &Relay, number: u64) -> io::Result<()> {
    relay.append(&transaction(number))?;
    relay.end_transaction()
}

#[test]
fn what_was_found_after_a_kill_is_not_lost_by_a_power_cut() {
    for seed in 0..20 {
        let disk = FaultyDisk::new(seed);
        let (relay, _) = open(&disk);
        relay.begin_file(&format(), true, "binlog.000001").unwrap();
        receive(&relay, 1).unwrap();
        drop(relay);
        let disk = disk.reopen();
        assert_eq!(open(&disk).1, 1, "nothing is lost by a kill");
        assert_eq!(open(&disk.restart()).1, 1, "seed {seed}");
    }
}

#[test]
fn nothing_follows_a_failed_sync() {
    let disk = FaultyDisk::new(1);
    let (relay, _) = open(&disk);
    relay.begin_file(&format(), true, "binlog.000001").unwrap();
    receive(&relay, 1).unwrap();
    disk.set_faults(Faults { failed_sync_after: Some(0), ..Faults::default() });
    relay.sync().unwrap_err();
    disk.set_faults(Faults::default());
    let _ = relay.end_file();
    let refused = relay.begin_file(&format(), true, "binlog.000001").unwrap_err();
    assert!(refused.to_string().contains("unusable"), "{refused}");
    drop(relay);
    let (relay, _) = open(&disk.restart());
    relay.begin_file(&format(), true, "binlog.000001").unwrap();
}

#[test]
fn a_full_disk_leaves_no_file_without_a_head() {
    let disk = FaultyDisk::new(1);
    let (relay, _) = open(&disk);
    relay.begin_file(&format(), true, "binlog.000001").unwrap();
    receive(&relay, 1).unwrap();
    disk.set_faults(Faults { capacity: Some(disk.used() + 10), ..Faults::default() });
    relay.begin_file(&format(), true, "binlog.000002").unwrap_err();
    disk.set_faults(Faults::default());
    relay.begin_file(&format(), true, "binlog.000002").unwrap();
    receive(&relay, 2).unwrap();
    drop(relay);
    assert_eq!(open(&disk.reopen()).1, 2);
}
