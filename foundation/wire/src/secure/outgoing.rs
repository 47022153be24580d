//! Records on their way out.
//!
//! | bytes | content |
//! |---|---|
//! | 0, 1 | length of the rest in bytes, little endian, 16 to 65535 |
//! | 2 and on | up to 65519 bytes of data, encrypted, and a tag of 16 bytes |
//!
//! The number of a record in its direction is its nonce, so none can be left out, repeated or moved. A record without
//! data is the authenticated end of its direction.

use super::handshake::TAG;
use crate::error::{Error, is_not_ready};
use crate::kind::LinkFault;
use snow::StatelessTransportState;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::sync::Arc;

/// The most data in one record, in bytes: what Noise allows, less the tag.
pub(crate) const MAX_DATA: usize = 65535 - TAG;

/// Bytes of a record's length.
pub(crate) const LENGTH: usize = 2;

pub(crate) struct Outgoing {
    keys: Arc<StatelessTransportState>,
    nonce: u64,
    /// The last record, and how much of it is still to be written.
    record: Vec<u8>,
    pending: usize,
    /// Data gathered from several slices.
    gathered: Vec<u8>,
    finished: bool,
}

impl Outgoing {
    pub(crate) fn new(keys: Arc<StatelessTransportState>, nonce: u64) -> Self {
        Outgoing {
            keys,
            nonce,
            record: Vec::new(),
            pending: 0,
            gathered: Vec::new(),
            finished: false,
        }
    }

    /// The number of the next record.
    pub(crate) fn nonce(&self) -> u64 {
        self.nonce
    }

    pub(crate) fn has_pending(&self) -> bool {
        self.pending > 0
    }

    /// Takes data for one record and writes it as far as the stream allows.
    pub(crate) fn write(
        &mut self,
        inner: &mut impl Write,
        slices: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        if self.finished {
            return Err(Error::link(LinkFault::Finished).into_io(ErrorKind::BrokenPipe));
        }
        self.drain(inner)?;
        let length = match slices {
            [one] => self.seal(&one[..one.len().min(MAX_DATA)])?,
            several => self.seal_gathered(several)?,
        };
        match self.drain(inner) {
            // The record is made and will be sent, so the data counts as written.
            Err(error) if is_not_ready(&error) => Ok(length),
            outcome => outcome.map(|()| length),
        }
    }

    /// Writes what is left of the last record.
    pub(crate) fn drain(&mut self, inner: &mut impl Write) -> io::Result<()> {
        while self.pending > 0 {
            match inner.write(&self.record[self.record.len() - self.pending..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.pending -= count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes the end of this direction, once. To be repeated while the stream is not ready.
    pub(crate) fn finish(&mut self, inner: &mut impl Write) -> io::Result<()> {
        self.drain(inner)?;
        if !self.finished {
            self.make_record(&[])?;
            self.finished = true;
        }
        self.drain(inner)
    }

    fn seal_gathered(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut gathered = std::mem::take(&mut self.gathered);
        gathered.clear();
        for slice in slices {
            let room = MAX_DATA - gathered.len();
            gathered.extend_from_slice(&slice[..slice.len().min(room)]);
        }
        let outcome = self.seal(&gathered);
        self.gathered = gathered;
        outcome
    }

    /// Makes a record, unless there is no data: without data it would be the end.
    fn seal(&mut self, data: &[u8]) -> io::Result<usize> {
        if !data.is_empty() {
            self.make_record(data)?;
        }
        Ok(data.len())
    }

    fn make_record(&mut self, data: &[u8]) -> io::Result<()> {
        let length = data.len() + TAG;
        self.record.resize(LENGTH + length, 0);
        self.record[..LENGTH].copy_from_slice(&(length as u16).to_le_bytes());
        self.keys
            .write_message(self.nonce, data, &mut self.record[LENGTH..])
            .map_err(|_| Error::link(LinkFault::UsedUp).into_io(ErrorKind::Other))?;
        self.nonce += 1;
        self.pending = self.record.len();
        Ok(())
    }
}
