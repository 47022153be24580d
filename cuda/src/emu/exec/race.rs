//! Races on shared memory.
//!
//! Each word remembers its last write and its last two readers: which thread, in which phase of the block (barriers begin
//! phases), and how often its warp had synchronised its lanes or made a fence. Two accesses of different threads to the same
//! bytes in the same phase, of which one writes, are a race, unless they are lanes of one warp with a `bar.warp.sync` or a
//! fence between, or the earlier thread has made a fence since, as who holds a lock does. A write of the value that is there
//! already is none. Volatile, relaxed and atomic accesses race with nobody and are not remembered.

use std::cell::Cell;

use super::cell::signs;
use super::fault::FaultKind;
use super::frame::{LANES, Lanes, Row};
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

/// An access of each word, in parts, so that those of a row are compared at once.
#[derive(Debug, Default)]
struct Accesses {
    phases: Vec<Cell<u32>>,
    /// Thread, and bytes above it.
    threads: Vec<Cell<u32>>,
    /// Synchronisations, and fences above them.
    marks: Vec<Cell<u32>>,
}

/// The accesses of 32 words that follow each other.
struct AccessRow<'a> {
    phases: &'a Row,
    threads: &'a Row,
    marks: &'a Row,
}

impl Accesses {
    fn new(words: usize) -> Accesses {
        let none = || vec![Cell::new(0); words];
        Accesses {
            phases: none(),
            threads: none(),
            marks: none(),
        }
    }

    fn clear(&self) {
        for phase in &self.phases {
            phase.set(0);
        }
    }

    #[inline(always)]
    fn get(&self, word: usize) -> Access {
        let (thread, marks) = (self.threads[word].get(), self.marks[word].get());
        Access {
            phase: self.phases[word].get(),
            syncs: marks as u16,
            fences: (marks >> 16) as u16,
            thread: thread as u16,
            bytes: (thread >> 16) as u8,
        }
    }

    #[inline(always)]
    fn set(&self, word: usize, access: Access) {
        self.phases[word].set(access.phase);
        self.threads[word].set(access.thread_and_bytes());
        self.marks[word].set(access.marks());
    }

    #[inline(always)]
    fn row(&self, word: usize) -> Option<AccessRow<'_>> {
        Some(AccessRow {
            phases: self.phases.get(word..)?.first_chunk()?,
            threads: self.threads.get(word..)?.first_chunk()?,
            marks: self.marks.get(word..)?.first_chunk()?,
        })
    }
}

impl AccessRow<'_> {
    /// Whether each word's access was in another phase, or by the very thread that accesses it now: lane 0's is `now`'s.
    #[inline(always)]
    fn are_ordered(&self, now: Access, lanes: &Lanes) -> bool {
        let mut words = [0; LANES];
        for (lane, word) in words.iter_mut().enumerate() {
            let thread = self.threads[lane].get() & 0xffff;
            let differs = thread != u32::from(now.thread) + lane as u32;
            let same_phase = self.phases[lane].get() == now.phase;
            let conflicts = if differs & same_phase { !0 } else { 0 };
            *word = conflicts & lanes.words[lane];
        }
        signs(&words) == 0
    }

    /// Each lane's thread has accessed its word.
    #[inline(always)]
    fn set(&self, now: Access, lanes: &Lanes) {
        for lane in 0..LANES {
            let mask = lanes.words[lane];
            let thread = now.thread_and_bytes() + lane as u32;
            choose(&self.phases[lane], now.phase, mask);
            choose(&self.threads[lane], thread, mask);
            choose(&self.marks[lane], now.marks(), mask);
        }
    }

    /// Takes over what another row has, where that is not by the thread that accesses the word now, in this phase.
    #[inline(always)]
    fn keep_others(&self, last: &AccessRow<'_>, now: Access, lanes: &Lanes) {
        for lane in 0..LANES {
            let (phase, thread) = (last.phases[lane].get(), last.threads[lane].get());
            let own = u32::from(now.thread) + lane as u32;
            let differs = phase ^ now.phase | thread & 0xffff ^ own;
            let mask = if differs == 0 { 0 } else { lanes.words[lane] };
            choose(&self.phases[lane], phase, mask);
            choose(&self.threads[lane], thread, mask);
            choose(&self.marks[lane], last.marks[lane].get(), mask);
        }
    }
}

