//! One future, mostly a promised one.

use std::panic;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use threading::futures::{Future, FutureError, Promise, ResultError, promise};
use threading::{CancelToken, Event, WaitError};

use super::{LONG, SHORT, number, occupy, pool_of};

/// Notes what callbacks are told.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: String) {
        self.0.lock().unwrap().push(note);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn watch(&self, name: &'static str, future: &Future<u32>) {
        let notes = self.clone();
        future.add_done_callback(move |outcome| {
            notes.add(match outcome {
                Ok(number) => format!("{name}: {number}"),
                Err(error) => format!("{name}: {error}"),
            });
        });
    }
}

/// The panics that the program's hook is told of while `f` runs.
fn reported(f: impl FnOnce()) -> Vec<String> {
    // The crate's own hook is in front of whatever there is when the first task is run.
    pool_of(1).submit(|| ()).unwrap().result().unwrap();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let before = panic::take_hook();
    let hook = reports.clone();
    panic::set_hook(Box::new(move |info| {
        let message = info.payload_as_str().unwrap_or_default();
        hook.lock().unwrap().push(message.to_owned());
    }));
    f();
    panic::set_hook(before);
    std::mem::take(&mut reports.lock().unwrap())
}

fn settle(promise: Promise<u32>, with: Result<u32, &'static str>) {
    match with {
        Ok(number) => promise.set_result(number).unwrap(),
        Err(error) => promise.set_exception(error).unwrap(),
    }
}

#[test]
fn callbacks_get_the_result_in_the_order_in_which_they_were_added() {
    guarded(|| {
        let (notes, (promise, future)) = (Notes::default(), promise());
        notes.watch("first", &future);
        notes.watch("second", &future);
        assert!(notes.take().is_empty());
        settle(promise, Ok(5));
        assert_eq!(notes.take(), ["first: 5", "second: 5"]);
    });
}

#[test]
fn callbacks_get_the_error() {
    guarded(|| {
        let (notes, (promise, future)) = (Notes::default(), promise());
        notes.watch("callback", &future);
        settle(promise, Err("no luck"));
        assert_eq!(notes.take(), ["callback: the task failed: no luck"]);
    });
}

#[test]
fn callbacks_are_told_of_a_cancellation_by_the_one_who_cancels() {
    guarded(|| {
        let (notes, (_promise, future)) = (Notes::default(), promise());
        notes.watch("callback", &future);
        assert!(future.cancel());
        let told = notes.take();
        assert_eq!(
            told,
            ["callback: the future was cancelled before its task began"]
        );
        assert!(future.cancel());
        assert!(notes.take().is_empty());
    });
}

#[test]
fn callbacks_of_a_future_that_is_done_are_called_at_once() {
    guarded(|| {
        let notes = Notes::default();
        for with in [Ok(5), Err("no luck")] {
            let (promise, future) = promise();
            settle(promise, with);
            notes.watch("late", &future);
        }
        let (_promise, future) = promise();
        future.cancel();
        notes.watch("late", &future);
        let told = notes.take();
        assert_eq!(told[..2], ["late: 5", "late: the task failed: no luck"]);
        assert!(told[2].contains("cancelled"));
    });
}

#[test]
fn a_callback_that_panics_is_reported_and_stops_nobody() {
    guarded(|| {
        let (notes, (promise, future)) = (Notes::default(), promise());
        notes.watch("first", &future);
        future.add_done_callback(|_| panic!("a callback's"));
        notes.watch("third", &future);
        let told = reported(|| settle(promise, Ok(5)));
        assert_eq!(told, ["a callback's"]);
        assert_eq!(notes.take(), ["first: 5", "third: 5"]);
        let told = reported(|| future.add_done_callback(|_| panic!("a late one's")));
        assert_eq!(told, ["a late one's"]);
        assert_eq!(future.result().unwrap(), 5);
    });
}

#[test]
fn a_callback_that_panics_in_a_task_is_reported_too() {
    guarded(|| {
        let pool = pool_of(1);
        let told = reported(|| {
            let cancels = pool.submit(|| {
                let (_promise, future) = promise::<()>();
                future.add_done_callback(|_| panic!("inside a task"));
                future.cancel()
            });
            assert!(cancels.unwrap().result().unwrap());
        });
        assert_eq!(told, ["inside a task"]);
    });
}

