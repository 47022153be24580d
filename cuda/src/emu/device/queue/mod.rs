//! Work in order: what a stream is made of.
//!
//! A queue numbers what is submitted to it, from 1, and does it in that order, one at a time. A [`Point`] is a
//! queue and a number: it is reached when all work up to that number is done. Each piece of work may wait for points of
//! other queues first; since a point only ever names work that was submitted before, no circle of waits can arise.
//!
//! Asynchronous work is a *task*, done by the queue's thread, which [`Queue::serve`] is the body of. Synchronous work is a
//! *turn*: the caller waits until it is next, and does it itself, so that it may borrow and costs no change of threads.

#[cfg(all(test, shuttle))]
mod model;
mod seam;
#[cfg(all(test, not(shuttle)))]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use self::seam::Monitor;

/// Asynchronous work. It must not panic, for its queue would never go on.
pub(crate) type Task = Box<dyn FnOnce() + Send>;

/// Submitted work that a queue holds. Whoever submits more waits until the queue has done some, as with a GPU.
const CAPACITY: usize = 1024;

#[derive(Default)]
pub(crate) struct Queue {
    state: Monitor<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Entry>,
    submitted: u64,
    done: u64,
    /// Somebody does the work after `done`, which is no longer among `waiting`.
    busy: bool,
    closed: bool,
}

enum Entry {
    Task(Vec<Point>, Task),
    Turn,
}

/// A place in the order of a queue.
#[derive(Clone)]
pub(crate) struct Point {
    queue: Arc<Queue>,
    number: u64,
}

impl Queue {
    /// Adds a task that begins when all of `after` is reached.
    pub(crate) fn submit(self: &Arc<Queue>, after: Vec<Point>, task: Task) -> Point {
        let mut state = self.state.when(|state| state.waiting.len() < CAPACITY);
        state.waiting.push_back(Entry::Task(after, task));
        state.submitted += 1;
        let number = state.submitted;
        drop(state);
        self.state.wake();
        self.point(number)
    }

    /// Does `work` in the calling thread, after all that was submitted before and all of `after`.
    pub(crate) fn turn<R>(&self, after: Vec<Point>, work: impl FnOnce() -> R) -> R {
        let mut state = self.state.lock();
        state.waiting.push_back(Entry::Turn);
        state.submitted += 1;
        let number = state.submitted;
        drop(state);
        let mut state = self.state.when(|state| state.done + 1 == number);
        state.begin();
        drop(state);
        let _busy = Busy(self);
        wait_for(after);
        work()
    }

    /// The body of the thread that does the tasks. Returns when the queue is closed and has done them all.
    pub(crate) fn serve(&self) {
        while let Some((after, task)) = self.next() {
            let _busy = Busy(self);
            wait_for(after);
            task();
        }
    }

    /// Lets [`serve`](Queue::serve) return when it has done what was submitted.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.state.wake();
    }

    /// The place after everything submitted so far.
    pub(crate) fn last(self: &Arc<Queue>) -> Point {
        let number = self.state.lock().submitted;
        self.point(number)
    }

    /// Whether everything submitted so far is done.
    pub(crate) fn is_idle(&self) -> bool {
        let state = self.state.lock();
        state.done == state.submitted
    }

    fn point(self: &Arc<Queue>, number: u64) -> Point {
        Point {
            queue: Arc::clone(self),
            number,
        }
    }

    fn next(&self) -> Option<(Vec<Point>, Task)> {
        let mut state = self.state.when(State::has_news_for_its_thread);
        match state.begin() {
            Some(Entry::Task(after, task)) => Some((after, task)),
            Some(Entry::Turn) | None => None,
        }
    }
}

impl State {
    /// Takes the next work, whose doer is the caller.
    fn begin(&mut self) -> Option<Entry> {
        let next = self.waiting.pop_front();
        self.busy = next.is_some();
        next
    }

    fn has_news_for_its_thread(&self) -> bool {
        match self.waiting.front() {
            Some(Entry::Task(..)) => !self.busy,
            Some(Entry::Turn) => false,
            None => self.closed && !self.busy,
        }
    }
}

/// The right to do the next work of a queue, which is done when this is dropped.
struct Busy<'q>(&'q Queue);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.busy = false;
        state.done += 1;
        drop(state);
        self.0.state.wake();
    }
}

impl Point {
    pub(crate) fn is_reached(&self) -> bool {
        self.queue.state.lock().done >= self.number
    }

    /// Sleeps until it is reached.
    pub(crate) fn wait(&self) {
        drop(self.queue.state.when(|state| state.done >= self.number));
    }
}

fn wait_for(points: Vec<Point>) {
    for point in points {
        point.wait();
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Queue")
            .field("submitted", &state.submitted)
            .field("done", &state.done)
            .field("closed", &state.closed)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Point")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
