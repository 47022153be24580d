//! Objects of a server that clients wait for.

mod barrier;
mod condition;
mod event;
mod lock;
mod monitor;
mod queue;
mod semaphore;

pub(crate) use self::{
    barrier::Barrier, condition::Condition, event::Event, lock::Lock, monitor::Monitor,
    queue::Queue, semaphore::Semaphore,
};

use super::value::Value;

/// The answer of a call that takes something, if it was taken: whether its last owner died with it.
fn taken(taken: Option<bool>) -> Value {
    taken.map_or(Value::None, Value::Bool)
}
