//! Conditions over both kinds of locks as the contract wants them.

use std::sync::Arc;
use std::time::Duration;

use manyways_testkit::contract::{self, Outcome, Refusal};
use multiprocessing::{Condition, ConditionError, Waited};

use crate::locks::{Lock, RLock};

macro_rules! condition {
    ($name:ident, $lock:ident, $with:ident) => {
        #[derive(Debug)]
        pub(crate) struct $name(Condition);

        impl contract::Condition for $name {
            type Lock = $lock;

            fn new(lock: Arc<$lock>) -> Self {
                $name(Condition::$with(lock.0.clone()).unwrap())
            }

            fn wait(&self) -> Outcome {
                told(self.0.wait()).map(drop)
            }

            fn wait_timeout(&self, limit: Duration) -> Outcome {
                in_time(told(self.0.wait_timeout(limit))?)
            }

            fn wait_for(&self, predicate: impl FnMut() -> bool) -> Outcome {
                told(self.0.wait_for(predicate)).map(drop)
            }

            fn wait_for_timeout(
                &self,
                limit: Duration,
                predicate: impl FnMut() -> bool,
            ) -> Outcome {
                in_time(told(self.0.wait_for_timeout(limit, predicate))?)
            }

            fn notify(&self, count: usize) -> Outcome {
                told(self.0.notify(count)).map(drop)
            }

            fn notify_all(&self) -> Outcome {
                told(self.0.notify_all()).map(drop)
            }
        }
    };
}

condition!(OverLock, Lock, with_lock);
condition!(OverRLock, RLock, with_rlock);

fn told<T>(result: Result<T, ConditionError>) -> Outcome<T> {
    result.map_err(|error| match error {
        ConditionError::NotHeld => Refusal::NotHeld,
        error => panic!("{error}"),
    })
}

fn in_time(waited: Waited) -> Outcome {
    waited.in_time.then_some(()).ok_or(Refusal::TimedOut)
}
