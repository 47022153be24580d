//! The queues under loom, which tries every interleaving and every reordering that the memory model allows. A time
//! limit is over as soon as it is looked at.
//!
//! `RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=target/loom cargo test -p threading --lib queue::model`
//!
//! What the models rest on, each of them tried by hand: with `Relaxed` in place of `Release` where a slot is said to be filled,
//! `a_ring_*` and `a_list_*` fail; where it is said to be vacant, `a_ring_of_one_slot_*` does. With a plain load in place of
//! the `fetch_or` of `expect_item` or `expect_room`, or with that call before the line is locked, `a_getter_*` and
//! `a_putter_*` deadlock. With a plain load in place of the `fetch_or` of `Tasks::join`, `a_joiner_*` does.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use super::blocking::Blocking;
use super::list::List;
use super::ring::Ring;
use super::store::{Nothing, Store};
use super::{PutError, Queue};
use crate::wait::Limit;

/// At most two preemptions: where more threads take part than two, the whole space takes hours.
fn bounded(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(model);
}

fn spawn<T: 'static, S: 'static>(
    shared: &Arc<S>,
    work: impl FnOnce(&S) -> T + 'static,
) -> thread::JoinHandle<T> {
    let shared = shared.clone();
    thread::spawn(move || work(&shared))
}

/// The second item is put into the slot out of which the first was got.
#[test]
fn a_ring_of_one_slot_is_used_again() {
    loom::model(|| {
        let ring = Arc::new(Ring::new(1));
        assert!(ring.push(Box::new(1)).is_ok());
        let putter = spawn(&ring, |ring| ring.push(Box::new(2)).is_ok());
        let first = ring.pop().map(|(item, _)| *item);
        assert_eq!(first, Ok(1));
        let there = putter.join().unwrap();
        let second = ring.pop().map(|(item, _)| *item);
        assert_eq!(second, if there { Ok(2) } else { Err(Nothing::Empty) });
        assert_eq!((ring.len(), ring.puts()), (0, 1 + u64::from(there)));
    });
}

#[test]
fn a_ring_of_two_gives_each_item_to_one() {
    bounded(|| {
        let ring = Arc::new(Ring::new(2));
        let putters = [1, 2].map(|n| spawn(&ring, move |ring| ring.push(Box::new(n)).is_ok()));
        let early = ring.pop().map_or(0, |(item, _)| *item);
        for putter in putters {
            assert!(putter.join().unwrap());
        }
        let late = std::iter::from_fn(|| ring.pop().ok()).map(|(item, _)| *item);
        assert_eq!(early + late.sum::<i32>(), 3);
    });
}

/// In models a block has one slot, so each item is the last of its block.
#[test]
fn a_list_carries_items_over_from_block_to_block() {
    loom::model(|| {
        let list = Arc::new(List::new());
        let putter = spawn(&list, |list| {
            assert!(list.push(Box::new(1)).is_ok());
            assert!(list.push(Box::new(2)).is_ok());
        });
        let early = list.pop().map_or(0, |(item, _)| *item);
        putter.join().unwrap();
        let late: Vec<_> = std::iter::from_fn(|| list.pop().ok())
            .map(|(item, _)| *item)
            .collect();
        match early {
            0 => assert_eq!(late, [1, 2]),
            _ => assert_eq!((early, &late[..]), (1, &[2][..])),
        }
        assert_eq!((list.len(), list.puts()), (0, 2));
    });
}

#[test]
fn a_list_has_any_number_of_threads_on_each_side() {
    bounded(|| {
        let list = Arc::new(List::new());
        let putter = spawn(&list, |list| list.push(Box::new(1)).is_ok());
        let getter = spawn(&list, |list| list.pop().map_or(0, |(item, _)| *item));
        assert!(list.push(Box::new(2)).is_ok());
        let own = list.pop().map_or(0, |(item, _)| *item);
        assert!(putter.join().unwrap());
        let others = getter.join().unwrap();
        let late = std::iter::from_fn(|| list.pop().ok()).map(|(item, _)| *item);
        assert_eq!(own + others + late.sum::<i32>(), 3);
    });
}

#[test]
fn a_list_frees_what_is_left_in_it() {
    loom::model(|| {
        let list = Arc::new(List::new());
        let putter = spawn(&list, |list| list.push(Arc::new(1)).is_ok());
        assert!(list.push(Arc::new(2)).is_ok());
        drop(list);
        putter.join().unwrap();
    });
}

#[test]
fn a_getter_sleeps_through_no_put() {
    loom::model(|| {
        let queue = Arc::new(Blocking::new(Ring::new(1)));
        let putter = spawn(&queue, |queue| queue.put(7).is_ok());
        assert_eq!(queue.get(), Ok(7));
        assert!(putter.join().unwrap());
    });
}

#[test]
fn a_getter_of_a_list_sleeps_through_no_put() {
    bounded(|| {
        let queue = Arc::new(Blocking::new(List::new()));
        let putter = spawn(&queue, |queue| queue.put(7).is_ok());
        assert_eq!(queue.get(), Ok(7));
        assert!(putter.join().unwrap());
    });
}

