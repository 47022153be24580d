//! crossbeam-channel: `channels NAME` prints one line, `name<TAB>items/s<TAB>value`.
//!
//! - `bounded`: one thread sends a million numbers, another receives them, at most 1 024 in the channel;
//!   `unbounded` has no bound;
//! - `bounded_2x2`, `unbounded_2x2`: two threads send and two receive;
//! - `one_thread`: a send and a receive by turns, nobody else there;
//! - `ping_pong`: two threads send one number to and fro, through two channels.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

const ITEMS: u64 = 1_000_000;
const BOUND: usize = 1024;
const ROUND_TRIPS: u64 = 50_000;

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    let rate = match name.as_str() {
        "bounded" => transfer(1, bounded(BOUND)),
        "bounded_2x2" => transfer(2, bounded(BOUND)),
        "unbounded" => transfer(1, unbounded()),
        "unbounded_2x2" => transfer(2, unbounded()),
        "one_thread" => one_thread(),
        "ping_pong" => ping_pong(),
        _ => {
            eprintln!(
                "usage: channels bounded|bounded_2x2|unbounded|unbounded_2x2|one_thread|ping_pong"
            );
            std::process::exit(2);
        }
    };
    println!("{name}\titems/s\t{rate:.0}");
}

/// Items a second from so many senders to as many receivers, who receive equal shares: the best of five goes.
fn transfer(pairs: u64, (sender, receiver): (Sender<u64>, Receiver<u64>)) -> f64 {
    let share = ITEMS / pairs;
    let go = || {
        let start = Instant::now();
        let sum: u64 = thread::scope(|scope| {
            let receive = || (0..share).map(|_| receiver.recv().unwrap()).sum::<u64>();
            let receivers: Vec<_> = (0..pairs).map(|_| scope.spawn(receive)).collect();
            for number in 0..pairs {
                let sender = &sender;
                scope.spawn(move || {
                    (0..share).for_each(|n| sender.send(number * share + n).unwrap());
                });
            }
            receivers
                .into_iter()
                .map(|receiver| receiver.join().unwrap())
                .sum()
        });
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(sum, ITEMS * (ITEMS - 1) / 2);
        ITEMS as f64 / seconds
    };
    (0..5).map(|_| go()).fold(0.0, f64::max)
}

fn one_thread() -> f64 {
    let (sender, receiver) = bounded(BOUND);
    let start = Instant::now();
    for n in 0..ITEMS {
        sender.send(black_box(n)).unwrap();
        assert_eq!(receiver.recv(), Ok(n));
    }
    ITEMS as f64 / start.elapsed().as_secs_f64()
}

fn ping_pong() -> f64 {
    let (there, arrival) = bounded(1);
    let (back, answer) = bounded(1);
    thread::scope(|scope| {
        scope.spawn(move || arrival.iter().for_each(|n: u64| back.send(n).unwrap()));
        let start = Instant::now();
        for n in 0..ROUND_TRIPS {
            there.send(n).unwrap();
            assert_eq!(answer.recv(), Ok(n));
        }
        drop(there);
        ROUND_TRIPS as f64 / start.elapsed().as_secs_f64()
    })
}
