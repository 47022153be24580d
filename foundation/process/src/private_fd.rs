//! Descriptors that forked children do not keep.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::{MutexGuard, PoisonError, TryLockError};

use crate::creator::Creator;
use crate::one_page::ONE_PAGE;
use crate::prepared::Kept;
use crate::sys;

/// The numbers of all [`PrivateFd`]s of this process: ends of links and pipes (or the end of a stream
/// would no longer mean the death of its writer), and pidfds.
#[derive(Debug)]
pub(crate) struct PrivateFds {
    open: Numbers,
    /// What this process holds to its end; in a forked child that has none of its own yet, the copy of
    /// its parent's. It stands here for the sake of the lock, which is free after every fork.
    pub(crate) life_line: Option<PrivateFd>,
    /// What this program can be [run again](crate::Rerun) as; here for the same reason.
    pub(crate) roles: BTreeSet<&'static str>,
}

/// A set of descriptor numbers: a bit for each of the small ones, which nearly all are, in place. A child that closes them
/// would pay for a copy of every page of memory that they were kept in elsewhere.
#[derive(Debug)]
struct Numbers {
    bits: [u64; WORDS],
    large: BTreeSet<RawFd>,
}

const WORDS: usize = 8;

impl Numbers {
    const fn new() -> Numbers {
        Numbers {
            bits: [0; WORDS],
            large: BTreeSet::new(),
        }
    }

    /// The word and the bit of a small number.
    fn place(&mut self, fd: RawFd) -> Option<(&mut u64, u64)> {
        let fd = fd.cast_unsigned() as usize;
        self.bits
            .get_mut(fd / 64)
            .map(|word| (word, 1 << (fd % 64)))
    }

    fn insert(&mut self, fd: RawFd) {
        match self.place(fd) {
            Some((word, bit)) => *word |= bit,
            None => drop(self.large.insert(fd)),
        }
    }

    fn remove(&mut self, fd: RawFd) {
        match self.place(fd) {
            Some((word, bit)) => *word &= !bit,
            None => drop(self.large.remove(&fd)),
        }
    }

    fn take_smallest(&mut self) -> Option<RawFd> {
        let Some(word) = self.bits.iter().position(|bits| *bits != 0) else {
            return self.large.pop_first();
        };
        let bit = self.bits[word].trailing_zeros();
        self.bits[word] &= self.bits[word] - 1;
        RawFd::try_from(word * 64)
            .ok()
            .map(|first| first + bit.cast_signed())
    }
}

impl PrivateFds {
    pub(crate) const fn new() -> PrivateFds {
        PrivateFds {
            open: Numbers::new(),
            life_line: None,
            roles: BTreeSet::new(),
        }
    }

    pub(crate) fn lock() -> MutexGuard<'static, PrivateFds> {
        let lock = ONE_PAGE.private_fds.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the set unless another thread has it. A fork happens under this lock, so that the child
    /// finds the set whole and free; it does not wait for it, because it holds other locks by then.
    pub(crate) fn try_lock() -> Option<MutexGuard<'static, PrivateFds>> {
        match ONE_PAGE.private_fds.try_lock() {
            Ok(fds) => Some(fds),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// In the child of a fork that another library made: there too the copies are nobody's, and would hide
    /// the ends of their streams. They stay open if another thread was about to open or close one.
    ///
    /// In a child of our own this does nothing, for this thread holds the lock then.
    pub(crate) fn close_in_foreign_child() {
        if let Some(mut fds) = PrivateFds::try_lock() {
            fds.close_in_child(Kept::default());
        }
    }

    fn adopt(&mut self, fd: OwnedFd) -> PrivateFd {
        self.open.insert(fd.as_raw_fd());
        PrivateFd {
            fd: Some(fd),
            creator: Creator::here(),
        }
    }

    /// Closes all but `kept`: the first thing a child does. Nothing is allocated or freed for it, which
    /// would cost the child copies of memory pages.
    pub(crate) fn close_in_child(&mut self, kept: Kept) {
        for fd in kept.into_iter().flatten() {
            self.open.remove(fd);
        }
        while let Some(fd) = self.open.take_smallest() {
            sys::close_by_number(fd);
        }
    }
}

/// A descriptor that only the process which made it uses and closes.
///
/// Children that [`Fork`](crate::Fork) makes close their copy first of all, so that nobody but the
/// owner keeps a connection open: when the owner dies, the other side reads the end of the stream. So do
/// those that another library makes by `fork`, unless another thread opens or closes such a descriptor in
/// that very moment.
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
    /// In a program that has closed its standard input, output or error, the new descriptor does not
    /// take that number: what the program prints must not go into it.
    ///
    /// # Errors
    ///
    /// Those of `open`.
    pub fn open(open: impl FnOnce() -> io::Result<OwnedFd>) -> io::Result<PrivateFd> {
        let mut fds = PrivateFds::lock();
        let fd = open().and_then(above_standard)?;
        Ok(fds.adopt(fd))
    }