#[test]
fn a_putter_sleeps_through_no_get() {
    loom::model(|| {
        let queue = Arc::new(Blocking::new(Ring::new(1)));
        queue.put(1).unwrap();
        let putter = spawn(&queue, |queue| queue.put(2).is_ok());
        assert_eq!(queue.get(), Ok(1));
        assert!(putter.join().unwrap());
        assert_eq!(queue.try_get(), Ok(2));
    });
}

#[test]
fn two_getters_are_both_woken() {
    bounded(|| {
        let queue = Arc::new(Blocking::new(Ring::new(2)));
        let getters = [(); 2].map(|()| spawn(&queue, |queue| queue.get().unwrap()));
        queue.put(1).unwrap();
        queue.put(2).unwrap();
        assert_eq!(
            getters
                .map(|getter| getter.join().unwrap())
                .iter()
                .sum::<i32>(),
            3
        );
    });
}

/// The item goes to the getter whose time is over, or it is still there.
#[test]
fn a_getter_that_gives_up_takes_no_item_along() {
    loom::model(|| {
        let queue = Arc::new(Blocking::new(Ring::new(1)));
        let getter = spawn(&queue, |queue| {
            queue.get_timeout(Limit::from(Duration::ZERO))
        });
        queue.put(7).unwrap();
        let brief = getter.join().unwrap();
        assert_eq!(brief.is_ok(), queue.try_get().is_err());
    });
}

#[test]
fn a_put_is_before_a_shutdown_or_fails() {
    loom::model(|| {
        let queue = Arc::new(Blocking::new(Ring::new(1)));
        let putter = spawn(&queue, |queue| queue.put(7));
        queue.shutdown();
        let rest = queue.get();
        match putter.join().unwrap() {
            Ok(()) => assert_eq!(rest, Ok(7)),
            Err(error) => assert!(error.is_shutdown() && rest.unwrap_err().is_shutdown()),
        }
    });
}

#[test]
fn a_put_into_a_list_is_before_a_shutdown_or_fails() {
    loom::model(|| {
        let queue = Arc::new(Blocking::new(List::new()));
        let putter = spawn(&queue, |queue| queue.put(7));
        queue.shutdown();
        let rest = queue.get();
        match putter.join().unwrap() {
            Ok(()) => assert_eq!(rest, Ok(7)),
            Err(error) => assert!(error.is_shutdown() && rest.unwrap_err().is_shutdown()),
        }
    });
}

#[test]
fn a_shutdown_wakes_getters() {
    loom::model(|| {
        let queue = Arc::new(Queue::<u8>::new(1));
        let getter = spawn(&queue, |queue| queue.get());
        queue.shutdown();
        assert!(getter.join().unwrap().unwrap_err().is_shutdown());
    });
}

#[test]
fn a_shutdown_wakes_putters() {
    loom::model(|| {
        let queue = Arc::new(Queue::new(1));
        queue.put(1).unwrap();
        let putter = spawn(&queue, |queue| queue.put(2));
        queue.shutdown();
        assert_eq!(putter.join().unwrap().map_err(PutError::into_item), Err(2));
    });
}

/// Whatever has been got, thrown away or refused: each item once, and the joiner comes back.
#[test]
fn an_immediate_shutdown_against_a_get_and_a_join() {
    bounded(|| {
        let item = Arc::new(());
        let queue = Arc::new(Queue::new(2));
        queue.put(item.clone()).unwrap();
        queue.put(item.clone()).unwrap();
        let getter = spawn(&queue, |queue| {
            if queue.get().is_ok() {
                queue.task_done().unwrap();
            }
        });
        let joiner = spawn(&queue, Queue::join);
        queue.shutdown_immediate();
        assert!(queue.get().unwrap_err().is_shutdown());
        getter.join().unwrap();
        joiner.join().unwrap();
        assert_eq!((queue.qsize(), queue.unfinished_tasks()), (0, 0));
        assert!(queue.task_done().is_err());
        drop(queue);
        assert_eq!(Arc::strong_count(&item), 1);
    });
}

#[test]
fn an_immediate_shutdown_against_a_put_throws_it_away_or_refuses_it() {
    bounded(|| {
        let item = Arc::new(());
        let queue = Arc::new(Queue::new(0));
        let putter = {
            let item = item.clone();
            spawn(&queue, |queue| queue.put(item).is_ok())
        };
        queue.shutdown_immediate();
        putter.join().unwrap();
        assert_eq!((queue.qsize(), queue.unfinished_tasks()), (0, 0));
        assert_eq!(Arc::strong_count(&item), 1);
    });
}

#[test]
fn a_joiner_sleeps_through_no_end() {
    loom::model(|| {
        let queue = Arc::new(Queue::new(1));
        queue.put(1).unwrap();
        let worker = spawn(&queue, |queue| queue.task_done().unwrap());
        queue.join();
        assert_eq!(queue.unfinished_tasks(), 0);
        worker.join().unwrap();
    });
}

#[test]
fn no_more_is_done_than_was_put() {
    loom::model(|| {
        let queue = Arc::new(Queue::new(2));
        queue.put(1).unwrap();
        let worker = spawn(&queue, |queue| queue.task_done().is_ok());
        let own = queue.task_done().is_ok();
        assert!(own != worker.join().unwrap());
    });
}
