//! The child's side of a run.

use std::cell::Cell;
use std::ops::Range;

use manyways_process::{Link, PanicReport, catch_panic, leave};
use manyways_wire as wire;
use nix::sys::eventfd::EventFd;
use serde::Serialize;

use crate::board::Board;
use crate::order::Order;
use crate::ring::{HEADER, RingWriter, WaitForRoom};
use crate::sync::LightFence;

/// What a child tells its parent, as the kinds of a ring's records.
pub(crate) mod kind {
    /// No further item is left for the child, or it was told to stop: it ends and owes nothing. A child
    /// that ends without this has died, whatever its exit code.
    pub(crate) const LEAVING: u8 = 0;
    /// A piece was taken: its first position and the one after its last, 8 bytes each. The records
    /// after it are about its positions, one after the other.
    pub(crate) const CLAIM: u8 = 1;
    /// The encoded result of the next position.
    pub(crate) const RESULT: u8 = 2;
    /// The report of a panic at the next position.
    pub(crate) const PANICKED: u8 = 3;
    /// Why the result of the next position could not be encoded (text).
    pub(crate) const UNSENDABLE: u8 = 4;
    /// The next position is done; its result is part of what follows the piece.
    pub(crate) const FOLDED: u8 = 5;
    /// The encoded result of the whole piece.
    pub(crate) const PARTIAL: u8 = 6;
    /// The report of a panic in the initialiser. The child ends.
    pub(crate) const INITIALIZER_PANICKED: u8 = 7;
}

/// What is to be done with the items. The parent holds it and never calls it.
pub(crate) trait Work {
    /// Before the first item; the number is that of the process's place, from 0.
    fn initialize(&mut self, place: usize);
    /// Runs one item and reports it. It may panic.
    fn item(&mut self, index: usize, outbox: &mut Outbox<'_>);
    /// After the last item of a piece.
    fn end_of_piece(&mut self, _outbox: &mut Outbox<'_>) {}
}

/// What the parent hands a child through the fork.
pub(crate) struct Place<'a> {
    pub(crate) number: usize,
    pub(crate) board: &'a Board,
    pub(crate) order: &'a Order,
    pub(crate) doorbell: &'a EventFd,
}

/// A child's whole life.
pub(crate) fn run(place: &Place<'_>, work: &mut impl Work, link: &mut Link) {
    let ring = RingWriter::new(place.board.ring(place.number));
    let bell = Bell {
        doorbell: place.doorbell,
        link,
    };
    let mut outbox = Outbox {
        ring,
        board: place.board,
        fence: LightFence::register(),
        bell,
        rung: false,
        bytes: vec![0; HEADER],
    };
    if let Err(report) = catch_panic(|| work.initialize(place.number)) {
        outbox.report(kind::INITIALIZER_PANICKED, &report);
        return;
    }
    while !place.board.is_stopped() {
        let Some(piece) = place.board.claim(place.number) else {
            break;
        };
        for run in place.order.runs(piece) {
            outbox.claim(&run);
            run_piece(place, run, work, &mut outbox);
        }
    }
    outbox.leaving();
}

/// Runs a piece's items. A panic ends neither the piece nor the child.
fn run_piece(place: &Place<'_>, piece: Range<u64>, work: &mut impl Work, outbox: &mut Outbox<'_>) {
    let next = Cell::new(piece.start);
    loop {
        let run = catch_panic(|| {
            while next.get() < piece.end {
                if place.board.is_stopped() {
                    return;
                }
                let position = next.replace(next.get() + 1);
                work.item(place.order.index(position), outbox);
            }
            work.end_of_piece(outbox);
        });
        match run {
            Ok(()) => return,
            Err(report) => outbox.report(kind::PANICKED, &report),
        }
    }
}

/// Where a child puts what it has done: each record reaches the parent's memory at once.
pub(crate) struct Outbox<'a> {
    ring: RingWriter<'a>,
    board: &'a Board,
    fence: LightFence,
    bell: Bell<'a>,
    /// The bell was rung for a ring more than half full, which the parent has not emptied since.
    rung: bool,
    /// The record being made; its first bytes are the header's.
    bytes: Vec<u8>,
}

impl Outbox<'_> {
    fn claim(&mut self, piece: &Range<u64>) {
        self.bytes.truncate(HEADER);
        self.bytes.extend_from_slice(&piece.start.to_le_bytes());
        self.bytes.extend_from_slice(&piece.end.to_le_bytes());
        self.ring
            .write(kind::CLAIM, &mut self.bytes, &mut self.bell);
    }

    /// The end of the process wakes the parent.
    fn leaving(&mut self) {
        self.bytes.truncate(HEADER);
        self.ring
            .write(kind::LEAVING, &mut self.bytes, &mut self.bell);
    }

    /// Sends a result, of one item or of a piece.
    #[inline]
    pub(crate) fn result<R: Serialize>(&mut self, kind: u8, result: &R) {
        self.bytes.truncate(HEADER);
        match wire::encode_short_or_into(result, &mut self.bytes) {
            Ok(Some(short)) => self.ring.write_short(kind, short, &mut self.bell),
            Ok(None) => self.long_result(kind),
            Err(error) => self.unsendable(&error),
        }
        self.wake_parent();
    }

    fn long_result(&mut self, kind: u8) {
        self.ring.write(kind, &mut self.bytes, &mut self.bell);
        if self.bytes.capacity() > 1 << 20 {
            self.bytes = vec![0; HEADER]; // One huge result must not cost its memory for ever.
        }
    }

    #[cold]
    fn unsendable(&mut self, error: &wire::Error) {
        self.bytes.truncate(HEADER);
        self.bytes.extend_from_slice(error.to_string().as_bytes());
        self.ring
            .write(kind::UNSENDABLE, &mut self.bytes, &mut self.bell);
    }

    /// Tells that an item has gone into the piece's result.
    #[inline]
    pub(crate) fn folded(&mut self) {
        self.bytes.truncate(HEADER);
        self.ring
            .write(kind::FOLDED, &mut self.bytes, &mut self.bell);
        self.wake_parent();
    }

    fn report(&mut self, kind: u8, report: &PanicReport) {
        self.bytes.truncate(HEADER);
        // A report always encodes: it is made of strings.
        let _ = wire::encode_into(report, &mut self.bytes);
        self.ring.write(kind, &mut self.bytes, &mut self.bell);
        self.wake_parent();
    }

    /// Rings if the parent sleeps for want of anything at all, or if it lets the ring fill up.
    #[inline]
    fn wake_parent(&mut self) {
        let half_full = self.ring.is_half_full();
        if self.board.takes_hunger(self.fence) || half_full && !self.rung {
            self.bell.ring();
        }
        self.rung = half_full;
    }
}

/// How a child wakes its parent, and waits for it.
struct Bell<'a> {
    doorbell: &'a EventFd,
    link: &'a mut Link,
}

impl Bell<'_> {
    fn ring(&self) {
        // It fails only if the counter is near its end, and then the parent is awake.
        let _ = self.doorbell.write(1);
    }
}

impl WaitForRoom for Bell<'_> {
    fn wait_for_room(&mut self) {
        self.ring();
        if self.link.recv::<()>().is_err() {
            leave(0); // The parent is gone or has given the run up.
        }
    }
}
