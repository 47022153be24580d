//! A stub's connection to its server: one call after the other, or several under way.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::time::Duration;

use bytes::Bytes;
use manyways_wire::{FrameReader, Secret};

use super::connect::ConnectShare;
use crate::Address;
use crate::error::{Attempt, Error, Reason, Result};
use crate::limits::Limits;
use crate::message::{Incoming, Outgoing};
use crate::protocol::{Answer, Call, Greeting, MAX_FRAME, Reply, Request};
use crate::socket::Socket;
use crate::stream::Stream;

/// Up to this size a bulk is copied behind its head; beyond, it goes by itself.
const SMALL: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Connection {
    frames: FrameReader<Stream>,
    incoming: Incoming<Answer>,
    outgoing: Outgoing,
    limits: Limits,
    /// Answers that will come for calls that were put in line.
    owed: usize,
    /// Answers that come before those, and that nobody wants.
    unwanted: usize,
    /// Why this connection is of no more use.
    broken: Option<String>,
}

impl Connection {
    pub(super) fn open(settings: &ConnectShare) -> Result<Connection> {
        let address = settings.address();
        let failed = |reason| Error::new(Attempt::Connect(address.clone()), reason);
        let stream = open_stream(settings).map_err(failed)?;
        let mut connection = Connection {
            frames: FrameReader::new(stream).max_frame(MAX_FRAME),
            incoming: Incoming::new(),
            outgoing: Outgoing::new(),
            limits: Limits::default(),
            owed: 0,
            unwanted: 0,
            broken: None,
        };
        connection.join().map_err(failed)?;
        let socket = connection.frames.get_ref().socket();
        let unlimited = socket.set_timeout(None);
        unlimited.map_err(|error| failed(Reason::System(error)))?;
        Ok(connection)
    }

