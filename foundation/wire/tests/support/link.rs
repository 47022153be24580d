//! Two ends of an encrypted link, with or without somebody in between.

use manyways_wire::{Result, Secret, SecureStream, Transport};
use std::io;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

pub(crate) const PROTOCOL: &str = "test";

/// Lengths of what the connecting side says first, of the whole answer, and of the confirmation, for [`PROTOCOL`].
pub(crate) const FIRST_FLIGHT: usize = 10 + 48;
pub(crate) const ANSWER: usize = 10 + 1 + 48;
pub(crate) const CONFIRMATION: usize = 16;

/// Longer than any test that succeeds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const KEY: &[u8; 32] = b"an unguessable key of 32 bytes..";

pub(crate) fn secret() -> Secret {
    Secret::from_key(*KEY)
}

pub(crate) type Link<S> = SecureStream<S>;

/// Connects and accepts at the same time, each on its stream.
pub(crate) fn shake<S: Transport + Send>(
    connecting: S,
    accepting: S,
) -> (Result<Link<S>>, Result<Link<S>>) {
    thread::scope(|scope| {
        let accepted =
            scope.spawn(|| SecureStream::accept(accepting, &secret(), PROTOCOL, PATIENCE));
        let connected = SecureStream::connect(connecting, &secret(), PROTOCOL, PATIENCE);
        (connected, accepted.join().unwrap())
    })
}

pub(crate) fn pair() -> (Link<UnixStream>, Link<UnixStream>) {
    let (connecting, accepting) = UnixStream::pair().unwrap();
    let (connected, accepted) = shake(connecting, accepting);
    (connected.unwrap(), accepted.unwrap())
}

/// Somebody between the two ends, with one stream to each of them.
pub(crate) struct Middle {
    pub(crate) to_connecting: UnixStream,
    pub(crate) to_accepting: UnixStream,
}

impl Middle {
    /// Runs a handshake in whose middle `interfere` sits, then closes the streams of the middle.
    pub(crate) fn handshake(
        interfere: impl FnOnce(&mut Middle),
    ) -> (Result<Link<UnixStream>>, Result<Link<UnixStream>>) {
        let (connecting, to_connecting) = UnixStream::pair().unwrap();
        let (accepting, to_accepting) = UnixStream::pair().unwrap();
        let mut middle = Middle {
            to_connecting,
            to_accepting,
        };
        thread::scope(|scope| {
            let ends = scope.spawn(|| shake(connecting, accepting));
            interfere(&mut middle);
            drop(middle);
            ends.join().unwrap()
        })
    }

    /// An established link, and the somebody in its middle.
    pub(crate) fn established() -> (Link<UnixStream>, Link<UnixStream>, Middle) {
        let mut kept = None;
        let (connected, accepted) = Middle::handshake(|middle| {
            middle.pass_on(FIRST_FLIGHT);
            middle.pass_back(ANSWER);
            middle.pass_on(CONFIRMATION);
            kept = Some(middle.try_clone().unwrap());
        });
        (connected.unwrap(), accepted.unwrap(), kept.unwrap())
    }

    pub(crate) fn pass_on(&mut self, count: usize) -> Vec<u8> {
        pass(&mut self.to_connecting, &mut self.to_accepting, count)
    }

    pub(crate) fn pass_back(&mut self, count: usize) -> Vec<u8> {
        pass(&mut self.to_accepting, &mut self.to_connecting, count)
    }

    fn try_clone(&self) -> io::Result<Middle> {
        Ok(Middle {
            to_connecting: self.to_connecting.try_clone()?,
            to_accepting: self.to_accepting.try_clone()?,
        })
    }
}

fn pass(from: &mut UnixStream, to: &mut UnixStream, count: usize) -> Vec<u8> {
    let bytes = take(from, count);
    to.write_all(&bytes).unwrap();
    bytes
}

pub(crate) fn take(from: &mut UnixStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    from.read_exact(&mut bytes).unwrap();
    bytes
}