#[test]
fn callbacks_are_through_when_the_future_is_done() {
    guarded(|| {
        let (pool, called) = (pool_of(1), Arc::new(AtomicUsize::new(0)));
        for round in 1..=200 {
            let (go, blocker) = occupy(&pool);
            let future = pool.submit(|| ()).unwrap();
            let count = called.clone();
            future.add_done_callback(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
            });
            go.set();
            future.result().unwrap();
            assert_eq!(called.load(Ordering::Relaxed), round);
            blocker.result().unwrap();
        }
    });
}

#[test]
fn a_callback_may_add_callbacks() {
    guarded(|| {
        let notes = Notes::default();
        let (promise, future) = promise();
        let future = Arc::new(future);
        let (inner_notes, inner) = (notes.clone(), future.clone());
        future.add_done_callback(move |_| inner_notes.watch("inner", &inner));
        settle(promise, Ok(5));
        assert_eq!(notes.take(), ["inner: 5"]);
    });
}

#[test]
fn a_callback_that_waits_for_its_own_future_is_told_so() {
    guarded(|| {
        let (promise, future) = promise();
        let future = Arc::new(future);
        let inner = future.clone();
        future.add_done_callback(move |_| inner.wait());
        let told = reported(|| settle(promise, Ok(5)));
        assert!(told[0].contains("waits for its own future"), "{told:?}");
        assert_eq!(*future.result_ref().unwrap(), 5);
    });
}

#[test]
fn debug_shows_how_it_is() {
    guarded(|| {
        let (promise, future) = promise();
        assert_eq!(
            format!("{future:?}"),
            "Future { state: pending, waiters: 0, callbacks: 0, watchers: 0 }"
        );
        future.add_done_callback(|_| ());
        assert!(promise.set_running_or_notify_cancel());
        assert_eq!(
            format!("{future:?}"),
            "Future { state: running, waiters: 0, callbacks: 1, watchers: 0 }"
        );
        settle(promise, Err("no luck"));
        let shown = format!("{future:?}");
        assert!(shown.contains("state: done, error: ") && shown.contains("no luck"));
    });
}

#[test]
fn each_state_answers_for_itself() {
    guarded(|| {
        let state = |future: &Future<u32>| (future.running(), future.done(), future.cancelled());
        let (promise, future) = promise();
        assert_eq!(state(&future), (false, false, false));
        assert!(promise.set_running_or_notify_cancel());
        assert!(promise.set_running_or_notify_cancel());
        assert_eq!(state(&future), (true, false, false));
        assert!(!future.cancel());
        settle(promise, Ok(5));
        assert_eq!(state(&future), (false, true, false));
        assert!(!future.cancel());
        assert_eq!(future.result().unwrap(), 5);
    });
}

#[test]
fn one_that_is_cancelled_is_done_and_takes_no_result() {
    guarded(|| {
        let (promise, future) = promise();
        assert!(future.cancel());
        assert!(future.cancelled() && future.done() && !future.running());
        assert!(promise.cancelled() && !promise.set_running_or_notify_cancel());
        assert_eq!(promise.set_result(5), Err(5));
        assert!(future.exception().unwrap().is_cancelled());
        assert!(future.result().unwrap_err().is_cancelled());

        let (promise, future) = threading::futures::promise::<()>();
        assert!(future.cancel());
        let error = promise.set_exception("too late").unwrap_err();
        assert_eq!(error.to_string(), "too late");
    });
}

#[test]
fn a_promise_that_is_dropped_leaves_word() {
    guarded(|| {
        let (promise, future) = promise::<u32>();
        drop(promise);
        assert!(future.result().unwrap_err().is_abandoned());
        let (promise, future) = threading::futures::promise::<u32>();
        assert!(promise.set_running_or_notify_cancel());
        drop(promise);
        let error = future.result().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the promise was dropped without a result"
        );
    });
}

