//! A future's states and the sleep of workers under loom, which tries every interleaving and every reordering that the
//! memory model allows.
//!
//! `RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=target/loom cargo test -p threading --lib model`

use std::task::{Wake, Waker};

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use super::board::Board;
use super::call::Plain;
use super::cell::{Phase, Shared, Slot};
use super::future::Future;
use super::pool::Run;
use super::promise::promise;
use super::sleepers::{Sleepers, Work};
use super::watch::Notice;

/// So many preemptions at most: the whole space takes hours. Two find what is known of such protocols.
fn bounded(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// For two threads.
fn check(model: impl Fn() + Sync + Send + 'static) {
    bounded(3, model);
}

/// A task in line that gives 7, and its future.
fn task() -> (std::sync::Arc<dyn Run>, Future<u32>) {
    let (shared, reader) = Shared::pair(Slot::new(Plain(|| 7), 0));
    (shared, Future::new(reader))
}

#[test]
fn who_waits_gets_the_result() {
    check(|| {
        let (task, future) = task();
        let worker = thread::spawn(move || task.run());
        assert_eq!(future.result().unwrap(), 7);
        worker.join().unwrap();
    });
}

#[test]
fn a_task_is_run_or_cancelled() {
    check(|| {
        let (task, future) = task();
        let worker = thread::spawn(move || task.run());
        if future.cancel() {
            assert!(future.cancelled());
            assert!(future.result().unwrap_err().is_cancelled());
        } else {
            assert_eq!(future.result().unwrap(), 7);
        }
        worker.join().unwrap();
    });
}

#[test]
fn two_who_would_run_it() {
    check(|| {
        let runs = Arc::new(AtomicUsize::new(0));
        let count = runs.clone();
        let call = Plain(move || count.fetch_add(1, Ordering::Relaxed));
        let (shared, reader) = Shared::pair(Slot::new(call, 0));
        let other = shared.clone();
        let worker = thread::spawn(move || other.run());
        shared.run();
        assert_eq!(Future::new(reader).result().unwrap(), 0);
        worker.join().unwrap();
        assert_eq!(runs.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_callback_is_called_once_and_before_it_is_done() {
    check(|| {
        let (task, future) = task();
        let called = Arc::new(AtomicUsize::new(0));
        let worker = thread::spawn(move || task.run());
        let count = called.clone();
        future.add_done_callback(move |outcome| {
            assert_eq!(*outcome.unwrap(), 7);
            count.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(future.result().unwrap(), 7);
        assert_eq!(called.load(Ordering::Relaxed), 1);
        worker.join().unwrap();
    });
}

#[test]
fn a_callback_a_promise_and_a_cancellation() {
    bounded(1, || {
        let (promise, future) = promise();
        let future = std::sync::Arc::new(future);
        let settler = thread::spawn(move || promise.set_result(7).is_ok());
        let canceller = {
            let future = future.clone();
            thread::spawn(move || future.cancel())
        };
        let called = Arc::new(AtomicBool::new(false));
        let call = called.clone();
        future.add_done_callback(move |_| call.store(true, Ordering::Relaxed));
        let result = future.result_ref().ok().copied();
        assert!(called.load(Ordering::Relaxed));
        assert_eq!(settler.join().unwrap(), result == Some(7));
        assert_eq!(canceller.join().unwrap(), result.is_none());
    });
}

#[test]
fn a_board_hears_of_each_future_once() {
    check(|| {
        let (task, future) = task();
        let worker = thread::spawn(move || task.run());
        let board = Board::new();
        let shared = future.reader().shared();
        if shared.subscribe(Notice::Board(board.clone(), 3)) {
            assert_eq!(board.take(crate::wait::Limit::NEVER), Ok(3));
        }
        assert!(shared.phase() == Phase::Done);
        assert_eq!(board.try_take(), None);
        worker.join().unwrap();
    });
}

struct Alarm(AtomicBool);

impl Wake for Alarm {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn a_waker_is_woken_or_refused() {
    check(|| {
        let (task, future) = task();
        let worker = thread::spawn(move || task.run());
        let alarm = std::sync::Arc::new(Alarm(AtomicBool::new(false)));
        let watched = future
            .reader()
            .shared()
            .set_waker(&Waker::from(alarm.clone()));
        worker.join().unwrap();
        assert_eq!(alarm.0.load(Ordering::Acquire), watched);
    });
}

/// Work that has no order of its own: all the sleepers' fences must do.
struct Heap {
    tasks: AtomicUsize,
    open: AtomicBool,
    sleepers: Sleepers,
}

impl Heap {
    fn new() -> Arc<Heap> {
        Arc::new(Heap {
            tasks: AtomicUsize::new(0),
            open: AtomicBool::new(true),
            sleepers: Sleepers::new(),
        })
    }

    fn add(&self) {
        self.tasks.fetch_add(1, Ordering::Relaxed);
        self.sleepers.rouse();
    }

    fn next(&self, searching: bool) -> Option<()> {
        self.sleepers.next(self, searching)
    }
}

impl Work for Heap {
    type Task = ();

    fn take(&self) -> Option<()> {
        let less = |tasks: usize| tasks.checked_sub(1);
        let taken = self
            .tasks
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.ok().map(drop)
    }

    fn is_empty(&self) -> bool {
        self.tasks.load(Ordering::Relaxed) == 0
    }

    fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// All there are have been started.
    fn call_another(&self) {}
}

#[test]
fn no_worker_sleeps_while_there_is_work() {
    check(|| {
        let heap = Heap::new();
        let worker = {
            let heap = heap.clone();
            thread::spawn(move || (0..2).for_each(|_| assert!(heap.next(false).is_some())))
        };
        heap.add();
        heap.add();
        worker.join().unwrap();
    });
}

/// Each takes one, and the one who is woken wakes the other.
#[test]
fn two_workers_and_two_tasks_at_once() {
    bounded(2, || {
        let heap = Heap::new();
        let workers = [(); 2].map(|()| {
            let heap = heap.clone();
            thread::spawn(move || assert!(heap.next(false).is_some()))
        });
        heap.add();
        heap.add();
        workers
            .into_iter()
            .for_each(|worker| worker.join().unwrap());
    });
}

#[test]
fn two_who_add_and_one_who_works() {
    bounded(2, || {
        let heap = Heap::new();
        let adders = [(); 2].map(|()| {
            let heap = heap.clone();
            thread::spawn(move || heap.add())
        });
        assert!(heap.next(false).is_some());
        assert!(heap.next(false).is_some());
        adders.into_iter().for_each(|adder| adder.join().unwrap());
    });
}

/// What was added before its adder saw the end is done; a worker that ends leaves nothing of it behind.
#[test]
fn an_end_and_a_task_at_once() {
    bounded(2, || {
        let heap = Heap::new();
        let worker = {
            let heap = heap.clone();
            thread::spawn(move || std::iter::from_fn(|| heap.next(false)).count())
        };
        let closer = {
            let heap = heap.clone();
            thread::spawn(move || {
                heap.open.store(false, Ordering::Release);
                heap.sleepers.rouse_all();
            })
        };
        heap.add();
        let seen_open = heap.is_open();
        let done = worker.join().unwrap();
        assert!(done == 1 || !seen_open);
        closer.join().unwrap();
    });
}
