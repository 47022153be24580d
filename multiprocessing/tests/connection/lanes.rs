//! Pipes through shared memory: order, waking, and what is left when somebody dies.

use std::fs::File;
use std::thread;
use std::time::Duration;

use manyways_process::{Fork, poll_readable};
use manyways_testkit::{ThreadView, guarded, kill_when};
use multiprocessing::RawValue;
use multiprocessing::connection::{Connection, Descriptor, Waitable, one_way_pipe, pipe, wait};

use crate::support::{LONG, SHORT, fork};

/// Lengths on both sides of every limit, in an order without a pattern.
fn lengths() -> impl Iterator<Item = usize> {
    let lengths = [0, 1, 8, 16_383, 16_384, 16_385, 40_000, 70_000, 300_000];
    (0..400_usize).map(move |at| lengths[at * at * 7 % 31 % lengths.len()])
}

#[test]
fn short_and_long_messages_and_open_files_keep_their_order() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let child = fork(move || {
            for (at, length) in lengths().enumerate() {
                there.send_bytes(&vec![at as u8; length]).unwrap();
                if at.is_multiple_of(5) {
                    let null = File::open("/dev/null").unwrap();
                    there.send(&(at, Descriptor::new(null))).unwrap();
                }
                there.send(&at).unwrap();
            }
        });
        for (at, length) in lengths().enumerate() {
            assert_eq!(here.recv_bytes().unwrap(), vec![at as u8; length]);
            if at.is_multiple_of(5) {
                assert_eq!(here.recv::<(usize, Descriptor)>().unwrap().0, at);
            }
            assert_eq!(here.recv::<usize>().unwrap(), at);
        }
        child.join().unwrap();
        assert!(here.recv_bytes().unwrap_err().is_closed());
    });
}

/// Answers each message, and sleeps before it now and then so that the other side does too.
#[test]
fn every_sleeper_is_woken() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let child = fork(move || {
            for number in 0..3000_u32 {
                assert_eq!(there.recv::<u32>().unwrap(), number);
                there.send(&number).unwrap();
            }
        });
        for number in 0..3000_u32 {
            if number.is_multiple_of(10) {
                // Longer than any spin. What is asserted holds without it too.
                thread::sleep(Duration::from_micros(u64::from(number) / 10));
            }
            here.send(&number).unwrap();
            assert_eq!(here.recv::<u32>().unwrap(), number);
        }
        child.join().unwrap();
    });
}

#[test]
fn what_woke_a_receiver_is_not_taken_for_a_message() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        for number in 0..20_u32 {
            let receiver = thread::spawn(move || {
                let number: u32 = here.recv().unwrap();
                (here, number)
            });
            // Asleep, so that the message is rung for; it may find the message before it finds the ring.
            thread::sleep(Duration::from_millis(2));
            there.send(&number).unwrap();
            let came;
            (here, came) = receiver.join().unwrap();
            assert_eq!(came, number);
            assert!(!here.poll(Some(Duration::ZERO)).unwrap());
            assert!(wait(&[&here], Some(Duration::ZERO)).unwrap().is_empty());
        }
    });
}

#[test]
fn a_wait_of_ones_own_sees_what_is_sent() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let now = Some(Duration::ZERO);
        assert!(poll_readable(&[here.as_fd()], now).unwrap().is_empty());
        let child = fork(move || {
            for number in 0..100_u32 {
                there.send(&number).unwrap();
                there.recv::<()>().unwrap();
            }
        });
        for number in 0..100_u32 {
            while !here.poll(Some(Duration::ZERO)).unwrap() {
                assert_eq!(poll_readable(&[here.as_fd()], Some(LONG)).unwrap(), [0]);
            }
            assert_eq!(here.recv::<u32>().unwrap(), number);
            here.send(&()).unwrap();
        }
        child.join().unwrap();
    });
}

#[test]
fn a_sender_waits_for_room_until_there_is_some_or_nobody_to_make_it() {
    guarded(|| {
        let (mut receiver, mut sender) = one_way_pipe().unwrap();
        let sent = RawValue::new(0_u32).unwrap();
        let counted = sent.clone();
        let sending = thread::spawn(move || {
            loop {
                match sender.send_bytes(&[7; 1000]) {
                    Ok(()) => counted.set(counted.get() + 1),
                    Err(error) => return error,
                }
            }
        });
        while sent.get() < 60 {
            thread::yield_now();
        }
        thread::sleep(SHORT);
        assert!(sent.get() < 70, "64 KiB have room for no more");
        let child = fork(move || {
            for _ in 0..1000 {
                assert_eq!(receiver.recv_bytes().unwrap(), [7; 1000]);
            }
        });
        child.join().unwrap();
        let error = sending.join().unwrap();
        assert!(error.is_closed(), "{error}");
        assert!(sent.get() >= 1000);
    });
}

