//! Sends with time limits: they do not wait longer for a reader that does not read, and no message is torn.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use multiprocessing::connection::{Client, Connection, Descriptor, Listener, pipe};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteBuf;

use crate::support::{Folder, LONG, SHORT, fork, key, loopback};

/// More than any buffer takes.
const LARGE: usize = 16 << 20;

fn large() -> Vec<u8> {
    let mut bytes = (0..=250).collect::<Vec<u8>>().repeat(LARGE / 251 + 1);
    bytes.truncate(LARGE);
    bytes
}

/// The two ends of a connection of each kind, and what it is called.
fn each_kind(test: impl Fn(&str, Connection, Connection)) {
    let (here, there) = pipe().unwrap();
    test("pipe", here, there);
    let folder = Folder::new();
    for address in [folder.path().into(), loopback()] {
        for key in [None, Some(key(1))] {
            let name = format!("{address}, {}", key.is_some());
            let (mut listening, mut connecting) = (Listener::options(), Client::options());
            if let Some(key) = key {
                listening = listening.authkey(key.clone());
                connecting = connecting.authkey(key);
            }
            let mut listener = listening.bind(&address).unwrap();
            let to = listener.address().clone();
            let client = std::thread::spawn(|| connecting.connect(to).unwrap());
            let there = listener.accept().unwrap();
            test(&name, client.join().unwrap(), there);
        }
    }
}

#[test]
fn what_was_not_sent_in_time_was_not_sent() {
    guarded(|| {
        each_kind(|kind, mut here, mut there| {
            let message = |number: u32| (number, vec![7_u8; 900]);
            let mut sent = 0;
            // Until there is no room, and until there is none for some time: what is under way makes room in between.
            for limit in [Duration::ZERO, SHORT] {
                let error = loop {
                    let began = Instant::now();
                    match here.send_timeout(&message(sent), limit) {
                        Ok(()) => sent += 1,
                        // It was begun.
                        Err(error) if error.is_pending() => sent += 1,
                        Err(error) => {
                            assert!(began.elapsed() >= limit, "{kind}");
                            break error;
                        }
                    }
                };
                assert!(error.is_timeout(), "{kind}: {error}");
            }

            let reader = std::thread::spawn(move || {
                (0..)
                    .map_while(|_| there.recv::<(u32, Vec<u8>)>().ok())
                    .fold(0, |next, got| {
                        assert_eq!(got, (next, vec![7; 900]));
                        next + 1
                    })
            });
            here.send_timeout(&message(sent), LONG).unwrap();
            here.flush(None).unwrap();
            here.close().unwrap();
            assert_eq!(reader.join().unwrap(), sent + 1, "{kind}");
        });
    });
}

#[test]
fn the_rest_of_a_message_goes_before_all_others() {
    guarded(|| {
        each_kind(|kind, mut here, mut there| {
            let large = large();
            let began = Instant::now();
            let error = here.send_bytes_timeout(&large, SHORT).unwrap_err();
            assert!(error.is_pending() && error.is_timeout(), "{kind}: {error}");
            assert!(began.elapsed() >= SHORT && here.has_pending(), "{kind}");
            for limit in [Duration::ZERO, SHORT] {
                let error = here.send_timeout("small", limit).unwrap_err();
                assert!(error.is_timeout() && !error.is_pending(), "{kind}: {error}");
                assert!(here.flush(Some(limit)).unwrap_err().is_pending(), "{kind}");
            }
            let reader = std::thread::spawn(move || {
                let first = there.recv_bytes().unwrap();
                (
                    first,
                    there.recv::<String>().unwrap(),
                    there.recv::<u8>().unwrap(),
                )
            });
            here.send("small").unwrap();
            assert!(!here.has_pending(), "{kind}");
            here.send_timeout(&7_u8, LONG).unwrap();
            let (first, second, third) = reader.join().unwrap();
            assert!(first == large, "{kind}");
            assert_eq!((second.as_str(), third), ("small", 7), "{kind}");
        });
    });
}

/// Python's `send` would wait for as long as the reader is stopped.
#[test]
fn a_reader_that_is_stopped_holds_nobody_up() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let reader = fork(move || {
            (
                there.recv_bytes().unwrap().len(),
                there.recv::<u8>().unwrap(),
            )
        });
        let signal = |signal| kill(Pid::from_raw(reader.pid().cast_signed()), signal).unwrap();
        signal(Signal::SIGSTOP);
        assert!(
            here.send_bytes_timeout(&large(), SHORT)
                .unwrap_err()
                .is_pending()
        );
        assert!(here.send_timeout(&1_u8, SHORT).unwrap_err().is_timeout());
        signal(Signal::SIGCONT);
        here.flush(Some(LONG)).unwrap();
        here.send(&2_u8).unwrap();
        assert_eq!(reader.join().unwrap(), (LARGE, 2));
    });
}

#[test]
fn who_goes_in_the_midst_of_a_message_has_sent_a_part_of_it() {
    guarded(|| {
        each_kind(|kind, mut here, mut there| {
            assert!(
                here.send_bytes_timeout(&large(), SHORT)
                    .unwrap_err()
                    .is_pending()
            );
            drop(here);
            let error = there.recv_bytes().unwrap_err();
            assert!(error.is_truncated(), "{kind}: {error}");
        });
    });
}

