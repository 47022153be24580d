//! A worker's place, as the engine sees it.

use std::collections::VecDeque;

use super::Chunk;

/// How far the place's worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum State {
    /// There is none.
    #[default]
    Vacant,
    Ready,
    /// It is not past its initializer.
    Starting,
    /// It gets no more chunks.
    Dismissed,
    /// It has said that it ends.
    Leaving,
}

/// A chunk that a worker has.
#[derive(Debug)]
pub(super) struct Sent<O> {
    pub(super) number: u64,
    pub(super) chunk: Chunk<O>,
    /// Items whose outcomes have come, and these.
    pub(super) told: usize,
    pub(super) results: Vec<u8>,
}

impl<O> Sent<O> {
    pub(super) fn new(number: u64, chunk: Chunk<O>) -> Sent<O> {
        Sent {
            number,
            chunk,
            told: 0,
            results: Vec::new(),
        }
    }
}

/// A place and its worker.
#[derive(Debug)]
pub(super) struct Place<O> {
    pub(super) state: State,
    /// Whether its worker is past its initializer.
    pub(super) is_ready: bool,
    /// What the worker has; it runs the first, or will.
    pub(super) queue: VecDeque<Sent<O>>,
    /// How many chunks it may have at once.
    pub(super) window: usize,
    /// The number of the next chunk.
    pub(super) next: u64,
    /// Chunks that it had, without those that were taken back.
    pub(super) given: u64,
    /// Items whose outcomes have come.
    pub(super) told: u64,
    /// The item whose time was over.
    pub(super) doomed: Option<u64>,
}

impl<O> Default for Place<O> {
    fn default() -> Place<O> {
        Place {
            state: State::Vacant,
            is_ready: false,
            queue: VecDeque::new(),
            window: 2,
            next: 0,
            given: 0,
            told: 0,
            doomed: None,
        }
    }
}

impl<O> Place<O> {
    pub(super) fn has_room(&self, max_tasks: Option<u64>) -> bool {
        matches!(self.state, State::Starting | State::Ready)
            && self.queue.len() < self.window
            && max_tasks.is_none_or(|most| self.given < most)
    }

    /// Whether it has chunks that wait behind a running one, or behind its initializer.
    pub(super) fn has_waiting(&self) -> bool {
        let running = usize::from(self.is_ready);
        self.queue.len() > running
    }

    /// Whether the supervisor wants to know when the next chunk is done: it has to send more then.
    pub(super) fn is_mark(&self) -> bool {
        self.window <= 2 || self.next.is_multiple_of(self.window as u64 / 2)
    }
}