#[test]
fn the_next_holder_of_an_end_goes_on_where_a_killed_one_stopped() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let received = RawValue::new(0_u32).unwrap();
        let (mut child, _link) = Fork::new()
            .spawn(|_| {
                received.set(there.recv::<u32>().unwrap());
                let _: u32 = there.recv().unwrap();
            })
            .unwrap();
        here.send(&1_u32).unwrap();
        while received.get() != 1 {
            thread::yield_now();
        }
        let sleeps = |thread: &ThreadView| thread.state() == 'S';
        kill_when(child.pid(), |process| process.threads().iter().all(sleeps)).unwrap();
        child.wait().unwrap();
        let sender = thread::spawn(move || {
            for number in 2..1000_u32 {
                here.send(&number).unwrap();
            }
            here
        });
        for number in 2..1000 {
            assert_eq!(there.recv::<u32>().unwrap(), number);
        }
        sender.join().unwrap();
    });
}

/// Receivers of one end, each of which is killed at some moment, and after each this process: what none of them got, the next gets. One
/// message may have been got that was not noted.
#[test]
fn no_message_is_lost_with_a_receiver() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let last = RawValue::new(0_u32).unwrap();
        let feeder = thread::spawn(move || {
            // Until nobody receives any more.
            for number in 1..=u32::MAX {
                if here.send(&number).is_err() {
                    return;
                }
            }
        });
        let mut from = 0;
        for round in 0..30_u64 {
            let seen = last.clone();
            let (mut child, _link) = Fork::new()
                .spawn(|_| {
                    loop {
                        let number = there.recv::<u32>().unwrap();
                        assert_eq!(number, seen.get() + 1);
                        seen.set(number);
                    }
                })
                .unwrap();
            while last.get() <= from {
                there.poll(Some(Duration::ZERO)).unwrap();
                thread::yield_now();
            }
            thread::sleep(Duration::from_micros(round * 37));
            child.kill().unwrap();
            child.wait().unwrap();
            from = last.get();
            let number = there.recv::<u32>().unwrap();
            assert!(
                number == from + 1 || number == from + 2,
                "{number} after {from}"
            );
            last.set(number);
            from = number;
        }
        drop(there);
        feeder.join().unwrap();
    });
}

#[test]
fn what_send_returned_for_survives_whenever_the_sender_is_killed() {
    guarded(|| {
        for round in 0..60_u64 {
            let (mut receiver, mut sender) = one_way_pipe().unwrap();
            let sent = RawValue::new(0_u32).unwrap();
            let counted = sent.clone();
            let (mut child, _link) = Fork::new()
                .spawn(move |_| {
                    for number in 1..=u32::MAX {
                        sender.send(&number).unwrap();
                        counted.set(number);
                    }
                })
                .unwrap();
            let mut received = receiver.recv::<u32>().unwrap();
            let killer = thread::spawn(move || {
                thread::sleep(Duration::from_micros(round * 23));
                child.kill().unwrap();
                child.wait().unwrap();
            });
            let end = loop {
                match receiver.recv::<u32>() {
                    Ok(number) => {
                        assert_eq!(number, received + 1);
                        received = number;
                    }
                    Err(error) => break error,
                }
            };
            killer.join().unwrap();
            assert!(end.is_closed(), "{end}");
            assert!(received == sent.get() || received == sent.get() + 1);
        }
    });
}

#[test]
fn an_end_of_a_pipe_takes_its_lane_along_and_stays_whole() {
    guarded(|| {
        let (mut boss, mut worker) = pipe().unwrap();
        let (mut near, far) = pipe().unwrap();
        near.send("before").unwrap();
        near.send_bytes(&[1; 100_000]).unwrap();
        boss.send(&far).unwrap();
        drop(far);
        let mut far: Connection = worker.recv().unwrap();
        assert_eq!(far.recv::<String>().unwrap(), "before");
        assert_eq!(far.recv_bytes().unwrap(), [1; 100_000]);
        near.send("after").unwrap();
        assert_eq!(
            wait(&[&near, &far as &dyn Waitable], Some(LONG)).unwrap(),
            [1]
        );
        assert_eq!(far.recv::<String>().unwrap(), "after");
        far.send("back").unwrap();
        assert_eq!(near.recv::<String>().unwrap(), "back");
        drop(far);
        assert!(near.recv::<u8>().unwrap_err().is_closed());
    });
}
