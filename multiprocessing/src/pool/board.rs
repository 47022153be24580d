//! The memory that a pool's supervisor and its workers share.
//!
//! One word for all, [`HUNGER`], and a desk for each worker:
//!
//! | word of a desk | written by | meaning |
//! |---|---|---|
//! | `CLAIMED` | both | the number of the first chunk that nobody has claimed |
//! | `BEGUN` | worker; its two flags by both | items begun since the worker's start, times four |
//! | `BEGUN_AT` | worker | when the running item began, if its time is limited: nanoseconds |
//! | `SLEEPS` | both | 1 while the worker sleeps, or is about to |
//! | `WANTS_ROOM` | both | 1 while the supervisor waits for room in the tasks' stream |
//! | tasks | supervisor | a stream |
//! | results | worker | a stream |
//!
//! **Claims.** Chunks are numbered as they are sent. A worker claims chunk `n` by moving `CLAIMED` from `n` to `n + 1`; the
//! supervisor takes back all that are unclaimed by moving it past the last that it sent. So each chunk is run by the worker
//! or taken back, and never both. A worker passes over what it can no longer claim.
//!
//! **Sleep.** Who is about to sleep says so, passes a fence and looks once more; who has something for the other passes a fence
//! and looks whether it sleeps. One of the two sees what the other has written. The word is changed by exchanges alone, so
//! that each sleep is ended by one wake-up.
//!
//! **Death.** An item is begun before anything of the user's runs for it, and its result is in the stream before the next is
//! begun. So when a worker is dead, the items begun and the results that came differ by the one that it was running.
//!
//! **Time limits.** The supervisor dooms a running item before it kills the worker, and the worker marks the item as ended
//! after its result is written: of the two only one succeeds, so a worker is never killed for an item that it has done, nor
//! in the middle of the next.

use std::io;
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;

use super::stream;
use super::sync::{AtomicU64, Ordering, SharedWords, fence};

/// Words of each stream's bytes: 64 KiB. In a larger one more of the memory would be new when it is written to, and the
/// system takes longer to provide a page than a process to fill it.
pub(crate) const STREAM: usize = if cfg!(loom) { 4 } else { 1 << 13 };

const CLAIMED: usize = 0;
const BEGUN: usize = 8;
const BEGUN_AT: usize = 9;
const SLEEPS: usize = 16;
const WANTS_ROOM: usize = 24;
const TASKS: usize = 32;
const RESULTS: usize = TASKS + stream::words(STREAM);
const DESK: usize = RESULTS + stream::words(STREAM);

/// The running item's time is over; its worker is about to be killed.
const DOOMED: u64 = 1;
/// The item whose time was limited is done.
const ENDED: u64 = 2;
const ITEM: u64 = 4;

/// Where `HUNGER` stands; the desks begin on the next cache line.
const HUNGER: usize = 0;
const DESKS: usize = 8;

/// How much the supervisor wants to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u64)]
pub(crate) enum Hunger {
    /// It is awake.
    Fed = 0,
    /// It sleeps for a moment: by the chunks that are marked for it.
    Patient = 1,
    /// It sleeps: by anything.
    Hungry = 2,
}

/// The shared memory of one pool.
#[derive(Debug)]
pub(crate) struct Board {
    words: SharedWords,
}

impl Board {
    pub(crate) fn new(workers: usize) -> io::Result<Board> {
        let words = SharedWords::new(words(workers)?)?;
        Ok(Board { words })
    }

    /// The board of so many workers that another process has made.
    pub(crate) fn map(file: OwnedFd, workers: usize) -> io::Result<Board> {
        let words = SharedWords::map(file, words(workers)?)?;
        Ok(Board { words })
    }

    /// What [`map`](Board::map) needs.
    pub(crate) fn file(&self) -> io::Result<OwnedFd> {
        self.words.file()
    }

