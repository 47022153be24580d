//! Waiting for descriptors to be readable or writable.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;

/// Waits for one of `interests`, at most until `deadline`. Returns the positions of those that are
/// ready, none when the time is over.
pub(crate) fn wait(
    interests: &[(BorrowedFd<'_>, PollFlags)],
    deadline: Option<Instant>,
) -> io::Result<Vec<usize>> {
    let mut polled: Vec<PollFd<'_>> = interests
        .iter()
        .map(|(fd, flags)| PollFd::new(*fd, *flags))
        .collect();
    loop {
        let left = deadline.map(|at| TimeSpec::from(at.saturating_duration_since(Instant::now())));
        match ppoll(&mut polled, left, None) {
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
            Ok(_) => return Ok(ready(&polled)),
        }
    }
}

fn ready(polled: &[PollFd<'_>]) -> Vec<usize> {
    let any = |(at, fd): (usize, &PollFd<'_>)| (fd.any() == Some(true)).then_some(at);
    polled.iter().enumerate().filter_map(any).collect()
}

/// The moment `timeout` from now; `None` is never.
pub(crate) fn deadline(timeout: Option<Duration>) -> Option<Instant> {
    timeout.and_then(|timeout| Instant::now().checked_add(timeout))
}
