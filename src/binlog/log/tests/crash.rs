//! Power cuts and damage.

use proptest::prelude::*;

use super::*;
use crate::disk::Faults;

/// Commits groups until the disk fails; gives the last number that was acknowledged and the last that was tried.
fn run(log: &Log, seed: u64) -> (u64, u64) {
    let (mut acknowledged, mut tried) = (0, 0);
    for round in 0..40 {
        let size = 1 + (seed + round) % 4;
        let numbers = tried + 1..=tried + size;
        tried += size;
        let Ok(appended) = commit(log, numbers) else { break };
        acknowledged = tried;
        if appended.rotation_due && log.rotate().is_err() {
            break;
        }
    }
    (acknowledged, tried)
}

#[test]
fn power_cuts_lose_nothing_that_was_acknowledged() {
    let mut cuts = 0;
    for seed in 0..600 {
        let disk = FaultyDisk::new(seed);
        let (log, _) = Log::open(Arc::new(disk.clone()), options(3000)).unwrap();
        disk.set_faults(Faults { power_cut_after: Some(seed % 110), ..Faults::default() });
        let (acknowledged, tried) = run(&log, seed);
        drop(log);
        let disk = disk.restart();
        let (log, report) = Log::open(Arc::new(disk.clone()), options(3000))
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        cuts += usize::from(report.cut.is_some());
        let found = replay(&log, &set("")).unwrap();
        let last = found.last().copied().unwrap_or(0);
        assert_eq!(found, (1..=last).collect::<Vec<_>>(), "seed {seed}");
        assert!(
            (acknowledged..=tried).contains(&last),
            "seed {seed}: {acknowledged} {last} {tried}"
        );
        // and it goes on, through another crash
        commit(&log, last + 1..=last + 2).unwrap();
        drop(log);
        let (log, _) = open(&disk.restart());
        assert_eq!(replay(&log, &set("")).unwrap().len() as u64, last + 2, "seed {seed}");
    }
    assert!(cuts > 50, "{cuts}");
}

/// A log of five groups of two, and the end of each transaction.
fn ten() -> (FaultyDisk, Vec<u64>) {
    let disk = FaultyDisk::new(1);
    let (log, _) = open(&disk);
    let mut ends = Vec::new();
    for group in 0..5 {
        let appended = commit(&log, 2 * group + 1..=2 * group + 2).unwrap();
        ends.extend(appended.ends.iter().map(|end| end.offset));
    }
    (disk, ends)
}

#[test]
fn a_spoiled_event_before_later_groups_is_refused() {
    let (disk, ends) = ten();
    disk.flip("binlog.000001", ends[3] as usize + 30, 1);
    let error = refused(&disk);
    let LogError::Damaged { file, offset, .. } = &error else { panic!("{error}") };
    assert_eq!((file.as_str(), *offset), ("binlog.000001", ends[3]));
    assert_eq!(disk.read("binlog.000001", 1 << 20).unwrap().len() as u64, ends[9], "untouched");
    let lenient = LogOptions { tail: Tail::Unsynced, ..options(1 << 20) };
    let (log, report) = Log::open(Arc::new(disk), lenient).unwrap();
    assert_eq!(report.cut.unwrap().at, ends[3]);
    assert_eq!(log.executed(), set("1-4"));
}

#[test]
fn a_spoiled_event_in_the_last_group_is_a_torn_tail() {
    for transaction in [8, 9] {
        let (disk, ends) = ten();
        disk.flip("binlog.000001", ends[transaction] as usize - 3, 1);
        let (log, report) = open(&disk);
        assert_eq!(report.cut.unwrap().at, ends[transaction - 1]);
        assert_eq!(log.executed(), set(if transaction == 8 { "1-8" } else { "1-9" }));
        assert_eq!(log.current().offset, ends[transaction - 1]);
    }
}

#[test]
fn a_spoiled_head_is_refused() {
    for at in [0, 10, 100, 126, 140] {
        let (disk, _) = ten();
        disk.flip("binlog.000001", at, 4);
        assert!(matches!(refused(&disk), LogError::Damaged { .. }), "{at}");
    }
}

#[test]
fn damage_in_an_older_file_is_found_when_it_is_needed() {
    let (disk, ends) = ten();
    open(&disk).0.rotate().unwrap();
    disk.flip("binlog.000001", ends[3] as usize + 30, 1);
    let (log, _) = open(&disk);
    let error = replay(&log, &set("")).unwrap_err();
    assert!(
        error.to_string().starts_with(&format!("binlog.000001 is damaged at byte {}", ends[3]))
    );
    assert_eq!(replay(&log, &set("1-10")).unwrap(), Vec::<u64>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever happens to the file: no panic, no endless loop, and what is found was written.
    #[test]
    fn damage_never_confuses(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255u8), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        swap in prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>())),
        unsynced in any::<bool>(),
    ) {
        let (disk, _) = ten();
        let mut bytes = disk.read("binlog.000001", 1 << 20).unwrap();
        if let Some((a, b)) = swap {
            let (a, b) = (a.index(bytes.len()), b.index(bytes.len()));
            let moved = bytes.get(a..(a + 100).min(bytes.len())).unwrap().to_vec();
            let room = moved.len().min(bytes.len() - b);
            bytes[b..b + room].copy_from_slice(&moved[..room]);
        }
        for (at, mask) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= mask;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
        disk.replace("binlog.000001", &bytes).unwrap();
        let tail = if unsynced { Tail::Unsynced } else { Tail::Synced };
        let options = LogOptions { tail, ..options(1 << 20) };
        if let Ok((log, _)) = Log::open(Arc::new(disk), options) {
            let found = replay(&log, &set("")).unwrap();
            let last = found.last().copied().unwrap_or(0);
            prop_assert_eq!(found, (1..=last).collect::<Vec<_>>());
        }
    }
}