    pub(crate) fn desk(&self, place: usize) -> Desk<'_> {
        Desk {
            words: &self.words[DESKS + place * DESK..][..DESK],
        }
    }

    /// The supervisor is about to sleep, and looks at all streams once more after this.
    pub(crate) fn set_hunger(&self, hunger: Hunger) {
        self.words[HUNGER].swap(hunger as u64, Ordering::Relaxed);
        if hunger != Hunger::Fed {
            fence(Ordering::SeqCst);
        }
    }

    /// For whoever has something for the supervisor that it should be woken for if it is as hungry as that: whether it is
    /// to be woken, and by the caller. Either the caller sees the hunger, or the supervisor what the caller has for it.
    pub(crate) fn take_hunger(&self, at_least: Hunger) -> bool {
        fence(Ordering::SeqCst);
        let hunger = self.words[HUNGER].load(Ordering::Relaxed);
        hunger >= at_least as u64
            && self.words[HUNGER].swap(Hunger::Fed as u64, Ordering::Relaxed) >= at_least as u64
    }
}

fn words(workers: usize) -> io::Result<NonZeroUsize> {
    workers
        .checked_mul(DESK)
        .and_then(|words| words.checked_add(DESKS))
        .and_then(NonZeroUsize::new)
        .ok_or_else(|| io::ErrorKind::OutOfMemory.into())
}

/// What one worker shares with the supervisor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Desk<'a> {
    words: &'a [AtomicU64],
}

impl<'a> Desk<'a> {
    /// Makes the desk ready for a new worker. Nobody else may use it now.
    pub(crate) fn reset(self) {
        for word in &self.words[..TASKS] {
            word.store(0, Ordering::Relaxed);
        }
        stream::reset(self.tasks());
        stream::reset(self.results());
    }

