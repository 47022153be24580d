//! Locks as the contract wants them.

use std::time::Duration;

use manyways_testkit::contract::{self, Outcome, Refusal};

use crate::{attempted, refused};

#[derive(Debug)]
pub(crate) struct Lock(pub(crate) threading::Lock);

#[derive(Debug)]
pub(crate) struct RLock(pub(crate) threading::RLock);

macro_rules! lock {
    ($name:ident) => {
        impl contract::Lock for $name {
            fn new() -> Self {
                $name(threading::$name::new(()))
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

            fn release(&self) -> Outcome {
                refused(self.0.release(), Refusal::NotHeld)
            }

            fn locked(&self) -> bool {
                self.0.locked()
            }

            fn with<R>(&self, body: impl FnOnce() -> R) -> R {
                let _guard = self.0.lock();
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
