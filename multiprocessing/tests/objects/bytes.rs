//! Bytes through queues, from and to the memory of those who put and get.

use std::time::Duration;

use manyways_process::Fork;
use manyways_testkit::guarded;
use multiprocessing::Queue;
use multiprocessing::queue::GetError;
use serde_bytes::ByteBuf;

use crate::support::{BRIEF, LONG};

/// On both sides of what goes through a ring of 256 bytes whole, and of what changes the length of a length.
const LENGTHS: [usize; 10] = [0, 1, 100, 119, 120, 127, 128, 300, 20_000, 200_000];

fn item(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7) as u8).collect()
}

fn small<T>() -> Queue<T> {
    Queue::<T>::builder().bytes(256).build().unwrap()
}

#[test]
fn bytes_come_as_they_were_in_whichever_way_they_are_put_and_got() {
    guarded(|| {
        let queue = small::<Vec<u8>>();
        let putter = Fork::new().run(|| {
            for item in LENGTHS.map(item) {
                queue.put_bytes(&item).unwrap();
                queue.put(&item).unwrap();
                queue.put_bytes_timeout(&item, LONG).unwrap();
            }
        });
        let mut buffer = vec![0; 200_000];
        for item in LENGTHS.map(item) {
            let length = queue.get_into(&mut buffer).unwrap();
            assert!(buffer[..length] == item, "of {} bytes", item.len());
            let length = queue.get_into_timeout(&mut buffer[..item.len()], LONG);
            assert!(buffer[..length.unwrap()] == item);
            assert!(queue.get().unwrap() == item);
        }
        putter.unwrap().join().unwrap();
        assert!(queue.try_get_into(&mut buffer).unwrap_err().is_empty());
    });
}

#[test]
fn what_does_not_fit_is_not_lost() {
    guarded(|| {
        let queue = small::<ByteBuf>();
        let putter = Fork::new().run(|| {
            for length in LENGTHS {
                queue.put_bytes(&item(length)).unwrap();
            }
            queue.put_bytes(b"end").unwrap();
        });
        for expected in LENGTHS.map(item) {
            let mut buffer = [b'.'; 100];
            let fits = expected.len() <= buffer.len();
            match queue.get_into(&mut buffer) {
                Ok(length) => assert!(fits && buffer[..length] == expected),
                Err(GetError::BufferTooShort { item, room: 100 }) => {
                    assert!(!fits && item == expected && buffer == [b'.'; 100]);
                }
                Err(error) => panic!("{error}"),
            }
        }
        let error = queue.get_into(&mut []).unwrap_err();
        assert!(
            error.to_string().contains("3 bytes and the buffer 0"),
            "{error}"
        );
        putter.unwrap().join().unwrap();
    });
}

#[test]
fn limits_are_those_of_all_items() {
    guarded(|| {
        let queue = Queue::<Vec<u8>>::with_maxsize(1).unwrap();
        let mut buffer = [0; 8];
        for limit in [Duration::ZERO, BRIEF] {
            let error = queue.get_into_timeout(&mut buffer, limit).unwrap_err();
            assert!(error.is_empty(), "{error}");
        }
        queue.try_put_bytes(b"one").unwrap();
        assert!(queue.try_put_bytes(b"two").unwrap_err().is_full());
        assert!(
            queue
                .put_bytes_timeout(b"two", BRIEF)
                .unwrap_err()
                .is_full()
        );
        queue.close();
        assert!(queue.put_bytes(b"three").unwrap_err().is_closed());
        assert_eq!(queue.try_get_into(&mut buffer).unwrap(), 3);
        assert!(queue.get_into(&mut buffer).unwrap_err().is_closed());
    });
}

/// A large item goes in hundreds of parts. Who waits for a part, or for room for one, is woken for several: with a sleep for each,
/// both sides take several times as long.
#[test]
fn an_item_in_parts_takes_fewer_turns_than_parts() {
    const LENGTH: usize = 300_000;
    const PARTS: usize = LENGTH / 512;
    guarded(|| {
        let queue = Queue::<Vec<u8>>::builder().bytes(4096).build().unwrap();
        let putter = Fork::new().run(|| {
            queue.put_bytes(&item(LENGTH)).unwrap();
        });
        let getter = Fork::new().run(|| {
            let mut buffer = vec![0; LENGTH];
            let before = sleeps();
            assert_eq!(queue.get_into(&mut buffer).unwrap(), LENGTH);
            sleeps() - before
        });
        putter.unwrap().join().unwrap();
        let turns = getter.unwrap().join().unwrap();
        assert!(turns < PARTS / 3, "{turns} turns for {PARTS} parts");
    });
}

/// How often this thread has slept.
fn sleeps() -> usize {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
    let line = |line: &&str| line.starts_with("voluntary_ctxt_switches");
    let line = status.lines().find(line).unwrap();
    line.split_whitespace().last().unwrap().parse().unwrap()
}
