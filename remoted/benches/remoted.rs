//! Round trips of a share: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument
//! or all. Medians of several runs.
//!
//! Each of `get`, `set`, `add`, `lock_unlock`, `lock_unlock_item`, `get_many`, `get_2_processes` and
//! `set_get_16MiB` is there for a UNIX socket and for TCP: `get_unix`, `get_tcp`, ...
//! `bare_socket` is a round trip without any of that.

use std::hint::black_box;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use manyways_process::Fork;
use remoted::{InitShare, StubShare, join_all};

const RUNS: usize = 5;

/// How long each run takes.
const RUN: Duration = Duration::from_millis(200);

fn main() {
    report("bare_socket", "op/s", &bare_round_trips);
    let folder = tempfile::tempdir().unwrap();
    let shares = [
        ("unix", InitShare::new().unix(folder.path().join("share"))),
        ("tcp", InitShare::new().port(0)),
    ];
    for (transport, init) in shares {
        let handle = init.start().unwrap();
        let share = StubShare::connect(handle.address()).unwrap();
        measure(&share, transport);
        drop(share);
        handle.stop().unwrap();
    }
}

fn measure(share: &StubShare, transport: &str) {
    let report = |name: &str, unit: &str, measure: &dyn Fn() -> f64| {
        report(&format!("{name}_{transport}"), unit, measure);
    };
    share.set("n", &1_i64).unwrap();
    report("get", "op/s", &|| rate(|| share.get::<i64>("n").unwrap()));
    report("set", "op/s", &|| rate(|| share.set("n", &1_i64).unwrap()));
    report("add", "op/s", &|| rate(|| share.add("n", 1_i64).unwrap()));
    report("lock_unlock", "pair/s", &|| {
        rate(|| drop(share.lock().unwrap()))
    });
    report("lock_unlock_item", "pair/s", &|| {
        rate(|| drop(share.lock_item("n").unwrap()))
    });
    report("get_many", "value/s", &|| get_many(share));
    report("get_2_processes", "op/s", &|| two_processes(share));
    report("set_get_16MiB", "MB/s", &|| big(share));
}

fn report(name: &str, unit: &str, measure: &dyn Fn() -> f64) {
    if is_wanted(name) {
        println!("{name}\t{unit}\t{:.0}", measure());
    }
}

fn is_wanted(name: &str) -> bool {
    let mut names = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with("--"))
        .peekable();
    names.peek().is_none() || names.any(|wanted| wanted == name)
}

fn get_many(share: &StubShare) -> f64 {
    let keys: Vec<u32> = (0..1000).collect();
    share.set_many(keys.iter().map(|key| (key, key))).unwrap();
    1000.0 * rate(|| share.get_many::<u32>(&keys).unwrap())
}

fn big(share: &StubShare) -> f64 {
    let text = "x".repeat(16 << 20);
    let rate = rate(|| {
        share.set("big", &text).unwrap();
        share.get::<String>("big").unwrap()
    });
    rate * 2.0 * text.len() as f64 / 1e6
}

/// Calls per second, the median of several runs.
fn rate<T>(mut call: impl FnMut() -> T) -> f64 {
    let mut rates: Vec<f64> = (0..RUNS).map(|_| one_rate(RUN, &mut call)).collect();
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

fn two_processes(share: &StubShare) -> f64 {
    let work =
        |share: &StubShare, run: Duration| one_rate(run, &mut || share.get::<i64>("n").unwrap());
    let procs: Vec<_> = (0..2)
        .map(|_| share.new_proc(work, RUNS as u32 * RUN).unwrap())
        .collect();
    join_all(procs).into_iter().map(Result::unwrap).sum()
}

/// What a server costs that does nothing: 32 bytes to another process and back, both sides blocking.
fn bare_round_trips() -> f64 {
    let (mut here, mut there) = UnixStream::pair().unwrap();
    let mut message = [7; 32];
    let echo = Fork::new().run(|| {
        let mut message = [0; 32];
        while there.read_exact(&mut message).is_ok() && message[0] != 0 {
            there.write_all(&message).unwrap();
        }
    });
    let rate = rate(|| {
        here.write_all(&message).unwrap();
        here.read_exact(&mut message).unwrap();
    });
    here.write_all(&[0; 32]).unwrap();
    echo.unwrap().join().unwrap();
    rate
}