    /// As [`open`](Self::open), for two at once.
    pub(crate) fn open_pair<A, B>(
        open: impl FnOnce() -> io::Result<(A, B)>,
    ) -> io::Result<(PrivateFd, PrivateFd)>
    where
        OwnedFd: From<A> + From<B>,
    {
        let mut fds = PrivateFds::lock();
        let (one, other) = open()?;
        // Both are moved before either is adopted, whose destructor would want the lock.
        let one = above_standard(one.into())?;
        let other = above_standard(other.into())?;
        Ok((fds.adopt(one), fds.adopt(other)))
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

    /// Closes the descriptor, which nobody uses any more, before this is forgotten rather than dropped.
    pub(crate) fn close_early(&self) {
        if let (Some(fd), true) = (&self.fd, self.creator.is_here()) {
            let mut fds = PrivateFds::lock();
            fds.open.remove(fd.as_raw_fd());
            sys::close_by_number(fd.as_raw_fd());
        }
    }

    /// The number, in whatever process.
    pub(crate) fn number(&self) -> RawFd {
        self.fd.as_ref().map_or(-1, AsRawFd::as_raw_fd)
    }

    /// In a child whose `close_in_child` kept the number: makes the copy the child's own.
    pub(crate) fn inherit(&mut self) {
        PrivateFds::lock().open.insert(self.number());
        self.creator = Creator::here();
    }
}

impl Drop for PrivateFd {
    fn drop(&mut self) {
        let Some(fd) = self.fd.take() else { return };
        if self.creator.is_here() {
            let mut fds = PrivateFds::lock();
            fds.open.remove(fd.as_raw_fd());
            // Closed under the lock: once the number is off the list it must not be open, and a
            // fork in another thread must not see the one without the other.
            drop(fd);
        } else {
            // `close_in_child` has closed it; the number may be another file's by now.
            std::mem::forget(fd);
        }
    }
}

/// Moves a descriptor away from the numbers 0 to 2.
///
/// There it would be taken for a standard stream by whoever prints, and a child that redirects its
/// streams would overwrite it.
fn above_standard(fd: OwnedFd) -> io::Result<OwnedFd> {
    const FIRST: RawFd = libc::STDERR_FILENO + 1;
    if fd.as_raw_fd() >= FIRST {
        return Ok(fd);
    }
    fd.try_clone() // A clone never gets such a number, and is close-on-exec.
}

#[cfg(test)]
mod tests {
    use super::Numbers;

    #[test]
    fn numbers_are_a_set() {
        let mut numbers = Numbers::new();
        for fd in [200, 3, 63, 64, 3, 511, 512, 1_000_000, 70_000] {
            numbers.insert(fd);
        }
        numbers.remove(64);
        numbers.remove(70_000);
        numbers.remove(2_000_000);
        let taken: Vec<i32> = std::iter::from_fn(|| numbers.take_smallest()).collect();
        assert_eq!(taken, [3, 63, 200, 511, 512, 1_000_000]);
    }
}
