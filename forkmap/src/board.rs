//! The memory that a parent and its children share during one run: who takes what, who sleeps, and
//! a ring for each child's results.

use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;

use crate::chunks::Chunks;
use crate::ring;
use crate::sync::{self, AtomicU64, LightFence, Ordering};
use crate::sys::SharedWords;

/// Words of one ring's data: 256 KiB, so that a child can run about a millisecond ahead of a sleeping
/// parent even with the smallest items, and a lazy iterator holds little.
const RING: usize = 1 << 15;

const CURSOR: usize = 0;
const FLAGS: usize = 8; // A cache line away from the cursor, and hardly ever written.
const RINGS: usize = 16;

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
            .checked_mul(ring::OVERHEAD + RING)
            .and_then(|words| words.checked_add(RINGS))
            .and_then(NonZeroUsize::new)
            .ok_or(io::ErrorKind::OutOfMemory)?;
        let words = SharedWords::new(words)?;
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
        &self.words[RINGS + place * size..][..size]
    }

    /// Takes the next piece, if any is left.
    pub(crate) fn claim(&self) -> Option<Range<u64>> {
        let word = &self.words[CURSOR];
        let mut cursor = word.load(Ordering::Relaxed);
        loop {
            let (piece, next) = self.chunks.cut(cursor, self.total, self.processes)?;
            match word.compare_exchange_weak(cursor, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(piece),
                Err(now) => cursor = now,
            }
        }
    }

    /// Whether pieces are left.
    pub(crate) fn has_unclaimed(&self) -> bool {
        let cursor = self.words[CURSOR].load(Ordering::Relaxed);
        self.chunks
            .cut(cursor, self.total, self.processes)
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
