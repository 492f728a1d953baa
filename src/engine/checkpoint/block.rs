//! Blocks with checksums: what a checkpoint file is made of.

use std::io::{self, Write};
use std::sync::Arc;

use super::CheckpointError;
use crate::disk::{DiskFile, read_exact_at};

/// What a file begins with.
const MAGIC: &[u8; 8] = b"ANBRCKP1";

/// Length and checksum before a block.
const FRAME: u64 = 8;

/// What is in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Head = 1,
    Catalog = 2,
    Table = 3,
    Rows = 4,
    Footer = 5,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        [Self::Head, Self::Catalog, Self::Table, Self::Rows, Self::Footer]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// Writes blocks.
pub(super) struct BlockWriter<'a> {
    out: &'a mut dyn Write,
    pub blocks: u64,
}

impl<'a> BlockWriter<'a> {
    pub fn begin(out: &'a mut dyn Write) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self { out, blocks: 0 })
    }

    pub fn write(&mut self, kind: Kind, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len() + 1).map_err(io::Error::other)?;
        let mut crc = crc32fast::Hasher::new();
        crc.update(&[kind as u8]);
        crc.update(payload);
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&crc.finalize().to_le_bytes())?;
        self.out.write_all(&[kind as u8])?;
        self.out.write_all(payload)?;
        self.blocks += 1;
        Ok(())
    }
}

/// Reads blocks, one after the other.
pub(super) struct BlockReader {
    file: Arc<dyn DiskFile>,
    at: u64,
    pub blocks: u64,
}

/// A block whose checksum is right.
pub(super) struct Block {
    pub kind: Kind,
    bytes: Vec<u8>,
}

impl Block {
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(1..).unwrap_or_default()
    }
}

impl BlockReader {
    pub fn open(file: Arc<dyn DiskFile>) -> Result<Self, CheckpointError> {
        let mut magic = [0; MAGIC.len()];
        read_exact_at(&*file, 0, &mut magic)?;
        if magic != *MAGIC {
            return Err(CheckpointError::Contents("it is no checkpoint"));
        }
        Ok(Self { file, at: MAGIC.len() as u64, blocks: 0 })
    }

    /// Bytes read so far.
    pub fn position(&self) -> u64 {
        self.at
    }

    pub fn next(&mut self) -> Result<Block, CheckpointError> {
        let damaged = CheckpointError::Block(self.blocks);
        let mut frame = [0; FRAME as usize];
        read_exact_at(&*self.file, self.at, &mut frame)?;
        let [a, b, c, d, crc @ ..] = frame;
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        let left = self.file.len().saturating_sub(self.at + FRAME);
        if length == 0 || length > left {
            return Err(damaged);
        }
        let mut bytes = vec![0; length as usize];
        read_exact_at(&*self.file, self.at + FRAME, &mut bytes)?;
        self.at += FRAME + length;
        if crc32fast::hash(&bytes) != u32::from_le_bytes(crc) {
            return Err(damaged);
        }
        let kind = bytes.first().copied().and_then(Kind::of).ok_or(damaged)?;
        self.blocks += 1;
        Ok(Block { kind, bytes })
    }
}
