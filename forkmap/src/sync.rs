//! The seam through which the protocols' atomics pass, so that loom can stand in for the processor; and
//! a pair of fences of which one side is nearly free.

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering, compiler_fence, fence};

#[cfg(not(loom))]
pub(crate) use crate::sys::{SharedWords, prefer_huge_pages, provide_ends};

/// Models have no large vectors.
#[cfg(loom)]
pub(crate) fn prefer_huge_pages<T>(_: &mut [std::mem::MaybeUninit<T>]) {}

#[cfg(loom)]
pub(crate) fn provide_ends<T>(_: &mut [std::mem::MaybeUninit<T>]) {}

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

    pub(crate) fn provide(&self) {}
}

#[cfg(loom)]
impl std::ops::Deref for SharedWords {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        &self.words
    }
}

/// The fence of a child, which passes it after every item, against [`heavy_fence`], which the parent
/// passes once before it sleeps: of a store before and a load after, on each side, at least one side
/// sees the other's store.
///
/// Where the kernel has `membarrier`, the parent's fence reaches into the processors on which children
/// run, and the children need none. A child that cannot register for that uses a full fence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LightFence {
    registered: bool,
}

#[cfg(not(loom))]
impl LightFence {
    /// To be called in each child.
    pub(crate) fn register() -> LightFence {
        LightFence {
            registered: crate::sys::register_for_barriers(),
        }
    }

    #[inline]
    pub(crate) fn fence(self) {
        if self.registered {
            compiler_fence(Ordering::SeqCst);
        } else {
            fence(Ordering::SeqCst);
        }
    }
}

#[cfg(loom)]
impl LightFence {
    pub(crate) fn register() -> LightFence {
        LightFence { registered: false }
    }

    pub(crate) fn fence(self) {
        assert!(!self.registered);
        fence(Ordering::SeqCst);
    }
}

/// The parent's side of [`LightFence`].
pub(crate) fn heavy_fence() {
    fence(Ordering::SeqCst);
    #[cfg(not(loom))]
    crate::sys::barrier_on_all_processors();
}
