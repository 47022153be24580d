//! Real processes die in all ways, while they hold something, while they wait for it, and while they are being woken. Nobody
//! hangs, and the news come.

mod support;

use std::time::{Duration, Instant};

use manyways_shared_memory::{
    Barrier, BarrierError, Condition, Event, GetError, Lock, Permits, RLock, Ring, Semaphore,
    Taken, WaitError,
};
use manyways_testkit::guarded_for;
use support::death::{NEWS, News, Victim, Way};
use support::{Child, after, patience};

const LIMIT: Duration = Duration::from_secs(300);

/// Of each kind of death in each test.
const ROUNDS: usize = 12;

/// So many more where a moment is to be hit.
const MANY: usize = 60;

/// All ways in turn.
fn in_all_ways(rounds: usize, what: &str, mut round: impl FnMut(Way, &mut News)) {
    guarded_for(LIMIT, || {
        for way in Way::ALL {
            let mut news = News::default();
            (0..rounds).for_each(|_| round(way, &mut news));
            println!("{what}, {way:?}: {news}");
        }
    });
}

/// Busy for up to 100 microseconds, another time in each round: the victim is then at another point of its way.
fn delay() {
    let start = Instant::now();
    let nanoseconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .subsec_nanos()
        % 100_000;
    while start.elapsed() < Duration::from_nanos(nanoseconds.into()) {
        std::hint::spin_loop();
    }
}

fn is_news(taken: Result<Taken, WaitError>) -> bool {
    match taken.unwrap() {
        Taken::Clean => false,
        Taken::OwnerDied(death) => {
            assert!(death.pid().is_some());
            true
        }
    }
}

#[test]
fn a_lock_is_held() {
    in_all_ways(ROUNDS, "lock held", |way, news| {
        let lock = Lock::new().unwrap();
        let mut victim = Victim::start(|ready| {
            let _ = lock.acquire(None).unwrap();
            ready();
        });
        // One that sleeps already, and one that comes later.
        let sleeper = Child::start(|stream| {
            let taken = lock.acquire(patience());
            support::tell(stream, u8::from(is_news(taken)));
            lock.release().unwrap();
        });
        sleeper.await_sleep();
        let died = victim.die(way, || {
            assert_eq!(
                lock.acquire(after(Duration::from_millis(70))),
                Err(WaitError::TimedOut)
            );
        });
        let mut sleeper = sleeper;
        assert_eq!(sleeper.hear(), 1, "the sleeper gets the news");
        news.came(died);
        assert_eq!(lock.acquire(patience()), Ok(Taken::Clean));
        sleeper.finish();
    });
}

#[test]
fn a_lock_is_waited_for() {
    in_all_ways(ROUNDS, "lock waited for", |way, news| {
        let lock = Lock::new().unwrap();
        let _ = lock.acquire(None).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = lock.acquire(None).unwrap();
        });
        victim.await_sleep();
        let died = victim.die(way, || ());
        drop(victim);
        lock.release().unwrap();
        assert_eq!(lock.acquire(patience()), Ok(Taken::Clean));
        news.came(died);
    });
}

#[test]
fn a_lock_is_handed_to_the_dying() {
    in_all_ways(MANY, "lock woken for", |way, news| {
        let lock = Lock::new().unwrap();
        let _ = lock.acquire(None).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = lock.acquire(None).unwrap();
        });
        let mut other = Child::start(|stream| {
            let _ = lock.acquire(patience()).unwrap();
            lock.release().unwrap();
            support::tell(stream, 1);
        });
        victim.await_sleep();
        other.await_sleep();
        lock.release().unwrap();
        delay();
        let died = victim.die(way, || ());
        other.hear();
        news.came(died);
        other.finish();
        let _ = lock.acquire(patience()).unwrap();
    });
}

