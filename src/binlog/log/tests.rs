//! The log on disks that fail: what is found after a restart is what was promised.

mod crash;
mod files;
mod reading;

use std::sync::Arc;

use super::*;
use crate::binlog::TransactionEvents;
use crate::binlog::event::{
    ColumnInfo, Event, LoggedTable, QueryContext, RowChange, TransactionId,
};
use crate::disk::{Disk, FaultyDisk};
use crate::gtid::Gtid;
use crate::value::Value;
use crate::value::types::{ColumnType, IntegerSize};

const UUID: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

fn gtid(number: u64) -> Gtid {
    format!("{UUID}:{number}").parse().unwrap()
}

fn set(text: &str) -> GtidSet {
    if text.is_empty() { GtidSet::default() } else { format!("{UUID}:{text}").parse().unwrap() }
}

fn options(max_size: u64) -> LogOptions {
    LogOptions { max_size, ..LogOptions::default() }
}

fn open(disk: &FaultyDisk) -> (Arc<Log>, OpenReport) {
    let (log, report) = Log::open(Arc::new(disk.clone()), options(1 << 20)).unwrap();
    (Arc::new(log), report)
}

fn refused(disk: &FaultyDisk) -> LogError {
    Log::open(Arc::new(disk.clone()), options(1 << 20)).unwrap_err()
}

/// A transaction that inserts one number, and some text.
fn events(number: u64) -> TransactionEvents {
    let ty = |unsigned| ColumnType::Integer {
        size: IntegerSize::Big,
        unsigned,
        width: None,
        zerofill: false,
    };
    let column = ColumnInfo { name: "n".to_owned(), ty: ty(true), nullable: false, visible: true };
    let table = LoggedTable::new(1, "s", "t", &[column], &[(0, 0)]).unwrap();
    let context = QueryContext { timestamp: 1, ..QueryContext::default() };
    let mut events = TransactionEvents::begin(1, &context, "s").unwrap();
    events.rows_query(&"x".repeat(number as usize % 400)).unwrap();
    events.rows(&table, [RowChange::Write(&[Value::UInt(number)])]).unwrap();
    events.commit(number).unwrap();
    events
}

/// Appends a group of transactions with these numbers.
fn append(log: &Log, numbers: std::ops::RangeInclusive<u64>) -> Result<Appended, LogError> {
    let all: Vec<_> = numbers.clone().map(events).collect();
    let group: Vec<_> = numbers
        .zip(&all)
        .map(|(number, events)| Commit { events, gtid: gtid(number), at: 1, original: None })
        .collect();
    log.append(&group)
}

/// Appends a group, syncs and reveals it.
fn commit(log: &Log, numbers: std::ops::RangeInclusive<u64>) -> Result<Appended, LogError> {
    let appended = append(log, numbers)?;
    log.sync()?;
    log.reveal(*appended.ends.last().unwrap());
    Ok(appended)
}

/// The numbers of the transactions after `applied`.
fn replay(log: &Log, applied: &GtidSet) -> Result<Vec<u64>, LogError> {
    let mut numbers = Vec::new();
    for transaction in log.transactions_after(applied)? {
        let transaction = transaction?;
        let TransactionId::MySql(gtid) = &transaction.gtid.id else { panic!() };
        let xid = transaction.events().find_map(|event| match event.unwrap().1 {
            Event::Xid(xid) => Some(xid),
            _ => None,
        });
        assert_eq!(Some(gtid.number), xid);
        numbers.push(gtid.number);
    }
    Ok(numbers)
}
