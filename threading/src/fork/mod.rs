//! What a fork does to this crate.
//!
//! A child has one thread, the one that forked, and the memory as it was at that moment: what another thread had locked
//! stays locked there, and what it was changing stays half changed. That is the user's to mind for the user's own objects.
//! What belongs to the whole process is dealt with here, in one of two ways:
//!
//! - two tables that all threads use, and that must not be lost, are locked by the thread that forks, so that no other is at
//!   them. They are behind mutexes of the standard library, which share nothing with other mutexes;
//! - the registry of threads, which the child needs not, it leaves alone and begins a new one.

mod sys;

use std::cell::RefCell;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{deadlock, panic, thread, wait};

/// How many forks lie between the first process and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between the first process and this one: other objects than this one's are copies.
pub(crate) fn generation() -> u32 {
    watch();
    FORKS.load(Ordering::Relaxed)
}

/// Has forks noticed from now on.
pub(crate) fn watch() {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        // It fails only for want of memory, at which every allocation ends the process too.
        sys::call_at_forks(before, in_parent, in_child).expect("registering fork handlers");
    });
}

/// What the thread that forks holds meanwhile.
type Held = (wait::Hold, deadlock::Hold);

thread_local! {
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

/// Holds nothing if the thread forks in one of the last of its destructors.
extern "C" fn before() {
    let held = (wait::hold(), deadlock::hold());
    let _ = HELD.try_with(|place| place.replace(Some(held)));
}

fn let_go() {
    drop(HELD.try_with(RefCell::take));
}

extern "C" fn in_parent() {
    let_go();
}

/// Where no other thread is.
extern "C" fn in_child() {
    let_go();
    thread::after_fork();
    FORKS.fetch_add(1, Ordering::Relaxed);
    panic::forget_after_fork();
    deadlock::after_fork();
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::time::{Duration, Instant};

    use manyways_process::Fork;
    use manyways_testkit::guarded;

    use super::*;
    use crate::{Event, Thread};

    /// Many times what it takes to wake a thread.
    const TURN: Duration = Duration::from_micros(300);

    fn spin_for(time: Duration) {
        let begin = Instant::now();
        while begin.elapsed() < time {
            std::hint::spin_loop();
        }
    }

    /// Another thread is at the tables half of the time; the other half it leaves to the thread that forks, for the
    /// mutexes are not fair.
    #[test]
    fn a_child_finds_the_tables_whole() {
        guarded(|| {
            watch();
            let done = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let held = (wait::hold(), deadlock::hold());
                        spin_for(TURN);
                        drop(held);
                        spin_for(TURN);
                    }
                });
                for _ in 0..50 {
                    let before = generation();
                    let child = Fork::new().run(|| {
                        drop((wait::hold(), deadlock::hold()));
                        let never = Event::new();
                        let waits = Thread::spawn(move || never.wait_timeout(Duration::ZERO));
                        assert!(waits.unwrap().join().unwrap().is_err());
                        generation()
                    });
                    assert_eq!(child.unwrap().join().unwrap(), before + 1);
                }
                done.store(true, Ordering::Relaxed);
            });
        });
    }
}
