//! Locks as the contract wants them.

use std::time::Duration;

use manyways_testkit::contract::{self, Outcome, Refusal};

use crate::refused;

#[derive(Debug)]
pub(crate) struct Lock(pub(crate) multiprocessing::Lock);

#[derive(Debug)]
pub(crate) struct RLock(pub(crate) multiprocessing::RLock);

macro_rules! lock {
    ($name:ident) => {
        impl contract::Lock for $name {
            fn new() -> Self {
                $name(multiprocessing::$name::new().unwrap())
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

            fn release(&self) -> Outcome {
                refused(self.0.release(), Refusal::NotHeld)
            }

            fn locked(&self) -> bool {
                self.0.locked()
            }

            fn with<R>(&self, body: impl FnOnce() -> R) -> R {
                let _guard = self.0.lock().unwrap();
                body()
            }
        }
    };
}

lock!(Lock);
lock!(RLock);

impl contract::RLock for RLock {
    fn is_owned(&self) -> bool {
        self.0.is_owned()
    }
}
