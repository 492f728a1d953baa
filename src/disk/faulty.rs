//! A disk in memory that fails on purpose: full, failing to sync, or losing power at a chosen operation.
//!
//! The fault model: names and replaced files are durable when the call returns. Appended bytes are durable
//! once `sync` has returned. At a power cut each file keeps its durable bytes, and of the rest any number
//! from the front; the last sectors of those may be lost again and read as zeros, or hold noise. What
//! happens is decided by the seed alone, so that a failing round can be run again.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskFile, DiskLock, WriteContents, check_name, failed};

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// What is to go wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// Bytes that fit on the disk; appends beyond them are refused as full.
    pub capacity: Option<u64>,
    /// After so many operations (appends, syncs, creations …) the power fails: this one and all later ones
    /// give an error, until [`FaultyDisk::restart`].
    pub power_cut_after: Option<u64>,
    /// So many syncs succeed, the next one fails.
    pub failed_sync_after: Option<u64>,
}

/// A disk in memory. Clones are the same disk.
#[derive(Debug, Clone)]
pub struct FaultyDisk {
    shared: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    files: BTreeMap<String, Arc<Mutex<Contents>>>,
    faults: Faults,
    operations: u64,
    syncs: u64,
    random: Random,
    /// Counts restarts: handles from before one are dead.
    life: u64,
    without_power: bool,
    locked: bool,
}

#[derive(Debug, Clone, Default)]
struct Contents {
    bytes: Vec<u8>,
    /// The front that a power cut cannot take.
    durable: usize,
    /// Bytes below `durable` that were written over and not synced, with what was there.
    patched: HashMap<usize, u8>,
}

impl FaultyDisk {
    /// An empty disk without faults. `seed` decides what a power cut leaves.
    pub fn new(seed: u64) -> Self {
        let state = State {
            files: BTreeMap::new(),
            faults: Faults::default(),
            operations: 0,
            syncs: 0,
            random: Random(seed.wrapping_mul(2).wrapping_add(1)),
            life: 0,
            without_power: false,
            locked: false,
        };
        Self { shared: Arc::new(Mutex::new(state)) }
    }

    /// Sets what is to go wrong from now on; counts begin anew.
    pub fn set_faults(&self, faults: Faults) {
        let mut state = self.state();
        state.faults = faults;
        state.operations = 0;
        state.syncs = 0;
    }

    /// Operations since [`FaultyDisk::set_faults`]: the range to choose power cuts from.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Whether the power has failed.
    pub fn is_without_power(&self) -> bool {
        self.state().without_power
    }

    /// Cuts the power, if it is not cut yet, and gives the disk as it is found after it came back: without
    /// faults, with what had been synced and some of what had not. Handles from before are dead.
    pub fn restart(&self) -> Self {
        let mut state = self.state();
        state.without_power = false;
        state.locked = false;
        state.life += 1;
        state.faults = Faults::default();
        let files: Vec<_> = state.files.values().cloned().collect();
        for file in files {
            state.random.damage(&mut held(&file));
        }
        drop(state);
        self.clone()
    }

    /// Cuts the power now: every operation fails until [`FaultyDisk::restart`] or [`FaultyDisk::reopen`].
    pub fn cut_power(&self) {
        self.state().without_power = true;
    }

    /// The disk as the next process finds it after the last one was killed: all that was written is there, and what
    /// was not synced can still be lost. Handles from before are dead.
    pub fn reopen(&self) -> Self {
        let mut state = self.state();
        state.without_power = false;
        state.locked = false;
        state.life += 1;
        state.faults = Faults::default();
        drop(state);
        self.clone()
    }

    /// Bytes of all files.
    pub fn used(&self) -> u64 {
        self.state().files.values().map(|file| held(file).bytes.len() as u64).sum()
    }

    /// Changes one byte of a file, as a failing disk does behind everybody's back.
    pub fn flip(&self, name: &str, offset: usize, mask: u8) {
        if let Some(file) = self.state().files.get(name)
            && let Some(byte) = held(file).bytes.get_mut(offset)
        {
            *byte ^= mask;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        held(&self.shared)
    }

    fn handle(&self, file: &Arc<Mutex<Contents>>, life: u64) -> Arc<dyn DiskFile> {
        let failed = Mutex::new(false);
        Arc::new(FaultyFile { disk: self.clone(), file: Arc::clone(file), life, failed })
    }
}

impl State {
    /// Counts one operation; the power may fail at it.
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        let cut = self.faults.power_cut_after.is_some_and(|after| self.operations > after);
        self.without_power |= cut;
        if self.without_power { Err(io::Error::other("the power is off")) } else { Ok(()) }
    }

    /// Whether the last operation is the one at which the power failed.
    fn is_at_the_cut(&self) -> bool {
        self.faults.power_cut_after.is_some_and(|after| self.operations == after + 1)
    }

    /// Refuses `more` bytes that do not fit; says how many would.
    fn reserve(&self, more: usize) -> Result<(), usize> {
        let Some(capacity) = self.faults.capacity else { return Ok(()) };
        let used: usize = self.files.values().map(|file| held(file).bytes.len()).sum();
        let room = usize::try_from(capacity).unwrap_or(usize::MAX).saturating_sub(used);
        if more > room { Err(room) } else { Ok(()) }
    }
}

