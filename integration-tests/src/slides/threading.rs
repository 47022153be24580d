//! A thread is a type of one's own whose `run` does the work; another sleeps until it is asked to stop.

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use threading::{Builder, Event, Run, Thread, WaitError, current_token};

struct Counter {
    numbers: std::ops::Range<u32>,
}

impl Run for Counter {
    type Output = usize;

    fn run(self) -> usize {
        let is_prime = |n: &u32| *n >= 2 && (2..*n).all(|divisor| !n.is_multiple_of(divisor));
        self.numbers.filter(is_prime).count()
    }
}

pub(super) fn program(out: &mut dyn Write) -> Result<(), Box<dyn Error + Send + Sync>> {
    let shares = [0..100, 100..200, 200..300];
    let threads = shares.map(|numbers| Thread::new(Counter { numbers }));
    for thread in &threads {
        thread.start()?;
    }
    for thread in threads {
        writeln!(out, "{} primes", thread.join()?)?;
    }

    let sleeper = Builder::new().name("sleeper").spawn(sleep)?;
    let joined = sleeper.join_timeout(Duration::from_millis(20));
    writeln!(
        out,
        "the sleeper sleeps: {}",
        joined.is_err() && sleeper.is_alive()
    )?;
    sleeper.cancel();
    writeln!(out, "it was asked to stop, and {}", sleeper.join()?)?;
    Ok(())
}

fn sleep() -> &'static str {
    let never = Event::new();
    match never.wait_timeout(current_token().within(Duration::from_secs(3600))) {
        Err(WaitError::Cancelled) => "was woken",
        _ => "overslept",
    }
}
