//! Files of the log: beginning, rotation, index, purge, reset.

use super::*;
use crate::disk::{DiskFile, Faults};

fn numbers(log: &Log) -> Vec<u32> {
    log.files().iter().map(|file| file.number).collect()
}

fn index(disk: &FaultyDisk) -> String {
    String::from_utf8(disk.read(INDEX, 1 << 20).unwrap()).unwrap()
}

#[test]
fn a_new_log_has_one_file() {
    let disk = FaultyDisk::new(1);
    let (log, report) = open(&disk);
    assert_eq!(report, OpenReport::default());
    assert_eq!(index(&disk), "./binlog.000001\n");
    assert_eq!((log.current().file, log.executed().is_empty()), (1, true));
    assert_eq!(log.current(), log.revealed());
}

#[test]
fn what_was_committed_is_found_again() {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    commit(&log, 1..=3).unwrap();
    commit(&log, 4..=4).unwrap();
    drop(log);
    let (log, report) = open(&disk);
    assert!(report.was_in_use && report.cut.is_none());
    assert_eq!(log.executed(), set("1-4"));
    assert_eq!(replay(&log, &set("")).unwrap(), [1, 2, 3, 4]);
    assert_eq!(replay(&log, &set("1-2:4")).unwrap(), [3]);
    assert_eq!(log.current().file, 1, "the file goes on");
    commit(&log, 5..=5).unwrap();
    assert_eq!(replay(&log, &set("1-4")).unwrap(), [5]);
}

#[test]
fn the_clock_counts_groups() {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    commit(&log, 1..=3).unwrap();
    commit(&log, 4..=4).unwrap();
    drop(log);
    let (log, _) = open(&disk);
    commit(&log, 5..=6).unwrap();
    log.rotate().unwrap();
    commit(&log, 7..=7).unwrap();
    let clock: Vec<_> = log
        .transactions_after(&set(""))
        .unwrap()
        .map(|transaction| transaction.unwrap().gtid)
        .map(|gtid| (gtid.last_committed, gtid.sequence_number))
        .collect();
    assert_eq!(clock, [(0, 1), (0, 2), (0, 3), (3, 4), (4, 5), (4, 6), (0, 1)]);
}

#[test]
fn a_full_file_is_followed_by_another() {
    let disk = FaultyDisk::new(1);
    let (log, _) = Log::open(Arc::new(disk.clone()), options(1000)).unwrap();
    for number in 1..=20 {
        if commit(&log, number..=number).unwrap().rotation_due {
            log.rotate().unwrap();
        }
    }
    let files = log.files();
    assert!(files.len() > 3);
    assert!(files.iter().rev().skip(1).all(|file| file.size >= 1000 && file.size < 2000));
    assert_eq!(replay(&log, &set("1-7")).unwrap(), (8..=20).collect::<Vec<_>>());
    drop(log);
    let (log, report) = open(&disk);
    assert!(report.cut.is_none() && report.removed.is_empty());
    assert_eq!((log.executed(), log.files().len()), (set("1-20"), files.len()));
}

#[test]
fn a_closed_log_goes_on_in_a_new_file() {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    commit(&log, 1..=1).unwrap();
    log.close().unwrap();
    assert!(matches!(append(&log, 2..=2), Err(LogError::Failed)));
    drop(log);
    let (log, report) = open(&disk);
    assert!(!report.was_in_use && report.cut.is_none());
    assert_eq!((numbers(&log), log.executed()), (vec![1, 2], set("1")));
}

#[test]
fn a_file_that_is_read_is_not_purged() {
    let (log, _) = open(&FaultyDisk::new(1));
    let mut reader = log.read_from(Position { file: 1, offset: 4 }).unwrap();
    for number in 1..=3 {
        commit(&log, number..=number).unwrap();
        log.rotate().unwrap();
    }
    log.keep_after(&set("1-3")).unwrap();
    assert!(log.purge_to("binlog.000003").unwrap().is_empty());
    while reader.position().file < 2 {
        reader.next_event().unwrap().expect("there is more");
    }
    assert_eq!(log.purge_to("binlog.000003").unwrap(), ["binlog.000001"]);
    drop(reader);
    assert_eq!(log.purge_to("binlog.000003").unwrap(), ["binlog.000002"]);
}

