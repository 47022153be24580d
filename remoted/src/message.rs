//! Messages in frames, in both directions; see `protocol.rs`.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read};
use std::mem;

use bytes::Bytes;
use manyways_wire::{self as wire, FrameReader, FrameWriter};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::protocol::{CHUNK, Head, MAX_FRAME};

/// A buffer larger than this is given back to the allocator once it is empty.
const KEEP: usize = 4 << 20;

/// What is left of a buffer by [`Incoming::trim`] and [`Outgoing::trim`].
const KEEP_LITTLE: usize = 128 << 10;

/// Why no message can follow on this connection; or none yet.
#[derive(Debug)]
pub(crate) enum Broken {
    Wire(wire::Error),
    Length { got: usize, expected: u64 },
}

type Result<T> = std::result::Result<T, Broken>;

impl Broken {
    /// Nothing is broken: more has to arrive.
    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Broken::Wire(error) if error.is_timeout())
    }
}

impl From<wire::Error> for Broken {
    fn from(error: wire::Error) -> Broken {
        Broken::Wire(error)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Wire(error) => error.fmt(f),
            Broken::Length { got, expected } => write!(
                f,
                "{got} bytes of a value came where its head announced {expected}"
            ),
        }
    }
}

/// A message that is arriving.
#[derive(Debug)]
pub(crate) struct Incoming<H> {
    /// The last frame; the bulk of a message of one frame lies in it, from `bulk_at` on.
    frame: Vec<u8>,
    bulk_at: usize,
    head: Option<H>,
    /// The bulk of a message of several frames, as much as has arrived.
    bulk: Vec<u8>,
    missing: u64,
    discards: bool,
}

impl<H: Head + DeserializeOwned> Incoming<H> {
    pub(crate) fn new() -> Incoming<H> {
        Incoming {
            frame: Vec::new(),
            bulk_at: 0,
            head: None,
            bulk: Vec::new(),
            missing: 0,
            discards: false,
        }
    }

    /// Takes one more frame. Whether the message is complete.
    pub(crate) fn advance<R: Read>(&mut self, frames: &mut FrameReader<R>) -> Result<bool> {
        frames.read_frame_into(&mut self.frame)?;
        if self.head.is_none() {
            self.begin()?;
        } else {
            self.bulk_at = 0;
            self.collect()?;
        }
        Ok(self.missing == 0)
    }

    /// The head, once its frame has arrived.
    pub(crate) fn head(&self) -> Option<&H> {
        self.head.as_ref()
    }

    /// Bulk bytes that are held here.
    pub(crate) fn held(&self) -> u64 {
        self.bulk.len() as u64
    }

    /// Drops the bulk, what has come of it and what will come.
    pub(crate) fn discard(&mut self) {
        self.discards = true;
        self.bulk = Vec::new();
    }

    /// The complete message; its bulk is a slice that [`take_bulk`](Self::take_bulk) would give too.
    pub(crate) fn finish(&mut self) -> Option<H> {
        self.discards = false;
        self.head.take()
    }

    /// Gives large memory back, and the bulk with it.
    pub(crate) fn trim(&mut self) {
        if self.frame.capacity() > KEEP_LITTLE {
            self.frame = Vec::new();
            self.bulk_at = 0;
        }
    }

    /// The bulk of the message, until the next frame.
    pub(crate) fn bulk(&self) -> &[u8] {
        if self.bulk.is_empty() {
            &self.frame[self.bulk_at..]
        } else {
            &self.bulk
        }
    }

    /// The bulk of the message, its memory included. A small one is copied.
    pub(crate) fn take_bulk(&mut self) -> Bytes {
        if self.bulk.is_empty() {
            return Bytes::copy_from_slice(&self.frame[self.bulk_at..]);
        }
        let mut bulk = mem::take(&mut self.bulk);
        bulk.shrink_to_fit();
        Bytes::from(bulk)
    }

    fn begin(&mut self) -> Result<()> {
        self.bulk.clear();
        if self.bulk.capacity() > KEEP {
            self.bulk = Vec::new();
        }
        let (head, rest) = wire::decode_prefix::<H>(&self.frame)?;
        self.bulk_at = self.frame.len() - rest.len();
        self.missing = head.bulk();
        self.head = Some(head);
        if self.missing == rest.len() as u64 {
            self.missing = 0;
            return Ok(());
        }
        self.collect()
    }

    fn collect(&mut self) -> Result<()> {
        let part = &self.frame[self.bulk_at..];
        // A frame that brings nothing, or too much, comes from no client of ours.
        let expected = self.missing.min(CHUNK as u64);
        if part.len() as u64 != expected {
            return Err(Broken::Length {
                got: part.len(),
                expected,
            });
        }
        self.missing -= expected;
        if !self.discards {
            self.bulk.extend_from_slice(part);
        }
        self.bulk_at = self.frame.len();
        Ok(())
    }
}

/// Messages that are on their way out.
#[derive(Debug)]
pub(crate) struct Outgoing {
    frames: FrameWriter<Vec<u8>>,
    /// How much of the writer's bytes is gone.
    gone: usize,
    /// Bulk that is in no frame yet.
    parts: VecDeque<Bytes>,
    head: Vec<u8>,
}

impl Outgoing {
    pub(crate) fn new() -> Outgoing {
        Outgoing {
            frames: FrameWriter::new(Vec::new()).max_frame(MAX_FRAME),
            gone: 0,
            parts: VecDeque::new(),
            head: Vec::new(),
        }
    }

