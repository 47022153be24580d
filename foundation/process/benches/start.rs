//! Process start: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or all.
//!
//! - `fork_join`: fork a child that runs an empty closure, wait for it;
//! - `fork_value`: the same with a value that comes back over the link;
//! - `growth`: by how many `growth_fds`, `growth_processes` and `growth_memory` (KiB) grow in 1 000
//!   rounds of `fork_join`.

use std::fs;
use std::time::Instant;

use manyways_process::Fork;
use manyways_testkit::resident_bytes;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<_> = wanted
        .iter()
        .filter(|name| !name.starts_with("--"))
        .collect();
    for (name, measure) in [
        ("fork_join", (|| rate("fork_join", fork_join)) as fn()),
        ("fork_value", || rate("fork_value", fork_value)),
        ("growth", growth),
    ] {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            measure();
        }
    }
}

fn fork_join() {
    let (mut child, _link) = Fork::new().spawn(|_link| {}).unwrap();
    assert!(child.wait().unwrap().success());
}

fn fork_value() {
    let task = Fork::new().run(|| std::hint::black_box(41) + 1).unwrap();
    assert_eq!(task.join().unwrap(), 42);
}

fn rate(name: &str, round: fn()) {
    const ROUNDS: u32 = 3000;
    (0..50).for_each(|_| round());
    let start = Instant::now();
    (0..ROUNDS).for_each(|_| round());
    let rate = f64::from(ROUNDS) / start.elapsed().as_secs_f64();
    println!("{name}\tstart+join/s\t{rate:.2}");
}

/// What is allocated once does not count.
fn growth() {
    let counts = || [open_fds(), children(), resident_kib()];
    (0..100).for_each(|_| fork_join());
    let before = counts();
    (0..1000).for_each(|_| fork_join());
    let after = counts();
    let units = [
        ("fds", "fds"),
        ("processes", "processes"),
        ("memory", "KiB"),
    ];
    for (index, (name, unit)) in units.into_iter().enumerate() {
        println!(
            "growth_{name}\t{unit}\t{}",
            after[index].saturating_sub(before[index])
        );
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