#[test]
fn old_files_are_purged_as_far_as_allowed() {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    for number in 1..=4 {
        commit(&log, number..=number).unwrap();
        log.rotate().unwrap();
    }
    assert!(log.purge_to("binlog.000003").unwrap().is_empty(), "recovery still needs them");
    log.keep_after(&set("1-3")).unwrap();
    assert_eq!(log.purge_to("binlog.000003").unwrap(), ["binlog.000001", "binlog.000002"]);
    assert_eq!(log.purge_to("binlog.000005").unwrap(), ["binlog.000003"]);
    assert!(matches!(log.purge_to("binlog.000001"), Err(LogError::UnknownFile(_))));
    assert_eq!((numbers(&log), log.purged()), (vec![4, 5], set("1-3")));
    assert!(
        matches!(replay(&log, &set("1")), Err(LogError::Purged(missing)) if missing == set("2-3"))
    );
    drop(log);
    let (log, _) = open(&disk);
    assert_eq!((numbers(&log), log.purged(), log.executed()), (vec![4, 5], set("1-3"), set("1-4")));
    log.keep_after(&set("1-4")).unwrap();
    assert_eq!(log.purge_before(u32::MAX).unwrap(), ["binlog.000004"]);
    assert!(log.purge_before(0).unwrap().is_empty());
}

#[test]
fn granted_transactions_count_as_executed() {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    log.grant(&set("1-10")).unwrap();
    assert_eq!((log.executed(), log.purged()), (set("1-10"), set("1-10")));
    commit(&log, 11..=11).unwrap();
    drop(log);
    let (log, _) = open(&disk);
    assert_eq!((log.executed(), log.purged()), (set("1-11"), set("1-10")));
    assert_eq!(replay(&log, &set("1-10")).unwrap(), [11]);
}

#[test]
fn a_reset_log_is_a_new_one() {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    commit(&log, 1..=2).unwrap();
    log.rotate().unwrap();
    log.grant(&set("7")).unwrap();
    let end = log.reset().unwrap();
    assert_eq!((end, log.revealed()), (log.current(), log.current()));
    assert_eq!((numbers(&log), log.executed(), log.purged()), (vec![1], set(""), set("")));
    assert_eq!(disk.list().unwrap(), ["binlog.000001", "binlog.index"]);
    commit(&log, 1..=1).unwrap();
    drop(log);
    assert_eq!(open(&disk).0.executed(), set("1"));
}

#[test]
fn a_lost_index_is_made_anew() {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    commit(&log, 1..=1).unwrap();
    log.rotate().unwrap();
    drop(log);
    disk.remove(INDEX).unwrap();
    let (log, report) = open(&disk);
    assert!(report.index_rebuilt);
    assert_eq!((numbers(&log), index(&disk).lines().count()), (vec![1, 2], 2));
}

#[test]
fn an_index_that_does_not_fit_is_refused() {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    log.rotate().unwrap();
    log.rotate().unwrap();
    drop(log);
    for (index, complaint) in [
        ("./binlog.000001\n./binlog.000003\n", "a gap follows binlog.000001"),
        ("./binlog.000003\n./binlog.000004\n", "binlog.000004 is missing"),
        ("./other\n", "it names \"./other\""),
    ] {
        disk.replace(INDEX, index.as_bytes()).unwrap();
        assert!(refused(&disk).to_string().contains(complaint));
    }
    disk.replace(INDEX, b"./binlog.000002\n").unwrap();
    let (_, report) = open(&disk);
    assert_eq!(report.removed, ["binlog.000001", "binlog.000003"]);
}

#[test]
fn a_full_disk_stops_commits_only() {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    commit(&log, 1..=2).unwrap();
    let before = log.current();
    disk.set_faults(Faults { capacity: Some(before.offset + 100), ..Faults::default() });
    let error = append(&log, 3..=3).unwrap_err();
    assert!(error.is_full());
    assert_eq!(crate::value::SqlError::from(&error).code, 1021);
    assert!(log.rotate().unwrap_err().is_full());
    assert_eq!((log.current(), log.executed()), (before, set("1-2")));
    assert_eq!(replay(&log, &set("")).unwrap(), [1, 2]);
    disk.set_faults(Faults::default());
    commit(&log, 3..=3).unwrap();
    log.rotate().unwrap();
    assert_eq!(replay(&log, &set("1")).unwrap(), [2, 3]);
}

#[test]
fn a_failed_sync_stops_the_log() {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    disk.set_faults(Faults { failed_sync_after: Some(0), ..Faults::default() });
    assert!(commit(&log, 1..=1).is_err());
    disk.set_faults(Faults::default());
    assert!(append(&log, 2..=2).is_err() && log.rotate().is_err() && log.close().is_err());
}

/// The flag of the first event says whether a file was closed.
#[test]
fn only_the_open_file_is_marked_as_in_use() {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    log.rotate().unwrap();
    let flags = |name: &str| {
        let mut flags = [0; 2];
        disk.open(name).unwrap().read_at(super::super::files::FLAGS_OFFSET, &mut flags).unwrap();
        u16::from_le_bytes(flags)
    };
    assert_eq!((flags("binlog.000001"), flags("binlog.000002")), (0, 1));
    log.close().unwrap();
    assert_eq!(flags("binlog.000002"), 0);
    let file: Arc<dyn DiskFile> = disk.open("binlog.000002").unwrap();
    EventReader::new(file, "binlog.000002").unwrap();
}
