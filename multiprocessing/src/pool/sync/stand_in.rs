//! Shared memory for loom, whose threads stand in for processes.

use std::io;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::os::fd::OwnedFd;

use loom::sync::atomic::AtomicU64;

#[derive(Debug)]
pub(crate) struct SharedWords {
    words: Vec<AtomicU64>,
}

impl SharedWords {
    pub(crate) fn new(words: NonZeroUsize) -> io::Result<SharedWords> {
        Ok(SharedWords {
            words: (0..words.get()).map(|_| AtomicU64::new(0)).collect(),
        })
    }

    pub(crate) fn map(_: OwnedFd, words: NonZeroUsize) -> io::Result<SharedWords> {
        SharedWords::new(words)
    }

    pub(crate) fn file(&self) -> io::Result<OwnedFd> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Deref for SharedWords {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        &self.words
    }
}
