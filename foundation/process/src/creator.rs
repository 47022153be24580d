//! Which process an object belongs to.
//!
//! Every object of the parent exists in its forked children too, as bytes. A copy must not act: its
//! destructor would close a descriptor number that now means something else, or kill a process
//! that is not its child. So each owner remembers its creator, and does nothing elsewhere.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::private_fd::PrivateFds;
use crate::sys;

/// How many forks lie between the first process and this one. Cheaper to read than the pid, and
/// never the same for an object and for a copy of it. Only what copies the process past the C library,
/// by the bare system call, is not counted.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// In the child of every fork, whoever made it.
extern "C" fn begin_generation() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
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
            sys::call_in_forked_children(begin_generation).expect("registering a fork handler");
        });
        Creator {
            generation: GENERATION.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn is_here(self) -> bool {
        self.generation == GENERATION.load(Ordering::Relaxed)
    }

    /// How many forks lie between the first process and the creator.
    pub(crate) fn generation(self) -> u32 {
        self.generation
    }
}