#[test]
fn a_reader_that_goes_is_told_of() {
    guarded(|| {
        each_kind(|kind, mut here, there| {
            assert!(
                here.send_bytes_timeout(&large(), SHORT)
                    .unwrap_err()
                    .is_pending()
            );
            drop(there);
            let error = here.flush(Some(LONG)).unwrap_err();
            assert!(error.is_closed() && !error.is_timeout(), "{kind}: {error}");
        });
    });
}

#[test]
fn open_files_travel_beside_a_message_that_is_sent_in_part() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let message = |file| (Descriptor::new(file), ByteBuf::from(large()));
        let null = || File::open("/dev/null").unwrap();
        let error = here.send_timeout(&message(null()), SHORT).unwrap_err();
        assert!(error.is_pending(), "{error}");
        // One that must wait, and is given up with its file.
        let refused = here.try_send(&Descriptor::new(null())).unwrap_err();
        assert!(refused.is_timeout() && !refused.is_pending(), "{refused}");
        let reader = fork(move || {
            let (_, bytes) = there.recv::<(Descriptor, ByteBuf)>().unwrap();
            let is_right = *bytes == large();
            (is_right, there.recv::<u8>().unwrap())
        });
        here.send(&3_u8).unwrap();
        assert_eq!(reader.join().unwrap(), (true, 3));
    });
}

#[test]
fn an_end_that_has_sent_in_part_stays_where_it_is() {
    guarded(|| {
        let (mut here, there) = pipe().unwrap();
        let (mut courier, _other) = pipe().unwrap();
        assert!(
            here.send_bytes_timeout(&large(), SHORT)
                .unwrap_err()
                .is_pending()
        );
        let error = courier.send(&here).unwrap_err();
        assert!(
            error.is_encode() && error.to_string().contains("flush"),
            "{error}"
        );
        drop(there);
    });
}

struct Bomb;

impl Serialize for Bomb {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("while encoding")
    }
}

impl<'de> Deserialize<'de> for Bomb {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Bomb, D::Error> {
        panic!("while decoding")
    }
}

#[test]
fn a_limit_ends_with_its_call_even_by_a_panic() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        here.send(&1).unwrap();
        let bomb = catch_unwind(AssertUnwindSafe(|| there.recv_timeout::<Bomb>(SHORT)));
        assert!(bomb.is_err());
        let bomb = catch_unwind(AssertUnwindSafe(|| there.send_timeout(&Bomb, SHORT)));
        assert!(bomb.is_err());
        let child = fork(move || {
            // It waits, and for longer than the limits were.
            assert!(!here.poll(Some(SHORT * 2)).unwrap());
            here.send(&2).unwrap();
            here.recv_bytes().unwrap().len()
        });
        assert_eq!(there.recv::<i32>().unwrap(), 2);
        there.send_bytes(&large()).unwrap();
        assert_eq!(child.join().unwrap(), LARGE);
    });
}

#[test]
fn the_limits_of_one_direction_are_not_the_others() {
    guarded(|| {
        let (here, mut there) = pipe().unwrap();
        // As who waits for it in an event loop would.
        fcntl(here.as_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let (mut receiving, mut sending) = here.split().unwrap();
        let (mut go, mut ready) = pipe().unwrap();
        let reader = fork(move || {
            ready.recv::<()>().unwrap();
            there.recv_bytes().unwrap().len()
        });
        std::thread::scope(|scope| {
            let sender = scope.spawn(|| sending.send_bytes(&large()));
            for _ in 0..5 {
                let error = receiving.recv_timeout::<u8>(SHORT / 5).unwrap_err();
                assert!(error.is_timeout(), "{error}");
            }
            go.send(&()).unwrap();
            sender.join().unwrap().unwrap();
        });
        assert_eq!(reader.join().unwrap(), LARGE);
    });
}

/// Numbers without a pattern, the same each time.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let next = |state: &u64| {
        Some(
            state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1),
        )
    };
    std::iter::successors(Some(seed), next).map(|state| state >> 33)
}

/// Both sides give up again and again, in the midst of messages too: each message that was accepted comes once, whole, in order.
#[test]
fn no_limit_costs_or_tears_a_message() {
    const LENGTHS: [usize; 8] = [0, 1, 900, 16_383, 16_384, 16_385, 70_000, 600_000];
    let micros = |number: u64| Duration::from_micros(number % 300);
    guarded(|| {
        each_kind(|kind, mut here, mut there| {
            let reader = std::thread::spawn(move || {
                let mut limits = numbers(2).map(micros);
                let mut next = || loop {
                    match there.recv_timeout::<(u32, ByteBuf)>(limits.next().unwrap()) {
                        Err(error) if error.is_timeout() => {}
                        received => return received.ok(),
                    }
                };
                let mut count = 0;
                while let Some((number, bytes)) = next() {
                    assert_eq!(number, count);
                    assert!(bytes.iter().all(|byte| *byte == number as u8));
                    count += 1;
                }
                count
            });
            let mut limits = numbers(1).map(micros);
            for (number, choice) in (0..200_u32).zip(numbers(3)) {
                let length = LENGTHS[choice as usize % LENGTHS.len()];
                let message = (number, ByteBuf::from(vec![number as u8; length]));
                while let Err(error) = here.send_timeout(&message, limits.next().unwrap()) {
                    assert!(error.is_timeout(), "{kind}: {error}");
                    if error.is_pending() {
                        // At times by the next send.
                        let flushes = choice % 3;
                        (0..flushes).for_each(|_| drop(here.flush(limits.next())));
                        break;
                    }
                }
            }
            here.close().unwrap();
            assert_eq!(reader.join().unwrap(), 200, "{kind}");
        });
    });
}
