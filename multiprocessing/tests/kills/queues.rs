//! Queues.

use multiprocessing::queue::GetError;
use multiprocessing::{JoinableQueue, Queue, SimpleQueue};
use serde_bytes::ByteBuf;

use crate::support::{BRIEF, Deaths, LONG, MANY, Other, ROUNDS, Victim, delay, in_all_ways};

/// What was put is there, whatever becomes of the putter; what was not never was.
pub(crate) fn putting() -> Deaths {
    in_all_ways(MANY, |way| {
        let queue = Queue::<u64>::new().unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            for item in 0.. {
                queue.put(&item).unwrap();
            }
        });
        delay();
        let died = victim.die(way, || ());
        drop(victim);
        queue.put_timeout(&u64::MAX, LONG).unwrap_or_else(|error| {
            // It was quick and filled the queue.
            assert!(error.is_full() || queue.is_full(), "{error}");
        });
        let news = died.elapsed();
        let mut expected = 0;
        while let Ok(item) = queue.try_get() {
            if item != u64::MAX {
                assert_eq!(item, expected);
                expected += 1;
            }
        }
        assert!(queue.is_empty());
        news
    })
}

pub(crate) fn waiting_for_room() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let queue = Queue::with_maxsize(1).unwrap();
        queue.put(&1).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            queue.put(&2).unwrap();
        });
        victim.await_sleep();
        let other = Other::start(|| queue.put_timeout(&3, LONG).unwrap());
        other.await_sleep();
        let died = victim.die(way, || ());
        drop(victim);
        assert_eq!(queue.get_timeout(LONG).unwrap(), 1);
        assert_eq!(queue.get_timeout(LONG).unwrap(), 3);
        let news = died.elapsed();
        other.finish();
        assert!(queue.is_empty());
        news
    })
}

/// What all queues can.
pub(crate) trait Fifo: Send + Sync {
    fn new() -> Self;
    fn put(&self, item: &ByteBuf);
    fn get(&self) -> Result<ByteBuf, GetError>;
}

macro_rules! fifo {
    ($($queue:ident)*) => {$(
        impl Fifo for $queue<ByteBuf> {
            fn new() -> $queue<ByteBuf> {
                $queue::new().unwrap()
            }

            fn put(&self, item: &ByteBuf) {
                self.put(item).unwrap();
            }

            fn get(&self) -> Result<ByteBuf, GetError> {
                self.get_timeout(LONG)
            }
        }
    )*};
}

fifo! { Queue SimpleQueue JoinableQueue }

/// It is putting an item larger than the queue, which holds up all others: the item never was.
pub(crate) fn in_the_midst_of_an_item<F: Fifo>() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let queue = F::new();
        let large = item(3_000_000);
        let mut victim = Victim::start(|ready| {
            ready();
            queue.put(&large);
        });
        victim.await_sleep();
        let died = victim.die(way, || ());
        drop(victim);
        queue.put(&item(2));
        assert_eq!(queue.get().unwrap().len(), 2);
        died.elapsed()
    })
}

pub(crate) fn waiting_for_an_item<F: Fifo>() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let queue = F::new();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = queue.get();
        });
        let other = Other::start(|| assert_eq!(queue.get().unwrap().len(), 1));
        victim.await_sleep();
        other.await_sleep();
        let died = victim.die(way, || ());
        drop(victim);
        queue.put(&item(1));
        other.finish();
        died.elapsed()
    })
}

/// An item comes while it dies: it had that, or the other gets it.
pub(crate) fn woken_by_an_item<F: Fifo>() -> Deaths {
    in_all_ways(MANY, |way| {
        let queue = F::new();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = queue.get();
        });
        let other = Other::start(|| assert!(queue.get().is_ok()));
        victim.await_sleep();
        other.await_sleep();
        queue.put(&item(1));
        delay();
        let died = victim.die(way, || ());
        queue.put(&item(2));
        other.finish();
        died.elapsed()
    })
}

/// Room comes while it dies: its item is there, or never was.
pub(crate) fn woken_by_room() -> Deaths {
    in_all_ways(MANY, |way| {
        let queue = Queue::with_maxsize(1).unwrap();
        queue.put(&1).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            queue.put(&2).unwrap();
        });
        victim.await_sleep();
        assert_eq!(queue.get_timeout(LONG).unwrap(), 1);
        delay();
        let died = victim.die(way, || ());
        drop(victim);
        let item = queue.try_get();
        assert!(matches!(item, Ok(2) | Err(GetError::Empty)), "{item:?}");
        queue.put_timeout(&3, LONG).unwrap();
        assert_eq!(queue.get_timeout(LONG).unwrap(), 3);
        died.elapsed()
    })
}

