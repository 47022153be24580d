//! Races on shared memory.
//!
//! Each word remembers its last write and its last two readers: which thread, in which phase of the block (barriers begin
//! phases), and how often its warp had synchronised its lanes or made a fence. Two accesses of different threads to the same
//! bytes in the same phase, of which one writes, are a race, unless they are lanes of one warp with a `bar.warp.sync` or a
//! fence between, or the earlier thread has made a fence since, as who holds a lock does. A write of the value that is there
//! already is none. Volatile, relaxed and atomic accesses race with nobody and are not remembered.

use std::cell::Cell;

use super::fault::FaultKind;
use super::site::Site;
use super::trouble::{Outcome, Trouble};
use crate::emu::memory::window;

/// An access to a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Access {
    /// Zero: there was none.
    phase: u32,
    /// Synchronisations of the thread's warp.
    syncs: u16,
    /// Fences of the thread's warp.
    fences: u16,
    thread: u16,
    /// A bit for each byte of the word.
    bytes: u8,
}

#[derive(Debug, Clone, Default)]
struct Word {
    write: Cell<Access>,
    reads: [Cell<Access>; 2],
}

#[derive(Debug, Default)]
pub(super) struct Races {
    words: Vec<Word>,
    phase: Cell<u32>,
    syncs: [Cell<u16>; 32],
    fences: [Cell<u16>; 32],
}

impl Races {
    pub(super) fn new(words: usize) -> Races {
        Races {
            words: vec![Word::default(); words],
            phase: Cell::new(1),
            ..Races::default()
        }
    }

    /// Another block: its first phase comes after all that there were.
    pub(super) fn reset(&mut self) {
        if self.phase.get() > u32::MAX / 2 {
            self.words.fill(Word::default());
            self.phase.set(0);
        }
        self.begin_phase();
    }

    /// All threads of the block have met.
    pub(super) fn begin_phase(&self) {
        self.phase.set(self.phase.get() + 1);
    }

    /// The lanes of a warp have met.
    pub(super) fn sync(&self, warp: usize) {
        let syncs = &self.syncs[warp];
        syncs.set(syncs.get().wrapping_add(1));
    }

    /// What the lanes of a warp did before is seen by others before what they do after.
    pub(super) fn fence(&self, warp: usize) {
        let fences = &self.fences[warp];
        fences.set(fences.get().wrapping_add(1));
        self.sync(warp);
    }

    fn access(&self, thread: usize, bytes: u8) -> Access {
        Access {
            phase: self.phase.get(),
            syncs: self.syncs[thread / 32].get(),
            fences: self.fences[thread / 32].get(),
            thread: thread as u16,
            bytes,
        }
    }

    /// Whether nothing orders an earlier access before a thread's access to some bytes.
    fn conflict(&self, earlier: Access, now: Access) -> bool {
        if earlier.phase != now.phase
            || earlier.thread == now.thread
            || earlier.bytes & now.bytes == 0
        {
            return false;
        }
        let warp = usize::from(earlier.thread) / 32;
        if warp == usize::from(now.thread) / 32 {
            earlier.syncs == now.syncs
        } else {
            earlier.fences == self.fences[warp].get()
        }
    }

    /// A thread reads: the thread that it races with, if there is one.
    #[inline(always)]
    fn read(&self, word: usize, bytes: u8, thread: usize) -> Option<u16> {
        let now = self.access(thread, bytes);
        let word = &self.words[word];
        let write = word.write.get();
        if self.conflict(write, now) {
            return Some(write.thread);
        }
        let last = word.reads[0].get();
        if last.thread != now.thread || last.phase != now.phase {
            word.reads[1].set(last);
        }
        word.reads[0].set(now);
        None
    }

    /// A thread writes: the thread that it races with and whether that one wrote, if there is one.
    #[inline(always)]
    fn write(&self, word: usize, bytes: u8, thread: usize) -> Option<(u16, bool)> {
        let now = self.access(thread, bytes);
        let word = &self.words[word];
        let write = word.write.get();
        if self.conflict(write, now) {
            return Some((write.thread, true));
        }
        for read in &word.reads {
            if self.conflict(read.get(), now) {
                return Some((read.get().thread, false));
            }
        }
        word.write.set(now);
        None
    }
}

/// The words that an access touches, with the bytes in each.
fn words(at: usize, size: u32) -> impl Iterator<Item = (usize, u8)> {
    let bytes = if size >= 4 {
        15
    } else {
        ((1u8 << size) - 1) << (at % 4)
    };
    (0..(size as usize).div_ceil(4)).map(move |index| (at / 4 + index, bytes))
}

impl Site<'_> {
    #[inline(always)]
    pub(super) fn race_read(&self, at: usize, size: u32, lane: usize) -> Outcome {
        let thread = self.threads.first + lane;
        for (word, bytes) in words(at, size) {
            if let Some(other) = self.block.shared().races.read(word, bytes, thread) {
                return Err(self.race(at, lane, "reads", other, "has written"));
            }
        }
        Ok(())
    }

    #[inline(always)]
    pub(super) fn race_write(&self, at: usize, size: u32, lane: usize, value: u64) -> Outcome {
        let thread = self.threads.first + lane;
        for (word, bytes) in words(at, size) {
            let Some((other, wrote)) = self.block.shared().races.write(word, bytes, thread) else {
                continue;
            };
            let mask = if size == 8 { !0 } else { (1 << (size * 8)) - 1 };
            let is_same = self.block.shared().is_written(at, size)
                && self.block.shared().read(at, size) == value & mask;
            if !is_same {
                let what = if wrote { "has written" } else { "has read" };
                return Err(self.race(at, lane, "writes", other, what));
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn race(&self, at: usize, lane: usize, verb: &str, other: u16, did: &str) -> Box<Trouble> {
        let [x, y, z] = self.env.thread_index(usize::from(other));
        let detail = format!(
            "the thread {verb} byte {at} of shared memory, which thread ({x},{y},{z}) {did} without a barrier between"
        );
        Trouble::new(FaultKind::SharedRace, lane, detail).at(window::SHARED + at as u64)
    }
}
