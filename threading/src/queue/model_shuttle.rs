//! The queues under shuttle, which tries random schedules: more threads and longer programs than `model`, where loom
//! tries all of them. A time limit is over as soon as it is looked at.
//!
//! `RUSTFLAGS="--cfg shuttle" CARGO_TARGET_DIR=target/shuttle cargo test -p threading --lib queue::model_shuttle`

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use shuttle::thread;

use super::blocking::Blocking;
use super::list::List;
use super::pile::Pile;
use super::ring::Ring;
use super::store::Store;
use crate::model_shuttle::{explore, together};
use crate::wait::Limit;

type Heap = BinaryHeap<Reverse<u32>>;

/// Tries a model with every kind of store; those that have a bound have room for one item.
macro_rules! explore_all {
    ($model:ident) => {
        explore(|| $model(Blocking::new(Ring::new(1)), true));
        explore(|| $model(Blocking::new(List::new()), false));
        explore(|| $model(Blocking::new(Pile::<Vec<u32>>::new(1)), true));
        explore(|| $model(Blocking::new(Pile::<Heap>::new(1)), true));
    };
}

/// What is got until there will be nothing more.
fn got<S: Store<Item = u32>>(queue: &Blocking<S>) -> Vec<u32> {
    std::iter::from_fn(|| queue.get().ok()).collect()
}

/// Two putters and two getters, one of whom gives up time and again: each item is got once.
#[test]
fn every_item_is_got_once() {
    fn model<S: Store<Item = u32> + Send + Sync + 'static>(queue: Blocking<S>, _: bool) {
        let queue = Arc::new(queue);
        let shared = queue.clone();
        let getters = thread::spawn(move || {
            together(2, move |number| {
                let hasty = || shared.get_timeout(Limit::from(Duration::ZERO)).ok();
                let mut items: Vec<_> = (0..number * 2).filter_map(|_| hasty()).collect();
                items.extend(got(&shared));
                items
            })
        });
        let shared = queue.clone();
        together(2, move |number| {
            (0..2).for_each(|n| shared.put(2 * number as u32 + n).unwrap());
        });
        queue.shutdown();
        let mut items = getters.join().unwrap().concat();
        items.sort_unstable();
        assert_eq!(items, [0, 1, 2, 3]);
    }
    explore_all!(model);
}

/// Putters and getters that sleep are all woken by the end, and what was put before it can be got.
#[test]
fn a_shutdown_wakes_all() {
    fn model<S: Store<Item = u32> + Send + Sync + 'static>(queue: Blocking<S>, bounded: bool) {
        let queue = Arc::new(queue);
        let shared = queue.clone();
        let threads = thread::spawn(move || {
            together(4, move |number| match number {
                0 | 1 => shared.put(1).is_ok(),
                _ => shared.get().is_ok(),
            })
        });
        queue.shutdown();
        let outcomes = threads.join().unwrap();
        let count = |outcomes: &[bool]| outcomes.iter().filter(|done| **done).count();
        let (put, got) = (count(&outcomes[..2]), count(&outcomes[2..]));
        assert_eq!(put, got + queue.len());
        assert!(queue.len() <= if bounded { 1 } else { 2 });
        assert!(queue.put(1).unwrap_err().is_shutdown());
    }
    explore_all!(model);
}

/// Two join while two work; what is put meanwhile by a worker is waited for too.
#[test]
fn joiners_return_when_all_is_done() {
    fn model<S: Store<Item = u32> + Send + Sync + 'static>(queue: Blocking<S>, _: bool) {
        let queue = Arc::new(queue);
        let shared = queue.clone();
        queue.put(1).unwrap();
        let workers = thread::spawn(move || {
            together(2, move |_| {
                while let Ok(more) = shared.get() {
                    (0..more).for_each(|_| shared.put(0).unwrap());
                    shared.task_done().unwrap();
                }
            })
        });
        let shared = queue.clone();
        together(2, move |_| {
            shared.join(Limit::NEVER).unwrap();
            assert_eq!(shared.unfinished(), 0);
        });
        queue.shutdown();
        workers.join().unwrap();
        assert!(queue.task_done().is_err());
    }
    explore_all!(model);
}

/// Putters, getters and a joiner against an end at once: nobody hangs, and what was let in is done or thrown away.
#[test]
fn an_immediate_shutdown_against_all() {
    fn model<S: Store<Item = u32> + Send + Sync + 'static>(queue: Blocking<S>, _: bool) {
        let queue = Arc::new(queue);
        let shared = queue.clone();
        let threads = thread::spawn(move || {
            together(4, move |number| match number {
                0 | 1 => drop(shared.put(1)),
                2 => got(&shared)
                    .iter()
                    .for_each(|_| shared.task_done().unwrap()),
                _ => shared.join(Limit::NEVER).unwrap(),
            })
        });
        queue.shutdown_immediate();
        threads.join().unwrap();
        assert_eq!((queue.len(), queue.unfinished()), (0, 0));
        assert!(queue.get().unwrap_err().is_shutdown());
    }
    explore_all!(model);
}

/// Two who end it at once, one in each way.
#[test]
fn two_ends_at_once() {
    fn model<S: Store<Item = u32> + Send + Sync + 'static>(queue: Blocking<S>, _: bool) {
        let queue = Arc::new(queue);
        queue.put(1).unwrap();
        let shared = queue.clone();
        let got = together(3, move |number| match number {
            0 => {
                shared.shutdown();
                0
            }
            1 => {
                shared.shutdown_immediate();
                0
            }
            _ => got(&shared).len(),
        });
        assert_eq!(queue.len(), 0);
        assert_eq!(queue.unfinished(), got[2]);
    }
    explore_all!(model);
}
