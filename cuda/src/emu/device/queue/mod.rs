//! Work in order: what a stream is made of.
//!
//! A queue numbers what is submitted to it, from 1, and does it in that order, one at a time. A [`Point`] is a
//! queue and a number: it is reached when all work up to that number is done. Each piece of work may wait for points of
//! other queues first; since a point only ever names work that was submitted before, no circle of waits can arise.
//!
//! Asynchronous work is a *task*, done by the queue's thread, which [`Queue::serve`] is the body of; or by whoever
//! waits for it, if the thread has not begun it, since waking a thread takes longer than most tasks. What must not run
//! in the thread of a waiter is a *call*, done by the queue's thread alone. Synchronous work is a *turn*: the caller
//! waits until it is next, and does it itself, so that it may borrow.

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

struct Entry {
    after: Vec<Point>,
    work: Work,
}

enum Work {
    Task(Task),
    Call(Task),
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
        self.add(after, Work::Task(task))
    }

    /// Adds a call of what is not this crate's, which waits for all of `after` too.
    pub(crate) fn submit_call(self: &Arc<Queue>, after: Vec<Point>, call: Task) -> Point {
        self.add(after, Work::Call(call))
    }

    fn add(self: &Arc<Queue>, after: Vec<Point>, work: Work) -> Point {
        let mut state = self.state.when(|state| state.waiting.len() < CAPACITY);
        let number = state.push(after, work);
        drop(state);
        self.state.wake();
        self.point(number)
    }

    /// Does `work` in the calling thread, after all that was submitted before and all of `after`.
    pub(crate) fn turn<R>(&self, after: Vec<Point>, work: impl FnOnce() -> R) -> R {
        let number = self.state.lock().push(Vec::new(), Work::Turn);
        self.work_until(number - 1);
        // Nobody but the caller takes the turn, so it still waits.
        self.state.lock().begin();
        let _busy = Busy(self);
        wait_for(after);
        work()
    }

    /// The body of the thread that does the tasks and calls. Returns when the queue is closed and has done them all.
    pub(crate) fn serve(&self) {
        while let Some(entry) = self.next() {
            self.perform(entry);
        }
    }

    /// Returns when so much is done. Does tasks meanwhile that the queue's thread has not begun.
    fn work_until(&self, number: u64) {
        loop {
            let mut state = self
                .state
                .when(|state| state.done >= number || state.has_task());
            if state.done >= number {
                return;
            }
            let Some(task) = state.begin() else { return };
            drop(state);
            self.perform(task);
        }
    }

    /// Does what was begun.
    fn perform(&self, entry: Entry) {
        let _busy = Busy(self);
        wait_for(entry.after);
        match entry.work {
            Work::Task(work) | Work::Call(work) => work(),
            Work::Turn => {}
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

    fn next(&self) -> Option<Entry> {
        self.state.when(State::has_news_for_its_thread).begin()
    }
}

impl State {
    /// Adds an entry, and returns its number.
    fn push(&mut self, after: Vec<Point>, work: Work) -> u64 {
        self.waiting.push_back(Entry { after, work });
        self.submitted += 1;
        self.submitted
    }

    /// Takes the next work, whose doer is the caller.
    fn begin(&mut self) -> Option<Entry> {
        let next = self.waiting.pop_front();
        self.busy = next.is_some();
        next
    }

    /// Whether the next work is a task that nobody does.
    fn has_task(&self) -> bool {
        let next = self.waiting.front().map(|entry| &entry.work);
        !self.busy && matches!(next, Some(Work::Task(_)))
    }

    fn has_news_for_its_thread(&self) -> bool {
        match self.waiting.front().map(|entry| &entry.work) {
            Some(Work::Task(_) | Work::Call(_)) => !self.busy,
            Some(Work::Turn) => false,
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

    /// Returns when it is reached.
    pub(crate) fn wait(&self) {
        self.queue.work_until(self.number);
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
