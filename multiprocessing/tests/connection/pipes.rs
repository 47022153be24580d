//! `_TestConnection`.

use std::time::{Duration, Instant};

use manyways_process::Fork;
use manyways_testkit::guarded;
use multiprocessing::connection::{Connection, one_way_pipe, pipe};

use crate::support::{SHORT, fork};

/// Sends back what comes, until an empty message.
fn echo(mut connection: Connection) {
    loop {
        let message = connection.recv_bytes().unwrap();
        if message.is_empty() {
            return;
        }
        connection.send_bytes(&message).unwrap();
    }
}

#[test]
fn values_and_bytes_come_back_as_they_were() {
    guarded(|| {
        let (mut here, there) = pipe().unwrap();
        let child = fork(move || echo(there));

        let sequence = (1, 2.25_f64, None::<u8>);
        here.send(&sequence).unwrap();
        assert_eq!(here.recv::<(i32, f64, Option<u8>)>().unwrap(), sequence);

        here.send_bytes(b"hello world").unwrap();
        assert_eq!(here.recv_bytes().unwrap(), b"hello world");

        // Into the front of a buffer, and into the middle, as with Python's offset.
        let mut buffer = [b'.'; 20];
        here.send_bytes(b"hello world").unwrap();
        assert_eq!(here.recv_bytes_into(&mut buffer).unwrap(), 11);
        assert_eq!(&buffer, b"hello world.........");
        here.send_bytes(b"hello world").unwrap();
        assert_eq!(here.recv_bytes_into(&mut buffer[3..]).unwrap(), 11);
        assert_eq!(&buffer, b"helhello world......");

        // What does not fit is not lost.
        let long = [7; 100];
        here.send_bytes(&long).unwrap();
        let error = here.recv_bytes_into(&mut [0; 10]).unwrap_err();
        assert!(error.is_buffer_too_short());
        assert_eq!(error.into_message().unwrap(), long);

        let began = Instant::now();
        assert!(!here.poll(Some(Duration::ZERO)).unwrap());
        assert!(!here.poll(Some(SHORT)).unwrap());
        assert!(began.elapsed() >= SHORT);
        here.send(&None::<u8>).unwrap();
        assert!(here.poll(None).unwrap());
        assert_eq!(here.recv::<Option<u8>>().unwrap(), None);

        let really_big: Vec<u8> = (0..16 << 20).map(|at| at as u8).collect();
        here.send_bytes(&really_big).unwrap();
        assert_eq!(here.recv_bytes().unwrap(), really_big);

        here.send_bytes(b"").unwrap();
        child.join().unwrap();
        let error = here.recv::<u8>().unwrap_err();
        assert!(error.is_closed(), "{error}");
        assert!(here.send(&1).unwrap_err().is_closed());
    });
}

#[test]
fn a_one_way_pipe_refuses_the_other_way() {
    guarded(|| {
        let (mut receiver, mut sender) = one_way_pipe().unwrap();
        sender.send(&1).unwrap();
        assert_eq!(receiver.recv::<i32>().unwrap(), 1);
        assert!(receiver.is_readable() && !receiver.is_writable());
        assert!(!sender.is_readable() && sender.is_writable());
        assert!(receiver.send(&2).unwrap_err().is_wrong_way());
        assert!(sender.recv::<i32>().unwrap_err().is_wrong_way());
        assert!(sender.poll(None).unwrap_err().is_wrong_way());
        assert!(sender.split().unwrap_err().is_wrong_way());
    });
}

#[test]
fn a_child_gets_what_was_sent_before_its_parent_closed() {
    guarded(|| {
        let (mut parent, mut child) = pipe().unwrap();
        let task = fork(move || {
            let message = child.recv_bytes().unwrap();
            child.send_bytes(&message).unwrap();
        });
        parent.send_bytes(b"hello").unwrap();
        assert_eq!(parent.recv_bytes().unwrap(), b"hello");
        parent.close().unwrap();
        task.join().unwrap();
    });
}

