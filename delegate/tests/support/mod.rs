//! A reporter that remembers everything.

#![allow(dead_code)] // Each test program uses a part of it.

pub(crate) mod sys;

use std::fmt::Debug;
use std::os::fd::RawFd;
use std::time::Duration;

use delegate::{Exit, Failure, Reporter, Worker};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    Init,
    Enqueue(usize),
    Spawn(Worker),
    Begin(Worker, String),
    Success(Worker, String, String),
    Fail(Worker, String, Failure),
    Abort(Worker, String, Failure),
    NotRun(String, Failure),
    Exit(Worker, Exit),
    Cleanup,
}

impl Event {
    /// The kind and the worker of an event about this item.
    pub(crate) fn about(&self, item: &str) -> Option<(&'static str, Option<Worker>)> {
        let (kind, worker, about) = match self {
            Event::Begin(worker, about) => ("begin", Some(*worker), about),
            Event::Success(worker, about, _) => ("success", Some(*worker), about),
            Event::Fail(worker, about, _) => ("fail", Some(*worker), about),
            Event::Abort(worker, about, _) => ("abort", Some(*worker), about),
            Event::NotRun(about, _) => ("not_run", None, about),
            _ => return None,
        };
        (about == item).then_some((kind, worker))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) events: Vec<Event>,
    pub(crate) times: Vec<Duration>,
}

impl Recorder {
    /// The kinds of the events about an item, in order. All of a run must be of one worker.
    pub(crate) fn story(&self, item: impl Debug) -> Vec<&'static str> {
        let item = format!("{item:?}");
        let mut running: Option<Worker> = None;
        let mut story = Vec::new();
        for (kind, worker) in self.events.iter().filter_map(|event| event.about(&item)) {
            match kind {
                "begin" => running = worker,
                "not_run" => assert_eq!(running, None),
                _ => assert_eq!(worker, running.take(), "{kind} of {item} by another worker"),
            }
            story.push(kind);
        }
        assert_eq!(running, None, "{item} has begun and has no end");
        story
    }

    pub(crate) fn count(&self, mut wanted: impl FnMut(&Event) -> bool) -> usize {
        self.events.iter().filter(|event| wanted(event)).count()
    }

    pub(crate) fn spawns(&self) -> usize {
        self.count(|event| matches!(event, Event::Spawn(_)))
    }

    pub(crate) fn exits(&self) -> usize {
        self.count(|event| matches!(event, Event::Exit(..)))
    }
}

impl<I: Debug, R: Debug> Reporter<I, R> for Recorder {
    fn init(&mut self) {
        self.events.push(Event::Init);
    }

    fn enqueue(&mut self, items: usize) {
        self.events.push(Event::Enqueue(items));
    }

    fn spawn(&mut self, worker: Worker) {
        self.events.push(Event::Spawn(worker));
    }

    fn begin(&mut self, worker: Worker, item: &I) {
        self.events.push(Event::Begin(worker, format!("{item:?}")));
    }

    fn success(&mut self, worker: Worker, item: &I, result: &R, took: Duration) {
        let (item, result) = (format!("{item:?}"), format!("{result:?}"));
        self.events.push(Event::Success(worker, item, result));
        self.times.push(took);
    }

    fn fail(&mut self, worker: Worker, item: &I, failure: &Failure, took: Duration) {
        let item = format!("{item:?}");
        self.events.push(Event::Fail(worker, item, failure.clone()));
        self.times.push(took);
    }

    fn abort(&mut self, worker: Worker, item: &I, failure: &Failure, took: Duration) {
        let item = format!("{item:?}");
        self.events
            .push(Event::Abort(worker, item, failure.clone()));
        self.times.push(took);
    }

    fn not_run(&mut self, item: &I, failure: &Failure) {
        let item = format!("{item:?}");
        self.events.push(Event::NotRun(item, failure.clone()));
    }

    fn exit(&mut self, worker: Worker, exit: Exit) {
        self.events.push(Event::Exit(worker, exit));
    }

    fn cleanup(&mut self) {
        self.events.push(Event::Cleanup);
    }
}

/// The sockets of this process: in a worker, its link.
pub(crate) fn sockets() -> Vec<RawFd> {
    let entries = std::fs::read_dir("/proc/self/fd").unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_socket = |path: &std::path::PathBuf| {
        let target = std::fs::read_link(path).unwrap_or_default();
        target.to_string_lossy().starts_with("socket:")
    };
    let sockets = paths.filter(is_socket);
    sockets
        .map(|path| path.file_name().unwrap().to_str().unwrap().parse().unwrap())
        .collect()
}
