//! What clients wait for, and nobody holds.

use std::time::Duration;

use super::{face, limit};
use crate::managers::Proxy;
use crate::managers::error::Result;

/// An event in a manager.
pub struct EventProxy {
    proxy: Proxy,
}

face!(EventProxy, "Event");

#[allow(clippy::missing_errors_doc)] // As `Proxy::call`, all of them.
impl EventProxy {
    /// Sets it: who waits goes on.
    pub fn set(&self) -> Result<()> {
        self.proxy.call_with("set", Vec::new())
    }

    /// Takes it back.
    pub fn clear(&self) -> Result<()> {
        self.proxy.call_with("clear", Vec::new())
    }

    /// Whether it is set.
    pub fn is_set(&self) -> Result<bool> {
        self.proxy.call_with("is_set", Vec::new())
    }

    /// Waits until it is set, for at most `timeout` if there is one. Whether it was.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        self.proxy.call_with("wait", vec![limit(timeout)])
    }
}

/// A barrier in a manager.
///
/// A process that dies while it waits breaks it for all, as a time limit does that passes. Python's action is left out: a
/// closure does not travel; whoever gets index 0 can do what is to be done once.
pub struct BarrierProxy {
    proxy: Proxy,
}

face!(BarrierProxy, "Barrier");

#[allow(clippy::missing_errors_doc)] // As `Proxy::call`, all of them.
impl BarrierProxy {
    /// Waits for the others, for at most `timeout` if there is one. Each gets an index of its own, from 0 on. A fault of the
    /// kind `BrokenBarrier` when it is broken, or is broken or reset meanwhile.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<usize> {
        self.proxy.call_with("wait", vec![limit(timeout)])
    }

    /// Makes it usable again; who waits gets `BrokenBarrier`.
    pub fn reset(&self) -> Result<()> {
        self.proxy.call_with("reset", Vec::new())
    }

    /// Breaks it.
    pub fn abort(&self) -> Result<()> {
        self.proxy.call_with("abort", Vec::new())
    }

    /// How many have to wait.
    pub fn parties(&self) -> Result<usize> {
        self.proxy.call_with("parties", Vec::new())
    }

    /// How many wait.
    pub fn n_waiting(&self) -> Result<usize> {
        self.proxy.call_with("n_waiting", Vec::new())
    }

    /// Whether it is broken.
    pub fn is_broken(&self) -> Result<bool> {
        self.proxy.call_with("broken", Vec::new())
    }
}
