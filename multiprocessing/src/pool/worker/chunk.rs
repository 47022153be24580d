//! A chunk of items in the worker that runs it.

use manyways_process::catch_panic;
use manyways_wire as wire;
use serde::{Serialize, de::DeserializeOwned};

use super::outbox::Outbox;
use crate::pool::message::Head;
use crate::pool::records::{self, kind};
use crate::pool::sys;
use crate::short::Short;

const UNKNOWN: &str = "the worker has no such function; was the library that it is part of loaded after the worker had started?";

/// Runs the chunk, if it can be claimed. A panic ends neither the chunk nor the worker.
pub(super) fn run(head: Head, items: &[u8], outbox: &mut Outbox<'_>) {
    if !outbox.claim(head.number) {
        return;
    }
    let mut chunk = RunningChunk {
        rest: items,
        is_limited: head.flags.is_limited,
        outbox,
    };
    match sys::entry_at(head.function) {
        Some(entry) => {
            while let Err(report) = catch_panic(|| entry.run(&mut chunk)) {
                chunk.outbox.tell_panic(&report);
                chunk.end();
            }
        }
        None => chunk.refuse(),
    }
    outbox.end_chunk(head.flags.is_marked);
}

/// A chunk under way.
pub(crate) struct RunningChunk<'c, 'o> {
    rest: &'c [u8],
    is_limited: bool,
    outbox: &'c mut Outbox<'o>,
}

impl<'c> RunningChunk<'c, '_> {
    /// The next item, which is begun with this.
    #[inline]
    pub(crate) fn begin_next(&mut self) -> Option<Item<'c>> {
        let (short, size) = match records::first_short(self.rest) {
            Some((short, size)) => (Some(short), size),
            None => (None, records::first(self.rest)?.size),
        };
        let (record, rest) = self.rest.split_at(size);
        self.rest = rest;
        self.outbox.begin(self.is_limited);
        Some(Item { short, record })
    }

    /// Tells the begun item's result.
    #[inline]
    pub(crate) fn succeed<R: Serialize>(&mut self, result: &R) {
        self.outbox.tell_value(result);
        self.end();
    }

    #[cold]
    pub(crate) fn fail_to_decode(&mut self, error: &wire::Error) {
        let why = error.to_string();
        self.outbox.tell(kind::UNDECODABLE, why.as_bytes());
        self.end();
    }

    #[inline]
    fn end(&mut self) {
        self.outbox.end(self.is_limited);
    }

    #[cold]
    fn refuse(&mut self) {
        while self.begin_next().is_some() {
            self.outbox.tell(kind::UNKNOWN_FUNCTION, UNKNOWN.as_bytes());
            self.end();
        }
    }
}

/// An item that is begun.
pub(crate) struct Item<'c> {
    /// If it is short.
    short: Option<Short>,
    record: &'c [u8],
}

impl Item<'_> {
    #[inline]
    pub(crate) fn decode<A: DeserializeOwned>(&self) -> wire::Result<A> {
        match self.short.and_then(Short::decode) {
            Some(value) => Ok(value),
            None => self.decode_long(),
        }
    }

    #[inline(never)]
    fn decode_long<A: DeserializeOwned>(&self) -> wire::Result<A> {
        let record = records::first(self.record);
        wire::decode(record.map_or(&[], |record| record.payload))
    }
}