fn small() -> Queue<ByteBuf> {
    Queue::<ByteBuf>::builder().bytes(4096).build().unwrap()
}

/// An item of so many bytes.
fn item(length: usize) -> ByteBuf {
    ByteBuf::from(vec![7; length])
}

/// In the midst of an item many times as large as the queue: it never was, and who was getting it gets the next.
pub(crate) fn putting_a_large_item() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let queue = small();
        let large = item(100_000);
        let mut victim = Victim::start(|ready| {
            ready();
            queue.put(&large).unwrap();
        });
        victim.await_sleep();
        let died = victim.die(way, || {
            assert!(queue.put_timeout(&item(1), BRIEF).unwrap_err().is_full());
        });
        drop(victim);
        queue.put_timeout(&item(2), LONG).unwrap();
        assert_eq!(queue.get_timeout(LONG).unwrap().len(), 2);
        let news = died.elapsed();
        assert!(queue.is_empty());
        news
    })
}

/// A getter is in the midst of it too, and only the putter's death can tell it that no more will come.
pub(crate) fn a_large_item_whose_putter_dies_is_forgotten() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let queue = small();
        // Two thousand pieces: it does not end before.
        let large = item(1_000_000);
        let mut victim = Victim::start(|ready| {
            ready();
            queue.put(&large).unwrap();
        });
        victim.await_sleep();
        let getter = Other::start(|| assert_eq!(queue.get_timeout(LONG).unwrap().len(), 2));
        delay();
        let died = victim.die(way, || ());
        drop(victim);
        queue.put_timeout(&item(2), LONG).unwrap();
        getter.finish();
        died.elapsed()
    })
}

/// A getter dies in the midst of a large item: it is lost, which the next learns, and the putter goes on.
pub(crate) fn getting_a_large_item() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let queue = small();
        let putter = Other::start(|| {
            queue.put_timeout(&item(300_000), LONG).unwrap();
            queue.put_timeout(&item(2), LONG).unwrap();
        });
        putter.await_sleep();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = queue.get();
        });
        let pid = victim.pid();
        delay();
        let died = victim.die(way, || ());
        drop(victim);
        // It may not have begun. If it has, the news comes once.
        let first = match queue.get_timeout(LONG) {
            Err(GetError::Lost(death)) => {
                assert_eq!(death.pid(), Some(pid));
                None
            }
            item => Some(item.unwrap()),
        };
        let news = died.elapsed();
        assert!(first.is_none_or(|item| item.len() == 300_000));
        assert_eq!(queue.get_timeout(LONG).unwrap().len(), 2);
        putter.finish();
        news
    })
}

/// Many that put and get, of whom one after the other is killed: of each putter comes a beginning of what it put, in order, each once.
pub(crate) fn a_queue_outlives_all_its_users() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let queue = Queue::<(u32, u64)>::builder().bytes(1024).build().unwrap();
        let putter = |number| {
            let queue = &queue;
            move |ready: &dyn Fn()| {
                ready();
                for item in 0.. {
                    queue.put(&(number, item)).unwrap();
                }
            }
        };
        let mut putters = [0, 1, 2].map(|number| Victim::start(putter(number)));
        let mut getters = [(); 2].map(|()| {
            Victim::start(|ready| {
                ready();
                queue.iter().for_each(|item| assert!(item.is_ok()));
            })
        });
        delay();
        let mut died = None;
        for victim in getters.iter_mut().chain(&mut putters) {
            died = Some(victim.die(way, || ()));
        }
        drop((putters, getters));
        let mut last = [None; 3];
        while let Ok((number, item)) = queue.try_get() {
            let last = &mut last[number as usize];
            assert!(
                last.is_none_or(|last| item == last + 1),
                "{item} after {last:?}"
            );
            *last = Some(item);
        }
        queue.put_timeout(&(9, 9), LONG).unwrap();
        assert_eq!(queue.get_timeout(LONG).unwrap(), (9, 9));
        died.expect("they died").elapsed()
    })
}
