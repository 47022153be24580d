//! How a worker wakes the supervisor, and waits for it.

use std::hint::spin_loop;
use std::thread::available_parallelism;

use manyways_process::{Link, leave};
use nix::sys::eventfd::EventFd;

use crate::pool::board::Desk;

/// The supervisor's doorbell, and the worker's own sleep.
pub(super) struct Bell<'a> {
    pub(super) desk: Desk<'a>,
    doorbell: &'a EventFd,
    link: &'a mut Link,
    spins: u32,
}

impl<'a> Bell<'a> {
    pub(super) fn new(desk: Desk<'a>, doorbell: &'a EventFd, link: &'a mut Link) -> Bell<'a> {
        Bell {
            desk,
            doorbell,
            link,
            spins: spins(),
        }
    }

    pub(super) fn ring(&self) {
        // It fails only if the counter is near its end, and then the supervisor is awake.
        let _ = self.doorbell.write(1);
    }

    /// Returns when it is so: looks for a moment, then sleeps.
    pub(super) fn wait(&mut self, mut is_so: impl FnMut() -> bool) {
        for _ in 0..self.spins {
            if is_so() {
                return;
            }
            spin_loop();
        }
        while !is_so() {
            self.sleep_unless(&mut is_so);
        }
    }

    /// Sleeps until the supervisor has done something for this worker.
    pub(super) fn sleep_unless(&mut self, mut is_so: impl FnMut() -> bool) {
        self.desk.set_sleeping();
        // A wake-up that is under way must be taken, or it would be taken for a later one.
        if is_so() && self.desk.stays_awake() {
            return;
        }
        if self.link.recv::<()>().is_err() {
            leave(0); // The pool is gone.
        }
    }
}

/// How often a worker without work looks for some before it sleeps: for some microseconds, as a wake-up takes that long.
fn spins() -> u32 {
    match available_parallelism() {
        Ok(cores) if cores.get() > 1 => 300,
        _ => 0,
    }
}
