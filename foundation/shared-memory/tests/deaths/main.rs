//! Real processes die in all ways, while they hold something, while they wait for it, and while they are being woken. Nobody
//! hangs, and the news come.

mod locks;
mod meetings;
mod rings;
#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use manyways_shared_memory::{Taken, WaitError};
use manyways_testkit::guarded_for;
use support::death::{News, Way};

const LIMIT: Duration = Duration::from_secs(300);

/// Of each kind of death in each test.
const ROUNDS: usize = 12;

/// So many more where a moment is to be hit.
const MANY: usize = 60;

/// All ways in turn.
fn in_all_ways(rounds: usize, what: &str, mut round: impl FnMut(Way, &mut News)) {
    guarded_for(LIMIT, || {
        for way in Way::ALL {
            let mut news = News::default();
            (0..rounds).for_each(|_| round(way, &mut news));
            println!("{what}, {way:?}: {news}");
        }
    });
}

/// Busy for up to 100 microseconds, another time in each round: the victim is then at another point of its way.
fn delay() {
    let start = Instant::now();
    let nanoseconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .subsec_nanos()
        % 100_000;
    while start.elapsed() < Duration::from_nanos(nanoseconds.into()) {
        std::hint::spin_loop();
    }
}

fn is_news(taken: Result<Taken, WaitError>) -> bool {
    match taken.unwrap() {
        Taken::Clean => false,
        Taken::OwnerDied(death) => {
            assert!(death.pid().is_some());
            true
        }
    }
}
