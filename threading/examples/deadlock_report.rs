//! Two threads take two accounts in different order. The detection of deadlocks names both, what each holds and where it
//! was taken, and ends the wait of the one that came last by a panic, so that the other can go on.
//!
//! The addresses, and which of the two comes last, are as it happens:
//!
//! ```text
//! deadlock: 2 threads wait for each other
//!   thread "one" (...) waits at threading/examples/deadlock_report.rs:48:32 for Lock<i64> at 0x...,
//!     which thread "another" (...) took at threading/examples/deadlock_report.rs:46:25
//!   thread "another" (...) waits at threading/examples/deadlock_report.rs:48:32 for Lock<i64> at 0x...,
//!     which thread "one" (...) took at threading/examples/deadlock_report.rs:46:25
//! one transfer was made, one panicked
//! ```

use std::panic;
use std::thread::{self, Scope, ScopedJoinHandle};

use threading::deadlock::{self, Action};
use threading::{Barrier, Lock};

fn main() {
    // The report is the panic's message; it is printed below.
    panic::set_hook(Box::new(|_| ()));
    deadlock::enable(Action::Panic);
    let (savings, current, meet) = (Lock::new(100), Lock::new(100), Barrier::new(2));
    let outcomes = thread::scope(|scope| {
        let threads = [
            named(scope, "one", || transfer(&savings, &current, &meet)),
            named(scope, "another", || transfer(&current, &savings, &meet)),
        ];
        threads.map(ScopedJoinHandle::join)
    });
    for outcome in &outcomes {
        if let Err(panic) = outcome {
            print!("{}", panic.downcast_ref::<String>().expect("a report"));
        }
    }
    let made = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    println!(
        "one transfer was made, {} panicked",
        if made == 1 { "one" } else { "none or both" }
    );
}

fn transfer(from: &Lock<i64>, to: &Lock<i64>, meet: &Barrier) {
    let mut from = from.lock();
    meet.wait().expect("two threads");
    let (mut to, amount) = (to.lock(), 10);
    *from -= amount;
    *to += amount;
}

fn named<'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() + Send + 'scope,
) -> ScopedJoinHandle<'scope, ()> {
    let builder = thread::Builder::new().name(name.to_owned());
    builder.spawn_scoped(scope, work).expect("a thread")
}