#[test]
fn a_limit_gives_the_future_back() {
    guarded(|| {
        let (promise, future) = promise();
        let start = Instant::now();
        let unfinished = future.result_timeout(SHORT);
        assert!(start.elapsed() >= SHORT);
        let Err(ResultError::Unfinished(WaitError::TimedOut, future)) = unfinished else {
            panic!("{unfinished:?}");
        };
        assert_eq!(
            future.exception_timeout(SHORT).unwrap_err(),
            WaitError::TimedOut
        );
        let future = future.try_result().unwrap_err();
        settle(promise, Ok(5));
        assert!(future.exception_timeout(SHORT).unwrap().is_none());
        assert_eq!(future.result_timeout(Duration::ZERO).unwrap(), 5);
    });
}

#[test]
fn an_error_is_given_within_a_limit_too() {
    guarded(|| {
        let (promise, future) = promise();
        settle(promise, Err("no luck"));
        let failed = future.result_timeout(LONG).unwrap_err();
        assert!(matches!(&failed, ResultError::Failed(error) if error.get_ref().is_some()));
        assert_eq!(failed.to_string(), "the task failed: no luck");
    });
}

#[test]
fn a_token_ends_the_wait_and_not_the_task() {
    guarded(|| {
        let (promise, future) = promise();
        let token = CancelToken::new();
        thread::scope(|scope| {
            let waiter = scope.spawn(|| future.wait_timeout(&token));
            super::await_number(&future, "waiters", 1);
            token.cancel();
            assert_eq!(waiter.join().unwrap(), Err(WaitError::Cancelled));
        });
        settle(promise, Ok(5));
        assert_eq!(future.wait_timeout(&token), Err(WaitError::Cancelled));
        assert_eq!(future.result().unwrap(), 5);
    });
}

#[test]
fn those_who_wait_are_woken_by_a_result_an_error_and_a_cancellation() {
    guarded(|| {
        for with in [Some(Ok(5)), Some(Err("no luck")), None] {
            let (promise, future) = promise();
            thread::scope(|scope| {
                let waiters = [(); 2].map(|()| scope.spawn(|| future.result_ref().ok().copied()));
                super::await_number(&future, "waiters", 2);
                match with {
                    Some(with) => settle(promise, with),
                    None => assert!(future.cancel()),
                }
                let number = with.and_then(Result::ok);
                assert_eq!(waiters.map(|waiter| waiter.join().unwrap()), [number; 2]);
            });
        }
    });
}

#[test]
fn an_error_comes_back_as_it_was() {
    guarded(|| {
        let (promise, future) = promise::<()>();
        promise
            .set_exception("x".parse::<u32>().unwrap_err())
            .unwrap();
        let error = future.result().unwrap_err();
        assert!(std::error::Error::source(&error).is_some());
        let error = error.into_inner().unwrap();
        assert!(error.is::<std::num::ParseIntError>());
    });
}

/// A waker that counts, and sets an event.
#[derive(Default)]
struct Alarm {
    rings: AtomicUsize,
    rang: Event,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.rings.fetch_add(1, Ordering::Relaxed);
        self.rang.set();
    }
}

#[test]
fn async_code_is_woken_once_by_the_last_waker_it_gave() {
    guarded(|| {
        let (first, second) = (Arc::new(Alarm::default()), Arc::new(Alarm::default()));
        let pool = pool_of(1);
        let (go, blocker) = occupy(&pool);
        let mut awaited = pin!(pool.submit(|| 5).unwrap().into_future());
        for alarm in [&first, &second, &second] {
            let waker = Waker::from(alarm.clone());
            let poll = awaited.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(poll.is_pending());
        }
        go.set();
        second.rang.wait();
        let poll = awaited.poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Ready(Ok(5))));
        blocker.result().unwrap();
        drop(pool);
        let rings = [&first, &second].map(|alarm| alarm.rings.load(Ordering::Relaxed));
        assert_eq!(rings, [0, 1]);
    });
}

#[test]
fn async_code_gets_errors() {
    guarded(|| {
        let (promise, future) = promise::<()>();
        drop(promise);
        let poll = pin!(future.into_future()).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Ready(Err(error)) if FutureError::is_abandoned(&error)));
    });
}

#[test]
fn a_future_of_what_is_borrowed() {
    guarded(|| {
        let text = String::from("borrowed");
        let (promise, future) = promise();
        promise.set_result(text.as_str()).unwrap();
        assert_eq!(future.result().unwrap().len(), 8);
        assert_eq!(number(&threading::futures::promise::<()>().0, "waiters"), 0);
    });
}
