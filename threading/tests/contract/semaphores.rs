//! Semaphores as the contract wants them.

use std::time::Duration;

use manyways_testkit::contract::{self, Outcome, Refusal};

use crate::{attempted, refused};

#[derive(Debug)]
pub(crate) struct Semaphore(threading::Semaphore);

#[derive(Debug)]
pub(crate) struct BoundedSemaphore(threading::BoundedSemaphore);

/// With what a release of more than nothing is refused for.
macro_rules! semaphore {
    ($name:ident, $too_many:expr) => {
        impl contract::Semaphore for $name {
            fn new(permits: usize) -> Self {
                $name(threading::$name::new(permits))
            }

            fn acquire(&self) -> Outcome {
                self.0.acquire();
                Ok(())
            }

            fn try_acquire(&self) -> Outcome {
                attempted(self.0.try_acquire())
            }

            fn acquire_timeout(&self, limit: Duration) -> Outcome {
                refused(self.0.acquire_timeout(limit), Refusal::TimedOut)
            }

            fn release(&self, count: usize) -> Outcome {
                let refusal = match count {
                    0 => Refusal::InvalidValue,
                    _ => $too_many,
                };
                refused(self.0.release_many(count), refusal)
            }

            fn with<R>(&self, body: impl FnOnce() -> R) -> R {
                let _permit = self.0.permit();
                body()
            }
        }
    };
}

semaphore!(Semaphore, Refusal::InvalidValue);
semaphore!(BoundedSemaphore, Refusal::OverRelease);

impl contract::BoundedSemaphore for BoundedSemaphore {}
