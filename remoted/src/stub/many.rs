//! Many values for few round trips.

use std::fmt::Display;
use std::mem;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::stub_share::{StubShare, decode_reply, done, encode, key_text};
use crate::error::{Attempt, Error, Reason, Result};
use crate::protocol::{Refusal, Reply, Request};
use crate::type_name::stored_name;

/// Calls under way at a time. They and their answers' heads fit into the socket's buffers, so that
/// neither side waits for the other to read.
const CALLS: usize = 128;
const BYTES: usize = 64 << 10;

/// # Many values at once
///
/// These send many calls before they wait for the first answer, which is many times as fast as
/// one call after the other. Each value is got or set by itself: between two of them another client may act.
impl StubShare {
    /// The values of these keys, `None` for those that have none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), for the first key that fails.
    pub fn get_many<T: DeserializeOwned>(
        &self,
        keys: impl IntoIterator<Item = impl Display>,
    ) -> Result<Vec<Option<T>>> {
        let mut values = Vec::new();
        let mut keys = keys.into_iter();
        loop {
            let mut batch = Batch::default();
            while batch.has_room_for(0) {
                let Some(key) = keys.next() else { break };
                let key = key_text(key, Attempt::Read)?;
                let attempt = Attempt::Read(key.clone());
                batch.push(attempt, Request::Get { key }, Vec::new());
            }
            if batch.calls.is_empty() {
                return Ok(values);
            }
            self.exchange(batch, |reply, bulk| {
                let value = match reply {
                    Err(Reason::Refused(Refusal::Missing)) => None,
                    reply => Some(decode_reply(&reply?, bulk)?),
                };
                values.push(value);
                Ok(())
            })?;
        }
    }

    /// Sets these keys to these values.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), for the first key that fails. Others may have been set, before and after it.
    pub fn set_many<K: Display, T: Serialize>(
        &self,
        items: impl IntoIterator<Item = (K, T)>,
    ) -> Result<()> {
        let mut batch = Batch::default();
        for (key, value) in items {
            let key = key_text(key, Attempt::Write)?;
            let attempt = Attempt::Write(key.clone());
            let bytes = encode(&value, &attempt)?;
            let type_name = stored_name::<T>().into_owned();
            let request = Request::Set { key, type_name };
            if !batch.has_room_for(bytes.len()) {
                self.exchange(mem::take(&mut batch), |reply, _| reply.map(drop))?;
            }
            if bytes.len() > BYTES {
                let reply = self.ask_with(attempt.clone(), request, bytes)?;
                done(attempt, &reply)?;
            } else {
                batch.push(attempt, request, bytes);
            }
        }
        self.exchange(batch, |reply, _| reply.map(drop))
    }

    /// Makes the calls and takes their answers: all of them, so that the next call gets its own.
    fn exchange(
        &self,
        batch: Batch,
        mut take: impl FnMut(Result<Reply, Reason>, &[u8]) -> Result<(), Reason>,
    ) -> Result<()> {
        let mut connection = self.connection();
        connection.disown();
        let mut asked = Vec::new();
        for (attempt, request, bulk) in batch.calls {
            match connection.send(request, self.timeout(), &bulk) {
                Ok(()) => asked.push(attempt),
                Err(reason) => return Err(Error::new(attempt, reason)),
            }
        }
        let flushed = connection.flush();
        flushed.map_err(|reason| failed(asked.first(), reason))?;
        let mut outcome = Ok(());
        for attempt in asked {
            if let Err(reason) = connection.receive() {
                return Err(Error::new(attempt, reason));
            }
            let reply = connection.take_reply();
            let taken = take(reply, connection.bulk());
            outcome = outcome.and(taken.map_err(|reason| Error::new(attempt, reason)));
        }
        outcome
    }
}

/// Calls to be made at once. They are gathered before any of them is made: what gives the keys and values may fail,
/// panic, or make calls of its own with the same stub.
#[derive(Default)]
struct Batch {
    calls: Vec<(Attempt, Request, Vec<u8>)>,
    bytes: usize,
}

impl Batch {
    /// Whether a call with that many bytes of value may go along.
    fn has_room_for(&self, bytes: usize) -> bool {
        self.calls.len() < CALLS && self.bytes + bytes <= BYTES
    }

    fn push(&mut self, attempt: Attempt, request: Request, bulk: Vec<u8>) {
        let key = match &request {
            Request::Get { key } | Request::Set { key, .. } => key.len(),
            _ => 0,
        };
        self.bytes += key + bulk.len();
        self.calls.push((attempt, request, bulk));
    }
}

fn failed(attempt: Option<&Attempt>, reason: Reason) -> Error {
    let attempt = attempt.cloned().unwrap_or(Attempt::List("values"));
    Error::new(attempt, reason)
}
