//! Calls that are made later.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use threading::{Builder, Timer, cancel_requested, current_thread};

const BRIEF: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn the_call_comes_after_the_interval_which_begins_with_the_start() {
    guarded(|| {
        let timer = Timer::new(BRIEF, Instant::now);
        assert_eq!(timer.interval(), BRIEF);
        // Time that passes before the start does not count: there must be some.
        std::thread::sleep(BRIEF);
        let begin = Instant::now();
        timer.start().unwrap();
        let called = timer.join().unwrap().unwrap();
        assert!(called.duration_since(begin) >= BRIEF);
    });
}

#[test]
fn a_timer_that_is_cancelled_calls_nothing() {
    guarded(|| {
        let timer = Timer::new(LONG, || panic!("called"));
        timer.start().unwrap();
        assert!(timer.join_timeout(BRIEF).unwrap_err().is_timed_out());
        timer.cancel();
        assert_eq!(timer.join().unwrap(), None);

        let early = Timer::new(Duration::ZERO, || panic!("called"));
        early.cancel();
        early.start().unwrap();
        assert_eq!(early.join().unwrap(), None);
    });
}

#[test]
fn a_call_that_has_begun_is_not_cut_off_and_may_ask() {
    guarded(|| {
        let (tell, told) = mpsc::channel();
        let timer = Timer::new(Duration::ZERO, move || {
            tell.send(()).unwrap();
            while !cancel_requested() {
                std::thread::yield_now();
            }
            "ended by itself"
        });
        timer.start().unwrap();
        told.recv().unwrap();
        timer.cancel();
        assert_eq!(timer.join().unwrap(), Some("ended by itself"));
    });
}

#[test]
fn a_timer_is_a_thread() {
    guarded(|| {
        let builder = Builder::new().name("alarm").daemon(true);
        let timer = Timer::with(builder, BRIEF, || current_thread().name());
        assert!(timer.daemon() && format!("{timer:?}").contains("alarm"));
        timer.start().unwrap();
        assert!(timer.start().unwrap_err().is_already_started());
        assert_eq!(timer.join().unwrap().as_deref(), Some("alarm"));

        let unlucky = Timer::new(Duration::ZERO, || panic!("late"));
        unlucky.start().unwrap();
        let error = unlucky.join().map(|_: Option<()>| ()).unwrap_err();
        assert_eq!(error.panic_report().unwrap().message(), "late");
    });
}
