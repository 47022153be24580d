//! What a fork, a join and a message cost. Prints `name<TAB>unit<TAB>value`; an argument selects one.

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use manyways_process::Fork;
use manyways_testkit::resident_bytes;

fn main() {
    // `cargo bench` passes `--bench`.
    let chosen = std::env::args().skip(1).find(|name| !name.starts_with('-'));
    let all: [(&str, fn()); 6] = [
        ("spawn_wait", spawn_wait),
        ("run_join", run_join),
        ("spawn_wait_64MiB_heap", spawn_wait_with_heap),
        ("round_trip", round_trip),
        ("throughput", throughput),
        ("growth", growth),
    ];
    for (name, bench) in all {
        if chosen.as_deref().is_none_or(|chosen| chosen == name) {
            bench();
        }
    }
}

fn report(name: &str, unit: &str, value: f64) {
    println!("{name}\t{unit}\t{value:.2}");
}

/// Calls a second, after some to warm up.
fn rate(rounds: u32, mut round: impl FnMut()) -> f64 {
    (0..20).for_each(|_| round());
    let start = Instant::now();
    (0..rounds).for_each(|_| round());
    f64::from(rounds) / start.elapsed().as_secs_f64()
}

fn fork_and_wait() {
    let (mut child, _link) = Fork::new().spawn(|_| ()).unwrap();
    assert!(child.wait().unwrap().success());
}

fn spawn_wait() {
    report("spawn_wait", "start+join/s", rate(3000, fork_and_wait));
}

fn spawn_wait_with_heap() {
    let heap = black_box(vec![1_u8; 64 << 20]);
    report(
        "spawn_wait_64MiB_heap",
        "start+join/s",
        rate(1000, fork_and_wait),
    );
    drop(heap);
}

fn run_join() {
    let round = || assert_eq!(Fork::new().run(|| 7_u64).unwrap().join().unwrap(), 7);
    report("run_join", "start+join/s", rate(3000, round));
}

fn round_trip() {
    let (_child, mut link) = Fork::new()
        .spawn(|link| {
            while let Ok(number) = link.recv::<u64>() {
                link.send(&number).unwrap();
            }
        })
        .unwrap();
    let rate = rate(50_000, || {
        link.send(&1_u64).unwrap();
        link.recv::<u64>().unwrap();
    });
    report("round_trip", "us", 1e6 / rate);
}

fn throughput() {
    const MESSAGE: usize = 4 << 20;
    let (_child, mut link) = Fork::new()
        .spawn(|link| {
            while let Ok(bytes) = link.halves().1.recv_bytes() {
                black_box(bytes);
            }
        })
        .unwrap();
    let bytes = vec![7_u8; MESSAGE];
    let rate = rate(500, || link.halves().0.send_bytes(&[&bytes]).unwrap());
    report("throughput", "MB/s", rate * MESSAGE as f64 / 1e6);
}

/// By how much open files, processes and memory grow in 1 000 starts. What is allocated once does not count.
fn growth() {
    let counts = || [open_fds(), children(), resident_kib()];
    (0..100).for_each(|_| fork_and_wait());
    let before = counts();
    (0..1000).for_each(|_| fork_and_wait());
    let after = counts();
    for (index, what) in ["fds\tfds", "processes\tprocesses", "memory\tKiB"]
        .into_iter()
        .enumerate()
    {
        let growth = after[index].saturating_sub(before[index]);
        println!("growth_{what}\t{growth}");
    }
}

fn open_fds() -> u64 {
    fs::read_dir("/proc/self/fd").unwrap().count() as u64
}

fn resident_kib() -> u64 {
    resident_bytes() / 1024
}

/// The children of all threads, zombies too.
fn children() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let lists =
        tasks.map(|task| fs::read_to_string(task.unwrap().path().join("children")).unwrap());
    lists
        .map(|list| list.split_whitespace().count() as u64)
        .sum()
}