#[test]
fn a_reentrant_lock_is_held() {
    in_all_ways(ROUNDS, "reentrant lock held", |way, news| {
        let lock = RLock::new().unwrap();
        let mut victim = Victim::start(|ready| {
            let _ = (lock.acquire(None).unwrap(), lock.acquire(None).unwrap());
            ready();
        });
        let died = victim.die(way, || assert!(lock.try_acquire().is_err()));
        assert!(is_news(lock.acquire(patience())));
        news.came(died);
        assert_eq!(lock.depth(), 1);
        lock.release().unwrap();
        assert_eq!(lock.acquire(None), Ok(Taken::Clean));
    });
}

#[test]
fn an_event_is_waited_for() {
    in_all_ways(ROUNDS, "event waited for", |way, news| {
        let event = Event::new().unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            assert!(event.wait(None));
        });
        let other = Child::start(|_| assert!(event.wait(patience())));
        victim.await_sleep();
        other.await_sleep();
        let died = victim.die(way, || ());
        event.set();
        other.finish();
        news.came(died);
    });
}

#[test]
fn permits_are_held() {
    in_all_ways(ROUNDS, "permits held", |way, news| {
        let semaphore = Semaphore::new(2, Some(2), Permits::Returned).unwrap();
        let mut victim = Victim::start(|ready| {
            let _ = (
                semaphore.acquire(None).unwrap(),
                semaphore.acquire(None).unwrap(),
            );
            ready();
        });
        let died = victim.die(way, || {
            assert!(semaphore.acquire(after(Duration::from_millis(70))).is_err());
        });
        assert!(is_news(semaphore.acquire(patience())));
        news.came(died);
        assert_eq!(
            (semaphore.acquire(None), semaphore.value()),
            (Ok(Taken::Clean), 0)
        );
        semaphore.release(2).unwrap();
        assert!(semaphore.release(1).is_err());
    });
}

#[test]
fn permits_are_waited_for() {
    in_all_ways(MANY, "permits woken for", |way, news| {
        let semaphore = Semaphore::new(0, None, Permits::Returned).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            let _ = semaphore.acquire(None).unwrap();
        });
        let mut other = Child::start(|stream| {
            let _ = semaphore.acquire(patience()).unwrap();
            support::tell(stream, 1);
        });
        victim.await_sleep();
        other.await_sleep();
        semaphore.release(1).unwrap();
        delay();
        // It had the permit and gives it back by its death, or it had not.
        let died = victim.die(way, || ());
        other.hear();
        news.came(died);
        other.finish();
    });
}

#[test]
fn a_notification_goes_to_the_dying() {
    in_all_ways(MANY, "condition woken for", |way, news| {
        let condition = Condition::new().unwrap();
        let mut victim = Victim::start(|ready| {
            let waiter = condition.enqueue().unwrap();
            ready();
            waiter.wait(None).unwrap();
            // What it was told for is not done: it dies before.
            let _unused = condition.enqueue().unwrap();
            loop {
                std::thread::park();
            }
        });
        victim.await_sleep();
        let mut other = Child::start(|stream| {
            let waiter = condition.enqueue().unwrap();
            support::tell(stream, 1);
            waiter.wait(patience()).unwrap();
            support::tell(stream, 2);
        });
        other.hear();
        other.await_sleep();
        if way == Way::StopThenKill {
            // Certainly told, and certainly not returned.
            let died = victim.die(way, || assert_eq!(condition.notify(1), Ok(1)));
            other.hear();
            news.came(died);
        } else {
            assert_eq!(condition.notify(1), Ok(1));
            let died = victim.die(way, || ());
            drop(victim);
            // The victim may have got it. The dead are passed over.
            assert!(condition.notify(1).unwrap() <= 1);
            other.hear();
            news.came(died);
        }
        other.finish();
    });
}

#[test]
fn a_condition_is_waited_for() {
    in_all_ways(ROUNDS, "condition waited for", |way, news| {
        let condition = Condition::new().unwrap();
        let mut victim = Victim::start(|ready| {
            let waiter = condition.enqueue().unwrap();
            ready();
            waiter.wait(None).unwrap();
        });
        let waiter = condition.enqueue().unwrap();
        let died = victim.die(way, || ());
        drop(victim);
        assert_eq!(condition.notify(1), Ok(1));
        waiter.wait(patience()).unwrap();
        news.came(died);
        assert_eq!((condition.waiters(), condition.notify_all()), (0, Ok(0)));
    });
}

