//! What an event must do: CPython's `EventTests`.

use std::sync::Arc;
use std::time::Instant;

use super::{BRIEF, EVER, HANDS, tells};
use crate::contract::{Counter, Crew, Event, Refusal, World};

/// It is set by `set` and cleared by `clear`, however often (`EventTests.test_is_set`).
pub fn is_set<W: World, E: Event>() {
    let event = E::new();
    assert!(!event.is_set());
    for _ in 0..2 {
        event.set();
        assert!(event.is_set());
    }
    for _ in 0..2 {
        event.clear();
        assert!(!event.is_set());
    }
}

/// `set` wakes all that wait, and who comes later does not wait (`EventTests.test_notify`).
pub fn notify<W: World, E: Event>() {
    let event = Arc::new(E::new());
    for _ in 0..2 {
        let passed = Counter::new();
        let crew = waiting::<W, E>(&event, &passed);
        crew.settle();
        assert_eq!(passed.get(), 0, "nobody passes an event that is not set");
        event.set();
        crew.join();
        assert_eq!(passed.get(), HANDS);
        event.wait().unwrap();
        event.clear();
    }
}

/// A wait ends at its limit while the event is not set, and at once when it is
/// (`EventTests.test_timeout`).
pub fn timeout<W: World, E: Event>() {
    let event = Arc::new(E::new());
    let body = {
        let event = Arc::clone(&event);
        move |_| {
            let begin = Instant::now();
            assert_eq!(event.wait_timeout(BRIEF / 1000), Err(Refusal::TimedOut));
            assert_eq!(event.wait_timeout(BRIEF), Err(Refusal::TimedOut));
            assert!(begin.elapsed() >= BRIEF);
        }
    };
    Crew::<W>::start(HANDS, body).join();
    event.set();
    for limit in [std::time::Duration::ZERO, BRIEF, EVER] {
        assert_eq!(event.wait_timeout(limit), Ok(()));
    }
}

/// Those that wait when it is set pass although it is cleared before they run
/// (`EventTests.test_set_and_clear`).
pub fn set_and_clear<W: World, E: Event>() {
    let event = Arc::new(E::new());
    let passed = Counter::new();
    let crew = waiting::<W, E>(&event, &passed);
    crew.settle();
    event.set();
    event.clear();
    crew.join();
    assert_eq!(passed.get(), HANDS);
    assert!(!event.is_set());
}

/// A limited wait passes too when it is set and cleared at once (`EventTests.test_set_and_clear`).
pub fn set_and_clear_within_a_limit<W: World, E: Event>() {
    let event = Arc::new(E::new());
    let crew = Crew::<W>::start(HANDS, {
        let event = Arc::clone(&event);
        move |_| assert_eq!(event.wait_timeout(EVER), Ok(()))
    });
    crew.settle();
    event.set();
    event.clear();
    crew.join();
}

/// What was written before `set` is seen after `wait`, and `set` is seen at all, in many rounds of
/// two workers that hand over to each other.
pub fn ping_pong<W: World, E: Event>() {
    const ROUNDS: u32 = 200;
    let (ping, pong) = (Arc::new(E::new()), Arc::new(E::new()));
    let balls = Counter::new();
    let mut crew = Crew::<W>::new();
    for (parity, mine, other) in [(0, &ping, &pong), (1, &pong, &ping)] {
        let (mine, other, balls) = (Arc::clone(mine), Arc::clone(other), balls.clone());
        crew.hire(move || {
            for round in 0..ROUNDS {
                mine.wait().unwrap();
                mine.clear();
                assert_eq!(balls.get(), 2 * round + parity);
                balls.add();
                other.set();
            }
        });
    }
    ping.set();
    crew.join();
    assert_eq!(balls.get(), 2 * ROUNDS);
}

/// `Debug` tells whether it is set (`EventTests.test_repr`).
pub fn debug<W: World, E: Event>() {
    let event = E::new();
    tells(&event, "set", || event.set());
}

fn waiting<W: World, E: Event>(event: &Arc<E>, passed: &Counter) -> Crew<W> {
    let (event, passed) = (Arc::clone(event), passed.clone());
    Crew::start(HANDS, move |_| {
        event.wait().unwrap();
        passed.add();
    })
}