#[test]
fn parts_of_bytes_are_slices() {
    guarded(|| {
        let (mut a, mut b) = pipe().unwrap();
        let message: Vec<u8> = (b'a'..=b'z').collect();
        for range in [0..26, 5..26, 7..15, 26..26, 25..26, 0..0] {
            a.send_bytes(&message[range.clone()]).unwrap();
            assert_eq!(b.recv_bytes().unwrap(), message[range]);
        }
    });
}

#[test]
fn memory_is_used_again() {
    guarded(|| {
        let (mut a, mut b) = pipe().unwrap();
        let message = vec![1; 100_000];
        let mut buffer = Vec::new();
        for _ in 0..3 {
            a.send_bytes(&message).unwrap();
            b.recv_bytes_to(&mut buffer).unwrap();
            assert_eq!(buffer, message);
        }
        let place = buffer.as_ptr();
        a.send_bytes(&message).unwrap();
        b.recv_bytes_to(&mut buffer).unwrap();
        assert_eq!(buffer.as_ptr(), place);
    });
}

#[test]
fn a_message_that_is_too_long_is_dropped_and_the_next_one_comes() {
    guarded(|| {
        let (mut a, mut b) = pipe().unwrap();
        let sender = fork(move || {
            for length in [10, 11, 5_000_000, 0] {
                a.send_bytes(&vec![7; length]).unwrap();
            }
        });
        assert_eq!(b.recv_bytes_up_to(10).unwrap().len(), 10);
        for length in [11, 5_000_000] {
            let error = b.recv_bytes_up_to(10).unwrap_err();
            assert!(error.is_too_long());
            let said = format!("the message has {length} bytes, at most 10 are allowed here");
            assert!(error.to_string().ends_with(&said), "{error}");
        }
        assert!(b.recv_bytes_up_to(10).unwrap().is_empty());
        assert!(b.recv_bytes_up_to(10).unwrap_err().is_closed());
        sender.join().unwrap();
    });
}

#[test]
fn the_limit_of_a_connection_holds_for_both_ways() {
    guarded(|| {
        let (mut a, mut b) = pipe().unwrap();
        a.set_max_message(3);
        let error = a.send_bytes(b"four").unwrap_err();
        assert!(error.is_too_long() && !error.is_closed(), "{error}");
        a.send_bytes(b"two").unwrap();
        b.set_max_message(2);
        assert!(b.recv_bytes().unwrap_err().is_too_long());
        b.set_max_message(3);
        assert_eq!(b.recv_bytes().unwrap(), b"two");
    });
}

#[test]
fn a_value_of_another_type_is_dropped_and_the_next_one_comes() {
    guarded(|| {
        let (mut a, mut b) = pipe().unwrap();
        a.send("text").unwrap();
        a.send(&7_u64).unwrap();
        let error = b.recv::<f64>().unwrap_err();
        assert!(error.is_decode(), "{error}");
        assert_eq!(b.recv::<u64>().unwrap(), 7);
    });
}

#[test]
fn a_value_that_cannot_be_encoded_leaves_the_connection_as_it_was() {
    struct Unencodable;
    impl serde::Serialize for Unencodable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    guarded(|| {
        let (mut a, mut b) = pipe().unwrap();
        assert!(a.send(&(1, Unencodable)).unwrap_err().is_encode());
        let panics = std::panic::AssertUnwindSafe(|| a.send(&Bomb));
        assert!(std::panic::catch_unwind(panics).is_err());
        a.send(&2).unwrap();
        assert_eq!(b.recv::<i32>().unwrap(), 2);
    });

    struct Bomb;
    impl serde::Serialize for Bomb {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("while encoding")
        }
    }
}