#[test]
fn a_party_waits() {
    in_all_ways(ROUNDS, "barrier", |way, news| {
        let barrier = Barrier::new(3).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            barrier.wait(None, || ()).unwrap();
        });
        let mut other = Child::start(|stream| {
            let end = barrier.wait(patience(), || ());
            assert!(matches!(end, Err(BarrierError::Broken(Some(_)))), "{end:?}");
            support::tell(stream, 1);
        });
        support::await_that("both wait", || barrier.waiting() == 2);
        victim.await_sleep();
        let died = victim.die(way, || ());
        other.hear();
        news.came(died);
        other.finish();
        assert!(barrier.is_broken());
        barrier.reset().unwrap();
        assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
    });
}

/// The last that came dies while it acts for all.
#[test]
fn a_party_acts() {
    in_all_ways(ROUNDS, "barrier's action", |way, news| {
        let barrier = Barrier::new(2).unwrap();
        let mut other = Child::start(|stream| {
            let end = barrier.wait(patience(), || ());
            assert!(matches!(end, Err(BarrierError::Broken(Some(_)))), "{end:?}");
            support::tell(stream, 1);
        });
        support::await_that("the other waits", || barrier.waiting() == 1);
        let mut victim = Victim::start(|ready| {
            let act = || {
                ready();
                loop {
                    std::thread::park();
                }
            };
            barrier.wait(None, act).unwrap();
        });
        let died = victim.die(way, || ());
        other.hear();
        news.came(died);
        other.finish();
    });
}

fn get(ring: &Ring) -> Result<Vec<u8>, GetError> {
    ring.get_with(patience(), <[u8]>::to_vec)
}

#[test]
fn a_reader_waits() {
    in_all_ways(MANY, "ring, reader woken", |way, news| {
        let ring = Ring::new(1024, None).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            ring.get_with(None, |_| ()).unwrap();
        });
        let mut other = Child::start(|stream| {
            ring.get_with(patience(), |_| ()).unwrap();
            support::tell(stream, 1);
        });
        victim.await_sleep();
        other.await_sleep();
        ring.put(&[b"one"], None).unwrap();
        delay();
        let died = victim.die(way, || ());
        // The victim may have got the first.
        ring.put(&[b"two"], patience()).unwrap();
        other.hear();
        news.came(died);
        other.finish();
    });
}

/// It dies while it looks at the message, with the lock.
#[test]
fn a_reader_reads() {
    in_all_ways(ROUNDS, "ring, reader with the lock", |way, news| {
        let ring = Ring::new(1024, None).unwrap();
        ring.put(&[b"one"], None).unwrap();
        let mut victim = Victim::start(|ready| {
            let look = |_: &[u8]| {
                ready();
                loop {
                    std::thread::park();
                }
            };
            ring.get_with(None, look).unwrap();
        });
        let died = victim.die(way, || {
            assert_eq!(
                ring.get(&mut Vec::new(), after(Duration::from_millis(70))),
                Err(GetError::TimedOut)
            );
        });
        assert_eq!(get(&ring).unwrap(), b"one");
        news.came(died);
    });
}

#[test]
fn a_writer_waits_for_room() {
    in_all_ways(ROUNDS, "ring, writer with the lock", |way, news| {
        let ring = Ring::new(Ring::CAPACITY, std::num::NonZeroU32::new(1)).unwrap();
        ring.put(&[b"one"], None).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            ring.put(&[b"never"], None).unwrap();
        });
        let mut other = Child::start(|stream| {
            ring.put(&[b"two"], patience()).unwrap();
            support::tell(stream, 1);
        });
        victim.await_sleep();
        other.await_sleep();
        let died = victim.die(way, || ());
        drop(victim);
        assert_eq!(get(&ring).unwrap(), b"one");
        assert_eq!(get(&ring).unwrap(), b"two");
        other.hear();
        news.came(died);
        other.finish();
        assert!(ring.is_empty());
    });
}

