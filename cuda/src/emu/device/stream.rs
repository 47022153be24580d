//! Streams: a queue, the thread that does its work, and the order among the streams of a context.

use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;

use super::capture::Branch;
use super::context::Context;
use super::queue::{Point, Queue, Task};
use crate::error::{Code, Error, Result};

/// A stream. Its thread starts with its first asynchronous work.
pub(super) struct Stream {
    pub(super) queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Whether it neither waits for the default stream nor makes it wait.
    pub(super) non_blocking: bool,
    /// Kept for who asks: threads of equal rights do the work of all streams.
    pub(super) priority: i32,
    /// What is submitted while there is one becomes part of a graph, and is not run.
    pub(super) capture: Mutex<Option<Branch>>,
}

impl Stream {
    pub(super) fn new(non_blocking: bool, priority: i32) -> Stream {
        Stream {
            queue: Arc::default(),
            thread: Mutex::new(None),
            non_blocking,
            priority,
            capture: Mutex::new(None),
        }
    }

    /// Has the thread end once all work is done, and gives its handle to be joined.
    pub(super) fn close(&self) -> Option<JoinHandle<()>> {
        self.queue.close();
        self.thread.lock().take()
    }

    fn start(&self, call: &'static str) -> Result<()> {
        let mut thread = self.thread.lock();
        if thread.is_none() {
            let queue = Arc::clone(&self.queue);
            let builder = thread::Builder::new().name("cuda-stream".to_owned());
            let started = builder.spawn(move || queue.serve());
            *thread = Some(started.map_err(|error| no_thread(&error, call))?);
        }
        Ok(())
    }
}

fn no_thread(error: &std::io::Error, call: &'static str) -> Error {
    Error::new(Code::OperatingSystem, call).because(format_args!(
        "the stream's thread could not be started: {error}"
    ))
}

impl Context {
    /// Adds a task to a stream, after all that it has to wait for and after `points`.
    pub(super) fn enqueue(
        &self,
        stream: &Stream,
        points: Vec<Point>,
        task: Task,
        call: &'static str,
    ) -> Result<Point> {
        stream.start(call)?;
        let mut after = self.predecessors(stream);
        after.extend(points);
        Ok(stream.queue.submit(after, task))
    }

    /// As [`enqueue`](Context::enqueue), for what is done by the stream's own thread and no other.
    pub(super) fn enqueue_call(
        &self,
        stream: &Stream,
        call_back: Task,
        call: &'static str,
    ) -> Result<Point> {
        stream.start(call)?;
        let after = self.predecessors(stream);
        Ok(stream.queue.submit_call(after, call_back))
    }

    /// Does something in the calling thread, when the default stream comes to it.
    pub(super) fn turn<R>(&self, work: impl FnOnce() -> R) -> R {
        let stream = self.default_stream();
        stream.queue.turn(self.predecessors(stream), work)
    }

    /// The legacy order: the default stream waits for all blocking streams, and each of them for it.
    fn predecessors(&self, stream: &Stream) -> Vec<Point> {
        let default = self.default_stream();
        let mut points = Vec::new();
        if stream.non_blocking {
            return points;
        }
        if !std::ptr::eq(stream, &**default) {
            points.push(default.queue.last());
        } else {
            let others = self.streams_at_work();
            let blocking = others.iter().filter(|other| !other.non_blocking);
            points.extend(blocking.map(|other| other.queue.last()));
        }
        points.retain(|point| !point.is_reached());
        points
    }

    /// Sleeps until all that was submitted to a stream is done, and for the default stream also what it waits for.
    pub(super) fn drain(&self, stream: &Stream) {
        let last = stream.queue.last();
        if std::ptr::eq(stream, &**self.default_stream()) {
            for point in self.predecessors(stream) {
                point.wait();
            }
        }
        last.wait();
    }

    /// Whether [`drain`](Context::drain) would return at once.
    pub(super) fn is_drained(&self, stream: &Stream) -> bool {
        let waits = std::ptr::eq(stream, &**self.default_stream());
        stream.queue.is_idle() && (!waits || self.predecessors(stream).is_empty())
    }

    /// Sleeps until everything that was submitted to any stream is done.
    pub(super) fn drain_all(&self) {
        let streams = self.streams_at_work();
        let points: Vec<Point> = streams.iter().map(|stream| stream.queue.last()).collect();
        self.default_stream().queue.last().wait();
        for point in points {
            point.wait();
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("queue", &self.queue)
            .field("non_blocking", &self.non_blocking)
            .finish_non_exhaustive()
    }
}
