//! Process start: prints lines of `name<TAB>unit<TAB>value`, those named as arguments or all.
//!
//! - `fork_join`: fork a child that runs an empty closure, wait for it;
//! - `fork_value`: the same with a value that comes back over the link;
//! - `growth_fds`, `growth_processes`, `growth_memory`: what 1 000 rounds of `fork_join` leave behind.

use std::fs;
use std::time::Instant;

use manyways_process::Fork;
use manyways_testkit::resident_bytes;

type Measure = fn() -> f64;

const MEASURES: [(&str, &str, Measure); 5] = [
    ("fork_join", "start+join/s", || per_second(3000, fork_join)),
    ("fork_value", "start+join/s", || {
        per_second(3000, fork_value)
    }),
    ("growth_fds", "fds", || growth(open_fds)),
    ("growth_processes", "processes", || growth(children)),
    ("growth_memory", "KiB", || growth(resident_kib)),
];

fn main() {
    let wanted: Vec<_> = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with("--"))
        .collect();
    for (name, unit, measure) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            println!("{name}\t{unit}\t{:.2}", measure());
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

fn per_second(rounds: u32, round: fn()) -> f64 {
    (0..50).for_each(|_| round());
    let start = Instant::now();
    (0..rounds).for_each(|_| round());
    f64::from(rounds) / start.elapsed().as_secs_f64()
}

/// By how much `count` grows in 1 000 rounds. What is allocated once does not count.
fn growth(count: fn() -> u64) -> f64 {
    (0..100).for_each(|_| fork_join());
    let before = count();
    (0..1000).for_each(|_| fork_join());
    count().saturating_sub(before) as f64
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