    fn join(&mut self) -> Result<(), Reason> {
        let pid = std::process::id();
        self.call(Request::Join { pid }, None, &[])?;
        match self.take_reply()? {
            Reply::Welcome { limits } => self.limits = limits,
            other => return Err(unexpected(&other)),
        }
        Ok(())
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Makes a call; its answer is for [`take_reply`](Self::take_reply) and [`bulk`](Self::bulk).
    pub(super) fn call(
        &mut self,
        request: Request,
        patience: Option<Duration>,
        bulk: &[u8],
    ) -> Result<(), Reason> {
        self.disown();
        self.send(request, patience, bulk)?;
        self.flush()?;
        self.receive()
    }

    /// Gives up the answers that are owed: whoever wanted them has gone, by a panic in the middle of many calls.
    pub(super) fn disown(&mut self) {
        self.unwanted += mem::take(&mut self.owed);
    }

    /// Puts a small call in line, to go with the next [`flush`](Self::flush).
    pub(super) fn send(
        &mut self,
        request: Request,
        patience: Option<Duration>,
        bulk: &[u8],
    ) -> Result<(), Reason> {
        self.check()?;
        let call = Call {
            patience: patience.map(to_ms),
            bulk: bulk.len() as u64,
            request,
        };
        let put = match bulk.len() <= SMALL {
            true => self.outgoing.push_small(&call, bulk),
            false => self.outgoing.push(&call, [Bytes::copy_from_slice(bulk)]),
        };
        put.map_err(Reason::Encode)?;
        self.owed += 1;
        Ok(())
    }

    /// As [`call`](Self::call), with a value whose memory is given away.
    pub(super) fn call_with(
        &mut self,
        request: Request,
        patience: Option<Duration>,
        bulk: Vec<u8>,
    ) -> Result<(), Reason> {
        if bulk.len() <= SMALL {
            return self.call(request, patience, &bulk);
        }
        self.check()?;
        self.disown();
        let call = Call {
            patience: patience.map(to_ms),
            bulk: bulk.len() as u64,
            request,
        };
        let put = self.outgoing.push(&call, [Bytes::from(bulk)]);
        put.map_err(Reason::Encode)?;
        self.owed += 1;
        self.flush()?;
        self.receive()
    }

    /// Sends a call whose answer does not matter, and does not wait for it.
    pub(super) fn tell(&mut self, request: Request) -> Result<(), Reason> {
        self.send(request, None, &[])?;
        self.disown();
        self.flush()
    }

    pub(super) fn flush(&mut self) -> Result<(), Reason> {
        let sent = self.send_all();
        sent.map_err(|error| self.break_off(&error))
    }

    fn send_all(&mut self) -> io::Result<()> {
        loop {
            let unsent = self.outgoing.unsent()?;
            if unsent.is_empty() {
                return self.frames.get_mut().flush();
            }
            match self.frames.get_mut().write(unsent) {
                Ok(count) => self.outgoing.sent(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits for the next answer that somebody wants.
    pub(super) fn receive(&mut self) -> Result<(), Reason> {
        loop {
            self.check()?;
            match self.incoming.advance(&mut self.frames) {
                Ok(false) => {}
                Ok(true) if self.unwanted == 0 => {
                    self.owed = self.owed.saturating_sub(1);
                    return Ok(());
                }
                Ok(true) => {
                    self.unwanted -= 1;
                    self.incoming.finish();
                }
                Err(error) if error.is_timeout() => return Err(Reason::Unresponsive),
                Err(error) => return Err(self.break_off(&error)),
            }
        }
    }

    /// The answer that has been received; a refusal is an error.
    pub(super) fn take_reply(&mut self) -> Result<Reply, Reason> {
        match self.incoming.finish().map(|answer| answer.reply) {
            Some(Reply::Refused(refusal)) => Err(Reason::Refused(refusal)),
            Some(reply) => Ok(reply),
            None => Err(Reason::Unexpected("nothing".to_owned())),
        }
    }

    /// The bulk of the answer that has been received.
    pub(super) fn bulk(&self) -> &[u8] {
        self.incoming.bulk()
    }

    fn check(&self) -> Result<(), Reason> {
        // A copy of the stub in a forked child has no connection.
        if let Err(error) = self.frames.get_ref().as_fd() {
            return Err(Reason::System(error));
        }
        match &self.broken {
            Some(cause) => Err(Reason::Closed(cause.clone())),
            None => Ok(()),
        }
    }

    fn break_off(&mut self, cause: &dyn std::fmt::Display) -> Reason {
        let cause = cause.to_string();
        self.broken = Some(cause.clone());
        Reason::Closed(cause)
    }
}

pub(super) fn unexpected(reply: &Reply) -> Reason {
    Reason::Unexpected(format!("{reply:?}"))
}

/// Rounded up, so that a short patience is not none.
fn to_ms(patience: Duration) -> u64 {
    u64::try_from(patience.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

fn open_stream(settings: &ConnectShare) -> Result<Stream, Reason> {
    let address = settings.address();
    let mut socket = Socket::connect(address, settings.limit()).map_err(Reason::System)?;
    if let Address::Unix(_) = address {
        let own = rustix::process::geteuid().as_raw();
        match socket.peer_user().map_err(Reason::System)? {
            user if user == own || user == 0 => {}
            user => return Err(Reason::ForeignUser(user)),
        }
    }
    match (read_greeting(&mut socket)?, settings.known_secret()) {
        (Greeting::Full, _) => Err(Reason::Full),
        (Greeting::Open, None) => Ok(Stream::Plain(socket)),
        (Greeting::Open, Some(_)) => Err(Reason::NoSecretThere),
        (Greeting::Secret, None) => Err(Reason::SecretWanted),
        (Greeting::Secret, Some(secret)) => secured(socket, secret, settings.limit()),
    }
}

fn secured(socket: Socket, secret: &Secret, limit: Duration) -> Result<Stream, Reason> {
    let stream = Stream::secure(socket, secret, limit).map_err(|error| {
        if error.is_timeout() {
            Reason::Unresponsive
        } else if error.is_auth() {
            Reason::WrongSecret(error.to_string())
        } else {
            Reason::Handshake(error)
        }
    })?;
    // The handshake took the limit off; joining is to have it too.
    let limited = stream.socket().set_timeout(Some(limit));
    limited.map_err(Reason::System)?;
    Ok(stream)
}

fn read_greeting(socket: &mut Socket) -> Result<Greeting, Reason> {
    let mut greeting = [0; Greeting::LENGTH];
    socket
        .read_exact(&mut greeting)
        .map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => Reason::Unresponsive,
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => Reason::NotGreeted,
            _ => Reason::System(error),
        })?;
    Greeting::from_bytes(greeting).ok_or(Reason::NoShare)
}
