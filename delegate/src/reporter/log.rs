//! A line an event.

use std::fmt::{self, Debug};
use std::io::{self, Stderr, Write};
use std::time::{Duration, Instant};

use manyways_process::Exit;

use super::{Reporter, Worker};
use crate::Failure;

/// Writes a line for every event: the seconds since the beginning, the worker, and what it did.
///
/// ```text
///   0.001 worker 1 (process 4711) started
///   0.001 worker 1 (process 4711) begins "http://example.org/"
///   0.094 worker 1 (process 4711) is done with "http://example.org/" after 92.8ms
/// ```
///
/// Items are shown by their `Debug` form, which has no control characters; so is the text of a
/// failure, if it has any. A line that cannot be written is dropped: reporting must not end the work.
pub struct LogReporter<W = Stderr> {
    out: W,
    start: Instant,
}

impl LogReporter {
    /// Writes to standard error.
    #[must_use]
    pub fn new() -> LogReporter {
        LogReporter::to(io::stderr())
    }
}

impl Default for LogReporter {
    fn default() -> LogReporter {
        LogReporter::new()
    }
}

impl<W: Write> LogReporter<W> {
    /// Writes to `out`. Give `&mut out` to have it back afterwards.
    #[must_use]
    pub fn to(out: W) -> LogReporter<W> {
        let start = Instant::now();
        LogReporter { out, start }
    }

    fn line(&mut self, event: fmt::Arguments<'_>) {
        let seconds = self.start.elapsed().as_secs_f64();
        // In one write, so that lines of other processes do not cut it in two.
        let line = format!("{seconds:7.3} {event}\n");
        let _ = self
            .out
            .write_all(line.as_bytes())
            .and_then(|()| self.out.flush());
    }
}

impl<W: Write, I: Debug, R> Reporter<I, R> for LogReporter<W> {
    fn init(&mut self) {
        self.start = Instant::now();
    }

    fn enqueue(&mut self, items: usize) {
        self.line(format_args!("{items} items to run"));
    }

    fn spawn(&mut self, worker: Worker) {
        self.line(format_args!("{worker} started"));
    }

    fn begin(&mut self, worker: Worker, item: &I) {
        self.line(format_args!("{worker} begins {item:?}"));
    }

    fn success(&mut self, worker: Worker, item: &I, _: &R, took: Duration) {
        self.line(format_args!(
            "{worker} is done with {item:?} after {took:.1?}"
        ));
    }

    fn fail(&mut self, worker: Worker, item: &I, failure: &Failure, took: Duration) {
        let why = OneLine(failure);
        self.line(format_args!(
            "{worker} failed at {item:?} after {took:.1?}: {why}"
        ));
    }

    fn abort(&mut self, worker: Worker, item: &I, failure: &Failure, took: Duration) {
        let why = OneLine(failure);
        self.line(format_args!(
            "{worker} is lost with {item:?} after {took:.1?}: {why}"
        ));
    }

    fn not_run(&mut self, item: &I, failure: &Failure) {
        let why = OneLine(failure);
        self.line(format_args!("{item:?} could not be begun: {why}"));
    }

    fn exit(&mut self, worker: Worker, exit: Exit) {
        self.line(format_args!("{worker} {exit}"));
    }

    fn cleanup(&mut self) {
        self.line(format_args!("all workers are gone"));
    }
}

impl<W> Debug for LogReporter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogReporter")
            .field("running_for", &self.start.elapsed())
            .finish_non_exhaustive()
    }
}

/// A failure's text with its control characters escaped: it may be any text, and goes to a terminal.
pub(super) struct OneLine<'a>(pub(super) &'a Failure);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string().chars() {
            match character.is_control() {
                true => write!(f, "{}", character.escape_default())?,
                false => write!(f, "{character}")?,
            }
        }
        Ok(())
    }
}
