//! Records on their way in; `outgoing.rs` says what they look like.

use super::handshake::TAG;
use super::outgoing::{LENGTH, MAX_DATA};
use crate::error::Error;
use crate::kind::LinkFault;
use crate::read_ahead::ReadAhead;
use snow::StatelessTransportState;
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

/// Room for two of the longest records, so that one system call brings many short ones.
const AHEAD: usize = 2 * (LENGTH + MAX_DATA + TAG);

pub(crate) struct Incoming {
    keys: Arc<StatelessTransportState>,
    nonce: u64,
    ahead: ReadAhead,
    /// Data of the last record, where the reader's buffer was too small for it, and how much of it was taken.
    data: Vec<u8>,
    taken: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Open,
    /// The peer's authenticated end came.
    Finished,
    /// A record was not the peer's. Nothing behind it can be believed.
    Forged,
}

impl Incoming {
    pub(crate) fn new(keys: Arc<StatelessTransportState>, nonce: u64) -> Self {
        Incoming {
            keys,
            nonce,
            ahead: ReadAhead::new(AHEAD),
            data: Vec::new(),
            taken: 0,
            state: State::Open,
        }
    }

    /// The number of the next record.
    pub(crate) fn nonce(&self) -> u64 {
        self.nonce
    }

    /// Whether `read` would return without asking the stream.
    pub(crate) fn is_ready(&self) -> bool {
        let unread = self.ahead.unread();
        let whole = record_length(unread).is_some_and(|length| unread.len() >= LENGTH + length);
        self.taken < self.data.len() || self.state != State::Open || whole
    }

    /// Data of at most one record.
    pub(crate) fn read(&mut self, inner: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.taken == self.data.len() {
            match self.state {
                State::Open => {}
                State::Finished => return Ok(0),
                State::Forged => return Err(self.forged()),
            }
            let length = self.await_record(inner)?;
            if into.len() >= length - TAG {
                return self.open_into(length, into);
            }
            self.open_aside(length)?;
        }
        let rest = &self.data[self.taken..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }

    /// Waits for a whole record and says how long it is without its length.
    fn await_record(&mut self, inner: &mut impl Read) -> io::Result<usize> {
        loop {
            let unread = self.ahead.unread();
            let wanted = match record_length(unread) {
                Some(length) if length < TAG => {
                    self.state = State::Forged;
                    return Err(self.forged());
                }
                Some(length) if unread.len() >= LENGTH + length => return Ok(length),
                length => LENGTH + length.unwrap_or(0),
            };
            if self.ahead.fill(inner, wanted)? == 0 {
                let fault = LinkFault::Cut { record: self.nonce };
                return Err(Error::link(fault).into_io(ErrorKind::UnexpectedEof));
            }
        }
    }

    /// Opens the record straight into the reader's buffer.
    fn open_into(&mut self, length: usize, into: &mut [u8]) -> io::Result<usize> {
        self.ahead.take(LENGTH);
        let record = self.ahead.take(length);
        let opened = self
            .keys
            .read_message(self.nonce, self.ahead.get(record), into);
        let Ok(count) = opened else {
            self.state = State::Forged;
            return Err(self.forged());
        };
        self.nonce += 1;
        if count == 0 {
            self.state = State::Finished;
        }
        Ok(count)
    }

    fn open_aside(&mut self, length: usize) -> io::Result<()> {
        let mut data = std::mem::take(&mut self.data);
        data.resize(length - TAG, 0);
        let opened = self.open_into(length, &mut data);
        if opened.is_err() {
            data.clear();
        }
        self.data = data;
        self.taken = 0;
        opened.map(drop)
    }

    fn forged(&self) -> io::Error {
        let fault = match self.nonce {
            u64::MAX => LinkFault::UsedUp,
            record => LinkFault::Forged { record },
        };
        Error::link(fault).into_io(ErrorKind::InvalidData)
    }
}

fn record_length(unread: &[u8]) -> Option<usize> {
    let length = unread.first_chunk::<LENGTH>()?;
    Some(usize::from(u16::from_le_bytes(*length)))
}