    pub(crate) fn tasks(self) -> &'a [AtomicU64] {
        &self.words[TASKS..RESULTS]
    }

    pub(crate) fn results(self) -> &'a [AtomicU64] {
        &self.words[RESULTS..]
    }

    /// The worker's claim of a chunk.
    pub(crate) fn claim(self, number: u64) -> bool {
        let claimed = &self.words[CLAIMED];
        claimed
            .compare_exchange(number, number + 1, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// The number of the first chunk that nobody has claimed.
    pub(crate) fn claimed(self) -> u64 {
        self.words[CLAIMED].load(Ordering::Relaxed)
    }

    /// Takes back all chunks that the worker has not claimed, of which `next` is the number of the one that comes after.
    /// Gives the first that was taken back, or the one after all.
    pub(crate) fn take_back(self, next: u64) -> u64 {
        self.words[CLAIMED].swap(next, Ordering::Relaxed)
    }

    /// The worker is about to run its `number`th item.
    #[inline]
    pub(crate) fn begin(self, number: u64) {
        self.words[BEGUN].store(number * ITEM, Ordering::Relaxed);
    }

    /// As [`begin`](Desk::begin), at this moment, as the item's time is limited.
    pub(crate) fn begin_at(self, number: u64, nanoseconds: u64) {
        self.words[BEGUN_AT].store(nanoseconds, Ordering::Relaxed);
        self.words[BEGUN].store(number * ITEM, Ordering::Release);
    }

    /// The `number`th item, whose time is limited, is done and its result written. False if its time was over, and the
    /// worker must do nothing further.
    pub(crate) fn end(self, number: u64) -> bool {
        let running = number * ITEM;
        self.words[BEGUN]
            .compare_exchange(
                running,
                running | ENDED,
                Ordering::AcqRel,
                Ordering::Relaxed,
            )
            .is_ok()
    }

    /// How many items the worker has begun.
    pub(crate) fn begun(self) -> u64 {
        self.words[BEGUN].load(Ordering::Relaxed) / ITEM
    }

    /// When the `number`th item began, if it is running and its time is limited.
    pub(crate) fn running_since(self, number: u64) -> Option<u64> {
        let begun = self.words[BEGUN].load(Ordering::Acquire);
        let since = self.words[BEGUN_AT].load(Ordering::Relaxed);
        (begun == number * ITEM).then_some(since)
    }

    /// Ends the time of the `number`th item. False if it is not running any more.
    pub(crate) fn doom(self, number: u64) -> bool {
        let running = number * ITEM;
        self.words[BEGUN]
            .compare_exchange(
                running,
                running | DOOMED,
                Ordering::AcqRel,
                Ordering::Acquire,
            )
            .is_ok()
    }

    /// The worker is about to sleep. It looks once more at what it waits for after this.
    pub(crate) fn set_sleeping(self) {
        raise(&self.words[SLEEPS]);
    }

    /// The worker does not sleep after all. False if a wake-up is under way, which it must take.
    pub(crate) fn stays_awake(self) -> bool {
        self.words[SLEEPS].swap(0, Ordering::Relaxed) == 1
    }

    /// For the supervisor, after it has written to the desk or read from it: whether it is to wake the worker.
    pub(crate) fn take_sleep(self) -> bool {
        take(&self.words[SLEEPS])
    }

    /// The supervisor has more for the worker than there was room for. It tries once more after this.
    pub(crate) fn want_room(self) {
        raise(&self.words[WANTS_ROOM]);
    }

    /// For the worker, after it has made room: whether the supervisor waits for that.
    pub(crate) fn take_want_of_room(self) -> bool {
        take(&self.words[WANTS_ROOM])
    }
}

/// Says in a word that one is about to sleep. What it reads after this is no older than what others wrote before they
/// [took](take) it and found nothing.
fn raise(word: &AtomicU64) {
    word.swap(1, Ordering::Relaxed);
    fence(Ordering::SeqCst);
}

/// Whether another sleeps, says the word, and the caller alone is to wake it.
fn take(word: &AtomicU64) -> bool {
    fence(Ordering::SeqCst);
    word.load(Ordering::Relaxed) == 1 && word.swap(0, Ordering::Relaxed) == 1
}

#[cfg(all(test, not(loom)))]
mod tests {
    use manyways_testkit::guarded;

    use super::{Board, Hunger};

    #[test]
    fn a_chunk_is_claimed_or_taken_back() {
        guarded(|| {
            let board = Board::new(2).unwrap();
            let desk = board.desk(1);
            assert!(desk.claim(0) && desk.claim(1) && !desk.claim(1));
            assert_eq!(desk.take_back(5), 2);
            assert!(!desk.claim(2) && !desk.claim(4) && desk.claim(5));
            assert_eq!((desk.claimed(), board.desk(0).claimed()), (6, 0));
            desk.reset();
            assert_eq!(desk.claimed(), 0);
        });
    }

    #[test]
    fn an_item_ends_or_is_doomed() {
        guarded(|| {
            let board = Board::new(1).unwrap();
            let desk = board.desk(0);
            assert_eq!(desk.running_since(1), None);
            desk.begin_at(1, 77);
            assert_eq!((desk.begun(), desk.running_since(1)), (1, Some(77)));
            assert!(desk.end(1) && !desk.doom(1));
            assert_eq!((desk.begun(), desk.running_since(1)), (1, None));
            desk.begin_at(2, 78);
            assert!(!desk.doom(1) && desk.doom(2) && !desk.end(2));
            assert_eq!(desk.begun(), 2);
        });
    }

    #[test]
    fn hunger_is_stilled_by_one_and_by_what_it_is_for() {
        guarded(|| {
            let board = Board::new(1).unwrap();
            assert!(!board.take_hunger(Hunger::Patient));
            board.set_hunger(Hunger::Patient);
            assert!(!board.take_hunger(Hunger::Hungry));
            assert!(board.take_hunger(Hunger::Patient) && !board.take_hunger(Hunger::Patient));
            board.set_hunger(Hunger::Hungry);
            assert!(board.take_hunger(Hunger::Patient) && !board.take_hunger(Hunger::Hungry));
        });
    }
}
