//! Reading and writing under one deadline for everything.

use super::transport::Transport;
use crate::error::{Error, Result};
use crate::kind::LinkFault;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

/// A stream during its handshake.
///
/// The timeout is set anew before each call, to what is left of the whole: a peer that sends a byte now and then gains
/// nothing by it.
pub(crate) struct Timed<'s, S> {
    stream: &'s mut S,
    start: Instant,
    limit: Duration,
}

impl<'s, S: Transport> Timed<'s, S> {
    pub(crate) fn new(stream: &'s mut S, limit: Duration) -> Self {
        Timed {
            stream,
            start: Instant::now(),
            limit,
        }
    }

    /// Fills `into`. `doing` is for the error.
    pub(crate) fn read_exact(&mut self, into: &mut [u8], doing: &'static str) -> Result<()> {
        let mut got = 0;
        while got < into.len() {
            got += self.read_some(&mut into[got..], doing)?;
        }
        Ok(())
    }

    /// Reads what comes next: at least a byte, at most what `into` holds.
    pub(crate) fn read_some(&mut self, into: &mut [u8], doing: &'static str) -> Result<usize> {
        match self.within(doing, |stream| stream.read(into))? {
            0 => Err(Error::link(LinkFault::ClosedDuring { doing })),
            count => Ok(count),
        }
    }

    pub(crate) fn write_all(&mut self, mut bytes: &[u8], doing: &'static str) -> Result<()> {
        while !bytes.is_empty() {
            match self.within(doing, |stream| stream.write(bytes))? {
                0 => return Err(Error::io(doing, ErrorKind::WriteZero.into())),
                count => bytes = &bytes[count..],
            }
        }
        Ok(())
    }

    /// Takes the limit off the stream.
    pub(crate) fn finish(self) -> Result<()> {
        let outcome = self.stream.set_timeout(None);
        outcome.map_err(|error| Error::io("taking the deadline off the stream", error))
    }

    /// Repeats a call until it succeeds, fails, or the limit has passed.
    fn within(
        &mut self,
        doing: &'static str,
        mut call: impl FnMut(&mut S) -> io::Result<usize>,
    ) -> Result<usize> {
        loop {
            let left = self.limit.saturating_sub(self.start.elapsed());
            if left.is_zero() {
                return Err(Error::link(LinkFault::Deadline {
                    doing,
                    limit: self.limit,
                }));
            }
            let outcome = self
                .stream
                .set_timeout(Some(left))
                .and_then(|()| call(self.stream));
            match outcome.map_err(|error| Error::io(doing, error)) {
                Err(error)
                    if error.is_timeout() || error.io_kind() == Some(ErrorKind::Interrupted) => {}
                outcome => return outcome,
            }
        }
    }
}
