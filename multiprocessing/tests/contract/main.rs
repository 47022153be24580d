//! The contract's cases, which are CPython's (`manyways_testkit::contract`), for what processes wait with: each over
//! forked processes, and over the threads of one.

mod conditions;
mod locks;
mod meetings;
mod processes;
mod queues;
mod semaphores;

use std::fmt;

use manyways_testkit::contract::{Outcome, Refusal};

/// What the contract calls the error.
fn refused<T, E: fmt::Debug>(result: Result<T, E>, refusal: Refusal) -> Outcome<T> {
    result.map_err(|_| refusal)
}

/// The tests of one suite for one type, over processes and over threads.
macro_rules! suite {
    ($module:ident: $suite:ident, $subject:ty) => {
        mod $module {
            mod processes {
                use crate::processes::Processes;

                manyways_testkit::contract_tests!($suite, Processes, $subject);
            }

            mod threads {
                use manyways_testkit::contract::Threads;

                manyways_testkit::contract_tests!($suite, Threads, $subject);
            }
        }
    };
}

suite!(lock: lock, crate::locks::Lock);
suite!(plain_lock: plain_lock, crate::locks::Lock);
suite!(lock_that_is_reentrant: lock, crate::locks::RLock);
suite!(rlock: rlock, crate::locks::RLock);
suite!(event: event, crate::meetings::Event);
suite!(condition_of_a_lock: condition, crate::conditions::OverLock);
suite!(condition_of_an_rlock: condition, crate::conditions::OverRLock);
suite!(condition_over_rlock: condition_over_rlock, crate::conditions::OverRLock);
suite!(barrier: barrier, crate::meetings::Barrier);
suite!(semaphore: semaphore, crate::semaphores::Semaphore);
suite!(unbounded_semaphore: unbounded_semaphore, crate::semaphores::Semaphore);
suite!(semaphore_that_is_bounded: semaphore, crate::semaphores::BoundedSemaphore);
suite!(bounded_semaphore: bounded_semaphore, crate::semaphores::BoundedSemaphore);
suite!(queue: queue, crate::queues::JoinableQueue<u32>);
suite!(queue_shutdown: queue_shutdown, crate::queues::JoinableQueue<u32>);
suite!(simple_queue: simple_queue, crate::queues::SimpleQueue<u32>);
