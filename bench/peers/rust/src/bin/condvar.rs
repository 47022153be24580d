//! The standard library's mutex and condition variable: `condvar NAME` prints one line, `name<TAB>unit<TAB>value`.
//!
//! `round_trip` passes a number to another thread and waits for its answer, one at a time.

use std::hint::black_box;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("round_trip") => println!("round_trip\tus\t{:.4}", round_trip()),
        _ => {
            eprintln!("usage: condvar round_trip");
            std::process::exit(2);
        }
    }
}

/// What the two pass to each other; none stands for the end.
#[derive(Clone, Copy, PartialEq)]
enum Turn {
    Caller(u64),
    Worker(Option<u64>),
}

#[derive(Default)]
struct Table {
    turn: Mutex<Option<Turn>>,
    changed: Condvar,
}

impl Table {
    fn put(&self, turn: Turn) {
        *self.turn.lock().unwrap() = Some(turn);
        self.changed.notify_one();
    }

    /// Waits for the turn of one side.
    fn take(&self, mine: impl Fn(Turn) -> bool) -> Turn {
        let turn = self.turn.lock().unwrap();
        let mut turn = self
            .changed
            .wait_while(turn, |turn| !turn.is_some_and(&mine))
            .unwrap();
        turn.take().expect("it was waited for")
    }
}

fn work(table: &Table) {
    while let Turn::Worker(Some(number)) = table.take(|turn| matches!(turn, Turn::Worker(_))) {
        table.put(Turn::Caller(black_box(number) + 1));
    }
}

/// In microseconds: the mean of half a second, after a thousand that do not count.
fn round_trip() -> f64 {
    let table = Arc::new(Table::default());
    let worker = {
        let table = table.clone();
        thread::spawn(move || work(&table))
    };
    let round = || {
        for number in 0..1000 {
            table.put(Turn::Worker(Some(number)));
            let answer = table.take(|turn| matches!(turn, Turn::Caller(_)));
            assert!(answer == Turn::Caller(number + 1));
        }
    };
    round();
    let start = Instant::now();
    let mut rounds = 0;
    while start.elapsed() < Duration::from_millis(500) {
        round();
        rounds += 1;
    }
    let mean = start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds) / 1e3;
    table.put(Turn::Worker(None));
    worker.join().unwrap();
    mean
}
