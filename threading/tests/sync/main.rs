//! Locks, conditions, semaphores, events, barriers; and the detection of deadlocks, which is for the whole process and
//! so takes its turn among them.

mod barrier;
mod condition;
mod deadlock;
mod deadlock_of_tasks;
mod event;
mod lock;
mod rlock;
mod semaphore;
mod support;
mod threads;
