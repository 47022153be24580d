//! The contract of waiting, with real threads. `model` has loom's view of it.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use manyways_testkit::guarded;

use super::{CancelToken, Left, Limit, WaitError, WaitQueue};

/// Until so many are in line.
fn await_waiters<S>(queue: &WaitQueue<S>, count: usize) {
    while queue.waiters() != count {
        thread::yield_now();
    }
}

fn why<S>(outcome: Result<u32, Left<'_, S>>) -> Result<u32, WaitError> {
    outcome.map_err(|left| left.why)
}

#[test]
fn waiters_are_chosen_in_the_order_in_which_they_joined() {
    guarded(|| {
        let queue = WaitQueue::new(());
        thread::scope(|scope| {
            let waiters: Vec<_> = (0..4)
                .map(|place| {
                    let waiter = scope.spawn(|| why(queue.lock().enqueue().wait(Limit::NEVER)));
                    await_waiters(&queue, place + 1);
                    waiter
                })
                .collect();
            for (waiter, message) in waiters.into_iter().zip(10..) {
                assert!(queue.lock().notify_one(message));
                assert_eq!(waiter.join().unwrap(), Ok(message));
            }
        });
        assert!(!queue.lock().notify_one(0));
    });
}

#[test]
fn one_that_was_beaten_waits_at_the_head() {
    guarded(|| {
        let queue = WaitQueue::new(());
        let second = queue.lock().enqueue();
        let first = queue.lock().enqueue_first();
        assert_eq!(queue.lock().notify(1, 1), 1);
        assert_eq!(queue.lock().notify(2, 2), 1);
        assert_eq!(why(first.wait(Limit::NEVER)), Ok(1));
        assert_eq!(why(second.wait(Limit::NEVER)), Ok(2));
    });
}

#[test]
fn all_are_chosen_at_once() {
    guarded(|| {
        let queue = WaitQueue::new(());
        thread::scope(|scope| {
            let wait = || why(queue.lock().enqueue().wait(Limit::NEVER));
            let waiters: Vec<_> = (0..5).map(|_| scope.spawn(wait)).collect();
            await_waiters(&queue, 5);
            assert_eq!(queue.lock().notify_all(7), 5);
            assert_eq!(queue.waiters(), 0);
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), Ok(7));
            }
        });
    });
}

#[test]
fn one_whose_time_is_over_leaves_with_the_queue_locked() {
    guarded(|| {
        let queue = WaitQueue::new(5);
        let duration = Duration::from_millis(20);
        let start = Instant::now();
        let mut left = queue.lock().enqueue().wait(duration.into()).unwrap_err();
        assert!(start.elapsed() >= duration);
        assert_eq!(left.why, WaitError::TimedOut);
        *left.queue += 1;
        assert_eq!(left.queue.waiters(), 0);
        assert!(queue.peek(|_| ()).is_none(), "the queue is locked");
        drop(left);
        assert_eq!(queue.peek(|state| *state), Some(6));
    });
}

#[test]
fn an_instant_that_has_passed_is_no_wait() {
    guarded(|| {
        let queue = WaitQueue::new(());
        let outcome = queue.lock().enqueue().wait(Instant::now().into());
        assert_eq!(why(outcome), Err(WaitError::TimedOut));
    });
}

#[test]
fn one_in_the_middle_leaves() {
    guarded(|| {
        let queue = WaitQueue::new(());
        let [first, middle, last] = [(); 3].map(|()| queue.lock().enqueue());
        assert_eq!(middle.give_up(), None);
        assert_eq!(queue.lock().notify_all(3), 2);
        assert_eq!(first.give_up(), Some(3));
        assert_eq!(why(last.wait(Limit::NEVER)), Ok(3));
    });
}

