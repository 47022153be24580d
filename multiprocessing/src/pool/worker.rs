//! A worker's side of the pool: its whole life.

use std::mem;
use std::thread::available_parallelism;

use manyways_process::{Link, PANICKED, catch_panic, leave};
use manyways_wire as wire;
use nix::sys::eventfd::EventFd;
use nix::time::{ClockId, clock_gettime};
use serde::{Serialize, de::DeserializeOwned};

use super::board::{Board, Desk, Hunger, STREAM};
use super::message::{HEAD, Head};
use super::records::{self, kind};
use super::{stream, sys};
use crate::short::Short;

/// What is run in each worker before its first task. An error, or a panic, ends the worker.
pub(crate) type Initializer = dyn Fn() -> Result<(), String> + Send + Sync;

/// Where a worker has its place.
pub(crate) struct Place<'a> {
    pub(crate) number: usize,
    pub(crate) board: &'a Board,
    pub(crate) doorbell: &'a EventFd,
}

/// The time that limits are measured by, the same in all processes: nanoseconds.
pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC);
    time.map_or(0, |time| {
        time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
    })
}

/// Lives until it is dismissed or the pool is gone.
pub(crate) fn run(
    place: &Place<'_>,
    link: &mut Link,
    initializer: Option<&dyn Fn() -> Result<(), String>>,
) {
    live(place, link, initializer);
    // The system closes it when the process ends. By that the supervisor knows one that has become another program.
    mem::forget(link.take());
}

fn live(place: &Place<'_>, link: &mut Link, initializer: Option<&dyn Fn() -> Result<(), String>>) {
    let desk = place.board.desk(place.number);
    let bell = Bell {
        desk,
        doorbell: place.doorbell,
        link,
        spins: spins(),
    };
    let mut outbox = Outbox {
        desk,
        board: place.board,
        writer: stream::Writer::default(),
        bell,
        rung: false,
        record: Vec::new(),
        begun: 0,
    };
    if let Some(why) = initializer.and_then(failure) {
        outbox.tell(kind::NOT_INITIALIZED, why.as_bytes());
        return;
    }
    outbox.tell(kind::READY, &[]);
    let (mut inbox, mut reader) = (Inbox::default(), stream::Reader::default());
    while let Some(head) = inbox.next(&mut reader, &mut outbox.bell) {
        run_chunk(head, inbox.items(head), &mut outbox);
        inbox.forget(head);
    }
    outbox.tell(kind::LEAVING, &[]);
}

fn failure(initializer: &dyn Fn() -> Result<(), String>) -> Option<String> {
    match catch_panic(initializer) {
        Ok(result) => result.err(),
        Err(report) => Some(format!("{report}\n{}", report.backtrace())),
    }
}

/// Runs what it can claim. A panic ends neither the chunk nor the worker.
fn run_chunk(head: Head, items: &[u8], outbox: &mut Outbox<'_>) {
    if !outbox.desk.claim(head.number) {
        return;
    }
    let mut chunk = Chunk {
        rest: items,
        is_limited: head.flags.is_limited,
        outbox,
    };
    match sys::entry_at(head.function) {
        Some(entry) => {
            while let Err(report) = catch_panic(|| entry.run(&mut chunk)) {
                chunk.outbox.record.clear();
                records::push_panic(&report, &mut chunk.outbox.record);
                chunk.outbox.send_record();
                chunk.end();
            }
        }
        None => chunk.refuse(),
    }
    outbox.end_of_chunk(head.flags.is_marked);
}

const UNKNOWN: &str = "the worker has no such function; was the library that it is part of loaded after the worker had started?";

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

/// A chunk under way.
pub(crate) struct Chunk<'c, 'o> {
    rest: &'c [u8],
    is_limited: bool,
    outbox: &'c mut Outbox<'o>,
}

impl<'c> Chunk<'c, '_> {
    /// The next item, which is begun with this.
    #[inline]
    pub(crate) fn begin_next(&mut self) -> Option<Item<'c>> {
        let (item, size) = match records::first_short(self.rest) {
            Some((short, size)) => (Some(short), size),
            None => (None, records::first(self.rest)?.size),
        };
        let (record, rest) = self.rest.split_at(size);
        self.rest = rest;
        self.outbox.begin(self.is_limited);
        Some(Item {
            short: item,
            record,
        })
    }

    /// Tells the begun item's result.
    #[inline]
    pub(crate) fn succeed<R: Serialize>(&mut self, result: &R) {
        self.outbox.value(result);
        self.end();
    }

    #[cold]
    pub(crate) fn fail_to_decode(&mut self, error: &wire::Error) {
        self.outbox
            .tell(kind::UNDECODABLE, error.to_string().as_bytes());
        self.end();
    }

    /// Ends the begun item, whose outcome is told.
    #[inline]
    fn end(&mut self) {
        if self.is_limited && !self.outbox.desk.end(self.outbox.begun) {
            // The supervisor found its time to be over just before, and is about to end this process.
            leave(0);
        }
    }

    #[cold]
    fn refuse(&mut self) {
        while self.begin_next().is_some() {
            self.outbox.tell(kind::UNKNOWN_FUNCTION, UNKNOWN.as_bytes());
            self.end();
        }
    }
}

