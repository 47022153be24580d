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

struct Value<T> {
    creator: Creator,
    value: T,
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
            // SAFETY: the pointer is null or leads to what `put` has leaked, which is never freed nor changed; its release
            // made the content visible to the load.
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
