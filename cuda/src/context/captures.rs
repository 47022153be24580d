//! Kernels that are launched while a stream is captured: the graph must keep them loaded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::driver::Kernel;

/// All kernels launched in a context since the oldest capture that is still going on began.
///
/// Which stream is part of which capture only the driver knows, so a graph keeps all kernels that were launched meanwhile,
/// which is more than it needs, and harmless.
#[derive(Debug, Default)]
pub(crate) struct Captures {
    active: AtomicUsize,
    kernels: Mutex<Vec<Arc<Kernel>>>,
}

/// One capture, which ends with this.
pub(crate) struct Capture<'a>(&'a Captures);

impl Captures {
    pub(crate) fn begin(&self) -> Capture<'_> {
        self.active.fetch_add(1, Ordering::SeqCst);
        Capture(self)
    }

    /// To be called before each launch.
    #[inline]
    pub(crate) fn launching(&self, kernel: &Arc<Kernel>) {
        // Who launches in a capture does so after it began, in its own thread or one that it told.
        if self.active.load(Ordering::Relaxed) > 0 {
            self.keep(kernel);
        }
    }

    #[cold]
    fn keep(&self, kernel: &Arc<Kernel>) {
        let mut kernels = self.kernels.lock();
        if !kernels.iter().any(|known| Arc::ptr_eq(known, kernel)) {
            kernels.push(Arc::clone(kernel));
        }
    }
}

impl Capture<'_> {
    /// What was launched since it began, at least.
    pub(crate) fn end(self) -> Vec<Arc<Kernel>> {
        self.0.kernels.lock().clone()
    }
}

impl Drop for Capture<'_> {
    fn drop(&mut self) {
        let mut kernels = self.0.kernels.lock();
        let rest = match self.0.active.fetch_sub(1, Ordering::SeqCst) {
            1 => std::mem::take(&mut *kernels),
            _ => Vec::new(),
        };
        // Not under the lock: the last of a module's kernels unloads it.
        drop(kernels);
        drop(rest);
    }
}
