//! Threads that take jobs from one queue.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use manyways_process::catch_panic;

use crate::mutex::{Condvar, Mutex};
use crate::pool::error::PoolError;
use crate::pool::failure::Failure;
use crate::pool::intake::Intake;

/// What a thread is to do, or to say that it was not done.
pub(crate) type Job = Box<dyn FnOnce(Fate) + Send>;

/// What becomes of a job.
pub(crate) enum Fate {
    Run,
    Fail(Failure),
}

/// What is called in each thread before its first job.
pub(crate) type Initializer = dyn Fn() + Send + Sync;

#[derive(Default)]
pub(crate) struct Threads {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    intake: Intake,
    threads: Vec<JoinHandle<()>>,
}

/// The right to give jobs after the pool was closed, as what they are part of had begun before.
pub(crate) struct Sequence {
    threads: Arc<Threads>,
}

impl Sequence {
    pub(crate) fn run(&self, job: Job) {
        self.threads.run(job);
    }
}

impl Drop for Sequence {
    fn drop(&mut self) {
        self.threads.state.lock().intake.end_sequence();
        self.threads.news.notify_all();
    }
}

impl Threads {
    pub(crate) fn start(
        count: usize,
        initializer: Option<&Arc<Initializer>>,
    ) -> io::Result<Arc<Threads>> {
        let threads = Arc::<Threads>::default();
        for number in 0..count {
            let (serving, initializer) = (threads.clone(), initializer.cloned());
            let builder = thread::Builder::new().name(format!("pool thread {number}"));
            match builder.spawn(move || serving.serve(initializer.as_deref())) {
                Ok(thread) => threads.state.lock().threads.push(thread),
                Err(error) => {
                    threads.end(&Failure::Terminated);
                    threads.join();
                    return Err(error);
                }
            }
        }
        Ok(threads)
    }

    fn serve(&self, initializer: Option<&Initializer>) {
        if let Some(initializer) = initializer
            && let Err(report) = catch_panic(initializer)
        {
            let why = format!("the initializer {report}");
            return self.end(&Failure::Broken(why.into()));
        }
        while let Some(job) = self.next() {
            job(Fate::Run);
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                return Some(job);
            }
            if state.intake.is_over() {
                return None;
            }
            state = self.news.wait(state);
        }
    }

    pub(crate) fn begin_sequence(self: &Arc<Self>) -> Result<Sequence, Failure> {
        self.state.lock().intake.begin_sequence()?;
        let threads = self.clone();
        Ok(Sequence { threads })
    }

    /// As [`Intake::check_join`].
    pub(crate) fn check_join(&self, is_within: bool) -> Result<(), PoolError> {
        self.state.lock().intake.check_join(is_within)
    }

    fn run(&self, job: Job) {
        let mut state = self.state.lock();
        if let Err(why) = state.intake.admit() {
            drop(state);
            return job(Fate::Fail(why));
        }
        state.queue.push_back(job);
        self.news.notify_one();
    }

    pub(crate) fn close(&self) {
        self.state.lock().intake.close();
        self.news.notify_all();
    }

    /// Fails what no thread has begun, and takes nothing more.
    pub(crate) fn end(&self, why: &Failure) {
        let mut state = self.state.lock();
        state.intake.end(why.clone());
        let jobs = mem::take(&mut state.queue);
        drop(state);
        self.news.notify_all();
        jobs.into_iter()
            .for_each(|job| job(Fate::Fail(why.clone())));
    }

    /// Whether the caller is one of the threads.
    pub(crate) fn is_current(&self) -> bool {
        let current = thread::current().id();
        let state = self.state.lock();
        state
            .threads
            .iter()
            .any(|thread| thread.thread().id() == current)
    }

    pub(crate) fn join(&self) {
        let threads = mem::take(&mut self.state.lock().threads);
        for thread in threads {
            // Jobs catch their panics.
            let _ = thread.join();
        }
    }
}
