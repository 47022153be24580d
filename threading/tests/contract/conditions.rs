//! Conditions over both kinds of locks as the contract wants them.

use std::sync::Arc;
use std::time::Duration;

use manyways_testkit::contract::{self, Outcome, Refusal};

use crate::locks::{Lock, RLock};
use crate::refused;

macro_rules! condition {
    ($name:ident, $lock:ident) => {
        #[derive(Debug)]
        pub(crate) struct $name {
            condition: threading::Condition,
            lock: Arc<$lock>,
        }

        impl $name {
            fn held(&self) -> Outcome<threading::Held<'_, threading::$lock>> {
                refused(self.lock.0.held(), Refusal::NotHeld)
            }
        }

        impl contract::Condition for $name {
            type Lock = $lock;

            fn new(lock: Arc<$lock>) -> Self {
                let condition = threading::Condition::new();
                $name { condition, lock }
            }

            fn wait(&self) -> Outcome {
                self.condition.wait(&mut self.held()?);
                Ok(())
            }

            fn wait_timeout(&self, limit: Duration) -> Outcome {
                let waited = self.condition.wait_timeout(&mut self.held()?, limit);
                refused(waited, Refusal::TimedOut).map(drop)
            }

            fn wait_for(&self, mut predicate: impl FnMut() -> bool) -> Outcome {
                let mut held = self.held()?;
                self.condition.wait_for(&mut held, |_| predicate());
                Ok(())
            }

            fn wait_for_timeout(
                &self,
                limit: Duration,
                mut predicate: impl FnMut() -> bool,
            ) -> Outcome {
                let mut held = self.held()?;
                let waited = self
                    .condition
                    .wait_for_timeout(&mut held, limit, |_| predicate());
                refused(waited, Refusal::TimedOut).map(drop)
            }

            fn notify(&self, count: usize) -> Outcome {
                self.condition.notify(&self.held()?, count);
                Ok(())
            }

            fn notify_all(&self) -> Outcome {
                self.condition.notify_all(&self.held()?);
                Ok(())
            }
        }
    };
}

condition!(OverLock, Lock);
condition!(OverRLock, RLock);
