//! Ending a server from elsewhere.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// Ends a [`Server`](super::Server) that another thread runs.
#[derive(Debug, Clone)]
pub struct Stopper {
    bell: Arc<Bell>,
}

#[derive(Debug)]
struct Bell {
    hear: PipeReader,
    ring: PipeWriter,
}

impl Stopper {
    pub(super) fn new() -> io::Result<Stopper> {
        let (hear, ring) = io::pipe()?;
        Ok(Stopper {
            bell: Arc::new(Bell { hear, ring }),
        })
    }

    /// Has the server end. Calls that wait in it fail; one that runs is waited for.
    pub fn stop(&self) {
        // A byte is never taken out, so the second of many would do nothing more.
        let _ = (&self.bell.ring).write(&[1]);
    }

    /// Readable once it was stopped.
    pub(super) fn bell(&self) -> BorrowedFd<'_> {
        self.bell.hear.as_fd()
    }
}
