//! Connections: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or all. Medians of several
//! runs.
//!
//! `pipe_8` messages of eight bytes to another process, one after the other, also as the time for each; `pipe_1MiB` messages of a mebibyte, received
//! into the same memory; `pipe_round_trip` eight bytes to another process and back; `secure_round_trip` and `secure_1MiB`
//! over an encrypted loopback connection.

use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use manyways_process::Fork;
use multiprocessing::connection::{AuthKey, Client, Connection, Listener, pipe};

const RUNS: usize = 5;

fn main() {
    if let Some(rate) = report("pipe_8", "message/s", || small(pipe().unwrap(), 500_000)) {
        println!("pipe_8_time\tns\t{:.1}", 1e9 / rate);
    }
    report("pipe_1MiB", "MB/s", || large(pipe().unwrap(), 500));
    report("pipe_round_trip", "round trip/s", || {
        round_trips(pipe().unwrap(), 20_000)
    });
    report("secure_1MiB", "MB/s", || large(secure(), 100));
    report("secure_round_trip", "round trip/s", || {
        round_trips(secure(), 10_000)
    });
}

/// The two ends of an encrypted connection over loopback.
fn secure() -> (Connection, Connection) {
    let key = AuthKey::from_key([7; 32]);
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = Listener::options().authkey(key.clone());
    let mut listener = options.bind(loopback).unwrap();
    let address = listener.address().clone();
    let connect = move || Client::options().authkey(key).connect(address).unwrap();
    let client = std::thread::spawn(connect);
    (listener.accept().unwrap(), client.join().unwrap())
}

/// A child sends `count` messages; how many a second arrive.
fn small((mut here, mut there): (Connection, Connection), count: u32) -> f64 {
    let child = Fork::new().run(move || {
        there.recv::<()>().unwrap();
        for _ in 0..count {
            there.send_bytes(black_box(&[7; 8])).unwrap();
        }
        there.recv::<()>().unwrap();
    });
    let child = child.unwrap();
    let mut buffer = [0; 8];
    here.send(&()).unwrap();
    let began = Instant::now();
    for _ in 0..count {
        assert_eq!(here.recv_bytes_into(&mut buffer).unwrap(), 8);
    }
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    here.send(&()).unwrap();
    child.join().unwrap();
    rate
}

fn large((mut here, mut there): (Connection, Connection), count: u32) -> f64 {
    let child = Fork::new().run(move || {
        let message = vec![7; 1 << 20];
        there.recv::<()>().unwrap();
        for _ in 0..count {
            there.send_bytes(black_box(&message)).unwrap();
        }
        there.recv::<()>().unwrap();
    });
    let child = child.unwrap();
    let mut buffer = Vec::new();
    here.send(&()).unwrap();
    let began = Instant::now();
    for _ in 0..count {
        here.recv_bytes_to(&mut buffer).unwrap();
        assert_eq!(buffer.len(), 1 << 20);
    }
    let rate = f64::from(count) * 1.048_576 / began.elapsed().as_secs_f64();
    here.send(&()).unwrap();
    child.join().unwrap();
    rate
}

fn round_trips((mut here, mut there): (Connection, Connection), count: u32) -> f64 {
    let child = Fork::new().run(move || {
        let mut buffer = [0; 8];
        for _ in 0..count {
            there.recv_bytes_into(&mut buffer).unwrap();
            there.send_bytes(&buffer).unwrap();
        }
        there.recv::<()>().unwrap();
    });
    let child = child.unwrap();
    let mut buffer = [7; 8];
    let began = Instant::now();
    for _ in 0..count {
        here.send_bytes(&buffer).unwrap();
        here.recv_bytes_into(&mut buffer).unwrap();
    }
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    here.send(&()).unwrap();
    child.join().unwrap();
    rate
}

/// The median of the rates, if they are wanted.
fn report(name: &str, unit: &str, measure: impl Fn() -> f64) -> Option<f64> {
    is_wanted(name).then(|| {
        let mut rates: Vec<f64> = (0..RUNS).map(|_| measure()).collect();
        rates.sort_by(f64::total_cmp);
        let median = rates[RUNS / 2];
        println!("{name}\t{unit}\t{median:.0}");
        median
    })
}

fn is_wanted(name: &str) -> bool {
    let mut names = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with("--"))
        .peekable();
    names.peek().is_none() || names.any(|wanted| wanted == name)
}
