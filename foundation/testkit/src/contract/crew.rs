//! The workers of a case.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use crate::contract::notes::patience;
use crate::contract::{End, Worker, World};
use crate::view::ThreadView;

/// Between two looks at threads that do not rest yet.
const PERIOD: Duration = Duration::from_micros(200);

/// Workers that a case started.
#[derive(Debug)]
#[must_use = "a crew must be joined"]
pub struct Crew<W: World> {
    workers: Vec<W::Worker>,
}

impl<W: World> Crew<W> {
    /// Nobody yet.
    #[expect(clippy::new_without_default, reason = "an empty crew is for hiring")]
    pub fn new() -> Crew<W> {
        Crew {
            workers: Vec::new(),
        }
    }

    /// Starts so many workers that run the same body, each with its index.
    pub fn start(count: u32, body: impl Fn(u32) + Clone + Send + 'static) -> Crew<W> {
        let mut crew = Crew::new();
        for index in 0..count {
            let body = body.clone();
            crew.hire(move || body(index));
        }
        crew
    }

    /// Starts one more worker.
    pub fn hire(&mut self, body: impl FnOnce() + Send + 'static) {
        let name = format!("worker {}", self.workers.len());
        self.workers.push(W::start(&name, body));
    }

    /// Waits until each worker sleeps or has ended, so that nothing moves any more before the caller
    /// does something.
    ///
    /// It looks at all threads twice. One that slept in both looks and did not run in between, by
    /// the kernel's count of context switches, slept all the time between the looks. If that holds
    /// for all threads, there was a moment at which all slept at once. From then on none of them
    /// runs unless it is woken; those that could wake it sleep too, and the caller is here. A thread
    /// that lost its processor, or was woken and has not run yet, does not count as asleep, however
    /// busy the machine is. So a worker that only needed a moment for a lock is never taken for one
    /// that waits.
    ///
    /// A wait with a limit is sleep too: limits of such waits must be long in a case that settles.
    ///
    /// # Panics
    /// If there is no rest within what the suite waits for anything; a worker that waits must sleep
    /// and may not spin for ever.
    #[track_caller]
    pub fn settle(&self) {
        let end = Instant::now() + patience();
        while !self.is_at_rest() {
            assert!(
                Instant::now() < end,
                "workers neither sleep nor end:{}",
                table(&W::threads(&self.workers))
            );
            thread::sleep(PERIOD);
        }
    }

    fn is_at_rest(&self) -> bool {
        let first = W::threads(&self.workers);
        first
            .iter()
            .all(|thread| matches!(thread.state(), 'S' | 'Z' | 'X'))
            && first == W::threads(&self.workers)
    }

    /// Waits until all have ended.
    ///
    /// # Panics
    /// If one panicked or died, or does not end within what the suite waits for anything.
    #[track_caller]
    pub fn join(mut self) {
        let end = Instant::now() + patience();
        for index in 0..self.workers.len() {
            match self.workers[index].join(end.saturating_duration_since(Instant::now())) {
                End::Returned => {}
                End::Failed(why) => panic!("worker {index} failed: {why}"),
                End::Running => {
                    let threads = W::threads(&self.workers);
                    panic!("worker {index} has not ended:{}", table(&threads))
                }
            }
        }
    }
}

fn table(threads: &[ThreadView]) -> String {
    threads.iter().fold(String::new(), |mut text, thread| {
        let _ = write!(text, "\n  {thread}");
        text
    })
}