#[test]
fn two_threads_have_a_direction_each() {
    guarded(|| {
        let (here, there) = pipe().unwrap();
        let child = fork(move || echo(there));
        let (mut receiving, mut sending) = here.split().unwrap();
        let sender = std::thread::spawn(move || {
            for number in 0..20_000_u32 {
                sending.send(&number).unwrap();
            }
            sending.send_bytes(b"").unwrap();
        });
        for number in 0..20_000_u32 {
            assert_eq!(receiving.recv::<u32>().unwrap(), number);
        }
        sender.join().unwrap();
        child.join().unwrap();
        assert!(receiving.recv::<u32>().unwrap_err().is_closed());
    });
}

#[test]
fn small_messages_cost_a_fraction_of_a_system_call() {
    guarded(|| {
        let (mut a, mut b) = pipe().unwrap();
        for number in 0..100_u32 {
            a.send(&number).unwrap();
        }
        assert_eq!(b.recv::<u32>().unwrap(), 0);
        // They are in the lane, and nobody slept who had to be woken: the descriptor has nothing.
        let ready = manyways_process::poll_readable(&[b.as_fd()], Some(Duration::ZERO)).unwrap();
        assert!(ready.is_empty());
        for number in 1..100_u32 {
            assert!(b.poll(Some(Duration::ZERO)).unwrap());
            assert_eq!(b.recv::<u32>().unwrap(), number);
        }
        assert!(!b.poll(Some(Duration::ZERO)).unwrap());
    });
}

#[test]
fn a_receive_can_be_given_up_and_taken_up_again() {
    guarded(|| {
        let (mut a, mut b) = pipe().unwrap();
        let began = Instant::now();
        let error = b.recv_timeout::<Vec<u8>>(SHORT).unwrap_err();
        assert!(error.is_timeout() && began.elapsed() >= SHORT, "{error}");

        // Half of a message, and the rest later.
        let (mut raw, other) = std::os::unix::net::UnixStream::pair().unwrap();
        let mut c = Connection::from_socket(other).unwrap();
        let mut frame = vec![0xF5, b'M', b'W', 1, 5, 0, 0, 0, 0, 0, 0, 0];
        frame.extend_from_slice(&[3, 1, 2, 3, 0]);
        std::io::Write::write_all(&mut raw, &frame[..14]).unwrap();
        assert!(c.recv_timeout::<Vec<u8>>(SHORT).unwrap_err().is_timeout());
        std::io::Write::write_all(&mut raw, &frame[14..]).unwrap();
        assert_eq!(c.recv::<Vec<u8>>().unwrap(), [1, 2, 3]);

        a.send(&[9_u8; 2]).unwrap();
        assert_eq!(b.recv_timeout::<[u8; 2]>(SHORT).unwrap(), [9, 9]);
    });
}

#[test]
fn a_non_blocking_socket_serves_as_well() {
    guarded(|| {
        let (one, other) = std::os::unix::net::UnixStream::pair().unwrap();
        one.set_nonblocking(true).unwrap();
        other.set_nonblocking(true).unwrap();
        let mut here = Connection::from_socket(one).unwrap();
        let there = Connection::from_socket(other).unwrap();
        let child = fork(move || echo(there));
        let big = vec![5; 1 << 20];
        // The child must take it in before it sends: more than the buffers of the socket hold.
        here.send_bytes(&big).unwrap();
        assert_eq!(here.recv_bytes().unwrap(), big);
        here.send_bytes(b"").unwrap();
        child.join().unwrap();
    });
}

#[test]
fn only_stream_sockets_make_connections() {
    guarded(|| {
        let (reader, _writer) = std::io::pipe().unwrap();
        let error = Connection::from_socket(reader).unwrap_err();
        assert!(error.to_string().contains("no connected stream socket"));
        let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(Connection::from_socket(datagrams).is_err());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(Connection::from_socket(listener).is_err());
    });
}

#[test]
fn both_of_two_children_have_an_end() {
    guarded(|| {
        let (mut a, mut b) = pipe().unwrap();
        let first = fork(move || a.send("from the first").unwrap());
        let second = Fork::new()
            .run(move || b.recv::<String>().unwrap())
            .unwrap();
        assert_eq!(second.join().unwrap(), "from the first");
        first.join().unwrap();
    });
}
