//! Messages between a parent and its child.

mod common;

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use manyways_process::{Fork, Link};
use manyways_testkit as testkit;
use nix::sys::signal::{Signal, raise};
use serde::{Serialize, Serializer, ser};

#[test]
fn messages_of_any_size_both_ways() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                while let Ok(mut bytes) = link.recv::<Vec<u8>>() {
                    bytes.reverse();
                    link.send(&bytes).unwrap();
                }
            })
            .unwrap();
        for size in [0, 1, 127, 128, 65_535, 65_536, 65_549, 1 << 20, 5_000_000] {
            let mut bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            link.send(&bytes).unwrap();
            bytes.reverse();
            assert!(link.recv::<Vec<u8>>().unwrap() == bytes, "{size} bytes");
        }
        link.halves().0.finish().unwrap();
        assert!(link.recv::<Vec<u8>>().unwrap_err().is_closed());
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn a_hundred_mebibytes_in_one_message() {
    const SIZE: usize = 100 << 20;
    let pattern: Vec<u8> = (0..=250).collect();
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                let bulk = pattern.repeat(SIZE / pattern.len() + 1);
                link.halves()
                    .0
                    .send_bytes(&[b"head", &bulk[..SIZE]])
                    .unwrap();
            })
            .unwrap();
        let message = link.halves().1.recv_bytes().unwrap();
        assert_eq!((message.len(), &message[..4]), (SIZE + 4, &b"head"[..]));
        let mut chunks = message[4..].chunks(pattern.len());
        assert!(chunks.all(|chunk| *chunk == pattern[..chunk.len()]));
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn many_small_messages_in_order() {
    const COUNT: u64 = 200_000;
    testkit::guarded(|| {
        let (mut child, link) = Fork::new()
            .spawn(|link| {
                for number in 0..COUNT {
                    assert_eq!(link.recv::<u64>().unwrap(), number);
                    link.send(&(number * number)).unwrap();
                }
            })
            .unwrap();
        let (mut sender, mut receiver) = link.split();
        let sending = thread::spawn(move || (0..COUNT).for_each(|n| sender.send(&n).unwrap()));
        for number in 0..COUNT {
            assert_eq!(receiver.recv::<u64>().unwrap(), number * number);
        }
        sending.join().unwrap();
        assert!(receiver.recv::<u64>().unwrap_err().is_closed());
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn a_message_that_lies_read_already_is_known_of() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                let mut both = link.take();
                // Held back by nothing, so that both lie in the socket when the parent reads.
                both.send(&1_u8).unwrap();
                both.send(&2_u8).unwrap();
            })
            .unwrap();
        assert!(child.wait().unwrap().success());
        assert!(!link.has_buffered() && !link.has_pending());
        assert_eq!(link.recv::<u8>().unwrap(), 1);
        assert!(link.has_buffered());
        assert_eq!(link.recv::<u8>().unwrap(), 2);
        assert!(!link.has_buffered());
    });
}

/// 32 MiB, more than a socket holds. Text is encoded at once; without optimisation so many numbers take
/// longer than some of the waits in these tests.
fn long_text() -> String {
    "x".repeat(32 << 20)
}

#[test]
fn a_death_in_the_middle_of_a_message_is_the_end_of_the_link() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                link.send("whole").unwrap();
                link.send(&long_text()).unwrap();
            })
            .unwrap();
        assert_eq!(link.recv::<String>().unwrap(), "whole");
        testkit::kill_when(child.pid(), |process| {
            let calls = process
                .threads()
                .iter()
                .filter_map(|thread| thread.syscall());
            calls.into_iter().any(|call| call.writes())
        })
        .unwrap();
        let error = link.recv::<String>().unwrap_err();
        assert!(error.is_closed(), "{error}");
        assert!(
            link.recv::<String>().unwrap_err().is_closed(),
            "and stays it"
        );
        assert_eq!(child.wait().unwrap().signal(), Some(9));
    });
}

