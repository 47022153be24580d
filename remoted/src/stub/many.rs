//! Many values for few round trips.

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::stub_share::{StubShare, decode_reply, encode, key_text};
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
        let mut keys = keys.into_iter().peekable();
        while keys.peek().is_some() {
            let mut asked = Vec::new();
            while asked.len() < CALLS && self.connection().in_line() < BYTES {
                let Some(key) = keys.next() else { break };
                let key = key_text(key, Attempt::Read)?;
                asked.push(Attempt::Read(key.clone()));
                self.line_up(&asked, Request::Get { key }, &[])?;
            }
            self.collect(asked, |reply, bulk| {
                let value = match reply {
                    Err(Reason::Refused(Refusal::Missing)) => None,
                    reply => Some(decode_reply(&reply?, bulk)?),
                };
                values.push(value);
                Ok(())
            })?;
        }
        Ok(values)
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
        let mut asked = Vec::new();
        for (key, value) in items {
            let key = key_text(key, Attempt::Write)?;
            let attempt = Attempt::Write(key.clone());
            let bytes = encode(&value, &attempt)?;
            if asked.len() == CALLS || self.connection().in_line() + bytes.len() > BYTES {
                self.collect(std::mem::take(&mut asked), |reply, _| reply.map(drop))?;
            }
            if bytes.len() > BYTES {
                self.set(key, &value)?;
                continue;
            }
            let type_name = stored_name::<T>().into_owned();
            asked.push(attempt);
            self.line_up(&asked, Request::Set { key, type_name }, &bytes)?;
        }
        self.collect(asked, |reply, _| reply.map(drop))
    }

    fn line_up(&self, asked: &[Attempt], request: Request, bulk: &[u8]) -> Result<()> {
        let sent = self.connection().send(request, self.timeout(), bulk);
        sent.map_err(|reason| failed(asked.last(), reason))
    }

    /// Sends the calls in line and takes their answers: all of them, so that the next call gets its own.
    fn collect(
        &self,
        asked: Vec<Attempt>,
        mut take: impl FnMut(Result<Reply, Reason>, &[u8]) -> Result<(), Reason>,
    ) -> Result<()> {
        let mut connection = self.connection();
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

fn failed(attempt: Option<&Attempt>, reason: Reason) -> Error {
    let attempt = attempt.cloned().unwrap_or(Attempt::List("values"));
    Error::new(attempt, reason)
}
