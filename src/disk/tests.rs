//! What both disks promise, and what only the faulty one does.

use super::*;

fn contents(disk: &dyn Disk, name: &str) -> Vec<u8> {
    disk.read(name, 1 << 20).unwrap()
}

/// What every disk does.
fn behaves(disk: &dyn Disk) {
    let file = disk.create("log").unwrap();
    assert_eq!(disk.create("log").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    file.append(b"hello ").unwrap();
    file.append(b"world").unwrap();
    file.sync().unwrap();
    assert_eq!((file.len(), contents(disk, "log")), (11, b"hello world".to_vec()));
    file.patch(0, b"J").unwrap();
    assert!(file.patch(11, b"!").is_err());
    file.truncate(5).unwrap();
    assert!(file.truncate(6).is_err());
    file.append(b"!").unwrap();
    assert_eq!(contents(disk, "log"), b"Jello!");

    let mut buffer = [0; 8];
    assert_eq!(file.read_at(4, &mut buffer).unwrap(), 2);
    assert_eq!(file.read_at(6, &mut buffer).unwrap(), 0);
    assert_eq!(file.read_at(99, &mut buffer).unwrap(), 0);
    assert!(read_exact_at(&*file, 0, &mut buffer).is_err());

    disk.replace("index", b"one").unwrap();
    disk.replace("index", b"two").unwrap();
    disk.replace_with("index", &mut |_| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
    assert_eq!(contents(disk, "index"), b"two");
    assert_eq!(disk.read("index", 2).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    assert_eq!(disk.list().unwrap(), ["index", "log"]);
    disk.remove("index").unwrap();
    assert_eq!(disk.remove("index").unwrap_err().kind(), io::ErrorKind::NotFound);
    assert!(!disk.exists("index").unwrap() && disk.exists("log").unwrap());
    for bad in ["", "../x", ".x", "a/b"] {
        assert!(disk.create(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_real_disk_behaves() {
    let folder = tempfile::tempdir().unwrap();
    behaves(&RealDisk::open(folder.path().join("new")).unwrap());
}

#[test]
fn a_faulty_disk_behaves_while_nothing_is_wrong() {
    behaves(&FaultyDisk::new(1));
}

#[test]
fn a_directory_has_one_holder() {
    let folder = tempfile::tempdir().unwrap();
    let real = RealDisk::open(folder.path()).unwrap();
    let other = RealDisk::open(folder.path()).unwrap();
    let faulty = FaultyDisk::new(1);
    let disks: [(&dyn Disk, &dyn Disk); 2] = [(&real, &other), (&faulty, &faulty.clone())];
    for (disk, other) in disks {
        let held = disk.lock().unwrap();
        assert_eq!(other.lock().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(held);
        other.lock().unwrap();
    }
}

#[test]
fn what_was_half_written_is_cleared_away() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    std::fs::write(folder.path().join("checkpoint.1.new"), b"half").unwrap();
    disk.replace("index", b"whole").unwrap();
    assert_eq!(disk.list().unwrap(), ["index"]);
    let _held = disk.lock().unwrap();
    assert!(!folder.path().join("checkpoint.1.new").exists());
    assert_eq!(contents(&disk, "index"), b"whole");
}

#[test]
fn a_full_disk_keeps_what_is_there() {
    let disk = FaultyDisk::new(1);
    let file = disk.create("log").unwrap();
    disk.set_faults(Faults { capacity: Some(10), ..Faults::default() });
    file.append(b"12345678").unwrap();
    assert!(is_full(&file.append(b"abc").unwrap_err()));
    assert!(is_full(&disk.replace("index", b"abc").unwrap_err()));
    assert_eq!((file.len(), file.is_failed()), (8, false));
    file.append(b"90").unwrap();
}

#[test]
fn a_failed_sync_is_final() {
    let disk = FaultyDisk::new(1);
    let file = disk.create("log").unwrap();
    disk.set_faults(Faults { failed_sync_after: Some(1), ..Faults::default() });
    file.sync().unwrap();
    file.sync().unwrap_err();
    disk.set_faults(Faults::default());
    assert!(file.is_failed() && file.sync().is_err() && file.append(b"x").is_err());
}

#[test]
fn a_power_cut_takes_only_what_was_not_synced() {
    let mut torn = 0;
    for seed in 0..200 {
        let disk = FaultyDisk::new(seed);
        let file = disk.create("log").unwrap();
        file.append(&[b'd'; 700]).unwrap();
        file.sync().unwrap();
        file.append(&[b'n'; 3000]).unwrap();
        disk.set_faults(Faults { power_cut_after: Some(0), ..Faults::default() });
        file.append(b"more").unwrap_err();
        assert!(disk.is_without_power() && disk.create("other").is_err());
        let disk = disk.restart();
        let found = contents(&disk, "log");
        assert!(found.len() >= 700 && found[..700].iter().all(|byte| *byte == b'd'));
        torn += usize::from(found[700..].iter().any(|byte| !b"nmore".contains(byte)));
        assert!(file.append(b"x").is_err(), "handles from before are dead");
        disk.open("log").unwrap().append(b"x").unwrap();
    }
    assert!(torn > 20, "some cuts tear: {torn}");
}

#[test]
fn the_same_seed_fails_the_same_way() {
    let found = |seed| {
        let disk = FaultyDisk::new(seed);
        let file = disk.create("log").unwrap();
        file.append(&[7; 5000]).unwrap();
        contents(&disk.restart(), "log")
    };
    assert_eq!(found(5), found(5));
    assert!((0..20).any(|seed| found(seed) != found(5)));
}