/// In the midst of a message larger than the ring.
#[test]
fn a_writer_of_parts() {
    in_all_ways(ROUNDS, "ring, writer of parts", |way, news| {
        let ring = Ring::new(1024, None).unwrap();
        let large = vec![1; 100_000];
        let mut victim = Victim::start(|ready| {
            ready();
            ring.put(&[&large], None).unwrap();
        });
        victim.await_sleep();
        // A reader in the midst of it, whom only the death can tell that there will be no more.
        let start_reader = || {
            Child::start(|stream| {
                support::tell(stream, 1);
                loop {
                    match &get(&ring).unwrap()[..] {
                        b"next" => break,
                        // The victim may have come to the end before it died.
                        other => assert!(other == large && way != Way::StopThenKill),
                    }
                }
                support::tell(stream, 2);
            })
        };
        let mut reader = None;
        if way != Way::StopThenKill {
            reader = Some(start_reader());
            delay();
        }
        let died = victim.die(way, || {
            let reader = reader.insert(start_reader());
            reader.hear();
            reader.await_sleep();
        });
        let mut reader = reader.unwrap();
        ring.put(&[b"next"], patience()).unwrap();
        while reader.hear() != 2 {}
        news.came(died);
        reader.finish();
    });
}

#[test]
fn a_reader_of_parts() {
    in_all_ways(ROUNDS, "ring, reader of parts", |way, news| {
        let ring = Ring::new(1024, None).unwrap();
        let mut victim = Victim::start(|ready| {
            ready();
            get(&ring).unwrap();
        });
        let writer = Child::start(|_| {
            ring.put(&[&vec![7; 4000]], patience()).unwrap();
            ring.put(&[b"next"], patience()).unwrap();
        });
        delay();
        let died = victim.die(way, || ());
        drop(victim);
        let first = get(&ring);
        match first {
            Err(GetError::Lost(_)) => assert_eq!(get(&ring).unwrap(), b"next"),
            Ok(message) if message.len() == 4000 => assert_eq!(get(&ring).unwrap(), b"next"),
            Ok(message) => assert_eq!(message, b"next", "the victim had it whole"),
            Err(error) => panic!("{error}"),
        }
        news.came(died);
        writer.finish();
    });
}

/// Processes that put and get are killed at any moment: those that live get each message of a living writer once and in
/// order, and of a dead one's as many as it had put, or one more.
#[test]
fn killed_at_any_moment() {
    guarded_for(LIMIT, || {
        let mut news = News::default();
        for round in 0..200_u32 {
            let ring = Ring::new(if round % 2 == 0 { 256 } else { 4096 }, None).unwrap();
            let lock = Lock::new().unwrap();
            let work = |ready: &mut dyn FnMut()| {
                ready();
                let mut message = Vec::new();
                loop {
                    let _ = lock.acquire(None).unwrap();
                    lock.release().unwrap();
                    ring.put(&[&[1; 40]], None).unwrap();
                    if round % 3 == 0 {
                        ring.put(&[&[2; 9000]], None).unwrap();
                    }
                    message.clear();
                    let _ = ring.get(&mut message, None);
                }
            };
            let mut victims = [Victim::start(work), Victim::start(work)];
            delay();
            let died = victims
                .iter_mut()
                .map(|victim| victim.die(Way::Kill, || ()))
                .max()
                .unwrap();
            let _ = lock.acquire(after(NEWS)).unwrap();
            news.came(died);
            // What is left is whole, and the ring works.
            ring.close();
            let mut message = Vec::new();
            loop {
                message.clear();
                match ring.get(&mut message, patience()) {
                    Ok(()) => assert!(message == [1; 40] || message == [2; 9000]),
                    Err(GetError::Closed) => break,
                    Err(GetError::Lost(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            news.came(died);
        }
        println!("killed at any moment: {news}");
    });
}
