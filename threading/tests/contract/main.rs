//! The contract's cases of what threads wait with, which are CPython's: `manyways_testkit::contract`. Those of
//! threads are in `contract_thread.rs`, those of queues in `queue/contract.rs`.

mod conditions;
mod locks;
mod meetings;
mod semaphores;

use std::fmt;

use manyways_testkit::contract::{Outcome, Refusal, Threads};

/// What the contract calls the error.
fn refused<T, E: fmt::Debug>(result: Result<T, E>, refusal: Refusal) -> Outcome<T> {
    result.map_err(|_| refusal)
}

/// What the contract calls an attempt that did not succeed.
fn attempted(success: bool) -> Outcome {
    success.then_some(()).ok_or(Refusal::WouldBlock)
}

/// The tests of one suite for one type, in a module of their own.
macro_rules! suite {
    ($module:ident: $suite:ident, $subject:ty) => {
        mod $module {
            use super::*;

            manyways_testkit::contract_tests!($suite, Threads, $subject);
        }
    };
}

suite!(lock: lock, locks::Lock);
suite!(plain_lock: plain_lock, locks::Lock);
suite!(lock_that_is_reentrant: lock, locks::RLock);
suite!(rlock: rlock, locks::RLock);
suite!(condition_of_a_lock: condition, conditions::OverLock);
suite!(condition_of_an_rlock: condition, conditions::OverRLock);
suite!(condition_over_rlock: condition_over_rlock, conditions::OverRLock);
suite!(event: event, meetings::Event);
suite!(barrier: barrier, meetings::Barrier);
suite!(semaphore: semaphore, semaphores::Semaphore);
suite!(unbounded_semaphore: unbounded_semaphore, semaphores::Semaphore);
suite!(semaphore_that_is_bounded: semaphore, semaphores::BoundedSemaphore);
suite!(bounded_semaphore: bounded_semaphore, semaphores::BoundedSemaphore);
