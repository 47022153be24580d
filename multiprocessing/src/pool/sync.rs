//! The seam through which the pool's shared words pass, so that loom can stand in for the processors.

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering, fence};

#[cfg(not(loom))]
pub(crate) use super::sys::SharedWords;

/// Shared memory for loom, whose threads stand in for processes.
#[cfg(loom)]
#[derive(Debug)]
pub(crate) struct SharedWords {
    words: Vec<AtomicU64>,
}

#[cfg(loom)]
impl SharedWords {
    pub(crate) fn new(words: std::num::NonZeroUsize) -> std::io::Result<SharedWords> {
        Ok(SharedWords {
            words: (0..words.get()).map(|_| AtomicU64::new(0)).collect(),
        })
    }

    pub(crate) fn map(
        _: std::os::fd::OwnedFd,
        words: std::num::NonZeroUsize,
    ) -> std::io::Result<SharedWords> {
        SharedWords::new(words)
    }

    pub(crate) fn file(&self) -> std::io::Result<std::os::fd::OwnedFd> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

#[cfg(loom)]
impl std::ops::Deref for SharedWords {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        &self.words
    }
}
