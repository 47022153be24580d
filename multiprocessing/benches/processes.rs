//! What the start and the join of a process cost. Prints `name<TAB>unit<TAB>value`; an argument selects one.

use std::fs;
use std::time::Instant;

use multiprocessing::{Process, StartMethod, get_context, stop_forkserver, task};

fn main() {
    multiprocessing::init();
    // `cargo bench` passes `--bench`.
    let chosen = std::env::args().skip(1).find(|name| !name.starts_with('-'));
    let all: [(&str, fn()); 4] = [
        ("start_join_fork", fork),
        ("start_join_spawn", spawn),
        ("start_join_forkserver", forkserver),
        ("growth", growth),
    ];
    for (name, bench) in all {
        if chosen.as_deref().is_none_or(|chosen| chosen == name) {
            bench();
        }
    }
}

/// Prints how often a second `round` can be done, after some to warm up.
fn measure(name: &str, rounds: u32, mut round: impl FnMut()) {
    (0..20).for_each(|_| round());
    let start = Instant::now();
    (0..rounds).for_each(|_| round());
    let rate = f64::from(rounds) / start.elapsed().as_secs_f64();
    println!("{name}\tstart+join/s\t{rate:.2}");
}

#[task]
fn nothing() {}

fn start_join(method: StartMethod) {
    let mut process = get_context(method).process(nothing, ());
    process.start().unwrap();
    process.join().unwrap();
}

fn fork() {
    measure("start_join_fork", 3000, || {
        let mut process = Process::new(|| ());
        process.start().unwrap();
        process.join().unwrap();
    });
}

fn spawn() {
    measure("start_join_spawn", 1000, || start_join(StartMethod::Spawn));
}

fn forkserver() {
    measure("start_join_forkserver", 2000, || {
        start_join(StartMethod::ForkServer);
    });
    stop_forkserver();
}

/// By how much open files, processes and memory grow in 1 000 starts by each method. What is allocated once does not
/// count.
fn growth() {
    let methods = multiprocessing::get_all_start_methods();
    let start_all = || methods.into_iter().for_each(start_join);
    let counts = || [open_fds(), children(), resident_kib()];
    (0..100).for_each(|_| start_all());
    let before = counts();
    (0..1000).for_each(|_| start_all());
    let after = counts();
    let lines = ["fds\tfds", "processes\tprocesses", "memory\tKiB"];
    for (index, line) in lines.into_iter().enumerate() {
        let growth = after[index].saturating_sub(before[index]);
        println!("growth_{line}\t{growth}");
    }
    stop_forkserver();
}

fn open_fds() -> u64 {
    fs::read_dir("/proc/self/fd").unwrap().count() as u64
}

/// The second number counts pages. The test kit, which knows this too, would begin its work in each process.
fn resident_kib() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    4 * pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap()
}

/// Zombies too.
fn children() -> u64 {
    let list = fs::read_to_string("/proc/thread-self/children").unwrap();
    list.split_whitespace().count() as u64
}
