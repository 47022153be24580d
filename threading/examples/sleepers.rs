//! Threads that sleep for different times are joined with a time limit, again and again, and are seen to end in the
//! order of their times, not of their starts: those that have ended since the last look are told by their times. One
//! would sleep for an hour, and is cancelled. They fall asleep when all are there.
//!
//! Standard output is
//!
//! ```text
//! 4 sleepers, and all are alive
//! sleeper-100 slept its 100 ms
//! sleeper-500 slept its 500 ms
//! sleeper-900 slept its 900 ms
//! sleeper-3600000 is still alive: cancelled
//! sleeper-3600000 was woken early
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use threading::{Builder, Event, JoinError, Thread, current_token};

/// How long a join waits before it looks at the next thread.
const PATIENCE: Duration = Duration::from_millis(10);

fn main() -> Result<(), Box<dyn Error>> {
    threading::run_main(program)
}

fn program() -> Result<(), Box<dyn Error>> {
    let times_ms = [900, 100, 3_600_000, 500];
    let night = Arc::new(Event::new());
    let mut sleepers = Vec::new();
    for time_ms in times_ms {
        let builder = Builder::new().name(format!("sleeper-{time_ms}"));
        let night = Arc::clone(&night);
        sleepers.push(builder.spawn(move || {
            night.wait();
            sleep(Duration::from_millis(time_ms))
        })?);
    }
    let alive = sleepers.iter().filter(|sleeper| sleeper.is_alive()).count();
    println!("{alive} sleepers, and all are alive");
    night.set();

    while sleepers.len() > 1 {
        let (awake, asleep) = sleepers.into_iter().partition(has_ended);
        sleepers = asleep;
        report(awake)?;
    }
    for sleeper in &sleepers {
        println!("{} is still alive: cancelled", sleeper.name());
        sleeper.cancel();
    }
    report(sleepers)?;
    Ok(())
}

/// Sleeps in a way that `cancel` can end. Gives the time, if it was slept in full.
fn sleep(time: Duration) -> Option<Duration> {
    let never = Event::new();
    let woken = never.wait_timeout(current_token().within(time));
    woken.is_err_and(|why| why.is_timed_out()).then_some(time)
}

fn has_ended(sleeper: &Thread<Option<Duration>>) -> bool {
    sleeper.join_timeout(PATIENCE).is_ok()
}

fn report(sleepers: Vec<Thread<Option<Duration>>>) -> Result<(), JoinError> {
    let mut told = Vec::new();
    for sleeper in sleepers {
        let name = sleeper.name();
        told.push((sleeper.join()?, name));
    }
    told.sort();
    for (slept, name) in told {
        match slept {
            Some(time) => println!("{name} slept its {} ms", time.as_millis()),
            None => println!("{name} was woken early"),
        }
    }
    Ok(())
}