#[test]
fn a_death_while_the_parent_sends_is_an_error_and_no_signal() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new().spawn(|_| common::block_for_ever()).unwrap();
        let killer = thread::scope(|scope| {
            let pid = child.pid();
            let me = std::process::id();
            let killer = scope.spawn(move || {
                // When the sender below is blocked for want of a reader.
                common::wait_until(|| {
                    let view = testkit::ProcessView::of(me).unwrap();
                    let mut threads = view.threads().iter();
                    threads.any(|thread| thread.syscall().is_some_and(|call| call.writes()))
                });
                testkit::kill_process(pid).unwrap();
            });
            let error = link.send(&long_text()).unwrap_err();
            assert!(error.is_closed(), "{error}");
            killer.join()
        });
        killer.unwrap();
        assert!(link.send(&1_u8).unwrap_err().is_closed());
        assert!(link.recv::<u8>().unwrap_err().is_closed());
        assert_eq!(child.wait().unwrap().signal(), Some(9));
    });
}

/// What the parent had not read when it died, and what the child had not: both ends are clean.
#[test]
fn unread_messages_do_not_hide_the_end() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                link.send(&1_u8).unwrap();
                raise(Signal::SIGSTOP).unwrap();
            })
            .unwrap();
        common::wait_until(|| common::state_of(child.pid()) == Some('T'));
        link.send(&2_u8).unwrap(); // Never read.
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(link.recv::<u8>().unwrap(), 1);
        assert!(link.recv::<u8>().unwrap_err().is_closed());
        assert!(link.recv::<u8>().unwrap_err().is_closed());
    });
}

#[test]
fn a_copy_in_another_process_is_refused_and_its_drop_harms_nobody() {
    testkit::guarded(|| {
        let (mut child, link) = Fork::new()
            .spawn(|link| {
                let inherited = Fork::new().run(|| link.send(&0_u8).unwrap_err().to_string());
                let word: String = link.recv().unwrap();
                link.send(&(word, inherited.unwrap().join().unwrap()))
                    .unwrap();
            })
            .unwrap();
        let mut link = Some(link);
        let task = Fork::new().run(|| {
            let mut copy = link.take().unwrap();
            let errors = [
                copy.send(&1_u8).unwrap_err(),
                copy.recv::<u8>().unwrap_err(),
                copy.as_fd().unwrap_err(),
                copy.set_nonblocking(true).unwrap_err(),
                copy.halves().0.finish().unwrap_err(),
                copy.halves().0.set_timeout(None).unwrap_err(),
                copy.halves().0.send_bytes(&[b"x"]).unwrap_err(),
            ];
            drop(copy);
            errors.map(|error| error.to_string()).to_vec()
        });
        let errors = task.unwrap().join().unwrap();
        for error in &errors {
            assert!(
                error.contains("belongs to the process that made it"),
                "{error}"
            );
        }
        let mut link = link.unwrap();
        link.send("alive").unwrap();
        let (word, refused): (String, String) = link.recv().unwrap();
        assert_eq!(word, "alive");
        assert!(refused.contains("belongs to the process"), "{refused}");
        assert!(child.wait().unwrap().success());
    });
}

/// A thread of the parent is in the middle of a send, holding whatever a sender holds.
#[test]
fn a_copy_of_a_busy_sender_does_not_hang() {
    testkit::guarded(|| {
        let (child, mut link) = Fork::new().spawn(|_| common::block_for_ever()).unwrap();
        let mut second = link.take();
        thread::scope(|scope| {
            let sending = scope.spawn(|| second.send(&long_text()).unwrap_err().is_closed());
            let me = std::process::id();
            common::wait_until(|| {
                let view = testkit::ProcessView::of(me).unwrap();
                let mut threads = view.threads().iter();
                threads.any(|thread| thread.syscall().is_some_and(|call| call.writes()))
            });
            let task = Fork::new().run(|| link.send(&1_u8).is_err());
            assert!(task.unwrap().join().unwrap());
            drop(child);
            assert!(sending.join().unwrap());
        });
    });
}