    /// Adds a message. The one before must have no bulk left: see [`is_bulky`](Self::is_bulky).
    pub(crate) fn push<H: Serialize>(
        &mut self,
        head: &H,
        bulk: impl IntoIterator<Item = Bytes>,
    ) -> wire::Result<()> {
        self.head.clear();
        wire::encode_into(head, &mut self.head)?;
        self.parts
            .extend(bulk.into_iter().filter(|part| !part.is_empty()));
        let chunk = take_chunk(&mut self.parts);
        let mut slices: Vec<&[u8]> = vec![&self.head];
        slices.extend(chunk.iter().map(|part| &part[..]));
        self.frames.write_frame_parts(&slices)
    }

    /// Adds a message whose whole bulk is small and borrowed.
    pub(crate) fn push_small<H: Serialize>(&mut self, head: &H, bulk: &[u8]) -> wire::Result<()> {
        self.head.clear();
        wire::encode_into(head, &mut self.head)?;
        self.frames.write_frame_parts(&[&self.head, bulk])
    }

    /// Whether a part of a bulk is still to be put into frames.
    pub(crate) fn is_bulky(&self) -> bool {
        !self.parts.is_empty()
    }

    /// The next bytes to send; none when all is gone.
    pub(crate) fn unsent(&mut self) -> io::Result<&[u8]> {
        if self.gone == self.frames.get_ref().len() {
            self.refill().map_err(io::Error::other)?;
        }
        Ok(&self.frames.get_ref()[self.gone..])
    }

    /// That many of the unsent bytes are gone.
    pub(crate) fn sent(&mut self, count: usize) {
        self.gone += count;
    }

    /// Bytes in frames that are not gone.
    pub(crate) fn pending(&self) -> usize {
        self.frames.get_ref().len() - self.gone
    }

    /// Gives large memory back, once all is gone.
    pub(crate) fn trim(&mut self) {
        let buffer = self.frames.get_mut();
        if self.gone == buffer.len() && buffer.capacity() > KEEP_LITTLE {
            self.gone = 0;
            *buffer = Vec::new();
        }
    }

    fn refill(&mut self) -> wire::Result<()> {
        self.gone = 0;
        let buffer = self.frames.get_mut();
        buffer.clear();
        if !self.parts.is_empty() {
            let chunk = take_chunk(&mut self.parts);
            let slices: Vec<&[u8]> = chunk.iter().map(|part| &part[..]).collect();
            self.frames.write_frame_parts(&slices)?;
        } else if buffer.capacity() > KEEP {
            *buffer = Vec::new();
        }
        Ok(())
    }
}

/// Takes [`CHUNK`] bytes off the front, or all if there are less.
fn take_chunk(parts: &mut VecDeque<Bytes>) -> Vec<Bytes> {
    let mut room = CHUNK;
    let mut chunk = Vec::new();
    while let Some(part) = parts.front_mut().filter(|_| room > 0) {
        let piece = part.split_to(part.len().min(room));
        if part.is_empty() {
            parts.pop_front();
        }
        room -= piece.len();
        chunk.push(piece);
    }
    chunk
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Call, Request};

    fn call(bulk: u64) -> Call {
        Call {
            patience: None,
            bulk,
            request: Request::Set {
                key: "k".to_owned(),
                type_name: "t".to_owned(),
            },
        }
    }

    fn written(parts: &[&[u8]]) -> Vec<u8> {
        let mut outgoing = Outgoing::new();
        let total = parts.iter().map(|part| part.len() as u64).sum();
        let parts = parts.iter().map(|part| Bytes::copy_from_slice(part));
        outgoing.push(&call(total), parts).unwrap();
        let mut stream = Vec::new();
        while let Some(count) = Some(outgoing.unsent().unwrap().len()).filter(|n| *n > 0) {
            stream.extend_from_slice(outgoing.unsent().unwrap());
            outgoing.sent(count);
        }
        stream
    }

    fn refused(stream: &[u8]) -> bool {
        let mut frames = FrameReader::new(stream).max_frame(MAX_FRAME);
        let mut incoming = Incoming::<Call>::new();
        loop {
            match incoming.advance(&mut frames) {
                Ok(true) => return false,
                Ok(false) => {}
                Err(_) => return true,
            }
        }
    }

    #[test]
    fn bulks_of_every_size_arrive() {
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5] {
            let bulk: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let (one, two) = bulk.split_at(size / 3);
            let stream = written(&[one, two]);
            let mut frames = FrameReader::new(&stream[..]).max_frame(MAX_FRAME);
            let mut incoming = Incoming::<Call>::new();
            while !incoming.advance(&mut frames).unwrap() {}
            assert!(incoming.bulk() == bulk, "{size}");
            assert_eq!(incoming.finish().unwrap().bulk, size as u64);
            assert!(incoming.take_bulk() == bulk, "{size}");
        }
    }

    #[test]
    fn a_bulk_of_another_length_than_announced_is_an_error() {
        let mut outgoing = Outgoing::new();
        for (announced, sent) in [(5, 4), (4, 5), (u64::MAX, 3), (0, 1)] {
            outgoing
                .push_small(&call(announced), &vec![1; sent])
                .unwrap();
            let stream = outgoing.unsent().unwrap().to_vec();
            outgoing.sent(stream.len());
            assert!(refused(&stream), "{announced} {sent}");
        }
    }
}
