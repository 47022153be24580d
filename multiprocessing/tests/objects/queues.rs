//! `_TestQueue`.

use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use multiprocessing::queue::{GetError, PutError};
use multiprocessing::{Event, Process, Queue, task};
use serde::{Deserialize, Serialize, Serializer, ser};

use crate::support::{BRIEF, LONG, started, with_each_method};

#[task]
fn get_all(queue: Queue<u32>, may_start: Event, can_continue: Event) -> Vec<u32> {
    assert!(may_start.wait_timeout(LONG));
    let items = (0..6).map(|_| queue.get().unwrap()).collect();
    can_continue.set();
    items
}

/// `test_put`
#[test]
pub(crate) fn put() {
    with_each_method(|context| {
        let queue = Queue::with_maxsize(6).unwrap();
        let (may_start, can_continue) = (Event::new().unwrap(), Event::new().unwrap());
        let arguments = (queue.clone(), may_start.clone(), can_continue.clone());
        let getter = started(context.process(get_all, arguments));
        assert!(queue.is_empty() && !queue.is_full());

        queue.put(&1).unwrap();
        queue.put_timeout(&2, LONG).unwrap();
        queue.put_timeout(&3, Duration::ZERO).unwrap();
        queue.put_timeout(&4, Duration::MAX).unwrap();
        queue.try_put(&5).unwrap();
        assert!(!queue.is_empty() && !queue.is_full());
        queue.try_put(&6).unwrap();
        assert!(!queue.is_empty() && queue.is_full());

        for limit in [Duration::ZERO, BRIEF] {
            let start = Instant::now();
            assert!(queue.put_timeout(&7, limit).unwrap_err().is_full());
            assert!(start.elapsed() >= limit);
        }
        assert!(queue.try_put(&7).unwrap_err().is_full());

        may_start.set();
        assert!(can_continue.wait_timeout(LONG));
        assert!(queue.is_empty() && !queue.is_full());
        assert_eq!(getter.join().unwrap(), [1, 2, 3, 4, 5, 6]);
    });
}

#[task]
fn put_some(queue: Queue<u32>, may_start: Event, can_continue: Event) {
    assert!(may_start.wait_timeout(LONG));
    (2..6).for_each(|item| queue.put(&item).unwrap());
    can_continue.set();
}

/// `test_get`
#[test]
pub(crate) fn get() {
    with_each_method(|context| {
        let queue = Queue::new().unwrap();
        let (may_start, can_continue) = (Event::new().unwrap(), Event::new().unwrap());
        let arguments = (queue.clone(), may_start.clone(), can_continue.clone());
        let putter = started(context.process(put_some, arguments));
        assert!(queue.is_empty());
        may_start.set();
        assert!(can_continue.wait_timeout(LONG));
        // What was put is there, at once.
        assert!(!queue.is_empty());
        assert_eq!(queue.get_timeout(Duration::MAX).unwrap(), 2);
        assert_eq!(queue.get().unwrap(), 3);
        assert_eq!(queue.get_timeout(Duration::ZERO).unwrap(), 4);
        assert_eq!(queue.try_get().unwrap(), 5);
        assert!(queue.is_empty());
        assert!(queue.try_get().unwrap_err().is_empty());
        putter.join().unwrap();
    });
}

/// `test_timeout`
#[test]
pub(crate) fn timeout() {
    guarded(|| {
        let queue = Queue::<u32>::new().unwrap();
        for limit in [Duration::ZERO, BRIEF] {
            let start = Instant::now();
            assert!(queue.get_timeout(limit).unwrap_err().is_empty());
            assert!(start.elapsed() >= limit);
        }
    });
}

#[task]
fn put_ten_more(queue: Queue<u32>) {
    (10..20).for_each(|item| queue.put(&item).unwrap());
}

/// `test_fork`: a process that inherits a queue in use, or gets it, puts behind what is there.
#[test]
pub(crate) fn fork() {
    with_each_method(|context| {
        let queue = Queue::new().unwrap();
        (0..10).for_each(|item| queue.put(&item).unwrap());
        let putter = started(context.process(put_ten_more, (queue.clone(),)));
        for item in 0..20 {
            assert_eq!(queue.get().unwrap(), item);
        }
        assert!(queue.is_empty());
        putter.join().unwrap();
    });
}

/// `test_qsize`
#[test]
pub(crate) fn qsize() {
    guarded(|| {
        let queue = Queue::new().unwrap();
        assert_eq!(queue.qsize(), 0);
        queue.put(&1).unwrap();
        assert_eq!(queue.qsize(), 1);
        queue.put(&5).unwrap();
        assert_eq!(queue.qsize(), 2);
        queue.get().unwrap();
        assert_eq!(queue.qsize(), 1);
        queue.get().unwrap();
        assert_eq!(queue.qsize(), 0);
    });
}

/// A number that cannot be encoded if it is odd.
#[derive(Debug, PartialEq, Deserialize)]
struct Even(u32);

impl Serialize for Even {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 2 == 1 {
            return Err(ser::Error::custom("it is odd"));
        }
        serializer.serialize_u32(self.0)
    }
}

/// `test_queue_feeder_donot_stop_onexc`: `put` tells it, and no room is lost.
#[test]
pub(crate) fn an_item_that_cannot_be_encoded() {
    guarded(|| {
        let queue = Queue::with_maxsize(1).unwrap();
        for _ in 0..2 {
            let error = queue.put(&Even(1)).unwrap_err();
            assert!(matches!(error, PutError::Encode(_)), "{error:?}");
        }
        queue.try_put(&Even(2)).unwrap();
        assert_eq!(queue.get_timeout(LONG).unwrap(), Even(2));
        assert!(queue.is_empty());
    });
}

