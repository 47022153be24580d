//! Rings.

use std::time::Duration;

use manyways_shared_memory::{GetError, Lock, Ring};
use manyways_testkit::guarded_for;

use super::support::death::{NEWS, News, Victim, Way};
use super::support::{self, Child, after, patience};
use super::{LIMIT, MANY, ROUNDS, delay, in_all_ways};

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
