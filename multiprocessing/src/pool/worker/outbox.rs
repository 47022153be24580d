//! What a worker tells the supervisor: what has become of items, and how far it is in its life.

use std::mem;

use manyways_process::{PanicReport, leave};
use serde::Serialize;

use super::LARGEST_KEPT;
use super::bell::Bell;
use crate::pool::board::{Board, Desk, Hunger, STREAM};
use crate::pool::clock::now;
use crate::pool::records::{self, kind};
use crate::pool::stream::Writer;
use crate::short::Short;

/// Where a worker puts what it has done: each record is in the shared memory at once.
pub(super) struct Outbox<'o> {
    desk: Desk<'o>,
    board: &'o Board,
    writer: Writer,
    pub(super) bell: Bell<'o>,
    /// The bell was rung for a stream more than half full, which has not been emptied since.
    rung: bool,
    record: Vec<u8>,
    /// Items begun so far.
    begun: u64,
}

impl<'o> Outbox<'o> {
    pub(super) fn new(board: &'o Board, bell: Bell<'o>) -> Outbox<'o> {
        Outbox {
            desk: bell.desk,
            board,
            writer: Writer::default(),
            bell,
            rung: false,
            record: Vec::new(),
            begun: 0,
        }
    }

    /// The worker's claim of a chunk. False if the supervisor has taken it back.
    pub(super) fn claim(&self, number: u64) -> bool {
        self.desk.claim(number)
    }

    /// An item begins.
    #[inline]
    pub(super) fn begin(&mut self, is_limited: bool) {
        self.begun += 1;
        if is_limited {
            self.desk.begin_at(self.begun, now());
        } else {
            self.desk.begin(self.begun);
        }
    }

    /// The item that was begun ends; its outcome is told.
    #[inline]
    pub(super) fn end(&self, is_limited: bool) {
        if is_limited && !self.desk.end(self.begun) {
            // The supervisor found its time to be over just before, and is about to end this process.
            leave(0);
        }
    }

    #[inline]
    pub(super) fn tell_value<R: Serialize>(&mut self, value: &R) {
        match Short::encode(value) {
            Some(short) => self.send_short(short),
            None => self.tell_other_value(value),
        }
    }

    #[inline(never)]
    fn tell_other_value<R: Serialize>(&mut self, value: &R) {
        self.record.clear();
        match records::push_other_value(value, &mut self.record) {
            Ok(()) => self.send_record(),
            Err(error) => self.tell(kind::UNENCODABLE, error.to_string().as_bytes()),
        }
    }

    pub(super) fn tell_panic(&mut self, report: &PanicReport) {
        self.record.clear();
        records::push_panic(report, &mut self.record);
        self.send_record();
    }

    pub(super) fn tell(&mut self, kind: u8, payload: &[u8]) {
        self.record.clear();
        records::push(kind, payload, &mut self.record);
        self.send_record();
        if kind >= kind::READY {
            self.ring_if(Hunger::Hungry);
        }
    }

    /// Wakes the supervisor if it has slept for the end of such a chunk.
    pub(super) fn end_chunk(&mut self, is_marked: bool) {
        self.ring_if(match is_marked {
            true => Hunger::Patient,
            false => Hunger::Hungry,
        });
    }

    fn ring_if(&self, at_least: Hunger) {
        if self.board.take_hunger(at_least) {
            self.bell.ring();
        }
    }

    #[inline]
    fn send_short(&mut self, short: Short) {
        const LARGEST: u64 = 9;
        while self.writer.room(self.desk.results(), LARGEST) < LARGEST {
            self.wait_for_room(LARGEST);
        }
        let (words, length) = (self.desk.results(), short.length());
        let header = u64::from(records::short_header(kind::VALUE, length));
        if length < 8 {
            self.writer
                .write_word(words, short.bits() << 8 | header, 1 + length);
        } else {
            self.writer.put(words, header, 1);
            self.writer.write_word(words, short.bits(), 8);
        }
        self.ring_if_half_full();
    }

    fn send_record(&mut self) {
        let record = mem::take(&mut self.record);
        let mut rest = &record[..];
        while !rest.is_empty() {
            let count = self.writer.write(self.desk.results(), rest);
            rest = &rest[count..];
            if !rest.is_empty() {
                self.wait_for_room(8);
            }
        }
        if record.capacity() <= LARGEST_KEPT {
            self.record = record;
        }
        self.ring_if_half_full();
    }

    #[cold]
    fn wait_for_room(&mut self, wanted: u64) {
        self.bell.ring();
        let words = self.desk.results();
        let writer = &mut self.writer;
        self.bell
            .sleep_unless(|| writer.room(words, wanted) >= wanted);
    }

    /// A supervisor that is patient must not find the worker waiting for room.
    #[inline]
    fn ring_if_half_full(&mut self) {
        const HALF: u64 = (STREAM * 8 / 2) as u64;
        let half_full = self.writer.room(self.desk.results(), HALF) < HALF;
        if half_full && !self.rung {
            self.bell.ring();
        }
        self.rung = half_full;
    }
}
