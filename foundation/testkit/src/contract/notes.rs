//! What workers tell the case, in memory that threads and forked processes share alike.
//!
//! These are the suite's own and trusted, so that a case can synchronise without what it tests.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::guarded::scaled;
use crate::sys::{Words, wait_on, wake_all};

/// How long the suite waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn patience() -> Duration {
    scaled(PATIENCE)
}

/// A number that only grows.
#[derive(Debug, Clone)]
pub struct Counter(Arc<Words>);

impl Counter {
    /// Zero.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a new mapping is no default value"
    )]
    pub fn new() -> Counter {
        Counter(Arc::new(Words::new(NonZero::<usize>::MIN)))
    }

    /// Adds one.
    pub fn add(&self) {
        self.word().fetch_add(1, Ordering::SeqCst);
        wake_all(self.word());
    }

    /// How often it was added to.
    #[must_use]
    pub fn get(&self) -> u32 {
        self.word().load(Ordering::SeqCst)
    }

    /// Sleeps until the number is at least `goal`.
    ///
    /// # Panics
    /// If that takes longer than the suite waits for anything: 20 s, scaled as
    /// [`guarded_for`](crate::guarded_for) says.
    #[track_caller]
    pub fn wait_for(&self, goal: u32) {
        let end = Instant::now() + patience();
        loop {
            let seen = self.get();
            if seen >= goal {
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{seen} of {goal} happened in {:?}",
                patience()
            );
            wait_on(self.word(), seen, left);
        }
    }

    fn word(&self) -> &AtomicU32 {
        &self.0[0]
    }
}

/// A number that is read and written in separate steps, so that workers must exclude each other who
/// add to it.
#[derive(Debug, Clone)]
pub struct Register(Counter);

impl Register {
    /// Zero.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a new mapping is no default value"
    )]
    pub fn new() -> Register {
        Register(Counter::new())
    }

    /// What was written last.
    #[must_use]
    pub fn get(&self) -> u32 {
        self.0.get()
    }

    /// Writes it.
    pub fn set(&self, value: u32) {
        self.0.word().store(value, Ordering::SeqCst);
    }

    /// Reads the number, lets others run, and writes one more.
    pub fn add_slowly(&self) {
        let seen = self.get();
        std::thread::yield_now();
        self.set(seen + 1);
    }
}

/// A door that is closed at first and opened once.
#[derive(Debug, Clone)]
pub struct Gate(Counter);

impl Gate {
    /// A closed one.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a new mapping is no default value"
    )]
    pub fn new() -> Gate {
        Gate(Counter::new())
    }

    /// Lets all through, now and later.
    pub fn open(&self) {
        self.0.add();
    }

    /// Sleeps until it is open.
    ///
    /// # Panics
    /// As [`Counter::wait_for`].
    #[track_caller]
    pub fn pass(&self) {
        self.0.wait_for(1);
    }
}

/// A list to which every worker may append.
#[derive(Debug, Clone)]
pub struct Log {
    length: Counter,
    slots: Arc<Words>,
}

/// Enough for the most talkative case.
const SLOTS: NonZero<usize> = NonZero::new(4096).expect("not zero");

impl Log {
    /// An empty list, for at most 4096 entries.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a new mapping is no default value"
    )]
    pub fn new() -> Log {
        Log {
            length: Counter::new(),
            slots: Arc::new(Words::new(SLOTS.saturating_add(1))),
        }
    }

    /// Appends. Entries stand in the order in which the calls began.
    ///
    /// # Panics
    /// If the list is full, or the value is `u32::MAX`.
    pub fn push(&self, value: u32) {
        let [next, slots @ ..] = &**self.slots else {
            unreachable!("the first word counts the slots")
        };
        let slot = next.fetch_add(1, Ordering::SeqCst) as usize;
        let value = value.checked_add(1).expect("a value below u32::MAX");
        slots[slot].store(value, Ordering::SeqCst);
        self.length.add();
    }

    /// How many entries are complete.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length.get() as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The complete entries.
    #[must_use]
    pub fn values(&self) -> Vec<u32> {
        let slots = self.slots[1..].iter();
        slots
            .filter_map(|slot| slot.load(Ordering::SeqCst).checked_sub(1))
            .collect()
    }

    /// The complete entries in order of size.
    #[must_use]
    pub fn sorted(&self) -> Vec<u32> {
        let mut values = self.values();
        values.sort_unstable();
        values
    }

    /// Sleeps until there are so many entries.
    ///
    /// # Panics
    /// As [`Counter::wait_for`].
    #[track_caller]
    pub fn wait_for(&self, entries: u32) {
        self.length.wait_for(entries);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_several_threads_come_together() {
        crate::guarded(|| {
            let (log, gate) = (Log::new(), Gate::new());
            let threads = [3, 1, 2].map(|value| {
                let (log, gate) = (log.clone(), gate.clone());
                std::thread::spawn(move || {
                    gate.pass();
                    log.push(value);
                })
            });
            assert!(log.is_empty());
            gate.open();
            log.wait_for(3);
            assert_eq!(log.sorted(), [1, 2, 3]);
            for thread in threads {
                thread.join().unwrap();
            }
        });
    }

    #[test]
    fn entries_keep_their_order() {
        let log = Log::new();
        for value in [7, 0, 7] {
            log.push(value);
        }
        assert_eq!((log.values(), log.len()), (vec![7, 0, 7], 3));
    }
}
