//! Any bytes as the newest file of a binary log: opening, repairing and reading it ends without a panic, and
//! what was repaired once is whole the second time.
//!
//! Input: one byte of choices, then the file. With the first bit set, checksums and end positions are made right first:
//! else nearly everything would end at the first checksum and the parsers behind it would see nothing.
#![no_main]

use std::collections::HashMap;
use std::sync::Arc;

use anabranch::binlog::event::{Event, TableMap, describe};
use anabranch::binlog::log::{EventReader, INDEX, Log, LogOptions, MAGIC, Tail};
use anabranch::disk::{Disk, FaultyDisk};
use anabranch::gtid::GtidSet;
use libfuzzer_sys::fuzz_target;

const NAME: &str = "binlog.000001";
const HEADER: usize = 19;

fuzz_target!(|data: &[u8]| {
    let [choices, file @ ..] = data else { return };
    let mut file = file.to_vec();
    if choices & 1 != 0 {
        seal(&mut file);
    }
    let disk = FaultyDisk::new(1);
    disk.replace(NAME, &file).expect("there is room");
    disk.replace(INDEX, b"./binlog.000001\n").expect("there is room");
    read(&disk);
    let tail = if choices & 2 != 0 { Tail::Synced } else { Tail::Unsynced };
    repair(disk, LogOptions { tail, ..LogOptions::default() });
});

/// Every event by itself, and the rows with their table maps.
fn read(disk: &FaultyDisk) {
    let Ok(mut reader) = EventReader::open(disk, NAME) else { return };
    reader.seek(MAGIC.len() as u64);
    let format = reader.format().clone();
    let mut maps: HashMap<u64, TableMap> = HashMap::new();
    while let Ok(Some(raw)) = reader.next_event() {
        let _ = describe(&raw, &format);
        match Event::parse(&raw, &format) {
            Ok(Event::TableMap(map)) => drop(maps.insert(map.id, map)),
            Ok(Event::Rows(rows)) => {
                let layouts = maps.get(&rows.table).and_then(|map| map.layouts().ok());
                let layouts = layouts.unwrap_or_default();
                rows.images(&layouts).for_each(drop);
            }
            Ok(_) | Err(_) => {}
        }
    }
}

fn repair(disk: FaultyDisk, options: LogOptions) {
    let Ok((log, _)) = Log::open(Arc::new(disk.clone()), options.clone()) else { return };
    let count = |log: &Log| -> usize {
        let Ok(transactions) = log.transactions_after(&GtidSet::default()) else { return 0 };
        transactions.inspect(|transaction| assert!(transaction.is_ok(), "{transaction:?}")).count()
    };
    let found = count(&log);
    drop(log);
    let (log, report) = Log::open(Arc::new(disk), options).expect("it was repaired");
    assert!(report.cut.is_none(), "{report:?}");
    assert_eq!(count(&log), found);
}

/// Makes checksums and end positions right, as far as the sizes in the headers lead.
fn seal(file: &mut [u8]) {
    let mut at = MAGIC.len();
    while let Some(header) = file.get(at..at + HEADER) {
        let size = u32::from_le_bytes([header[9], header[10], header[11], header[12]]) as usize;
        let Some(event) = file.get_mut(at..at.saturating_add(size)) else { return };
        if size < HEADER + 4 {
            return;
        }
        at += size;
        event[13..17].copy_from_slice(&(at as u32).to_le_bytes());
        event[17] &= !1;
        let (content, sum) = event.split_at_mut(size - 4);
        sum.copy_from_slice(&crc32fast::hash(content).to_le_bytes());
    }
}
