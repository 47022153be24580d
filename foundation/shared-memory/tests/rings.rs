//! Rings between processes that live.

mod support;

use std::num::NonZeroU32;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use manyways_shared_memory::{GetError, Place, PutError, Ring};
use manyways_testkit::guarded;
use proptest::prelude::*;
use support::sys::words;
use support::{Child, after, await_quick_round, patience};

fn ring(capacity: usize) -> Ring {
    Ring::new(capacity, None).unwrap()
}

fn of_maxsize(maxsize: u32) -> Ring {
    Ring::new(Ring::CAPACITY, NonZeroU32::new(maxsize)).unwrap()
}

fn get(ring: &Ring) -> Vec<u8> {
    let mut message = Vec::new();
    ring.get(&mut message, patience()).unwrap();
    message
}

/// A message that says which it is, of any length from eight.
fn message(number: u64, len: usize) -> Vec<u8> {
    let mut message = number.to_le_bytes().to_vec();
    message.extend((8..len).map(|at| (at as u64 * 7 + number) as u8));
    message
}

fn number_of(message: &[u8]) -> u64 {
    u64::from_le_bytes(message[..8].try_into().unwrap())
}

#[test]
fn pieces_become_one_message() {
    guarded(|| {
        let ring = ring(1024);
        ring.put(&[b"ab", b"", b"cde"], None).unwrap();
        ring.put(&[], None).unwrap();
        ring.put(&[b"f"], None).unwrap();
        assert_eq!(ring.len(), 3);
        let mut all = Vec::from("0");
        ring.get(&mut all, None).unwrap();
        assert_eq!(all, b"0abcde");
        assert_eq!(ring.get_with(None, <[u8]>::to_vec).unwrap(), b"");
        assert_eq!(get(&ring), b"f");
        assert!(ring.is_empty());
        assert_eq!(ring.try_get(&mut all), Err(GetError::TimedOut));
        assert_eq!(all, b"0abcde");
    });
}

/// Round a small ring several times, between neighbours whose first and last bytes would show a step too far.
#[test]
fn short_messages_are_messages() {
    guarded(|| {
        let ring = ring(Ring::MIN_CAPACITY);
        let bytes = *b"12345678";
        for round in 0..40 {
            for length in 0..=bytes.len() {
                let neighbour = vec![round; usize::from(round) % 13];
                ring.put(&[&neighbour], None).unwrap();
                ring.put_short(bytes, length, None).unwrap();
                ring.put(&[&neighbour], None).unwrap();
                assert_eq!(get(&ring), neighbour);
                assert_eq!(get(&ring), bytes[..length]);
                assert_eq!(get(&ring), neighbour);
            }
        }
        ring.close();
        assert_eq!(ring.put_short(bytes, 1, None), Err(PutError::Closed));
    });
}

#[test]
fn a_short_message_waits_for_room_as_any_other() {
    guarded(|| {
        let ring = of_maxsize(1);
        ring.put_short([1; 8], 8, None).unwrap();
        let late = after(Duration::from_millis(1));
        assert_eq!(ring.put_short([2; 8], 8, late), Err(PutError::TimedOut));
        assert_eq!(get(&ring), [1; 8]);
        ring.put_short([2; 8], 3, late).unwrap();
        assert_eq!(get(&ring), [2; 3]);
    });
}

#[test]
#[should_panic(expected = "eight bytes are the most")]
fn a_short_message_has_at_most_eight_bytes() {
    guarded(|| ring(256).put_short([0; 8], 9, None).unwrap());
}

#[test]
fn what_is_not_wanted_stays_the_first() {
    guarded(|| {
        let ring = ring(1024);
        let mut got = Vec::from("0");
        let none = ring.try_get_if(&mut got, |_| panic!("there is nothing to ask about"));
        assert_eq!(none, Err(GetError::TimedOut));
        ring.put(&[b"first"], None).unwrap();
        ring.put(&[b"second"], None).unwrap();
        for _ in 0..3 {
            let is_taken = ring.try_get_if(&mut got, |message| message != b"first");
            assert_eq!((is_taken, ring.len()), (Ok(false), 2));
        }
        assert_eq!(got, b"0");
        assert_eq!(ring.try_get_if(&mut got, |_| true), Ok(true));
        assert_eq!(got, b"0first");
        assert_eq!(get(&ring), b"second");
    });
}

#[test]
fn who_asks_for_the_first_and_panics_leaves_it() {
    guarded(|| {
        let ring = ring(1024);
        ring.put(&[b"message"], None).unwrap();
        let ask = || ring.try_get_if(&mut Vec::new(), |_| panic!("while it is asked"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(ask)).is_err());
        assert_eq!(get(&ring), b"message");
    });
}

