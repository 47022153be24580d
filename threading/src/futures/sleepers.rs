//! The workers that have nothing to do: at most one searches, the others sleep.
//!
//! Whoever adds work calls [`Sleepers::rouse`]. Nobody is woken while somebody searches: the searcher will find it. A
//! searcher that found something ends its search, then looks whether there is more, and rouses in its turn
//! ([`Sleepers::end_search`]). So a burst of work costs the one who adds it one wake-up, and those who were woken wake
//! the others.
//!
//! What makes it right is one argument, used three times. One side writes A and reads B, the other writes B and reads
//! A, each with a sequentially consistent fence in between, so one of them at least sees the other's write:
//!
//! | one side | the other |
//! |---|---|
//! | adds work, reads `searching` | ends its search, looks for work |
//! | adds work, reads the line of sleepers | joins the line, looks for work |
//! | adds work, reads whether the pool is closed | sees that it is closed, looks for work, ends |

use crate::seam::{AtomicBool, Ordering, const_fn, fence};
use crate::wait::{Limit, Spin, WaitQueue};

/// The message to one who is to search.
const SEARCH: u32 = 1;
/// The message to those who are to look around.
const LOOK: u32 = 2;

pub(super) struct Sleepers {
    searching: AtomicBool,
    beds: WaitQueue,
}

/// What workers are there for.
pub(super) trait Work {
    type Task;

    /// The next task.
    fn take(&self) -> Option<Self::Task>;
    /// Whether there is none.
    fn is_empty(&self) -> bool;
    /// Whether tasks may come.
    fn is_open(&self) -> bool;
    /// There is more than one can do, and nobody else is looking.
    fn call_another(&self);
}

impl Sleepers {
    const_fn! {
        pub(super) const fn new() -> Sleepers {
            Sleepers {
                searching: AtomicBool::new(false),
                beds: WaitQueue::new(()),
            }
        }
    }

    /// There is work. False if nobody searches and nobody sleeps.
    #[inline]
    pub(super) fn rouse(&self) -> bool {
        // The fence is in here.
        let asleep = self.beds.has_waiters();
        self.searching.load(Ordering::Relaxed) || asleep && self.wake()
    }

    #[cold]
    fn wake(&self) -> bool {
        let mut beds = self.beds.lock();
        if beds.waiters() == 0 {
            return false;
        }
        if self.start_search() {
            beds.notify_one(SEARCH);
        }
        true
    }

    /// Becomes the one who searches, unless there is one.
    pub(super) fn start_search(&self) -> bool {
        !self.searching.load(Ordering::Relaxed)
            && self
                .searching
                .compare_exchange(false, true, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Is no longer the one who searches. To be followed by a look whether there is work.
    pub(super) fn end_search(&self) {
        self.searching.store(false, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// The next task, or none if there is none and none may come. Sleeps if there is nothing to do. `searching` says
    /// that the caller is the one who searches.
    pub(super) fn next<W: Work>(&self, work: &W, mut searching: bool) -> Option<W::Task> {
        loop {
            if !searching && let Some(task) = work.take() {
                return Some(task);
            }
            if (searching || self.start_search())
                && let Some(task) = self.search(work)
            {
                return Some(task);
            }
            if is_over(work) {
                return None;
            }
            searching = self.rest(work);
        }
    }

    fn search<W: Work>(&self, work: &W) -> Option<W::Task> {
        let mut spin = Spin::new();
        let task = loop {
            let task = work.take();
            if task.is_some() || !work.is_open() || !spin.turn() {
                break task;
            }
        };
        self.end_search();
        if task.is_some() && !work.is_empty() && !self.rouse() {
            work.call_another();
        }
        task
    }

    /// Sleeps until there is something. Whether to search.
    fn rest<W: Work>(&self, work: &W) -> bool {
        let bed = self.beds.lock().enqueue();
        if work.is_empty() && work.is_open() {
            matches!(bed.wait(Limit::NEVER), Ok(SEARCH))
        } else {
            // Those who add may have counted on this one's search, so it is not over. (If another one searches by now,
            // it sees what this one saw.)
            bed.give_up() == Some(SEARCH) || self.start_search()
        }
    }

    /// All are to look around.
    pub(super) fn rouse_all(&self) {
        self.beds.lock().notify_all(LOOK);
    }

    /// How many have nothing to do.
    pub(super) fn idle(&self) -> usize {
        self.beds.waiters() + usize::from(self.searching.load(Ordering::Relaxed))
    }
}

fn is_over<W: Work>(work: &W) -> bool {
    if work.is_open() {
        return false;
    }
    fence(Ordering::SeqCst);
    work.is_empty()
}
