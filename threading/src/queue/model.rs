//! The queues under loom, which tries every interleaving and every reordering that the memory model allows. A time
//! limit is over as soon as it is looked at.
//!
//! `RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=target/loom cargo test -p threading --lib queue::model`
//!
//! What they watch over, each point tried by hand on a copy of the code:
//!
//! | change | fails |
//! |---|---|
//! | a slot is said to be filled with `Relaxed` | `a_ring_carries_*`, `a_list_carries_*` |
//! | a slot is said to be vacant with `Relaxed` | `a_ring_of_one_slot_*` |
//! | `expect_item` loads in place of `fetch_or`, or is called before the line is locked | `a_getter_sleeps_*` |
//! | `expect_room` likewise | `a_putter_sleeps_*` |
//! | `Tasks::join` loads in place of `fetch_or` | `a_joiner_sleeps_*` |

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use super::blocking::Blocking;
use super::list::List;
use super::ring::Ring;
use super::store::{Nothing, Store};
use super::{PutError, Queue};
use crate::wait::Limit;

/// At most so many preemptions: where more threads take part than two, the whole space takes hours.
fn bounded(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

fn spawn<T: 'static, S: 'static>(
    shared: &Arc<S>,
    work: impl FnOnce(&S) -> T + 'static,
) -> thread::JoinHandle<T> {
    let shared = shared.clone();
    thread::spawn(move || work(&shared))
}

/// Looks again and again, which leads loom to interleavings that one look may not.
fn await_item<T>(store: &impl Store<Item = T>) -> T {
    loop {
        match store.pop() {
            Ok((item, _)) => return item,
            Err(_) => thread::yield_now(),
        }
    }
}

#[test]
fn a_ring_carries_an_item() {
    loom::model(|| {
        let ring = Arc::new(Ring::new(2));
        let putter = spawn(&ring, |ring| ring.push(Box::new(7)).is_ok());
        assert_eq!(*await_item(&*ring), 7);
        assert!(putter.join().unwrap());
        assert_eq!(ring.pop().unwrap_err(), Nothing::Empty);
    });
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
    bounded(2, || {
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

/// In models a block has two slots; the putter fills the last one of the first block.
#[test]
fn a_list_carries_items_over_from_block_to_block() {
    loom::model(|| {
        let list = Arc::new(List::new());
        assert!(list.push(Box::new(0)).is_ok() && list.pop().is_ok());
        let putter = spawn(&list, |list| {
            assert!(list.push(Box::new(1)).is_ok());
            assert!(list.push(Box::new(2)).is_ok());
        });
        assert_eq!([(); 2].map(|()| *await_item(&*list)), [1, 2]);
        putter.join().unwrap();
        assert_eq!((list.len(), list.puts()), (0, 3));
    });
}

/// The last of two getters frees the block.
#[test]
fn a_list_has_any_number_of_getters() {
    loom::model(|| {
        let list = Arc::new(List::new());
        (1..=2).for_each(|n| assert!(list.push(Box::new(n)).is_ok()));
        let getter = spawn(&list, |list| *list.pop().unwrap().0);
        let own = *list.pop().unwrap().0;
        assert_eq!(own + getter.join().unwrap(), 3);
        assert_eq!(list.pop().map(drop), Err(Nothing::Empty));
    });
}

/// The one that fills the last slot of a block adds the next, for both.
#[test]
fn a_list_has_any_number_of_putters() {
    loom::model(|| {
        let list = Arc::new(List::new());
        assert!(list.push(Box::new(1)).is_ok());
        let putter = spawn(&list, |list| list.push(Box::new(2)).is_ok());
        assert!(list.push(Box::new(3)).is_ok());
        assert!(putter.join().unwrap());
        let items = std::iter::from_fn(|| list.pop().ok()).map(|(item, _)| *item);
        assert_eq!(items.sum::<i32>(), 6);
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
    bounded(2, || {
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
    bounded(1, || {
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
    bounded(2, || {
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
    bounded(2, || {
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
