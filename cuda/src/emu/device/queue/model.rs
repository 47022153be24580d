//! The queue under shuttle, which tries many schedules: nothing is lost, nothing overtakes, nobody sleeps for ever.
//!
//! `RUSTFLAGS="--cfg shuttle" CARGO_TARGET_DIR=target/shuttle cargo test -p cuda --lib model`

use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::thread;

use super::Queue;

type Handle = std::sync::Arc<Queue>;

fn served() -> (Handle, thread::JoinHandle<()>) {
    let queue = Handle::default();
    let server = Handle::clone(&queue);
    (queue, thread::spawn(move || server.serve()))
}

/// A task that must find the counter at `before`, and adds one.
fn step(counter: &Arc<AtomicUsize>, before: usize) -> Box<dyn FnOnce() + Send> {
    let counter = Arc::clone(counter);
    Box::new(move || assert_eq!(counter.fetch_add(1, Ordering::SeqCst), before))
}

#[test]
fn tasks_and_turns_keep_their_order() {
    shuttle::check_random(
        || {
            let (queue, server) = served();
            let counter = Arc::new(AtomicUsize::new(0));
            queue.submit(Vec::new(), step(&counter, 0));
            queue.submit(Vec::new(), step(&counter, 1));
            queue.turn(Vec::new(), step(&counter, 2));
            queue.submit(Vec::new(), step(&counter, 3)).wait();
            queue.close();
            server.join().unwrap();
            assert_eq!(counter.load(Ordering::SeqCst), 4);
        },
        2000,
    );
}

#[test]
fn two_queues_that_wait_for_each_other_end() {
    shuttle::check_random(
        || {
            let ((one, first), (two, second)) = (served(), served());
            let counter = Arc::new(AtomicUsize::new(0));
            let a = one.submit(Vec::new(), step(&counter, 0));
            let b = two.submit(vec![a], step(&counter, 1));
            one.submit(vec![b], step(&counter, 2));
            let last = vec![one.last()];
            two.turn(last, step(&counter, 3));
            one.close();
            two.close();
            first.join().unwrap();
            second.join().unwrap();
        },
        2000,
    );
}

#[test]
fn turns_of_several_threads_exclude_each_other() {
    shuttle::check_random(
        || {
            let queue = Handle::default();
            let inside = Arc::new(AtomicUsize::new(0));
            let turn = |queue: &Queue, inside: &AtomicUsize| {
                queue.turn(Vec::new(), || {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                });
            };
            let other = {
                let (queue, inside) = (Handle::clone(&queue), Arc::clone(&inside));
                thread::spawn(move || turn(&queue, &inside))
            };
            turn(&queue, &inside);
            other.join().unwrap();
            assert!(queue.is_idle());
        },
        2000,
    );
}

#[test]
fn waiters_and_the_thread_share_the_tasks() {
    shuttle::check_random(
        || {
            let (queue, server) = served();
            let counter = Arc::new(AtomicUsize::new(0));
            let first = queue.submit(Vec::new(), step(&counter, 0));
            queue.submit_call(Vec::new(), step(&counter, 1));
            let last = queue.submit(Vec::new(), step(&counter, 2));
            let other = thread::spawn(move || first.wait());
            last.wait();
            assert_eq!(counter.load(Ordering::SeqCst), 3);
            other.join().unwrap();
            queue.close();
            server.join().unwrap();
        },
        2000,
    );
}
