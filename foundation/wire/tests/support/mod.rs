//! Streams that misbehave on schedule.
#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod link;

use std::cmp::min;
use std::io::{Error, ErrorKind, Read, Result, Write};

/// What a chopped stream does when it is called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Moves at most so many bytes (at least one).
    Move(usize),
    Block,
    TimeOut,
    Interrupt,
}

impl Step {
    fn limit(self, wanted: usize) -> Result<usize> {
        match self {
            Step::Move(count) => Ok(min(count.max(1), wanted)),
            Step::Block => Err(ErrorKind::WouldBlock.into()),
            Step::TimeOut => Err(ErrorKind::TimedOut.into()),
            Step::Interrupt => Err(ErrorKind::Interrupted.into()),
        }
    }
}

/// A byte string as a reader, or a byte collection as a writer, that goes through `steps` and then moves everything.
#[derive(Debug)]
pub(crate) struct Chopped {
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: usize,
    pub(crate) steps: Vec<Step>,
    pub(crate) calls: usize,
}

impl Chopped {
    pub(crate) fn new(bytes: &[u8], steps: &[Step]) -> Self {
        Chopped {
            bytes: bytes.to_vec(),
            at: 0,
            steps: steps.to_vec(),
            calls: 0,
        }
    }

    fn step(&mut self) -> Step {
        let step = self
            .steps
            .get(self.calls)
            .copied()
            .unwrap_or(Step::Move(usize::MAX));
        self.calls += 1;
        step
    }
}

impl Read for Chopped {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let rest = self.bytes.len() - self.at;
        let count = self.step().limit(min(rest, into.len()))?;
        into[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

impl Write for Chopped {
    fn write(&mut self, from: &[u8]) -> Result<usize> {
        let count = self.step().limit(from.len())?;
        self.bytes.extend_from_slice(&from[..count]);
        Ok(count)
    }

    fn write_vectored(&mut self, slices: &[std::io::IoSlice<'_>]) -> Result<usize> {
        let whole: Vec<u8> = slices
            .iter()
            .flat_map(|slice| slice.iter().copied())
            .collect();
        self.write(&whole)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A stream that fails with an error of the kernel's.
#[derive(Debug)]
pub(crate) struct Failing {
    pub(crate) after: usize,
    pub(crate) errno: i32,
}

impl Write for Failing {
    fn write(&mut self, from: &[u8]) -> Result<usize> {
        if self.after == 0 {
            return Err(Error::from_raw_os_error(self.errno));
        }
        let count = min(self.after, from.len());
        self.after -= count;
        Ok(count)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> Result<usize> {
        Err(Error::from_raw_os_error(self.errno))
    }
}