/// Sets a word where the mask is all ones.
#[inline(always)]
fn choose(word: &Cell<u32>, new: u32, mask: u32) {
    word.set(new & mask | word.get() & !mask);
}

impl Access {
    #[inline(always)]
    fn thread_and_bytes(self) -> u32 {
        u32::from(self.thread) | u32::from(self.bytes) << 16
    }

    #[inline(always)]
    fn marks(self) -> u32 {
        u32::from(self.syncs) | u32::from(self.fences) << 16
    }
}

#[derive(Debug, Default)]
pub(super) struct Races {
    writes: Accesses,
    reads: [Accesses; 2],
    phase: Cell<u32>,
    syncs: [Cell<u16>; 32],
    fences: [Cell<u16>; 32],
}

impl Races {
    pub(super) fn new(words: usize) -> Races {
        Races {
            writes: Accesses::new(words),
            reads: [Accesses::new(words), Accesses::new(words)],
            phase: Cell::new(1),
            ..Races::default()
        }
    }

    /// Another block: its first phase comes after all that there were.
    pub(super) fn reset(&self) {
        if self.phase.get() > u32::MAX / 2 {
            self.writes.clear();
            for reads in &self.reads {
                reads.clear();
            }
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
        let write = self.writes.get(word);
        if self.conflict(write, now) {
            return Some(write.thread);
        }
        let last = self.reads[0].get(word);
        if last.thread != now.thread || last.phase != now.phase {
            self.reads[1].set(word, last);
        }
        self.reads[0].set(word, now);
        None
    }

    /// A thread writes: the thread that it races with and whether that one wrote, if there is one.
    #[inline(always)]
    fn write(&self, word: usize, bytes: u8, thread: usize) -> Option<(u16, bool)> {
        let now = self.access(thread, bytes);
        let write = self.writes.get(word);
        if self.conflict(write, now) {
            return Some((write.thread, true));
        }
        for reads in &self.reads {
            let read = reads.get(word);
            if self.conflict(read, now) {
                return Some((read.thread, false));
            }
        }
        self.writes.set(word, now);
        None
    }

    /// As [`read`](Races::read) by the threads of some lanes, of words that follow each other as lanes do, if it is easily seen
    /// that there is no race.
    #[inline(always)]
    pub(super) fn read_row(&self, word: usize, thread: usize, lanes: &Lanes) -> bool {
        let now = self.access(thread, 15);
        let Some([writes, last, before]) = self.rows(word) else {
            return false;
        };
        let is_free = writes.are_ordered(now, lanes);
        if is_free {
            before.keep_others(&last, now, lanes);
            last.set(now, lanes);
        }
        is_free
    }

    /// As [`write`](Races::write), like [`read_row`](Races::read_row).
    #[inline(always)]
    pub(super) fn write_row(&self, word: usize, thread: usize, lanes: &Lanes) -> bool {
        let now = self.access(thread, 15);
        let Some(rows) = self.rows(word) else {
            return false;
        };
        let is_free = rows.iter().all(|row| row.are_ordered(now, lanes));
        if is_free {
            rows[0].set(now, lanes);
        }
        is_free
    }

    /// The writes and reads of 32 words.
    #[inline(always)]
    fn rows(&self, word: usize) -> Option<[AccessRow<'_>; 3]> {
        let [last, before] = &self.reads;
        Some([self.writes.row(word)?, last.row(word)?, before.row(word)?])
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
