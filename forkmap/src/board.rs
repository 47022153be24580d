//! The memory that a parent and its children share during one run: who takes what, who sleeps, and
//! a ring for each child's results.

use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;

use crate::chunks::Chunks;
use crate::ring;
use crate::sync::{self, AtomicU64, LightFence, Ordering, SharedWords};

/// Words of one ring's data: 256 KiB, so that a child can run about a millisecond ahead of a sleeping
/// parent even with the smallest items, and a lazy iterator holds little.
const RING: usize = if cfg!(loom) { 4 } else { 1 << 15 };

const CURSOR: usize = 0;
const FLAGS: usize = 8; // A cache line away from the cursor, and hardly ever written.
/// A word for each place: whether it has taken its static piece.
const PLACES: usize = 16;

/// The parent sleeps, or is about to.
const HUNGRY: u64 = 1;
/// The children are to take no further item.
const STOP: u64 = 2;

/// The shared memory of one run.
#[derive(Debug)]
pub(crate) struct Board {
    words: SharedWords,
    total: u64,
    processes: u64,
    chunks: Chunks,
}

impl Board {
    pub(crate) fn new(total: usize, processes: usize, chunks: Chunks) -> io::Result<Board> {
        let words = processes
            .checked_mul(1 + ring::OVERHEAD + RING)
            .and_then(|words| words.checked_add(PLACES))
            .and_then(NonZeroUsize::new)
            .ok_or(io::ErrorKind::OutOfMemory)?;
        let words = SharedWords::new(words)?;
        if total > RING {
            words.provide(); // All of it will be used.
        }
        Ok(Board {
            words,
            total: total as u64,
            processes: processes as u64,
            chunks,
        })
    }

    /// The ring of the child in this place.
    pub(crate) fn ring(&self, place: usize) -> &[AtomicU64] {
        let size = ring::OVERHEAD + RING;
        let rings = PLACES + self.processes as usize;
        &self.words[rings + place * size..][..size]
    }

    /// The word that says how far the pieces are taken, for the child in this place: one for all, but
    /// static pieces each have their own.
    fn cursor(&self, place: usize) -> &AtomicU64 {
        match self.chunks {
            Chunks::Static => &self.words[PLACES + place],
            _ => &self.words[CURSOR],
        }
    }

    /// The next piece for the child in this place, from the word's value, and the value after it.
    fn cut(&self, place: usize, cursor: u64) -> Option<(Range<u64>, u64)> {
        match self.chunks {
            Chunks::Static if cursor > 0 => None,
            Chunks::Static => self.chunks.cut(place as u64, self.total, self.processes),
            _ => self.chunks.cut(cursor, self.total, self.processes),
        }
    }

    /// Takes the next piece for the child in this place, if any is left.
    pub(crate) fn claim(&self, place: usize) -> Option<Range<u64>> {
        let word = self.cursor(place);
        let mut cursor = word.load(Ordering::Relaxed);
        loop {
            let (piece, next) = self.cut(place, cursor)?;
            match word.compare_exchange_weak(cursor, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(piece),
                Err(now) => cursor = now,
            }
        }
    }

    /// Whether pieces are left for a child in this place.
    pub(crate) fn has_unclaimed(&self, place: usize) -> bool {
        self.cut(place, self.cursor(place).load(Ordering::Relaxed))
            .is_some()
    }

    pub(crate) fn stop(&self) {
        self.words[FLAGS].fetch_or(STOP, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn is_stopped(&self) -> bool {
        self.words[FLAGS].load(Ordering::Relaxed) & STOP != 0
    }

    /// The parent is going to sleep. It looks at the rings once more after this.
    pub(crate) fn set_hungry(&self) {
        self.words[FLAGS].fetch_or(HUNGRY, Ordering::Relaxed);
        sync::heavy_fence();
    }

    /// The parent is awake.
    pub(crate) fn set_fed(&self) {
        self.words[FLAGS].fetch_and(!HUNGRY, Ordering::Relaxed);
    }

    /// For a child that has published something: whether it is the one to wake the parent. Either it
    /// sees the hunger, or the parent sees what was published.
    #[inline]
    pub(crate) fn takes_hunger(&self, fences: LightFence) -> bool {
        fences.fence();
        self.words[FLAGS].load(Ordering::Relaxed) & HUNGRY != 0
            && self.words[FLAGS].fetch_and(!HUNGRY, Ordering::Relaxed) & HUNGRY != 0
    }
}
