//! What this process has compiled or found already.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::compiler::compiled::Compiled;
use crate::compiler::request::Key;

/// Above that many bytes, results that are in no use any more are let go.
const LIMIT: usize = 64 << 20;

/// A place for one result. Its lock is held while the result is made, so that threads which want the
/// same make it once.
type Slot = Arc<Mutex<Option<Arc<Compiled>>>>;

#[derive(Debug, Default)]
pub(super) struct Memory {
    slots: Mutex<HashMap<Key, Slot>>,
}

/// That of the process.
pub(super) fn memory() -> &'static Memory {
    static MEMORY: OnceLock<Memory> = OnceLock::new();
    MEMORY.get_or_init(Memory::default)
}

impl Memory {
    /// The result for a key, made if there is none. An error is given to whoever made it, and the
    /// next one tries again.
    pub(super) fn get_or<E>(
        &self,
        key: Key,
        make: impl FnOnce() -> Result<Compiled, E>,
    ) -> Result<Arc<Compiled>, E> {
        let slot = lock(&self.slots).entry(key).or_default().clone();
        let mut place = lock(&slot);
        if let Some(known) = &*place {
            return Ok(known.clone());
        }
        let made = Arc::new(make()?);
        *place = Some(made.clone());
        drop(place);
        self.trim(LIMIT);
        Ok(made)
    }

    /// Forgets what nobody holds, once all together is too large.
    fn trim(&self, limit: usize) {
        let mut slots = lock(&self.slots);
        // A slot whose lock is held is being filled.
        let size = |slot: &Slot| {
            let place = slot.try_lock().ok()?;
            place.as_ref().map(|known| known.size())
        };
        if slots.values().filter_map(size).sum::<usize>() <= limit {
            return;
        }
        slots.retain(|_, slot| {
            let is_used = |place: MutexGuard<'_, Option<Arc<Compiled>>>| {
                place
                    .as_ref()
                    .is_some_and(|known| Arc::strong_count(known) > 1)
            };
            slot.try_lock().map_or(true, is_used)
        });
    }
}

/// A panic in the compiler leaves a slot empty and nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::compiler::cache::entry::tests::{compiled, request};

    #[test]
    fn threads_that_want_the_same_make_it_once() {
        let (memory, made) = (Memory::default(), AtomicUsize::new(0));
        let key = request("void k() {}").key();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    memory.get_or(key, || {
                        made.fetch_add(1, Ordering::Relaxed);
                        Ok::<_, ()>(compiled("ptx"))
                    })
                });
            }
        });
        assert_eq!(made.into_inner(), 1);
    }

    #[test]
    fn an_error_is_not_kept() {
        let memory = Memory::default();
        let key = request("void k() {}").key();
        assert_eq!(memory.get_or(key, || Err("no")), Err("no"));
        let second = memory.get_or(key, || Ok::<_, ()>(compiled("ptx")));
        assert_eq!(second.unwrap().ptx(), Some("ptx"));
    }

    #[test]
    fn what_nobody_holds_goes_when_there_is_too_much() {
        let memory = Memory::default();
        let held = memory.get_or(request("a").key(), || Ok::<_, ()>(compiled("a")));
        let _ = memory.get_or(request("b").key(), || Ok::<_, ()>(compiled("b")));
        memory.trim(usize::MAX);
        assert_eq!(lock(&memory.slots).len(), 2);
        memory.trim(1);
        assert_eq!(lock(&memory.slots).len(), 1);
        drop(held);
        memory.trim(1);
        assert_eq!(lock(&memory.slots).len(), 0);
    }
}
