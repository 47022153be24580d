//! How a thread comes to run, and what it does first and last.

use std::io;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::affinity::{Placing, Processors};
use super::error::StartError;
use super::handle::ThreadHandle;
use super::{current, excepthook, local, os_name, registry, stack_size};
use crate::panic::{self, Telling};

/// What the operating system's thread is to be.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    pub(super) stack_size: Option<usize>,
    pub(super) affinity: Option<Processors>,
}

pub(super) type Body = Box<dyn FnOnce() + Send>;

/// Starts the thread. It runs `body`, tells of its panic, and is over; then it drops `last`. Whatever happens,
/// `body` is gone by then.
#[track_caller]
pub(super) fn launch(
    thread: &ThreadHandle,
    plan: &Plan,
    body: Body,
    last: impl Send + 'static,
) -> Result<(), StartError> {
    panic::install_hook();
    let placing = plan.affinity.clone().map(Placing::new).map(Arc::new);
    thread.life.start(|number, name| {
        let (inside, placing) = (thread.clone(), placing.clone());
        registry::here().insert(number, thread.clone());
        let spawned = spawn(name, plan.stack_size, move || {
            run(&inside, number, placing.as_deref(), body);
            drop(last);
        });
        if spawned.is_err() {
            registry::here().remove(number);
        }
        spawned
    })?;
    if let Some(placing) = placing {
        wait_for_place(thread, &placing)?;
    }
    thread.life.confirm_start();
    Ok(())
}

fn spawn(
    name: &str,
    stack_size: Option<usize>,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    // The standard library panics at a NUL.
    let mut builder = std::thread::Builder::new().name(name.replace('\0', "\u{fffd}"));
    if let Some(bytes) = stack_size.or_else(stack_size::for_all) {
        builder = builder.stack_size(bytes);
    }
    builder.spawn(work)
}

fn wait_for_place(thread: &ThreadHandle, placing: &Placing) -> Result<(), StartError> {
    placing.wait().map_err(|error| {
        if let Some(ident) = thread.ident() {
            registry::here().remove(ident);
        }
        thread.life.take_start_back();
        StartError::affinity(&thread.name(), error)
    })
}

/// All that the new thread does.
fn run(thread: &ThreadHandle, number: NonZeroU64, placing: Option<&Placing>, body: Body) {
    current::enter_as(thread, number);
    thread.life.begin(os_name::set_own);
    if placing.is_some_and(|placing| !placing.take_place(thread)) {
        return;
    }
    thread.life.confirm_start();
    let _leave = Leave(thread);
    perform(thread, body);
    let tell = |report| excepthook::tell(thread, &report);
    local::drop_all(tell);
}

/// Tells of the thread's end in its drop, whatever happens before: others wait for it.
struct Leave<'a>(&'a ThreadHandle);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.0.life.is_of_this_process() {
            current::leave(self.0);
        }
    }
}

fn perform(thread: &ThreadHandle, body: Body) {
    if let Err(report) = panic::catch(Telling::Hooks, body) {
        thread.life.set_report(report.clone());
        excepthook::tell(thread, &report);
    }
}
