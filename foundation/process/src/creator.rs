//! Which process an object belongs to.
//!
//! Every object of the parent exists in its forked children too, as bytes. A copy must not act: its
//! destructor would close a descriptor number that now means something else, or kill a process
//! that is not its child. So each owner remembers its creator, and does nothing elsewhere.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::one_page::ONE_PAGE;
use crate::private_fd::PrivateFds;
use crate::sys;

/// What is counted of forks.
#[derive(Debug)]
pub(crate) struct Counters {
    /// How many forks lie between the first process and this one. Cheaper to read than the pid, and never the same for an
    /// object and for a copy of it. Only what copies the process past the C library, by the bare system call, is not
    /// counted.
    generation: AtomicU32,
    /// How many forks this process has made, and its ancestors before they forked it.
    forks: AtomicU64,
}

impl Counters {
    pub(crate) const fn new() -> Counters {
        Counters {
            generation: AtomicU32::new(0),
            forks: AtomicU64::new(0),
        }
    }
}

fn counters() -> &'static Counters {
    &ONE_PAGE.counters
}

/// In the parent of every fork, whoever made it.
extern "C" fn count_fork() {
    counters().forks.fetch_add(1, Ordering::Relaxed);
}

/// A number that grows with every fork of this process, by whatever library, from the first call on. What was made before
/// a fork has a copy in the child; who compares this number then and now knows whether there may be one.
///
/// ```
/// use manyways_process::{Fork, fork_count};
///
/// let before = fork_count();
/// Fork::new().run(|| ())?.join()?;
/// assert_eq!(fork_count(), before + 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn fork_count() -> u64 {
    Creator::here(); // From here on they are counted.
    counters().forks.load(Ordering::Relaxed)
}

/// In the child of every fork, whoever made it.
extern "C" fn begin_generation() {
    counters().generation.fetch_add(1, Ordering::Relaxed);
    PrivateFds::close_in_foreign_child();
}

/// The process that made an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Creator {
    generation: u32,
}

impl Creator {
    /// The calling process.
    pub(crate) fn here() -> Creator {
        static WATCH_FORKS: Once = Once::new();
        WATCH_FORKS.call_once(|| {
            // Without it a copy could not be told from its original, and would close what is not its own.
            // It fails only for want of memory, at which every allocation would end the process too.
            sys::call_at_forks(count_fork, begin_generation).expect("registering a fork handler");
        });
        Creator {
            generation: counters().generation.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn is_here(self) -> bool {
        self.generation == counters().generation.load(Ordering::Relaxed)
    }

    /// How many forks lie between the first process and the creator.
    pub(crate) fn generation(self) -> u32 {
        self.generation
    }
}
