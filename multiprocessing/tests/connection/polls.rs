//! `_TestPoll`.

use std::time::Duration;

use manyways_testkit::guarded;
use multiprocessing::connection::{Connection, pipe};

use crate::support::{LONG, fork};

#[test]
fn an_empty_message_is_a_message() {
    guarded(|| {
        let (mut a, b) = pipe().unwrap();
        assert!(!b.poll(Some(Duration::ZERO)).unwrap());
        a.send_bytes(b"").unwrap();
        assert!(b.poll(Some(Duration::ZERO)).unwrap());
        assert!(
            b.poll(Some(Duration::ZERO)).unwrap(),
            "asking takes nothing"
        );
    });
}

#[test]
fn polled_messages_are_those_that_were_sent() {
    guarded(|| {
        let strings: [&[u8]; 8] = [b"hello", b"", b"a", b"b", b"", b"bye", b"", b"lop"];
        let (mut a, mut b) = pipe().unwrap();
        let child = fork(move || {
            for string in strings {
                a.send_bytes(string).unwrap();
            }
        });
        for string in strings {
            assert!(b.poll(Some(LONG)).unwrap());
            assert_eq!(b.recv_bytes().unwrap(), string);
        }
        child.join().unwrap();
        assert!(
            b.poll(Some(LONG)).unwrap(),
            "the end is something to receive"
        );
        assert!(b.recv_bytes().unwrap_err().is_closed());
    });
}

/// Polls, so that a read that took too much would show, and receives.
fn next(connection: &mut Connection) -> Vec<u8> {
    assert!(connection.poll(Some(LONG)).unwrap());
    connection.recv_bytes().unwrap()
}

#[test]
fn polling_keeps_the_boundaries_of_messages() {
    guarded(|| {
        let (mut a, mut b) = pipe().unwrap();
        let child = fork(move || {
            for string in [&b"first"[..], b"second"] {
                a.send_bytes(string).unwrap();
            }
        });
        let seen = [next(&mut b), next(&mut b)];
        assert_eq!(seen, [b"first".to_vec(), b"second".to_vec()]);
        child.join().unwrap();
    });
}

#[test]
fn messages_do_not_merge() {
    guarded(|| {
        let (mut a, mut b) = pipe().unwrap();
        for string in [&b"a"[..], b"b", b"cd"] {
            a.send_bytes(string).unwrap();
        }
        for string in [&b"a"[..], b"b", b"cd"] {
            assert_eq!(next(&mut b), string);
        }
        assert!(!b.poll(Some(Duration::ZERO)).unwrap());
    });
}
