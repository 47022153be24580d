//! Text for the people who read the test's log.

use std::io;
use std::os::fd::AsFd;

use nix::errno::Errno;

/// Writes to descriptor 2 itself: past the capture of the test harness, and without the lock of
/// `io::stderr`, which a hung thread may hold. Text that cannot be written is lost, as there is
/// nowhere left to say so.
pub(crate) fn write(text: &str) {
    // Taking the descriptor does not take the lock.
    let stderr = io::stderr();
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        match nix::unistd::write(stderr.as_fd(), rest) {
            Ok(written) => rest = &rest[written..],
            Err(Errno::EINTR) => {}
            Err(_) => return,
        }
    }
}

pub(crate) fn write_line(line: &str) {
    write(&format!("{line}\n"));
}
