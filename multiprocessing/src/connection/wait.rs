//! Waiting for the first of several objects.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use manyways_process::poll_readable;

use super::end::Connection;
use super::error::{Attempt, Error, Result};

/// What [`wait`] can wait for: connections, and everything with a descriptor that becomes readable, such as the sentinels of
/// processes, sockets and pipes.
pub trait Waitable {
    /// Whether it is ready although its descriptor may not be readable.
    fn is_ready(&self) -> bool {
        false
    }

    /// The descriptor that becomes readable.
    fn descriptor(&self) -> BorrowedFd<'_>;
}

impl<T: AsFd> Waitable for T {
    fn descriptor(&self) -> BorrowedFd<'_> {
        self.as_fd()
    }
}

/// Ready when there is something to receive, as [`poll`](Connection::poll) says.
impl Waitable for Connection {
    fn is_ready(&self) -> bool {
        self.has_buffered()
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        self.as_fd()
    }
}

/// Waits until at least one of the objects is ready and gives the positions of those that are; none if the time limit
/// passes first. Without a limit it waits for ever.
///
/// One system call; the time is linear in the number of objects. Signals do not end the wait early.
///
/// ```
/// use multiprocessing::connection::{pipe, wait};
/// use std::time::Duration;
///
/// let ((a, mut b), (c, _d)) = (pipe()?, pipe()?);
/// let (reader, _writer) = std::io::pipe().unwrap();
/// b.send("x")?;
/// assert_eq!(wait(&[&reader, &a, &c], None)?, [1]);
/// assert!(wait(&[&c], Some(Duration::ZERO))?.is_empty());
/// # Ok::<(), multiprocessing::connection::Error>(())
/// ```
///
/// # Errors
///
/// When the system refuses the list, for instance because it is longer than the open-file limit.
pub fn wait(objects: &[&dyn Waitable], timeout: Option<Duration>) -> Result<Vec<usize>> {
    let any_ready = objects.iter().any(|object| object.is_ready());
    let timeout = if any_ready {
        Some(Duration::ZERO)
    } else {
        timeout
    };
    let descriptors: Vec<_> = objects.iter().map(|object| object.descriptor()).collect();
    let mut ready = poll_readable(&descriptors, timeout)
        .map_err(|error| Error::system(Attempt::Wait, error))?;
    if any_ready {
        let buffered = (0..objects.len()).filter(|at| objects[*at].is_ready());
        ready.extend(buffered);
        ready.sort_unstable();
        ready.dedup();
    }
    Ok(ready)
}