/// `test_closed_queue_empty_exceptions`: what it holds can be asked of a closed one too.
#[test]
pub(crate) fn a_closed_queue_tells_what_is_there() {
    guarded(|| {
        let queue = Queue::with_maxsize(2).unwrap();
        queue.put(&1).unwrap();
        queue.close();
        assert!(queue.is_closed() && !queue.is_empty() && !queue.is_full());
        assert_eq!(queue.get().unwrap(), 1);
        assert!(queue.is_empty());
        assert!(format!("{queue:?}").contains("closed: true"), "{queue:?}");
    });
}

/// `test_closed_queue_put_get_exceptions`
#[test]
pub(crate) fn a_closed_queue_refuses() {
    guarded(|| {
        let queue = Queue::<u32>::new().unwrap();
        queue.close();
        for put in [
            queue.put(&1),
            queue.try_put(&1),
            queue.put_timeout(&1, LONG),
        ] {
            assert!(put.unwrap_err().is_closed());
        }
        for got in [queue.get(), queue.try_get(), queue.get_timeout(LONG)] {
            assert!(got.unwrap_err().is_closed());
        }
        assert!(queue.iter().next().is_none());
    });
}

#[task]
fn end_it(queue: Queue<u32>) {
    queue.put(&1).unwrap();
    queue.close();
}

#[test]
fn a_process_closes_for_all() {
    with_each_method(|context| {
        let queue = Queue::new().unwrap();
        let other = started(context.process(end_it, (queue.clone(),)));
        let items: Vec<u32> = queue.iter().map(Result::unwrap).collect();
        assert_eq!(items, [1]);
        assert!(queue.put(&2).unwrap_err().is_closed());
        other.join().unwrap();
    });
}

/// What Python's queue cannot: end with items on the way. The putter's end does not wait for a getter.
#[test]
fn a_process_that_put_may_end_before_anybody_gets() {
    guarded(|| {
        let queue = Queue::new().unwrap();
        let items: Vec<Vec<u8>> = (0..20).map(|n| vec![n; 10_000]).collect();
        let (theirs, puts) = (queue.clone(), items.clone());
        let mut putter =
            Process::new(move || puts.iter().for_each(|item| theirs.put(item).unwrap()));
        putter.start().unwrap();
        putter.join().unwrap();
        assert_eq!(queue.qsize(), items.len());
        for item in items {
            assert_eq!(queue.try_get().unwrap(), item);
        }
    });
}

#[task]
fn echo(requests: Queue<Vec<u64>>, answers: Queue<Vec<u64>>) {
    for request in requests.iter() {
        answers.put(&request.unwrap()).unwrap();
    }
}

/// Items of no bytes, of some, of half of the memory and of many times as much go through in order.
#[test]
fn items_of_all_sizes() {
    with_each_method(|context| {
        let small = || Queue::<Vec<u64>>::builder().bytes(4096).build().unwrap();
        let (requests, answers) = (small(), small());
        let arguments = (requests.clone(), answers.clone());
        let other = started(context.process(echo, arguments));
        for len in [0, 1, 50, 250, 255, 256, 257, 511, 512, 10_000, 3] {
            let item: Vec<u64> = (0..len)
                .map(|n: u64| n.wrapping_mul(0x0101_0101_0101_0101))
                .collect();
            requests.put(&item).unwrap();
            assert_eq!(answers.get().unwrap(), item);
        }
        requests.close();
        other.join().unwrap();
    });
}

/// A queue of units, which have no bytes.
#[test]
fn items_without_bytes() {
    guarded(|| {
        let queue = Queue::new().unwrap();
        (0..10).for_each(|_| queue.put(&()).unwrap());
        assert_eq!(queue.qsize(), 10);
        (0..10).for_each(|_| queue.try_get().unwrap());
        assert!(queue.try_get().unwrap_err().is_empty());
    });
}

/// An item whose own code uses a queue as it is encoded and decoded.
#[test]
fn items_that_use_a_queue() {
    #[derive(Debug)]
    struct Nested(Queue<u32>);

    impl Serialize for Nested {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.put(&7).map_err(ser::Error::custom)?;
            self.0
                .get()
                .map_err(ser::Error::custom)?
                .serialize(serializer)
        }
    }

    guarded(|| {
        let (outer, inner) = (Queue::<Nested>::new().unwrap(), Queue::new().unwrap());
        outer.put(&Nested(inner.clone())).unwrap();
        assert_eq!((outer.qsize(), inner.qsize()), (1, 0));
    });
}

/// An item that is not what the getter expects is an error, and gone.
#[test]
fn an_item_of_another_type() {
    #[derive(Debug, Serialize)]
    struct Said(bool);

    impl<'de> Deserialize<'de> for Said {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Said, D::Error> {
            match u8::deserialize(deserializer)? {
                1 => Ok(Said(true)),
                _ => Err(serde::de::Error::custom("no")),
            }
        }
    }

    guarded(|| {
        let queue = Queue::new().unwrap();
        queue.put(&Said(false)).unwrap();
        queue.put(&Said(true)).unwrap();
        let error = queue.get().unwrap_err();
        assert!(matches!(error, GetError::Decode(_)), "{error:?}");
        assert!(queue.get().unwrap().0);
    });
}
