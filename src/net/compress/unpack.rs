//! Reads frames, in whatever pieces they come. Nothing here waits or owns a buffer.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};

use super::HEADER_LEN;

/// Where in the stream of frames the reader is.
#[derive(Default)]
pub enum Unpacker {
    /// The next byte is of a header.
    #[default]
    Between,
    /// In a frame that is not deflated; so many bytes are left of it, at least one.
    Plain(usize),
    /// In a deflated frame.
    Deflated(Inflating),
}

/// A deflated frame. Its state (some 40 KiB) lives no longer than the frame.
pub struct Inflating {
    inflater: Decompress,
    /// Bytes of the frame still to come.
    left: usize,
    /// Bytes that it still has to inflate to, by its header.
    owed: usize,
}

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Bytes taken.
    pub used: usize,
    /// Bytes given.
    pub made: usize,
}

impl Unpacker {
    /// No frame has begun and not ended.
    pub fn is_between(&self) -> bool {
        matches!(self, Self::Between)
    }

    /// Takes bytes from `input` and puts what they say into `out` (not empty). Passes at most one
    /// header, or gives bytes of one frame. Nothing used and nothing made: more input is needed.
    /// `number` is the next frame's, and grows when one begins.
    ///
    /// # Errors
    /// `InvalidData`, after which the stream is of no use.
    pub fn step(&mut self, input: &[u8], out: &mut [u8], number: &mut u8) -> io::Result<Step> {
        match self {
            Self::Between => {
                let Some(header) = input.first_chunk() else { return Ok(Step::default()) };
                *self = begin(header, number)?;
                Ok(Step { used: HEADER_LEN, made: 0 })
            }
            Self::Plain(left) => {
                let n = input.len().min(out.len()).min(*left);
                out[..n].copy_from_slice(&input[..n]);
                *left -= n;
                if *left == 0 {
                    *self = Self::Between;
                }
                Ok(Step { used: n, made: n })
            }
            Self::Deflated(frame) => {
                let (step, ended) = frame.step(input, out)?;
                if ended {
                    *self = Self::Between;
                }
                Ok(step)
            }
        }
    }
}

fn begin(header: &[u8; HEADER_LEN], number: &mut u8) -> io::Result<Unpacker> {
    let [a, b, c, said, x, y, z] = *header;
    let left = u32::from_le_bytes([a, b, c, 0]) as usize;
    let owed = u32::from_le_bytes([x, y, z, 0]) as usize;
    // A command starts anew, everything else goes on: a server is as strict.
    if said != 0 && said != *number {
        return Err(invalid("frames out of order"));
    }
    *number = said.wrapping_add(1);
    Ok(match (left, owed) {
        (0, 0) => Unpacker::Between,
        (_, 0) => Unpacker::Plain(left),
        _ => Unpacker::Deflated(Inflating { inflater: Decompress::new(true), left, owed }),
    })
}

impl Inflating {
    /// The step, and whether it was the last.
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> io::Result<(Step, bool)> {
        let room = out.len().min(self.owed);
        let (mut step, mut ended) = match room {
            0 => Default::default(),
            _ => self.inflate(input, &mut out[..room])?,
        };
        if !ended && self.owed == 0 {
            // Only the checksum may follow. At once, so that the state goes with the last byte.
            let (tail, tail_ended) = self.inflate(&input[step.used..], &mut [0])?;
            step.used += tail.used;
            ended = tail_ended;
        }
        if ended && (self.left > 0 || self.owed > 0) {
            return Err(invalid("a frame that does not have the length it says"));
        }
        if !ended && step == Step::default() && (self.left == 0 || !input.is_empty()) {
            return Err(invalid("a frame that is cut off"));
        }
        Ok((step, ended))
    }

    fn inflate(&mut self, input: &[u8], out: &mut [u8]) -> io::Result<(Step, bool)> {
        let input = &input[..input.len().min(self.left)];
        let (used, made) = (self.inflater.total_in(), self.inflater.total_out());
        let status = self.inflater.decompress(input, out, FlushDecompress::None);
        let status = status.map_err(|_| invalid("a frame that does not inflate"))?;
        let used = (self.inflater.total_in() - used) as usize;
        let made = (self.inflater.total_out() - made) as usize;
        self.left -= used;
        let Some(owed) = self.owed.checked_sub(made) else {
            return Err(invalid("a frame that is longer than it says"));
        };
        self.owed = owed;
        Ok((Step { used, made }, status == Status::StreamEnd))
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
