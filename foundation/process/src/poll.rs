//! Waiting for the first of several descriptors.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;

/// Waits until at least one of `fds` can be read without blocking (data, end of stream, or, for a
/// pidfd, the end of the process) and returns the positions of those that can.
///
/// With a `timeout`, the list is empty when it passes first. Signals do not end the wait early.
/// One system call a wait; the time is linear in the number of descriptors.
///
/// # Errors
///
/// When the system refuses the list, for instance because it is longer than the open-file limit.
pub fn poll_readable(fds: &[BorrowedFd<'_>], timeout: Option<Duration>) -> io::Result<Vec<usize>> {
    let polled = fds.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN));
    wait_for_any(polled.collect(), timeout)
}

/// As [`poll_readable`], but a descriptor that comes with `true` is also ready when it can be
/// written without blocking.
///
/// # Errors
///
/// As [`poll_readable`].
pub fn poll_ready(
    fds: &[(BorrowedFd<'_>, bool)],
    timeout: Option<Duration>,
) -> io::Result<Vec<usize>> {
    let polled = fds.iter().map(|(fd, writable)| {
        let mut wanted = PollFlags::POLLIN;
        wanted.set(PollFlags::POLLOUT, *writable);
        PollFd::new(*fd, wanted)
    });
    wait_for_any(polled.collect(), timeout)
}

fn wait_for_any(mut polled: Vec<PollFd<'_>>, timeout: Option<Duration>) -> io::Result<Vec<usize>> {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    loop {
        let left = deadline.map(|at| TimeSpec::from(at.saturating_duration_since(Instant::now())));
        match ppoll(&mut polled, left, None) {
            Ok(_) => break,
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(polled
        .iter()
        .enumerate()
        .filter(|(_, fd)| fd.any() == Some(true))
        .map(|(at, _)| at)
        .collect())
}
