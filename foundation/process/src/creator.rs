//! Which process an object belongs to.
//!
//! Every object of the parent exists in its forked children too, as bytes. A copy must not act: its
//! destructor would close a descriptor number that now means something else, or kill a process
//! that is not its child. So each owner remembers its creator, and does nothing elsewhere.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use crate::sys;

/// How many forks lie between the first process and this one. Cheaper to read than the pid, and
/// never the same for an object and for a copy of it.
static GENERATION: AtomicU32 = AtomicU32::new(0);

extern "C" fn count_fork() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// The process that made an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Creator {
    generation: u32,
}

impl Creator {
    /// The calling process.
    pub(crate) fn here() -> Creator {
        static COUNT_FORKS: Once = Once::new();
        COUNT_FORKS.call_once(|| {
            // It fails only for want of memory, and then no process could be forked either.
            let _ = sys::call_in_forked_children(count_fork);
        });
        Creator {
            generation: GENERATION.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn is_here(self) -> bool {
        self.generation == GENERATION.load(Ordering::Relaxed)
    }
}

/// Descriptors that forked children must not keep: ends of links and pipes (or the end of a stream
/// would no longer mean the death of its writer), and pidfds.
#[derive(Debug)]
pub(crate) struct PrivateFds {
    open: BTreeSet<RawFd>,
}

static PRIVATE_FDS: Mutex<PrivateFds> = Mutex::new(PrivateFds {
    open: BTreeSet::new(),
});

impl PrivateFds {
    /// Locks the set. A fork happens under this lock, so that the child finds it whole and free.
    pub(crate) fn lock() -> MutexGuard<'static, PrivateFds> {
        PRIVATE_FDS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn adopt(&mut self, fd: OwnedFd) -> PrivateFd {
        self.open.insert(fd.as_raw_fd());
        PrivateFd {
            fd: Some(fd),
            creator: Creator::here(),
        }
    }

    /// Closes them all: the first thing a child does.
    pub(crate) fn close_in_child(&mut self) {
        for fd in std::mem::take(&mut self.open) {
            sys::close_inherited(fd);
        }
    }
}

/// Held from the making of a child's descriptors to the closing of the parent's copies of them, so
/// that a fork in another thread does not inherit what is not yet, or no longer, in the set.
pub(crate) fn one_fork_at_a_time() -> MutexGuard<'static, ()> {
    static FORKING: Mutex<()> = Mutex::new(());
    FORKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A descriptor that only the process which made it uses and closes.
///
/// Children that [`Fork`](crate::Fork) makes close their copy first of all, so that nobody but the
/// owner keeps a connection open: when the owner dies, the other side reads the end of the stream.
///
/// ```
/// use manyways_process::{Fork, PrivateFd};
///
/// let (here, there) = std::os::unix::net::UnixStream::pair()?;
/// let private = PrivateFd::new(here.into());
/// let task = Fork::new().run(|| private.get().is_err())?;
/// assert!(task.join()?, "the child has no part in it");
/// assert!(private.get().is_ok());
/// # drop(there);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PrivateFd {
    fd: Option<OwnedFd>,
    creator: Creator,
}

impl PrivateFd {
    /// Takes over a descriptor of this process. A child that another thread forked before this call
    /// keeps its copy; [`open`](Self::open) leaves no such gap.
    #[must_use]
    pub fn new(fd: OwnedFd) -> PrivateFd {
        PrivateFds::lock().adopt(fd)
    }

    /// Takes over the descriptor that `open` makes, while no other thread can fork. `open` should be
    /// quick (a `socket` or `accept4`, not a `connect`) and must neither fork nor use this type.
    ///
    /// # Errors
    ///
    /// Those of `open`.
    pub fn open(open: impl FnOnce() -> io::Result<OwnedFd>) -> io::Result<PrivateFd> {
        let mut fds = PrivateFds::lock();
        open().map(|fd| fds.adopt(fd))
    }

    /// The descriptor.
    ///
    /// # Errors
    ///
    /// In a process that does not own it.
    pub fn get(&self) -> io::Result<BorrowedFd<'_>> {
        match &self.fd {
            Some(fd) if self.creator.is_here() => Ok(fd.as_fd()),
            _ => Err(io::Error::other(
                "it belongs to the process that made it, not to this fork",
            )),
        }
    }
}

impl Drop for PrivateFd {
    fn drop(&mut self) {
        let Some(fd) = self.fd.take() else { return };
        if self.creator.is_here() {
            let mut fds = PrivateFds::lock();
            fds.open.remove(&fd.as_raw_fd());
            // Closed under the lock: once the number is off the list it must not be open, and a
            // fork in another thread must not see the one without the other.
            drop(fd);
        } else {
            // `close_in_child` has closed it; the number may be another file's by now.
            std::mem::forget(fd);
        }
    }
}
