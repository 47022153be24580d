//! The workers that have nothing to do: at most one searches, the others sleep.
//!
//! Whoever adds work calls [`Sleepers::rouse`]. Nobody is woken while somebody searches: the searcher will find it.
//! A searcher that found something ends its search, then looks whether there is more, and rouses in its turn
//! ([`Sleepers::end_search`]). So a burst of work costs the one who adds it one wake-up, and those who were woken wake the others.
//!
//! What makes it right is one argument, used three times. One side writes A and reads B, the other writes B and reads A, each
//! with a sequentially consistent fence in between, so one of them at least sees the other's write:
//!
//! | one side | the other |
//! |---|---|
//! | adds work, reads `searching` | ends its search, looks for work |
//! | adds work, reads the line of sleepers | joins the line, looks for work |
//! | adds work, reads whether the pool is closed | sees that it is closed, looks for work, ends |

use crate::seam::{AtomicBool, Ordering, const_fn, fence};
use crate::wait::{Limit, WaitQueue, Waiting};

/// The message to one who is to search.
const SEARCH: u32 = 1;
/// The message to those who are to look around.
const LOOK: u32 = 2;

pub(super) struct Sleepers {
    searching: AtomicBool,
    beds: WaitQueue,
}

/// A place to sleep. Whoever has it looks for work once more.
pub(super) struct Bed<'s>(Waiting<'s, ()>);

impl Bed<'_> {
    /// Sleeps. Whether to search.
    pub(super) fn sleep(self) -> bool {
        matches!(self.0.wait(Limit::NEVER), Ok(SEARCH))
    }

    /// Does not sleep. Whether to search, as somebody asked for it already.
    pub(super) fn leave(self) -> bool {
        self.0.give_up() == Some(SEARCH)
    }
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

    /// Joins the line. To be followed by a look whether there is work.
    pub(super) fn lie_down(&self) -> Bed<'_> {
        Bed(self.beds.lock().enqueue())
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