struct CannotBeEncoded;

impl Serialize for CannotBeEncoded {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom("this cannot be encoded"))
    }
}

#[test]
fn a_message_that_cannot_be_encoded_leaves_the_link_usable() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                let numbers = [link.recv::<u32>().unwrap(), link.recv::<u32>().unwrap()];
                link.send(&numbers).unwrap();
            })
            .unwrap();
        link.send(&1_u32).unwrap();
        let error = link.send(&(5_u64, CannotBeEncoded)).unwrap_err();
        assert!(error.is_encode() && !error.is_closed(), "{error}");
        link.send(&2_u32).unwrap();
        assert_eq!(link.recv::<[u32; 2]>().unwrap(), [1, 2]);
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn a_message_of_another_type_leaves_the_link_usable() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                link.send("text").unwrap();
                link.send(&(1_u8, 2_u8)).unwrap();
                link.send(&3_u8).unwrap();
            })
            .unwrap();
        let error = link.recv::<(String, String)>().unwrap_err();
        assert!(error.is_decode(), "{error}");
        assert!(
            link.recv::<u8>().unwrap_err().is_decode(),
            "bytes are left over"
        );
        assert_eq!(link.recv::<u8>().unwrap(), 3);
        assert!(child.wait().unwrap().success());
    });
}

/// A frame as on the wire: magic, version, length, payload.
fn frame(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u64).to_le_bytes();
    [&[0xF5, b'M', b'W', 1], &length[..], payload].concat()
}

fn link_to_a_stranger() -> (Link, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    (Link::from_socket(ours.into()), theirs)
}

#[test]
fn strange_tags_are_refused_one_by_one() {
    testkit::guarded(|| {
        let (mut link, mut stranger) = link_to_a_stranger();
        for tag in 2..=255_u8 {
            // 2 is known, but ends before the number of its descriptors.
            let payload = if tag == 2 { &[2][..] } else { &[tag, 1, 2] };
            stranger.write_all(&frame(payload)).unwrap();
            let error = link.recv::<u8>().unwrap_err();
            assert!(error.is_decode() && error.panic_report().is_none());
            assert!(
                error.to_string().contains(&format!("tag {tag};")),
                "{error}"
            );
        }
        stranger.write_all(&frame(&[])).unwrap();
        let error = link.recv::<u8>().unwrap_err();
        assert!(
            error.is_decode() && error.to_string().contains("empty"),
            "{error}"
        );
        // A report of a panic that is none: too short, then an absurd length of its text.
        for report in [
            &[1][..],
            &[1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, b'x'],
        ] {
            stranger.write_all(&frame(report)).unwrap();
            let error = link.recv::<u8>().unwrap_err();
            assert!(
                error.is_decode() && error.panic_report().is_none(),
                "{error}"
            );
        }
        stranger.write_all(&frame(&[0, 42])).unwrap();
        assert_eq!(link.recv::<u8>().unwrap(), 42, "after all that");
    });
}

#[test]
fn bytes_that_are_no_frames_are_an_error_each_time() {
    testkit::guarded(|| {
        for garbage in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            &[0; 40],
            &[0xF5, b'M', b'W', 2, 0],
        ] {
            let (mut link, mut stranger) = link_to_a_stranger();
            stranger.write_all(garbage).unwrap();
            for _ in 0..2 {
                let error = link.recv::<u8>().unwrap_err();
                let others = [error.is_closed(), error.is_decode(), error.is_timeout()];
                assert_eq!(others, [false; 3], "{error}");
            }
        }
    });
}

/// A length that is announced costs no memory until the bytes come; beyond the limit it is refused.
#[test]
fn absurd_lengths_cost_nothing() {
    testkit::guarded(|| {
        let announced = |length: u64| {
            let (mut link, mut stranger) = link_to_a_stranger();
            stranger.write_all(&[0xF5, b'M', b'W', 1]).unwrap();
            stranger.write_all(&length.to_le_bytes()).unwrap();
            stranger.write_all(&[0; 100]).unwrap();
            drop(stranger);
            link.recv::<u8>().unwrap_err()
        };
        assert!(announced(1 << 40).is_closed(), "cut off in the middle");
        for length in [(1 << 40) + 1, u64::MAX] {
            let error = announced(length);
            assert!(!error.is_closed() && !error.is_decode(), "{error}");
        }
    });
}

