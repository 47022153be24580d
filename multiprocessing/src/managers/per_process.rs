//! A part of an object that every process has for itself, forked ones too.

use std::process;
use std::sync::{MutexGuard, OnceLock};

use crate::mutex::Mutex;

/// A value of which each process that has a copy of the object has its own, none at first. A forked child inherits its
/// parent's, which may be locked by a thread that does not exist there; it neither uses nor waits for that. For statics
/// there is [`ProcessLocal`](manyways_process::ProcessLocal).
#[derive(Debug)]
pub(crate) struct PerProcess<T> {
    pid: OnceLock<u32>,
    value: Mutex<Option<T>>,
    /// That of a process forked later.
    next: OnceLock<Box<PerProcess<T>>>,
}

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> PerProcess<T> {
        PerProcess {
            pid: OnceLock::new(),
            value: Mutex::new(None),
            next: OnceLock::new(),
        }
    }

    /// The value of the calling process, locked.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Option<T>> {
        let me = process::id();
        let mut at = self;
        while *at.pid.get_or_init(|| me) != me {
            at = at.next.get_or_init(|| Box::new(PerProcess::new()));
        }
        at.value.lock()
    }
}

#[cfg(test)]
mod tests {
    use manyways_process::Fork;
    use manyways_testkit::guarded;

    use super::PerProcess;

    #[test]
    fn a_child_has_its_own_even_if_the_parents_is_locked() {
        guarded(|| {
            let part: PerProcess<u32> = PerProcess::new();
            let mut mine = part.lock();
            *mine = Some(1);
            let child = Fork::new().run(|| {
                let before = *part.lock();
                *part.lock() = Some(2);
                (before, *part.lock())
            });
            assert_eq!(child.unwrap().join().unwrap(), (None, Some(2)));
            assert_eq!(*mine, Some(1));
        });
    }
}
