//! Calls of a manager: prints lines of `name<TAB>unit<TAB>value`, for what is named as an argument or all. Medians of several
//! runs.
//!
//! `manager_get` and `manager_set` of a dictionary's entry, one call after the other; `manager_append_2` two processes
//! that append to one list.

use std::hint::black_box;
use std::time::{Duration, Instant};

use manyways_process::Fork;
use multiprocessing::managers::{DictProxy, ListProxy, Manager};

const RUNS: usize = 5;

/// How long each run takes.
const RUN: Duration = Duration::from_millis(200);

fn main() {
    let manager = Manager::start().unwrap();
    let dict: DictProxy<i64, i64> = manager.dict([(1, 1)]).unwrap();
    let list: ListProxy<i64> = manager.list([]).unwrap();
    report("manager_get", || rate(|| dict.get(1).unwrap()));
    report("manager_set", || rate(|| dict.insert(1, 2).unwrap()));
    report("manager_append_2", || {
        let append = || rate(|| list.append(1).unwrap());
        let children = [(); 2].map(|()| Fork::new().run(append).unwrap());
        children.map(|child| child.join().unwrap()).iter().sum()
    });
}

fn rate<T>(mut call: impl FnMut() -> T) -> f64 {
    let began = Instant::now();
    let mut calls = 0_u32;
    while began.elapsed() < RUN {
        black_box(call());
        calls += 1;
    }
    f64::from(calls) / began.elapsed().as_secs_f64()
}

fn report(name: &str, measure: impl Fn() -> f64) {
    if is_wanted(name) {
        let mut rates: Vec<f64> = (0..RUNS).map(|_| measure()).collect();
        rates.sort_by(f64::total_cmp);
        println!("{name}\tcall/s\t{:.0}", rates[RUNS / 2]);
    }
}

fn is_wanted(name: &str) -> bool {
    let mut names = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with("--"))
        .peekable();
    names.peek().is_none() || names.any(|wanted| wanted == name)
}