#[test]
fn a_send_with_a_time_limit_goes_on_later() {
    testkit::guarded(|| {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (mut sender, _receiver) = Link::from_socket(ours.into()).split();
        sender.set_timeout(Some(Duration::from_millis(5))).unwrap();
        let bulk = vec![7_u8; 4 << 20];
        assert!(sender.send_bytes(&[&bulk]).unwrap_err().is_timeout());
        assert!(sender.has_pending());
        let refused = sender.send(&1_u8).unwrap_err();
        assert!(refused.is_busy(), "{refused}");
        sender.set_timeout(None).unwrap();
        let reading = thread::spawn(move || {
            let mut all = Vec::new();
            theirs.read_to_end(&mut all).unwrap();
            all
        });
        sender.flush_pending().unwrap();
        sender.set_timeout(Some(Duration::MAX)).unwrap();
        sender.send(&1_u8).unwrap();
        sender.finish().unwrap();
        let tagged = [&[0], &bulk[..]].concat();
        assert!(reading.join().unwrap() == [frame(&tagged), frame(&[0, 1])].concat());
    });
}

/// The report of a panic must not land in the middle of a message that another writer has begun.
#[test]
fn a_panic_beside_a_half_sent_message_does_not_spoil_it() {
    testkit::guarded(|| {
        let bulk = vec![9_u8; 4 << 20];
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                let mut own = link.take();
                own.set_nonblocking(true).unwrap();
                assert!(own.send(&bulk).unwrap_err().is_timeout());
                panic!("with a message half sent");
            })
            .unwrap();
        // Nobody reads before the child has ended, or the message might go out whole.
        let exit = child.wait().unwrap();
        assert_eq!(exit.code(), Some(manyways_process::PANICKED));
        let received = link.recv::<Vec<u8>>().map(|bytes| bytes.len());
        let error = received.expect_err("the message is cut off, and no report fills it up");
        assert!(error.is_closed(), "{error}");

        // A thread that is sending is waited for. Nobody reads before it is seen blocked.
        let (mut seen, saw) = io::pipe().unwrap();
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                let (mut sender, _receiver) = link.take().split();
                let bulk = bulk.clone();
                thread::spawn(move || sender.send(&bulk).unwrap());
                let me = std::process::id();
                common::wait_until(|| {
                    let view = testkit::ProcessView::of(me).unwrap();
                    let mut threads = view.threads().iter();
                    threads.any(|thread| thread.syscall().is_some_and(|call| call.writes()))
                });
                (&saw).write_all(&[1]).unwrap();
                panic!("beside a thread that sends");
            })
            .unwrap();
        drop(saw);
        seen.read_exact(&mut [0]).unwrap();
        assert!(link.recv::<Vec<u8>>().unwrap() == bulk);
        let error = link.recv::<Vec<u8>>().unwrap_err();
        let exit = child.wait().unwrap();
        let report = error.panic_report();
        let report = report.unwrap_or_else(|| panic!("{error}; the child {exit}"));
        assert_eq!(report.message(), "beside a thread that sends");
    });
}

#[test]
fn links_debug_and_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    testkit::guarded(|| {
        let (mut child, link) = Fork::new().spawn(|link| link.send(&1_u8).unwrap()).unwrap();
        is_send(&link);
        is_send(&child);
        assert!(format!("{link:?}").contains("Link") && format!("{child:?}").contains("pid"));
        let mut link = thread::spawn(move || link).join().unwrap();
        assert_eq!(link.recv::<u8>().unwrap(), 1);
        assert!(child.wait().unwrap().success());
    });
}
