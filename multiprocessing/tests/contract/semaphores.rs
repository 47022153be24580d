//! Semaphores as the contract wants them: as in Python, a permit stays taken when its taker ends.

use std::time::Duration;

use manyways_testkit::contract::{self, Outcome, Refusal};
use multiprocessing::ReleaseError;

use crate::refused;

#[derive(Debug)]
pub(crate) struct Semaphore(multiprocessing::Semaphore);

#[derive(Debug)]
pub(crate) struct BoundedSemaphore(multiprocessing::BoundedSemaphore);

macro_rules! semaphore {
    ($name:ident) => {
        impl contract::Semaphore for $name {
            fn new(permits: usize) -> Self {
                $name(multiprocessing::$name::counting(permits).unwrap())
            }

            fn acquire(&self) -> Outcome {
                refused(self.0.acquire().map(drop), Refusal::TimedOut)
            }

            fn try_acquire(&self) -> Outcome {
                refused(self.0.try_acquire().map(drop), Refusal::WouldBlock)
            }

            fn acquire_timeout(&self, limit: Duration) -> Outcome {
                refused(self.0.acquire_timeout(limit).map(drop), Refusal::TimedOut)
            }

            fn release(&self, permits: usize) -> Outcome {
                self.0.release(permits).map_err(|error| match error {
                    ReleaseError::Nothing => Refusal::InvalidValue,
                    ReleaseError::TooMany => Refusal::OverRelease,
                    error => panic!("{error}"),
                })
            }

            fn with<R>(&self, body: impl FnOnce() -> R) -> R {
                let _permit = self.0.permit().unwrap();
                body()
            }
        }
    };
}

semaphore!(Semaphore);
semaphore!(BoundedSemaphore);

impl contract::BoundedSemaphore for BoundedSemaphore {}
