//! Statics that each process has for itself.

#![allow(unsafe_code)]

use std::fmt;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::creator::Creator;

/// A static whose value is made anew in every process.
///
/// A forked child inherits its parent's statics in whatever state other threads had them at the fork: a lock that one
/// held stays locked. This one begins again in the child, and nothing is waited for to get at it. What the child is to
/// inherit, it takes from the copy of its parent's value, which stays in its memory and is never dropped.
///
/// ```
/// use manyways_process::{Fork, ProcessLocal};
/// use std::sync::Mutex;
///
/// static CHILDREN: ProcessLocal<Mutex<Vec<u32>>> = ProcessLocal::new(|_| Mutex::default());
///
/// CHILDREN.get().lock().unwrap().push(7);
/// let held = CHILDREN.get().lock().unwrap();
/// let task = Fork::new().run(|| CHILDREN.get().lock().unwrap().len())?;
/// assert_eq!(task.join()?, 0);
/// assert_eq!(*held, [7]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ProcessLocal<T: 'static> {
    make: fn(Option<&T>) -> T,
    newest: AtomicPtr<Value<T>>,
}

#[derive(Debug)]
struct Value<T> {
    creator: Creator,
    value: T,
}

/// A value that was made ahead for a child to be forked, which [adopts](ProcessLocal::adopt) it.
#[derive(Debug)]
pub struct PreparedLocal<T>(Box<Value<T>>);

impl<T> PreparedLocal<T> {
    /// Takes the value and the memory for it, so that the child need not.
    pub fn new(value: T) -> PreparedLocal<T> {
        PreparedLocal(Box::new(Value {
            creator: Creator::here(),
            value,
        }))
    }
}

impl<T: Send + Sync> ProcessLocal<T> {
    /// A static whose value `make` makes when it is first wanted; if by several threads at once, perhaps more than once,
    /// and one of them is kept. It is given the last value of the processes from which this one was forked, of which it
    /// must not wait for any lock: the holder may be a thread that does not exist here. So `try_lock`.
    pub const fn new(make: fn(Option<&T>) -> T) -> ProcessLocal<T> {
        ProcessLocal {
            make,
            newest: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// This process's value.
    pub fn get(&'static self) -> &'static T {
        let mut found = self.newest.load(Ordering::Acquire);
        loop {
            // SAFETY: the pointer is null or leads to what `put` or `adopt` has leaked, which is never freed nor changed; the
            // release made the content visible to the load.
            let known = unsafe { found.as_ref() };
            if let Some(known) = known.filter(|known| known.creator.is_here()) {
                return &known.value;
            }
            let value = (self.make)(known.map(|known| &known.value));
            match self.put(found, value) {
                Ok(new) => return &new.value,
                Err(newer) => found = newer,
            }
        }
    }

    /// Makes a value that was prepared this process's own, instead of one that `make` would make. The one that this process
    /// may have had is not dropped, as references to it may be about.
    ///
    /// A child that has made nothing yet pays less for this than for making: it need not ask its allocator, whose state is
    /// spread over several pages of memory that would be copied.
    pub fn adopt(&'static self, mut prepared: PreparedLocal<T>) {
        prepared.0.creator = Creator::here();
        self.newest
            .store(Box::into_raw(prepared.0), Ordering::Release);
    }

    /// Puts a new value in the place of what was found, unless another thread has.
    fn put(
        &'static self,
        found: *mut Value<T>,
        value: T,
    ) -> Result<&'static Value<T>, *mut Value<T>> {
        let new = Box::into_raw(Box::new(Value {
            creator: Creator::here(),
            value,
        }));
        let exchanged =
            self.newest
                .compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire);
        match exchanged {
            // SAFETY: it comes from a box that nobody else owned, and is leaked from here on.
            Ok(_) => Ok(unsafe { &*new }),
            Err(newer) => {
                // SAFETY: nobody has seen this pointer, which comes from a box.
                drop(unsafe { Box::from_raw(new) });
                Err(newer)
            }
        }
    }
}

impl<T: fmt::Debug + Send + Sync> fmt::Debug for ProcessLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessLocal").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{PreparedLocal, ProcessLocal};

    #[test]
    fn what_was_adopted_stands_in_place_of_what_was_made() {
        static LOCAL: ProcessLocal<u32> = ProcessLocal::new(|_| 1);
        let made = LOCAL.get();
        LOCAL.adopt(PreparedLocal::new(2));
        assert_eq!((*made, *LOCAL.get()), (1, 2));
    }
}
