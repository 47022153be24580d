//! A worker's side of the pool: its whole life.
//!
//! The messages that come through its `inbox` are chunks, which it runs (`chunk`); the outcomes go to its `outbox`. It wakes the
//! supervisor, and sleeps, by its `bell`.

mod bell;
mod chunk;
mod inbox;
mod outbox;

use std::mem;

use manyways_process::{Link, catch_panic};
use nix::sys::eventfd::EventFd;

use self::bell::Bell;
pub(crate) use self::chunk::RunningChunk;
use self::inbox::Inbox;
use self::outbox::Outbox;
use super::board::Board;
use super::records::kind;

/// One huge message must not cost its memory for ever.
const LARGEST_KEPT: usize = 1 << 20;

/// What is run in each worker before its first task. An error, or a panic, ends the worker.
pub(crate) type Initializer = dyn Fn() -> Result<(), String> + Send + Sync;

/// Where a worker works.
pub(crate) struct Workplace<'a> {
    pub(crate) number: usize,
    pub(crate) board: &'a Board,
    pub(crate) doorbell: &'a EventFd,
}

/// Lives until it is dismissed or the pool is gone.
pub(crate) fn run(
    place: &Workplace<'_>,
    link: &mut Link,
    initializer: Option<&dyn Fn() -> Result<(), String>>,
) {
    live(place, link, initializer);
    // The system closes it when the process ends. By that the supervisor knows one that has become another program.
    mem::forget(link.take());
}

fn live(
    place: &Workplace<'_>,
    link: &mut Link,
    initializer: Option<&dyn Fn() -> Result<(), String>>,
) {
    let bell = Bell::new(place.board.desk(place.number), place.doorbell, link);
    let mut outbox = Outbox::new(place.board, bell);
    if let Some(why) = initializer.and_then(failure) {
        outbox.tell(kind::NOT_INITIALIZED, why.as_bytes());
        return;
    }
    outbox.tell(kind::READY, &[]);
    let mut inbox = Inbox::default();
    while let Some(head) = inbox.next(&mut outbox.bell) {
        chunk::run(head, inbox.items(head), &mut outbox);
        inbox.forget(head);
    }
    outbox.tell(kind::LEAVING, &[]);
}

/// Why the initializer has failed, if it has.
fn failure(initializer: &dyn Fn() -> Result<(), String>) -> Option<String> {
    match catch_panic(initializer) {
        Ok(result) => result.err(),
        Err(report) => Some(format!("{report}\n{}", report.backtrace())),
    }
}
