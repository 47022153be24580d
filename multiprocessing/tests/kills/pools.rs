//! Pools, whose workers die.

use std::sync::OnceLock;
use std::thread;
use std::time::Instant;

use multiprocessing::{Event, Pool, Queue};

use crate::support::{
    Deaths, MANY, ROUNDS, Way, await_sleep, await_that, delay, die_by_itself, in_all_ways, kill,
    sleep_on, state, stop,
};

/// In the worker: set when a task runs. Events do not travel to pools; they are inherited.
static RUNS: OnceLock<Event> = OnceLock::new();

fn run_for_ever() {
    RUNS.get().expect("the initialiser has run").set();
    sleep_on()
}

/// A pool of one worker, and what lets that die: a thread of its own waits for the word.
struct Subject {
    pool: Pool,
    word: Queue<Way>,
    runs: Event,
}

impl Subject {
    fn new() -> Subject {
        let (word, runs) = (Queue::new().unwrap(), Event::new().unwrap());
        let (words, event) = (word.clone(), runs.clone());
        let listen = move || {
            let words = words.clone();
            thread::spawn(move || die_by_itself(words.get().unwrap()));
            RUNS.set(event.clone()).expect("it runs once");
        };
        let pool = Pool::builder().processes(1).initializer(listen);
        let pool = pool.build().unwrap();
        Subject { pool, word, runs }
    }

    fn worker(&self) -> u32 {
        self.pool.apply(std::process::id, ()).unwrap()
    }

    /// Lets the worker die; while it is stopped, if it is, nothing comes of its task.
    fn die(&self, worker: u32, way: Way) {
        match way {
            Way::Kill => kill(worker),
            Way::StopThenKill => {
                stop(worker);
                await_that("the worker is stopped", || state(worker) == Some('T'));
                kill(worker);
            }
            Way::Exit | Way::Exec => self.word.put(&way).unwrap(),
        }
    }

    /// Another worker does what is asked for.
    fn goes_on(self) {
        assert_eq!(self.pool.apply(u32::pow, (2, 10)).unwrap(), 1024);
    }
}

/// It runs a task, which is lost with it, and no other.
pub(crate) fn running_a_task() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let subject = Subject::new();
        let worker = subject.worker();
        let lost = subject.pool.apply_async(run_for_ever, ()).unwrap();
        let next = subject.pool.apply_async(u32::pow, (3, 2)).unwrap();
        subject.runs.wait();
        let died = Instant::now();
        subject.die(worker, way);
        let error = lost.get().unwrap_err();
        let news = died.elapsed();
        assert!(error.is_worker_death(), "{error}");
        assert_eq!(error.worker_pid(), Some(worker));
        assert_eq!(next.get().unwrap(), 9);
        subject.goes_on();
        news
    })
}

/// It is idle: its death costs nothing.
pub(crate) fn waiting_for_a_task() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let subject = Subject::new();
        let worker = subject.worker();
        await_sleep(worker);
        let died = Instant::now();
        subject.die(worker, way);
        await_that("the worker is gone", || {
            let Ok(pid) = subject.pool.apply(std::process::id, ()) else {
                return false;
            };
            pid != worker
        });
        let news = died.elapsed();
        subject.goes_on();
        news
    })
}

/// A task comes while it dies: it runs to its end, or is lost with it.
pub(crate) fn woken_by_a_task() -> Deaths {
    in_all_ways(MANY, |way| {
        let subject = Subject::new();
        let worker = subject.worker();
        await_sleep(worker);
        let result = subject.pool.apply_async(u32::pow, (3, 2)).unwrap();
        delay();
        let died = Instant::now();
        subject.die(worker, way);
        match result.get() {
            Ok(nine) => assert_eq!(nine, 9),
            Err(error) => assert!(error.is_worker_death(), "{error}"),
        }
        let news = died.elapsed();
        await_that(
            "the worker is gone",
            || !matches!(subject.pool.apply(std::process::id, ()), Ok(pid) if pid == worker),
        );
        subject.goes_on();
        news
    })
}
