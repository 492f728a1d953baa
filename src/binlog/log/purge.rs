//! Removing old files, counting transactions as executed, and beginning anew.

use super::files::{FIRST, file_number, next_number, write_index};
use super::open::GRANTED;
use super::writer::Writer;
use super::{FileInfo, Log, LogError, Position, State};
use crate::gtid::GtidSet;

impl Log {
    /// Keeps from now on what somebody who has `applied` needs: files that a restart from a checkpoint with
    /// those transactions would read are not purged.
    pub fn keep_after(&self, applied: &GtidSet) -> Result<(), LogError> {
        let first = self.position_for(applied)?.file;
        let mut state = self.state();
        state.keep_from = state.keep_from.max(first);
        Ok(())
    }

    /// Removes the files before this one, as far as neither recovery nor a reader needs them. Gives
    /// their names.
    pub fn purge_to(&self, name: &str) -> Result<Vec<String>, LogError> {
        let number = file_number(name.trim_start_matches("./"));
        let known = |number: &u32| self.state().files.iter().any(|file| file.number == *number);
        let number = number.filter(known);
        self.remove_before(number.ok_or_else(|| LogError::UnknownFile(name.to_owned()))?)
    }

    /// Removes the files that were last written before this time (seconds since 1970), as far as recovery
    /// does not need them. Gives their names.
    pub fn purge_before(&self, timestamp: u32) -> Result<Vec<String>, LogError> {
        let files = self.state().files.clone();
        // a file is written until the next one begins
        let old = files
            .windows(2)
            .take_while(|pair| matches!(pair, [_, next] if next.created < timestamp));
        match files.get(old.count()) {
            Some(first) => self.remove_before(first.number),
            None => Ok(Vec::new()),
        }
    }

    /// The index forgets files before they are removed: what is left over after a crash is harmless.
    fn remove_before(&self, number: u32) -> Result<Vec<String>, LogError> {
        // the index is also written when the log rotates
        let writer = self.writer();
        let mut state = self.state();
        let first = number.min(state.first_needed());
        let gone = state.files.partition_point(|file| file.number < first);
        let gone = gone.min(state.files.len().saturating_sub(1));
        if gone == 0 {
            return Ok(Vec::new());
        }
        write_index(&*self.disk, state.files.iter().skip(gone).map(|file| file.number))?;
        let names: Vec<String> = state.files.drain(..gone).map(|file| file.name()).collect();
        drop(state);
        drop(writer);
        self.remove(&names)?;
        Ok(names)
    }

    fn remove(&self, names: &[String]) -> Result<(), LogError> {
        for name in names {
            self.disk.remove(name).map_err(LogError::io("cannot remove", name))?;
        }
        Ok(())
    }

    /// Counts transactions as executed that the log does not hold (`SET GLOBAL gtid_purged`): those of a dump
    /// that was loaded. The log goes on in a new file that says so.
    pub fn grant(&self, set: &GtidSet) -> Result<(), LogError> {
        let mut writer = self.writer();
        let mut granted = self.state().granted.clone();
        granted.union(set);
        let mut executed = self.executed();
        executed.union(set);
        let text = granted.to_string();
        self.disk
            .replace(GRANTED, text.as_bytes())
            .map_err(LogError::io("cannot write", GRANTED))?;
        {
            let mut state = self.state();
            state.granted = granted;
            state.executed = executed.clone();
        }
        self.rotate_from(&mut writer, executed).map(drop)
    }

    /// Removes all files and begins anew at the first (`RESET BINARY LOGS AND GTIDS`). Nobody may be
    /// appending.
    ///
    /// A file behind the last takes over while the old ones go, so that a crash in between leaves either
    /// log whole.
    pub fn reset(&self) -> Result<Position, LogError> {
        let mut writer = self.writer();
        if self.disk.exists(GRANTED).unwrap_or(false) {
            // the newest file's head has these GTIDs too
            self.disk.remove(GRANTED).map_err(LogError::io("cannot remove", GRANTED))?;
        }
        let aside = next_number(writer.number)?;
        self.begin_anew(&mut writer, aside)?;
        self.begin_anew(&mut writer, FIRST)?;
        self.reveal_from_anew(writer.end());
        Ok(writer.end())
    }

    /// Makes this file the only one, and forgets all transactions.
    fn begin_anew(&self, writer: &mut Writer, number: u32) -> Result<(), LogError> {
        self.recent.clear();
        let file = self.create(number, true, &GtidSet::default())?;
        write_index(&*self.disk, [number].into_iter())?;
        let (created, previous) = (self.origin().timestamp, GtidSet::default());
        let info = FileInfo { number, created, size: file.len(), previous };
        *writer = Writer::new(file, number, 0);
        let (executed, granted) = (GtidSet::default(), GtidSet::default());
        let readers = Vec::new();
        let new = State { files: vec![info], executed, granted, keep_from: number, readers };
        let old = std::mem::replace(&mut *self.state(), new);
        let names: Vec<String> = old.files.iter().map(FileInfo::name).collect();
        self.remove(&names)
    }
}