/// Where a worker puts what it has done: each record is in the shared memory at once.
pub(crate) struct Outbox<'o> {
    desk: Desk<'o>,
    board: &'o Board,
    writer: stream::Writer,
    bell: Bell<'o>,
    /// The bell was rung for a stream more than half full, which has not been emptied since.
    rung: bool,
    record: Vec<u8>,
    /// Items begun so far.
    begun: u64,
}

/// One huge result must not cost its memory for ever.
const LARGEST_KEPT: usize = 1 << 20;

impl Outbox<'_> {
    #[inline]
    fn begin(&mut self, is_limited: bool) {
        self.begun += 1;
        if is_limited {
            self.desk.begin_at(self.begun, now());
        } else {
            self.desk.begin(self.begun);
        }
    }

    #[inline]
    fn value<R: Serialize>(&mut self, value: &R) {
        match Short::encode(value) {
            Some(short) => self.send_short(short),
            None => self.send_other(value),
        }
    }

    #[inline(never)]
    fn send_other<R: Serialize>(&mut self, value: &R) {
        self.record.clear();
        match records::push_other_value(value, &mut self.record) {
            Ok(()) => self.send_record(),
            Err(error) => self.tell(kind::UNENCODABLE, error.to_string().as_bytes()),
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

    fn tell(&mut self, kind: u8, payload: &[u8]) {
        self.record.clear();
        records::push(kind, payload, &mut self.record);
        self.send_record();
        if kind >= kind::READY && self.board.take_hunger(Hunger::Hungry) {
            self.bell.ring();
        }
    }

    fn send_record(&mut self) {
        let record = std::mem::take(&mut self.record);
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

    fn end_of_chunk(&mut self, is_marked: bool) {
        let hunger = if is_marked {
            Hunger::Patient
        } else {
            Hunger::Hungry
        };
        if self.board.take_hunger(hunger) {
            self.bell.ring();
        }
    }
}

/// So much of small messages is taken over at once.
const AT_ONCE: usize = 8 << 10;

/// What has come from the supervisor.
#[derive(Default)]
struct Inbox {
    bytes: Vec<u8>,
    used: usize,
}

impl Inbox {
    /// The next whole message, or `None` at the dismissal.
    fn next(&mut self, reader: &mut stream::Reader, bell: &mut Bell<'_>) -> Option<Head> {
        loop {
            let mut wanted = HEAD;
            if let Some(head) = Head::parse(&self.bytes[self.used..]) {
                if head.flags.is_dismissal {
                    return None;
                }
                if self.bytes.len() - self.used - HEAD >= head.size {
                    return Some(head);
                }
                wanted = HEAD.saturating_add(head.size);
            }
            self.take(wanted, reader, bell);
        }
    }

    /// Takes over what there is, up to about as much as is wanted, and waits if there is nothing.
    fn take(&mut self, wanted: usize, reader: &mut stream::Reader, bell: &mut Bell<'_>) {
        self.bytes.drain(..self.used);
        self.used = 0;
        let words = bell.desk.tasks();
        let most = wanted.saturating_sub(self.bytes.len()).max(AT_ONCE);
        bell.wait(|| reader.has_news(words));
        if reader.take(words, most, &mut self.bytes).is_err() {
            leave(PANICKED); // Something has overwritten the memory; nobody can go on from here.
        }
        if bell.desk.take_want_of_room() {
            bell.ring();
        }
    }

    fn items(&self, head: Head) -> &[u8] {
        &self.bytes[self.used + HEAD..][..head.size]
    }

    fn forget(&mut self, head: Head) {
        self.used += HEAD + head.size;
        if self.used == self.bytes.len() && self.bytes.capacity() > LARGEST_KEPT {
            *self = Inbox::default();
        }
    }
}

/// How a worker wakes the supervisor, and waits for it.
struct Bell<'a> {
    desk: Desk<'a>,
    doorbell: &'a EventFd,
    link: &'a mut Link,
    spins: u32,
}

impl Bell<'_> {
    fn ring(&self) {
        // It fails only if the counter is near its end, and then the supervisor is awake.
        let _ = self.doorbell.write(1);
    }

    /// Returns when it is so: looks for a moment, then sleeps.
    fn wait(&mut self, mut is_so: impl FnMut() -> bool) {
        for _ in 0..self.spins {
            if is_so() {
                return;
            }
            std::hint::spin_loop();
        }
        while !is_so() {
            self.sleep_unless(&mut is_so);
        }
    }

    /// Sleeps until the supervisor has done something for this worker.
    fn sleep_unless(&mut self, mut is_so: impl FnMut() -> bool) {
        self.desk.set_sleeping();
        // A wake-up that is under way must be taken, or it would be taken for a later one.
        if is_so() && self.desk.stays_awake() {
            return;
        }
        if self.link.recv::<()>().is_err() {
            leave(0); // The pool is gone.
        }
    }
}

/// How often a worker without work looks for some before it sleeps: for some microseconds, as a wake-up takes that long.
fn spins() -> u32 {
    match available_parallelism() {
        Ok(cores) if cores.get() > 1 => 300,
        _ => 0,
    }
}
