//! Order and waits, with real threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use manyways_testkit::Watchdog;
use parking_lot::Mutex;

use super::{CAPACITY, Queue};

/// A queue with its thread, which ends with this.
struct Served {
    queue: Arc<Queue>,
    thread: Option<thread::JoinHandle<()>>,
    _watchdog: Watchdog,
}

impl Served {
    fn new() -> Served {
        let queue = Arc::new(Queue::default());
        let served = Arc::clone(&queue);
        Served {
            queue,
            thread: Some(thread::spawn(move || served.serve())),
            _watchdog: Watchdog::arm(Duration::from_secs(60)),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

#[test]
fn tasks_are_done_in_order() {
    let served = Served::new();
    let done = Arc::new(Mutex::new(Vec::new()));
    for number in 0..3 * CAPACITY {
        let done = Arc::clone(&done);
        served
            .queue
            .submit(Vec::new(), Box::new(move || done.lock().push(number)));
    }
    served.queue.last().wait();
    assert_eq!(*done.lock(), (0..3 * CAPACITY).collect::<Vec<_>>());
    assert!(served.queue.is_idle());
}

#[test]
fn a_turn_comes_after_the_tasks_before_it_and_may_borrow() {
    let served = Served::new();
    let count = Arc::new(AtomicUsize::new(0));
    for _ in 0..10 {
        let count = Arc::clone(&count);
        let task = Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        served.queue.submit(Vec::new(), task);
    }
    let local = [7];
    let seen = served
        .queue
        .turn(Vec::new(), || count.load(Ordering::Relaxed) + local[0]);
    assert_eq!(seen, 17);
}

#[test]
fn a_turn_needs_no_thread() {
    let queue = Queue::default();
    assert_eq!(queue.turn(Vec::new(), || 1), 1);
    assert_eq!(queue.turn(Vec::new(), || 2), 2);
}

#[test]
fn a_waiter_does_what_nobody_has_begun() {
    let queue = Arc::new(Queue::default());
    let (say, said) = mpsc::channel();
    let task = Box::new(move || say.send(thread::current().id()).unwrap());
    queue.submit(Vec::new(), task).wait();
    assert_eq!(said.try_recv(), Ok(thread::current().id()));
}

#[test]
fn calls_are_made_by_the_queue_s_thread() {
    let served = Served::new();
    let (say, said) = mpsc::channel();
    let call = Box::new(move || say.send(thread::current().id()).unwrap());
    served.queue.submit_call(Vec::new(), call).wait();
    let thread = served.thread.as_ref().map(|thread| thread.thread().id());
    assert_eq!(said.try_recv().ok(), thread);
}

#[test]
fn work_waits_for_other_queues() {
    let (first, second) = (Served::new(), Served::new());
    let (go, gate) = mpsc::channel::<()>();
    let (say, said) = mpsc::channel();
    let slow = say.clone();
    let blocked = first.queue.submit_call(
        Vec::new(),
        Box::new(move || {
            gate.recv().unwrap();
            slow.send("first").unwrap();
        }),
    );
    let after = vec![blocked.clone()];
    second
        .queue
        .submit(after, Box::new(move || say.send("second").unwrap()));
    assert!(!blocked.is_reached() && !second.queue.is_idle());
    go.send(()).unwrap();
    assert_eq!((said.recv(), said.recv()), (Ok("first"), Ok("second")));
    blocked.wait();
    assert!(blocked.is_reached());
}

#[test]
fn closing_leaves_nothing_undone() {
    let count = Arc::new(AtomicUsize::new(0));
    let served = Served::new();
    for _ in 0..100 {
        let count = Arc::clone(&count);
        let task = Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        served.queue.submit(Vec::new(), task);
    }
    drop(served);
    assert_eq!(count.load(Ordering::Relaxed), 100);
}

#[test]
fn a_panicking_turn_lets_the_queue_go_on() {
    let served = Served::new();
    let queue = Arc::clone(&served.queue);
    let panicked = thread::spawn(move || queue.turn(Vec::new(), || panic!("a turn"))).join();
    assert!(panicked.is_err());
    assert_eq!(served.queue.turn(Vec::new(), || 3), 3);
}
