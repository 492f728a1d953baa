//! The file system's own directory as a [`Disk`].

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{Disk, DiskFile, DiskLock, WriteContents, check_name, failed};

/// The file whose lock is the directory's.
const LOCK_NAME: &str = "lock";

/// What a file is written as before it is renamed into place; leftovers are overwritten.
const TEMPORARY_ENDING: &str = ".new";

/// What is written at once when a file is replaced, in bytes.
const WRITE_BUFFER: usize = 1 << 20;

/// Data belongs to the user that runs the server.
const FILE_MODE: u32 = 0o640;

/// Permissions of files that hold a password.
const SECRET_MODE: u32 = 0o600;

/// A directory of the file system.
#[derive(Debug)]
pub struct RealDisk {
    folder: PathBuf,
}

impl RealDisk {
    /// The directory, made if it is not there.
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        if !folder.is_dir() {
            fs::create_dir_all(&folder)?;
            sync_parent(&folder)?;
        }
        Ok(Self { folder })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    fn file(&self, name: &str) -> io::Result<PathBuf> {
        check_name(name)?;
        Ok(self.folder.join(name))
    }

    /// Removes what was being written when an earlier process ended.
    fn remove_temporary(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(TEMPORARY_ENDING) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Makes names durable: those made, renamed or removed before.
    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

impl RealDisk {
    /// Puts a file in place of one of the same name, with these permissions.
    fn put(&self, name: &str, mode: u32, write: WriteContents<'_>) -> io::Result<()> {
        let place = self.file(name)?;
        let temporary = self.folder.join(format!("{name}{TEMPORARY_ENDING}"));
        let written =
            write_whole(&temporary, mode, write).and_then(|()| fs::rename(&temporary, &place));
        if written.is_err() {
            // a leftover is harmless: the next attempt overwrites it
            let _ = fs::remove_file(&temporary);
        }
        written.and_then(|()| self.sync_names())
    }
}

impl Disk for RealDisk {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(FILE_MODE);
        let file = options.open(self.file(name)?)?;
        self.sync_names()?;
        Ok(Arc::new(RealFile::new(file)?))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).write(true).open(self.file(name)?)?;
        Ok(Arc::new(RealFile::new(file)?))
    }

    fn replace_with(&self, name: &str, write: WriteContents<'_>) -> io::Result<()> {
        self.put(name, FILE_MODE, write)
    }

    fn replace_secret(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        self.put(name, SECRET_MODE, &mut |out| out.write_all(contents))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().into_string().unwrap_or_default();
            let ours = check_name(&name).is_ok() && !name.ends_with(TEMPORARY_ENDING);
            if ours && name != LOCK_NAME && entry.file_type()?.is_file() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.file(name)?)?;
        self.sync_names()
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.file(name)?.try_exists()
    }

    fn lock(&self) -> io::Result<DiskLock> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(FILE_MODE);
        let file = options.open(self.folder.join(LOCK_NAME))?;
        match file.try_lock() {
            Ok(()) => self.remove_temporary().map(|()| DiskLock::new(file)),
            Err(TryLockError::Error(error)) => Err(error),
            Err(TryLockError::WouldBlock) => Err(io::Error::new(
                io::ErrorKind::WouldBlock,
                format!("{} is in use by another server", self.folder.display()),
            )),
        }
    }

    fn describe(&self) -> String {
        self.folder.display().to_string()
    }
}

/// Makes a folder's own name durable. (Of folders above it that were made as well, a power cut may take the
/// names; they were empty a moment ago.)
fn sync_parent(folder: &Path) -> io::Result<()> {
    match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

fn write_whole(path: &Path, mode: u32, write: WriteContents<'_>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(mode);
    let file = options.open(path)?;
    // a leftover may have other permissions
    file.set_permissions(Permissions::from_mode(mode))?;
    let mut out = BufWriter::with_capacity(WRITE_BUFFER, file);
    write(&mut out)?;
    out.flush()?;
    out.get_ref().sync_all()
}

/// An open file and where its end is.
#[derive(Debug)]
struct RealFile {
    file: File,
    /// Where the next append goes; never beyond what was written whole.
    len: AtomicU64,
    failed: AtomicBool,
}

impl RealFile {
    fn new(file: File) -> io::Result<Self> {
        let len = AtomicU64::new(file.metadata()?.len());
        Ok(Self { file, len, failed: AtomicBool::new(false) })
    }

    fn usable(&self) -> io::Result<()> {
        if self.is_failed() { Err(failed()) } else { Ok(()) }
    }

    /// Notes an error that nothing can undo.
    fn fail(&self, error: io::Error) -> io::Error {
        self.failed.store(true, Ordering::Release);
        error
    }
}

impl DiskFile for RealFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.usable()?;
        let end = self.len();
        if let Err(error) = self.file.write_all_at(bytes, end) {
            self.file.set_len(end).map_err(|cut| self.fail(cut))?;
            return Err(error);
        }
        self.len.store(end + bytes.len() as u64, Ordering::Release);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.usable()?;
        self.file.sync_data().map_err(|error| self.fail(error))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        loop {
            let buffer = buffer.get_mut(..wanted).unwrap_or_default();
            match self.file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    fn len(&self) -> u64 {
        self.len.load(Ordering::Acquire)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.usable()?;
        if len > self.len() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.len.store(len, Ordering::Release);
        let cut = self.file.set_len(len).and_then(|()| self.file.sync_all());
        cut.map_err(|error| self.fail(error))
    }

    fn patch(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.usable()?;
        if offset.saturating_add(bytes.len() as u64) > self.len() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.file.write_all_at(bytes, offset).map_err(|error| self.fail(error))
    }

    fn is_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }
}