impl Disk for FaultyDisk {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        check_name(name)?;
        let mut state = self.state();
        state.operate()?;
        if state.files.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = Arc::new(Mutex::new(Contents::default()));
        state.files.insert(name.to_owned(), Arc::clone(&file));
        Ok(self.handle(&file, state.life))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let state = self.state();
        let file = state.files.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.handle(file, state.life))
    }

    fn replace_with(&self, name: &str, write: WriteContents<'_>) -> io::Result<()> {
        check_name(name)?;
        let mut bytes = Vec::new();
        write(&mut bytes)?;
        let mut state = self.state();
        state.operate()?;
        state.reserve(bytes.len()).map_err(|_| io::ErrorKind::StorageFull)?;
        let contents = Contents { durable: bytes.len(), bytes, patched: HashMap::new() };
        state.files.insert(name.to_owned(), Arc::new(Mutex::new(contents)));
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state().files.keys().cloned().collect())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        state.files.remove(name).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn lock(&self) -> io::Result<DiskLock> {
        let mut state = self.state();
        if std::mem::replace(&mut state.locked, true) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(DiskLock::new(Unlock { disk: self.clone(), life: state.life }))
    }

    fn describe(&self) -> String {
        "a disk in memory".to_owned()
    }
}

/// Gives the directory back, unless a restart has done so.
struct Unlock {
    disk: FaultyDisk,
    life: u64,
}

impl Drop for Unlock {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.life == self.life {
            state.locked = false;
        }
    }
}

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    file: Arc<Mutex<Contents>>,
    life: u64,
    failed: Mutex<bool>,
}

impl FaultyFile {
    /// The disk, after one more operation that did not fail.
    fn operate(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.disk.state();
        if self.is_failed() || state.life != self.life {
            return Err(failed());
        }
        state.operate()?;
        Ok(state)
    }
}

impl DiskFile for FaultyFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        // A write that the power cut interrupts may have arrived, whole or in part.
        let state = self.operate().inspect_err(|_| {
            let state = self.disk.state();
            if state.life == self.life && state.is_at_the_cut() {
                held(&self.file).bytes.extend_from_slice(bytes);
            }
        })?;
        state.reserve(bytes.len()).map_err(|_| io::ErrorKind::StorageFull)?;
        held(&self.file).bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.operate()?;
        state.syncs += 1;
        if state.faults.failed_sync_after.is_some_and(|after| state.syncs > after) {
            *held(&self.failed) = true;
            return Err(io::Error::other("the disk could not write"));
        }
        let mut contents = held(&self.file);
        contents.durable = contents.bytes.len();
        contents.patched.clear();
        Ok(())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let contents = held(&self.file);
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = contents.bytes.get(offset..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        buffer.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        Ok(read)
    }

    fn len(&self) -> u64 {
        held(&self.file).bytes.len() as u64
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        let _state = self.operate()?;
        let mut contents = held(&self.file);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len > contents.bytes.len() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        contents.bytes.truncate(len);
        contents.durable = len;
        contents.patched.clear();
        Ok(())
    }

    fn patch(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let _state = self.operate()?;
        let mut contents = held(&self.file);
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(bytes.len());
        let old = contents.bytes.get(start..end).ok_or(io::ErrorKind::InvalidInput)?.to_vec();
        for ((at, new), old) in (start..).zip(bytes).zip(old) {
            contents.patched.entry(at).or_insert(old);
            if let Some(byte) = contents.bytes.get_mut(at) {
                *byte = *new;
            }
        }
        Ok(())
    }

    fn is_failed(&self) -> bool {
        *held(&self.failed)
    }
}

/// A small generator of numbers (xorshift64*): the same seed gives the same faults everywhere.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 16).unwrap_or(0) % bound.max(1)
    }

    /// What a power cut leaves of a file.
    fn damage(&mut self, contents: &mut Contents) {
        let patched = std::mem::take(&mut contents.patched);
        if self.below(2) == 0 {
            for (at, old) in patched {
                if let Some(byte) = contents.bytes.get_mut(at) {
                    *byte = old;
                }
            }
        }
        let loose = contents.bytes.len().saturating_sub(contents.durable);
        let kept = contents.durable + self.below(loose + 1);
        contents.bytes.truncate(kept);
        self.tear(contents);
        contents.durable = contents.bytes.len();
    }

    /// Loses one of the sectors that were kept although they were not durable.
    fn tear(&mut self, contents: &mut Contents) {
        let how = self.below(4);
        let loose = contents.bytes.len() - contents.durable;
        if how > 1 || loose == 0 {
            return;
        }
        let start = contents.durable + self.below(loose);
        let end = (start / SECTOR + 1) * SECTOR;
        for byte in contents.bytes.iter_mut().take(end).skip(start) {
            *byte = if how == 0 { 0 } else { self.next() as u8 };
        }
    }
}

/// A lock whose holder never panics; the value is sound in any case.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
