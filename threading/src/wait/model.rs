//! The contract of waiting under loom, which tries every interleaving and every reordering that the memory model
//! allows. A time limit is over as soon as it is looked at.
//!
//! `RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=target/loom cargo test -p threading --lib model`

use std::time::Duration;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::parker::Parker;
use super::{CancelToken, Left, Limit, WaitError, WaitQueue};

fn why<S>(outcome: Result<u32, Left<'_, S>>) -> Result<u32, WaitError> {
    outcome.map_err(|left| left.why)
}

/// At most three preemptions: where more threads take part than two, the whole space takes hours.
fn bounded(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

#[test]
fn a_parker_overlooks_no_token() {
    loom::model(|| {
        let parker = Arc::new(Parker::new());
        let flag = Arc::new(AtomicBool::new(false));
        let waker = {
            let (parker, flag) = (parker.clone(), flag.clone());
            thread::spawn(move || {
                parker.unpark(); // Means nothing: as a late call for the wait before.
                flag.store(true, Ordering::Release);
                parker.unpark();
            })
        };
        while !flag.load(Ordering::Acquire) {
            parker.park(None);
        }
        waker.join().unwrap();
    });
}

#[test]
fn a_waiter_is_woken_with_its_message_and_what_was_done_before() {
    loom::model(|| {
        let queue = Arc::new(WaitQueue::new(0));
        let notifier = {
            let queue = queue.clone();
            thread::spawn(move || {
                let mut queue = queue.lock();
                *queue += 1;
                queue.notify_one(7)
            })
        };
        let locked = queue.lock();
        let first = *locked == 0;
        if first {
            assert_eq!(why(locked.enqueue().wait(Limit::NEVER)), Ok(7));
        } else {
            drop(locked);
        }
        assert_eq!(notifier.join().unwrap(), first);
        assert_eq!(*queue.lock(), 1);
    });
}

/// Two wait, one of them for a moment only; a notification that chose somebody is the one's or the other's.
#[test]
fn a_notification_is_not_lost_on_one_that_gives_up() {
    bounded(|| {
        let queue = Arc::new(WaitQueue::new(()));
        let (brief, lasting) = (queue.lock().enqueue(), queue.lock().enqueue());
        let notifier = {
            let queue = queue.clone();
            thread::spawn(move || assert!(queue.lock().notify_one(1)))
        };
        match why(brief.wait(Duration::ZERO.into())) {
            Ok(message) => assert_eq!((message, lasting.give_up()), (1, None)),
            Err(_) => assert_eq!(why(lasting.wait(Limit::NEVER)), Ok(1)),
        }
        notifier.join().unwrap();
        assert_eq!(queue.waiters(), 0);
    });
}

/// Of a waiter that joins, then looks, and a notifier that changes something, then asks for waiters, one at least
/// sees the other.
#[test]
fn joining_and_looking_against_changing_and_asking() {
    loom::model(|| {
        let shared = Arc::new((WaitQueue::new(()), AtomicBool::new(false)));
        let notifier = {
            let shared = shared.clone();
            thread::spawn(move || {
                let (queue, item) = &*shared;
                item.store(true, Ordering::Relaxed);
                if queue.has_waiters() {
                    queue.lock().notify_one(1);
                }
            })
        };
        let (queue, item) = &*shared;
        let waiting = queue.lock().enqueue();
        if item.load(Ordering::Relaxed) {
            waiting.give_up();
        } else {
            assert_eq!(why(waiting.wait(Limit::NEVER)), Ok(1));
            assert!(item.load(Ordering::Relaxed));
        }
        notifier.join().unwrap();
    });
}

#[test]
fn a_token_overlooks_no_sleeper() {
    loom::model(|| {
        let (queue, token) = (WaitQueue::new(()), CancelToken::new());
        let canceller = {
            let token = token.clone();
            thread::spawn(move || assert!(token.cancel()))
        };
        let outcome = queue.lock().enqueue().wait((&token).into());
        assert_eq!(why(outcome), Err(WaitError::Cancelled));
        canceller.join().unwrap();
    });
}

#[test]
fn a_choice_and_a_cancellation_at_once() {
    bounded(|| {
        let (queue, token) = (Arc::new(WaitQueue::new(())), CancelToken::new());
        let notifier = {
            let queue = queue.clone();
            thread::spawn(move || queue.lock().notify_one(1))
        };
        let canceller = {
            let token = token.clone();
            thread::spawn(move || token.cancel())
        };
        let outcome = why(queue.lock().enqueue().wait((&token).into()));
        let chosen = notifier.join().unwrap();
        assert_eq!(
            outcome,
            if chosen {
                Ok(1)
            } else {
                Err(WaitError::Cancelled)
            }
        );
        canceller.join().unwrap();
    });
}

#[test]
fn a_child_is_cancelled_whenever_it_is_born() {
    loom::model(|| {
        let parent = CancelToken::new();
        let canceller = {
            let parent = parent.clone();
            thread::spawn(move || parent.cancel())
        };
        let child = parent.child();
        canceller.join().unwrap();
        assert!(child.is_cancelled());
    });
}