#[test]
fn a_spin_ends_by_itself_or_with_a_message() {
    guarded(|| {
        let ring = ring(1024);
        assert!(!ring.spin());
        ring.put(&[b"message"], None).unwrap();
        assert!(ring.spin());
        assert_eq!(get(&ring), b"message");
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Of all lengths, through rings of all sizes: whole ones, padded ones, ones in parts.
    #[test]
    fn messages_come_as_they_were_put(power in 8_u32..13, lens in prop::collection::vec(8_usize..6000, 1..60)) {
        guarded(|| {
            let ring = ring(1 << power);
            thread::scope(|scope| {
                scope.spawn(|| {
                    for (number, len) in lens.iter().enumerate() {
                        ring.put(&[&message(number as u64, *len)], patience()).unwrap();
                    }
                });
                for (number, len) in lens.iter().enumerate() {
                    assert_eq!(get(&ring), message(number as u64, *len));
                }
            });
            assert!(ring.is_empty());
        });
    }
}

#[test]
fn a_full_ring_takes_no_more() {
    guarded(|| {
        let ring = ring(256);
        let mut count = 0;
        while ring.try_put(&[&[7; 12]]).is_ok() {
            count += 1;
        }
        assert_eq!(
            (ring.len(), ring.is_full()),
            (count, false),
            "room for an empty message is left"
        );
        assert!(count >= 14);
        assert_eq!(
            ring.put(&[&[7; 12]], after(Duration::from_millis(5))),
            Err(PutError::TimedOut)
        );
        assert_eq!(get(&ring), [7; 12]);
        ring.try_put(&[&[8; 12]]).unwrap();
        assert_eq!(ring.len(), count);
    });
}

#[test]
fn maxsize_counts_messages() {
    guarded(|| {
        let ring = of_maxsize(3);
        for number in 0..3 {
            assert!(!ring.is_full());
            ring.try_put(&[&[number]]).unwrap();
        }
        assert!(ring.is_full());
        let start = Instant::now();
        let limit = Duration::from_millis(60);
        assert_eq!(ring.put(&[b"x"], after(limit)), Err(PutError::TimedOut));
        assert!(start.elapsed() >= limit);
        let child = Child::start(|_| ring.put(&[&[3]], patience()).unwrap());
        child.await_sleep();
        for number in 0..4 {
            assert_eq!(get(&ring), [number]);
        }
        child.finish();
    });
}

/// Larger than the ring, and its time is up: nobody sees a part of it.
#[test]
fn a_message_in_parts_is_taken_back() {
    guarded(|| {
        let ring = ring(1024);
        ring.put(&[b"before"], None).unwrap();
        let large = vec![1; 5000];
        assert_eq!(
            ring.put(&[&large], after(Duration::from_millis(20))),
            Err(PutError::TimedOut)
        );
        assert_eq!(ring.try_put(&[&large]), Err(PutError::TimedOut));
        assert_eq!(get(&ring), b"before");
        let mut none = Vec::new();
        assert_eq!(ring.try_get(&mut none), Err(GetError::TimedOut));
        ring.put(&[b"after"], None).unwrap();
        assert_eq!(get(&ring), b"after");
        assert!(none.is_empty());
    });
}

#[test]
fn a_closed_ring_is_drained() {
    guarded(|| {
        let ring = ring(1024);
        ring.put(&[b"last"], None).unwrap();
        ring.close();
        assert!(ring.is_closed());
        assert_eq!(ring.put(&[b"late"], None), Err(PutError::Closed));
        assert_eq!(get(&ring), b"last");
        assert_eq!(ring.get(&mut Vec::new(), None), Err(GetError::Closed));
    });
}

#[test]
fn closing_reaches_those_who_wait() {
    guarded(|| {
        let (empty, full) = (ring(1024), of_maxsize(1));
        full.put(&[b"x"], None).unwrap();
        let children = [
            Child::start(|_| {
                assert_eq!(
                    empty.get(&mut Vec::new(), patience()),
                    Err(GetError::Closed)
                );
            }),
            Child::start(|_| {
                assert_eq!(
                    empty.get(&mut Vec::new(), patience()),
                    Err(GetError::Closed)
                );
            }),
            Child::start(|_| assert_eq!(full.put(&[b"y"], patience()), Err(PutError::Closed))),
            Child::start(|_| {
                assert_eq!(
                    full.put(&[&vec![0; 1 << 20]], patience()),
                    Err(PutError::Closed)
                );
            }),
        ];
        children.iter().for_each(Child::await_sleep);
        empty.close();
        full.close();
        children.into_iter().for_each(Child::finish);
    });
}

#[test]
fn every_message_once_and_in_order() {
    guarded(|| {
        const PUTTERS: u64 = 3;
        const EACH: u64 = 10_000;
        let (ring, results) = (ring(4096), Ring::new(1 << 20, None).unwrap());
        let putters: Vec<_> = (0..PUTTERS)
            .map(|putter| {
                let ring = &ring;
                Child::start(move |_| {
                    for number in 0..EACH {
                        // Some need parts.
                        let len = if number % 500 == 0 {
                            3000
                        } else {
                            8 + (number % 90) as usize
                        };
                        ring.put(&[&message(putter << 32 | number, len)], patience())
                            .unwrap();
                    }
                })
            })
            .collect();
        let getters: Vec<_> = (0..3)
            .map(|_| {
                let (ring, results) = (&ring, &results);
                Child::start(move |_| {
                    let mut last = [None; PUTTERS as usize];
                    let mut got = Vec::new();
                    while ring.get(&mut got, patience()) != Err(GetError::Closed) {
                        let number = number_of(&got);
                        assert_eq!(got, message(number, got.len()));
                        let last = &mut last[(number >> 32) as usize];
                        assert!(*last < Some(number), "{last:?} before {number}");
                        *last = Some(number);
                        got.clear();
                        results.put(&[&number.to_le_bytes()], patience()).unwrap();
                    }
                })
            })
            .collect();
        putters.into_iter().for_each(Child::finish);
        ring.close();
        let mut numbers: Vec<_> = (0..PUTTERS * EACH)
            .map(|_| number_of(&get(&results)))
            .collect();
        getters.into_iter().for_each(Child::finish);
        numbers.sort_unstable();
        let expected =
            (0..PUTTERS).flat_map(|putter| (0..EACH).map(move |number| putter << 32 | number));
        assert!(numbers.into_iter().eq(expected));
    });
}

/// As many messages as sleepers, put at once: each is woken for its own, none later by its own look at the time.
#[test]
fn sleepers_are_woken_one_by_one() {
    guarded(|| {
        const READERS: usize = 4;
        await_quick_round(|_| {
            let (ring, done) = (ring(1024), ring(1024));
            let readers: Vec<_> = (0..READERS)
                .map(|_| {
                    Child::start(|_| {
                        get(&ring);
                        done.put(&[b"1"], patience()).unwrap();
                    })
                })
                .collect();
            readers.iter().for_each(Child::await_sleep);
            let start = Instant::now();
            (0..READERS).for_each(|_| ring.put(&[b"1"], None).unwrap());
            (0..READERS).for_each(|_| drop(get(&done)));
            let time = start.elapsed();
            readers.into_iter().for_each(Child::finish);
            time
        });
    });
}

/// A ring's words and bytes, written over: errors, no panic, no wait without end.
#[test]
fn a_corrupted_ring_is_an_error() {
    guarded(|| {
        let mut random = 88_172_645_463_325_252_u64;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let mut corrupted = 0;
        for _ in 0..3000 {
            let ring = ring(256);
            ring.put(&[b"message"], None).unwrap();
            let words = words(ring.place());
            for _ in 0..1 + next() % 4 {
                // All but the object's own header and the locks, which say who lives.
                let (tail, head, bytes) = (48, 80, 96);
                let at = match next() % 3 {
                    0 => tail,
                    1 => head,
                    _ => bytes + (next() % 32) as usize,
                };
                words[at].store(next() >> (next() % 64), Ordering::Relaxed);
            }
            let limit = after(Duration::from_micros(10));
            corrupted += u32::from(ring.put(&[b"other"], limit) == Err(PutError::Corrupted));
            corrupted += u32::from(ring.get(&mut Vec::new(), limit) == Err(GetError::Corrupted));
            assert!(ring.len() < 1 << 31);
        }
        assert!(corrupted > 1000, "{corrupted}");
    });
}

#[test]
fn a_place_without_a_ring_is_refused() {
    guarded(|| {
        let ring = ring(1024);
        assert!(Ring::at(ring.place().clone()).is_ok());
        assert!(
            Ring::at(Place::new(4096, 128).unwrap())
                .unwrap_err()
                .is_foreign()
        );
        let short = ring.place().slice(0, ring.place().len() - 8);
        assert!(Ring::at(short).unwrap_err().is_foreign());
    });
}
