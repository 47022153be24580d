//! Waiting for the first of several objects.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use manyways_process::poll_readable;
use manyways_shared_memory::Listening;

use super::end::Connection;
use super::error::{Attempt, Error, Result};
use super::inlet::{Inlet, News};

/// What [`wait`] can wait for: connections, and everything with a descriptor that becomes readable, such as the sentinels of
/// processes, sockets and pipes.
pub trait Waitable {
    /// Whether it is ready although its descriptor may not be readable.
    fn is_ready(&self) -> bool {
        false
    }

    /// The descriptor that becomes readable.
    fn descriptor(&self) -> BorrowedFd<'_>;

    /// Called before the wait: has the descriptor become readable when the object becomes ready, if it does so only on demand, until
    /// what this gives is dropped.
    fn attend(&self) -> Attention<'_> {
        Attention(None)
    }

    /// Whether it is ready indeed, its descriptor being readable.
    fn confirm(&self) -> bool {
        true
    }
}

/// While this exists, a descriptor becomes readable that does so only on demand. See [`Waitable::attend`].
#[derive(Debug)]
#[must_use = "it ends the attention when it is dropped"]
pub struct Attention<'a>(
    #[allow(dead_code, reason = "it is there to be dropped")] Option<Listening<'a>>,
);

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
        self.descriptor()
    }

    fn attend(&self) -> Attention<'_> {
        Attention(self.inlet().map(Inlet::listen))
    }

    fn confirm(&self) -> bool {
        // What cannot be told now, a receive tells.
        let look = |inlet: &Inlet| inlet.look().map_or(true, |news| news != News::None);
        self.inlet().is_none_or(look)
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
    let deadline = timeout.and_then(|limit| Instant::now().checked_add(limit));
    let descriptors: Vec<_> = objects.iter().map(|object| object.descriptor()).collect();
    let _attention: Vec<_> = objects.iter().map(|object| object.attend()).collect();
    loop {
        let (ready, is_over) = look(objects, &descriptors, deadline)?;
        if is_over || !ready.is_empty() {
            return Ok(ready);
        }
    }
}

/// Those that are ready, once a descriptor is readable or the time is up; and whether it is.
fn look(
    objects: &[&dyn Waitable],
    descriptors: &[BorrowedFd<'_>],
    deadline: Option<Instant>,
) -> Result<(Vec<usize>, bool)> {
    let any_ready = objects.iter().any(|object| object.is_ready());
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    let left = if any_ready {
        Some(Duration::ZERO)
    } else {
        left
    };
    let readable = poll_readable(descriptors, left);
    let mut ready = readable.map_err(|error| Error::system(Attempt::Wait, error))?;
    let is_over = ready.is_empty();
    ready.retain(|at| objects[*at].confirm());
    if any_ready {
        ready.extend((0..objects.len()).filter(|at| objects[*at].is_ready()));
        ready.sort_unstable();
        ready.dedup();
    }
    Ok((ready, is_over))
}