#[test]
fn a_token_wakes_all_who_were_given_it_and_nobody_else() {
    guarded(|| {
        let queue = WaitQueue::new(());
        let (token, parent) = (CancelToken::new(), CancelToken::new());
        let child = parent.child();
        thread::scope(|scope| {
            let wait = |limit| {
                let queue = &queue;
                scope.spawn(move || why(queue.lock().enqueue().wait(limit)))
            };
            let with_token = [wait((&token).into()), wait(token.within(Duration::MAX))];
            let with_child = wait((&child).into());
            let without = wait(Limit::NEVER);
            await_waiters(&queue, 4);
            token.cancel();
            for waiter in with_token {
                assert_eq!(waiter.join().unwrap(), Err(WaitError::Cancelled));
            }
            assert_eq!(queue.waiters(), 2);
            parent.cancel();
            assert_eq!(with_child.join().unwrap(), Err(WaitError::Cancelled));
            queue.lock().notify_all(1);
            assert_eq!(without.join().unwrap(), Ok(1));
        });
        assert!(format!("{child:?}").contains("cancelled: true, waits: 0"));
    });
}

#[test]
fn a_token_that_was_not_cancelled_forgets_its_waits() {
    guarded(|| {
        let (queue, token) = (WaitQueue::new(()), CancelToken::new());
        let _ = queue.lock().enqueue().wait(token.within(Duration::ZERO));
        assert!(format!("{token:?}").contains("cancelled: false, waits: 0"));
    });
}

#[test]
fn one_that_was_chosen_returns_its_message_whatever_else_happens() {
    guarded(|| {
        let (queue, token) = (WaitQueue::new(()), CancelToken::new());
        let waiting = queue.lock().enqueue();
        queue.lock().notify_one(4);
        token.cancel();
        assert_eq!(why(waiting.wait(token.within(Duration::ZERO))), Ok(4));
    });
}

#[test]
fn a_wait_that_is_dropped_passes_its_message_on() {
    guarded(|| {
        let queue = WaitQueue::new(());
        let [dropped, next] = [(); 2].map(|()| queue.lock().enqueue());
        queue.lock().notify_one(9);
        drop(dropped);
        assert_eq!(why(next.wait(Limit::NEVER)), Ok(9));
        drop(queue.lock().enqueue());
        assert_eq!(queue.waiters(), 0);
    });
}

/// Every notification that chose somebody is somebody's, whoever gives up at the same time.
#[test]
fn nothing_is_lost_between_time_outs_cancellations_and_choices() {
    const CHOICES: usize = 2_000;
    guarded(|| {
        let (queue, token) = (WaitQueue::new(()), CancelToken::new());
        let received = AtomicUsize::new(0);
        thread::scope(|scope| {
            for turn in 0..3 {
                let (queue, token, received) = (&queue, &token, &received);
                scope.spawn(move || {
                    for round in 0.. {
                        let limit = token.within(Duration::from_micros(turn * 20 + round % 50));
                        match why(queue.lock().enqueue().wait(limit)) {
                            Ok(_) => received.fetch_add(1, Ordering::Relaxed),
                            Err(WaitError::TimedOut) => continue,
                            Err(WaitError::Cancelled) => break,
                        };
                    }
                });
            }
            let mut chosen = 0;
            while chosen < CHOICES {
                chosen += usize::from(queue.lock().notify_one(1));
            }
            token.cancel();
        });
        assert_eq!(received.into_inner(), CHOICES);
        assert_eq!(queue.waiters(), 0);
    });
}

#[test]
fn destructors_of_thread_locals_may_wait() {
    static QUEUE: WaitQueue = WaitQueue::new(());
    struct WaitsAtTheEnd;
    impl Drop for WaitsAtTheEnd {
        fn drop(&mut self) {
            let outcome = why(QUEUE.lock().enqueue().wait(Limit::NEVER));
            assert_eq!(outcome, Ok(2));
        }
    }
    thread_local! {
        static LATE: RefCell<Option<WaitsAtTheEnd>> = const { RefCell::new(None) };
    }
    guarded(|| {
        let ending = thread::spawn(|| {
            LATE.with(|late| *late.borrow_mut() = Some(WaitsAtTheEnd));
            // What a wait leaves for the next one is destroyed before, as its destructor is registered later.
            let other = WaitQueue::new(());
            let _ = other.lock().enqueue().wait(Duration::ZERO.into());
        });
        while !QUEUE.lock().notify_one(2) {
            thread::yield_now();
        }
        ending.join().unwrap();
    });
}
