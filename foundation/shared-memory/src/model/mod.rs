//! The protocols under loom, which tries every interleaving and every reordering that the memory model allows, with the
//! death of a process before each of its steps. Threads stand in for processes.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p manyways-shared-memory --lib model`

mod doorbells;
mod locks;
mod meetings;
mod rings;
mod tasks;

use std::sync::atomic::{AtomicBool, Ordering};

use loom::thread::{self, JoinHandle};

use crate::seam::{Died, in_process};

/// Every run with at most so many preemptions: the full space takes hours.
fn bounded(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// A process of the model.
fn process<R: 'static>(
    number: u16,
    steps: Option<u32>,
    body: impl FnOnce() -> R + 'static,
) -> JoinHandle<Result<R, Died>> {
    thread::spawn(move || in_process(number, steps, body))
}

/// Runs the model with a process that dies before its first step, before its second, and so on, until one in which it can
/// finish in every run. The model gets the number of its steps, and says whether it finished.
fn with_death_at_each_step(
    preemptions: usize,
    model: impl Fn(Option<u32>) -> bool + Copy + Sync + Send + 'static,
) {
    for steps in 0.. {
        let has_died = std::sync::Arc::new(AtomicBool::new(false));
        let seen = has_died.clone();
        bounded(preemptions, move || {
            if !model(Some(steps)) {
                seen.store(true, Ordering::Relaxed);
            }
        });
        if !has_died.load(Ordering::Relaxed) {
            assert!(steps > 1, "the process has steps");
            return;
        }
    }
}
