//! The place of one item, which one process writes while others read.
//!
//! A slot has room for three copies. Its state names the current one; a writer fills another and then makes that one
//! current by one store. A reader that copies the current one while two writes go by has to begin again, since the second of
//! them may have written where it read.
//!
//! So that this comes to an end, a reader that has failed a few times draws a ticket. A writer that finds a ticket drawn pins the
//! copy that is current then, and from then on uses the two others. The pinned copy is as new as the ticket, and stays until
//! another reader has drawn a ticket. Nobody ever waits for a reader, which may have been stopped or killed.

use std::sync::atomic::Ordering;

use super::sync::{AtomicU64, Word, fence};

/// How often a reader tries before it asks the writer for help.
const TRIES: usize = if cfg!(loom) { 0 } else { 3 };
/// How often it tries then: far more often than readers that help each other to fail ever need. It ends what memory that
/// something else writes to would keep going.
const MORE_TRIES: usize = 1 << 16;

/// How many copies an item has room for.
pub(super) const COPIES: usize = 3;

/// A slot, as its entry describes it.
pub(super) struct Slot<'a, W = AtomicU64> {
    pub(super) copies: [&'a [W]; COPIES],
    /// The [`State`] that is current.
    pub(super) state: &'a W,
    /// A state that is kept for readers that the writer is too fast for.
    pub(super) pinned: &'a W,
    /// How many tickets readers have drawn, and how many when `pinned` was set.
    pub(super) drawn: &'a W,
    pub(super) served: &'a W,
}

/// A kind of item, and its bytes.
pub(super) type Found = (u64, Vec<u8>);

/// The item is broken, as no writer leaves it.
#[derive(Debug)]
pub(super) struct Broken;

impl<W: Word> Slot<'_, W> {
    pub(super) fn write(&self, kind: u64, bytes: &[u8]) {
        let old = State(self.state.load(Ordering::Acquire));
        self.serve(old);
        let copy = old.other_than(State(self.pinned.load(Ordering::Relaxed)));
        // Whoever still reads this copy, and sees a word that is stored now, sees that it is neither current nor pinned.
        fence(Ordering::Release);
        for (word, bytes) in self.copies[copy].iter().zip(bytes.chunks(8)) {
            let mut whole = [0; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            word.store(u64::from_le_bytes(whole), Ordering::Relaxed);
        }
        let new = State::new(copy, kind, bytes.len(), old.count().wrapping_add(1));
        self.state.store(new.0, Ordering::Release);
    }

    /// Pins what is current if a reader asks for it.
    fn serve(&self, current: State) {
        let drawn = self.drawn.load(Ordering::Acquire);
        if drawn != self.served.load(Ordering::Relaxed) {
            self.pinned.store(current.0, Ordering::Release);
            self.served.store(drawn, Ordering::Release);
        }
    }

    pub(super) fn read(&self) -> Result<Found, Broken> {
        for _ in 0..TRIES {
            if let Some(found) = self.copy_of(self.state)? {
                return Ok(found);
            }
        }
        let ticket = self.drawn.fetch_add(1, Ordering::AcqRel).wrapping_add(1);
        for _ in 0..MORE_TRIES {
            if let Some(found) = self.copy_of(self.state)? {
                return Ok(found);
            }
            if self.has_served(ticket)
                && let Some(found) = self.copy_of(self.pinned)?
            {
                return Ok(found);
            }
        }
        Err(Broken)
    }

    fn has_served(&self, ticket: u64) -> bool {
        let served = self.served.load(Ordering::Acquire);
        served.wrapping_sub(ticket) < 1 << 63
    }

    /// What the state in this word names; `None` if another one is there by the end.
    fn copy_of(&self, word: &W) -> Result<Option<Found>, Broken> {
        let state = State(word.load(Ordering::Acquire));
        let copy = self.copies.get(state.copy()).ok_or(Broken)?;
        let words = copy.get(..state.length().div_ceil(8)).ok_or(Broken)?;
        let mut bytes: Vec<u8> = words
            .iter()
            .flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes())
            .collect();
        bytes.truncate(state.length());
        // Then nobody had begun to write to this copy.
        fence(Ordering::Acquire);
        let unchanged = word.load(Ordering::Relaxed) == state.0;
        Ok(unchanged.then(|| (state.kind(), bytes)))
    }
}

/// Which copy, what is there, and a count that changes with every write.
#[derive(Clone, Copy)]
struct State(u64);

impl State {
    fn new(copy: usize, kind: u64, length: usize, count: u64) -> State {
        State(copy as u64 | kind << 2 | (length as u64) << 5 | count << 37)
    }

    fn copy(self) -> usize {
        (self.0 & 3) as usize
    }

    fn kind(self) -> u64 {
        self.0 >> 2 & 7
    }

    fn length(self) -> usize {
        (self.0 >> 5 & u64::from(u32::MAX)) as usize
    }

    fn count(self) -> u64 {
        self.0 >> 37
    }

    /// A copy that is neither of these two.
    fn other_than(self, pinned: State) -> usize {
        let taken = [self.copy(), pinned.copy()];
        let free = (0..COPIES).find(|copy| !taken.contains(copy));
        free.expect("two leave one of three")
    }
}
