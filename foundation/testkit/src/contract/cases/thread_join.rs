//! What it means to wait for a thread's end: the cases of CPython's `test_threading` and
//! `test_thread` on `join`.

use std::time::{Duration, Instant};

use super::thread::started;
use super::{BRIEF, EVER, HANDS};
use crate::contract::{Counter, Crew, Gate, Refusal, Thread, ThreadOptions, World};

/// A join returns after the end (`ThreadRunningTests.test_join_thread`).
pub fn join<W: World, T: Thread>() {
    let (gate, done) = (Gate::new(), Counter::new());
    let thread = T::new({
        let (gate, done) = (gate.clone(), done.clone());
        move || {
            gate.pass();
            done.add();
        }
    });
    thread.start().unwrap();
    let crew = Crew::<W>::start(1, {
        let (thread, done) = (thread.clone(), done.clone());
        move |_| {
            thread.join().unwrap();
            assert_eq!(done.get(), 1);
        }
    });
    crew.settle();
    gate.open();
    crew.join();
    thread.join().unwrap();
}

/// A thread that has ended may be joined, and again
/// (`ThreadRunningTests.test_join_thread_already_exited`, `test_join_several_times`).
pub fn join_again<W: World, T: Thread>() {
    let thread = T::new(|| ());
    thread.start().unwrap();
    while thread.is_alive() {
        std::thread::yield_now();
    }
    for _ in 0..3 {
        thread.join().unwrap();
        thread.join_timeout(EVER).unwrap();
    }
}

/// Several may join a thread at once (`ThreadTests.test_join_from_multiple_threads`).
pub fn join_by_several<W: World, T: Thread>() {
    let gate = Gate::new();
    let thread: T = started(ThreadOptions::default(), &gate);
    let crew = Crew::<W>::start(HANDS, {
        let thread = thread.clone();
        move |hand| match hand {
            0 => thread.join_timeout(EVER).unwrap(),
            _ => thread.join().unwrap(),
        }
    });
    crew.settle();
    gate.open();
    crew.join();
    thread.join().unwrap();
}

/// A join with a limit ends at the limit, and the thread goes on
/// (`ThreadTests.test_join_with_timeout`, `ThreadRunningTests.test_join_with_timeout`).
pub fn join_with_timeout<W: World, T: Thread>() {
    let gate = Gate::new();
    let thread: T = started(ThreadOptions::default(), &gate);
    for limit in [Duration::ZERO, BRIEF] {
        let begin = Instant::now();
        assert_eq!(thread.join_timeout(limit), Err(Refusal::TimedOut));
        assert!(begin.elapsed() >= limit && thread.is_alive());
    }
    gate.open();
    thread.join_timeout(EVER).unwrap();
    assert!(!thread.is_alive());
}

/// A thread may not join itself; another may meanwhile, and afterwards
/// (`ThreadRunningTests.test_join_from_self`, `test_join_then_self_join`,
/// `ThreadingExceptionTests.test_joining_current_thread`).
pub fn join_itself<W: World, T: Thread>() {
    let (gate, refused) = (Gate::new(), Counter::new());
    let thread = T::new({
        let (gate, refused) = (gate.clone(), refused.clone());
        move || {
            gate.pass();
            let me = T::current();
            assert_eq!(me.join(), Err(Refusal::JoinsItself));
            assert_eq!(me.join_timeout(EVER), Err(Refusal::JoinsItself));
            refused.add();
        }
    });
    thread.start().unwrap();
    let joiner = thread.clone();
    let crew = Crew::<W>::start(1, move |_| joiner.join().unwrap());
    crew.settle();
    gate.open();
    crew.join();
    thread.join().unwrap();
    assert_eq!(refused.get(), 1);
}

/// A thread that was not started may not be joined
/// (`ThreadingExceptionTests.test_joining_inactive_thread`,
/// `ThreadRunningTests.test_join_unstarted`).
pub fn join_unstarted<W: World, T: Thread>() {
    let thread = T::new(|| ());
    assert_eq!(thread.join(), Err(Refusal::NotStarted));
    assert_eq!(thread.join_timeout(BRIEF), Err(Refusal::NotStarted));
    thread.start().unwrap();
    thread.join().unwrap();
}
