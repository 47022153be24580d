//! Round trips of a share, one line a metric: name, unit, value. Medians of several runs.
//!
//! `--quick` measures for a shorter time.

use std::hint::black_box;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use manyways_process::Fork;
use remoted::{InitShare, StubShare, join_all};

const RUNS: usize = 5;

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let run = Duration::from_millis(if quick { 100 } else { 500 });
    println!(
        "raw_socket_round_trip_unix\top/s\t{:.0}",
        raw_round_trips(run)
    );
    let folder = tempfile::tempdir().unwrap();
    let shares = [
        ("unix", InitShare::new().unix(folder.path().join("share"))),
        ("tcp", InitShare::new().port(0)),
    ];
    for (transport, init) in shares {
        let handle = init.start().unwrap();
        let share = StubShare::connect(handle.address()).unwrap();
        measure(&share, transport, run);
        drop(share);
        handle.stop().unwrap();
    }
}

fn measure(share: &StubShare, transport: &str, run: Duration) {
    let print = |name: &str, unit: &str, value: f64| {
        println!("{name}_{transport}\t{unit}\t{value:.0}");
    };
    share.set("n", &1_i64).unwrap();
    let get = rate(run, || share.get::<i64>("n").unwrap());
    print("get", "op/s", get);
    let set = rate(run, || share.set("n", &1_i64).unwrap());
    print("set", "op/s", set);
    let add = rate(run, || share.add("n", 1_i64).unwrap());
    print("add", "op/s", add);
    let lock = rate(run, || drop(share.lock().unwrap()));
    print("lock_unlock", "pair/s", lock);
    let lock = rate(run, || drop(share.lock_item("n").unwrap()));
    print("lock_unlock_item", "pair/s", lock);
    let keys: Vec<u32> = (0..1000).collect();
    share.set_many(keys.iter().map(|key| (key, key))).unwrap();
    let many = rate(run, || drop(share.get_many::<u32>(&keys).unwrap()));
    print("get_many", "value/s", many * 1000.0);
    print("get_2_processes", "op/s", two_processes(share, run));
    let text = "x".repeat(16 << 20);
    let big = rate(run, || {
        share.set("big", &text).unwrap();
        drop(share.get::<String>("big").unwrap());
    });
    print("set_get_16MiB", "MB/s", big * 2.0 * text.len() as f64 / 1e6);
}

/// Calls per second, the median of several runs.
fn rate<T>(run: Duration, mut call: impl FnMut() -> T) -> f64 {
    let mut rates: Vec<f64> = (0..RUNS).map(|_| one_rate(run, &mut call)).collect();
    rates.sort_by(f64::total_cmp);
    rates[RUNS / 2]
}

fn one_rate<T>(run: Duration, call: &mut impl FnMut() -> T) -> f64 {
    let began = Instant::now();
    let mut calls = 0_u32;
    while began.elapsed() < run {
        black_box(call());
        calls += 1;
    }
    f64::from(calls) / began.elapsed().as_secs_f64()
}

fn two_processes(share: &StubShare, run: Duration) -> f64 {
    let work =
        |share: &StubShare, run: Duration| one_rate(run, &mut || share.get::<i64>("n").unwrap());
    let procs: Vec<_> = (0..2)
        .map(|_| share.new_proc(work, RUNS as u32 * run).unwrap())
        .collect();
    join_all(procs).into_iter().map(Result::unwrap).sum()
}

/// What a server costs that does nothing: 32 bytes to another process and back, both sides blocking.
fn raw_round_trips(run: Duration) -> f64 {
    let (mut here, mut there) = UnixStream::pair().unwrap();
    let mut message = [7; 32];
    let echo = Fork::new().run(|| {
        let mut message = [0; 32];
        while there.read_exact(&mut message).is_ok() && message[0] != 0 {
            there.write_all(&message).unwrap();
        }
    });
    let raw = rate(run, || {
        here.write_all(&message).unwrap();
        here.read_exact(&mut message).unwrap();
    });
    here.write_all(&[0; 32]).unwrap();
    echo.unwrap().join().unwrap();
    raw
}
