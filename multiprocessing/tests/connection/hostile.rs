//! Peers that do not keep to the rules: each is an error of its own connection and of nothing else.

use std::io::{IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use manyways_process::send_descriptors;
use manyways_testkit::{guarded, resident_bytes};
use multiprocessing::connection::{Address, Client, Connection, Descriptor, Listener};
use proptest::prelude::*;

use crate::support::{SHORT, key, loopback};

fn raw_peer() -> (UnixStream, Connection) {
    let (raw, other) = UnixStream::pair().unwrap();
    (raw, Connection::from_socket(other).unwrap())
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0xF5, b'M', b'W', 1];
    frame.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    frame.extend_from_slice(payload);
    frame
}

#[test]
fn an_announced_length_allocates_nothing() {
    guarded(|| {
        let (mut raw, mut connection) = raw_peer();
        let before = resident_bytes();
        let mut header = frame(b"");
        header[4..12].copy_from_slice(&(1_u64 << 50).to_le_bytes());
        raw.write_all(&header).unwrap();
        let error = connection.recv_bytes().unwrap_err();
        assert!(error.is_too_long(), "{error}");
        assert!(resident_bytes() < before + (8 << 20));
    });
}

#[test]
fn every_cut_is_told_from_an_end() {
    guarded(|| {
        let whole = frame(&[5, b'h', b'e', b'l', b'l', b'o', 0]);
        for cut in 0..=whole.len() {
            let (mut raw, mut connection) = raw_peer();
            raw.write_all(&whole[..cut]).unwrap();
            drop(raw);
            let received = connection.recv::<String>();
            match cut {
                0 => assert!(received.unwrap_err().is_closed()),
                _ if cut == whole.len() => assert_eq!(received.unwrap(), "hello"),
                _ => {
                    let error = received.unwrap_err();
                    assert!(error.is_truncated() && !error.is_closed(), "{cut}: {error}");
                }
            }
        }
    });
}

#[test]
fn a_frame_without_its_last_byte_is_no_message() {
    guarded(|| {
        let (mut raw, mut connection) = raw_peer();
        raw.write_all(&frame(b"")).unwrap();
        raw.write_all(&frame(b"")).unwrap();
        raw.write_all(&frame(&[1, 0])).unwrap();
        assert!(connection.recv_bytes().unwrap_err().is_decode());
        assert!(connection.recv::<bool>().unwrap_err().is_decode());
        assert!(connection.recv::<bool>().unwrap());
    });
}

#[test]
fn descriptors_that_were_announced_and_did_not_come() {
    guarded(|| {
        let (mut raw, mut connection) = raw_peer();
        raw.write_all(&frame(&[0, 3])).unwrap();
        raw.write_all(&frame(&[1, 0])).unwrap();
        let error = connection.recv::<Descriptor>().unwrap_err();
        assert!(
            error.is_decode() && error.to_string().contains("announces 3"),
            "{error}"
        );
        assert!(connection.recv::<bool>().unwrap());
    });
}

#[test]
fn descriptors_that_came_unannounced_do_not_pile_up() {
    guarded(|| {
        let (raw, mut connection) = raw_peer();
        let (mut reader, writer) = std::io::pipe().unwrap();
        let bytes = frame(&[1, 0]);
        for _ in 0..100 {
            let many = vec![writer.as_fd(); 100];
            send_descriptors(raw.as_fd(), &[IoSlice::new(&bytes)], &many).unwrap();
            assert!(connection.recv::<bool>().unwrap());
        }
        drop((writer, connection));
        assert_eq!(reader.read(&mut [0]).unwrap(), 0, "all copies are closed");
    });
}

#[test]
fn a_file_in_place_of_a_connection() {
    guarded(|| {
        let (raw, mut connection) = raw_peer();
        // What a travelling connection looks like, with a plain file in it.
        let null = std::fs::File::open("/dev/null").unwrap();
        let bytes = frame(&[0, 1, 1, 10, 0, 0, 0, 0, 1]);
        send_descriptors(raw.as_fd(), &[IoSlice::new(&bytes)], &[null.as_fd()]).unwrap();
        let error = connection.recv::<Connection>().unwrap_err();
        assert!(
            error.is_decode() && error.to_string().contains("stream socket"),
            "{error}"
        );
    });
}

#[test]
fn another_language_is_found_out_at_once() {
    guarded(|| {
        let (mut raw, mut connection) = raw_peer();
        raw.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let error = connection.recv_bytes().unwrap_err();
        assert!(
            !error.is_closed() && error.to_string().contains("GET /"),
            "{error}"
        );
    });
}

/// A listener with a key, and friends that get in while somebody does his worst.
fn friends_get_in(count: usize, worst: impl FnOnce(&Address)) {
    let options = Listener::options().authkey(key(1));
    let mut listener = options
        .handshake_limit(Duration::from_secs(30))
        .bind(loopback())
        .unwrap();
    let address = listener.address().clone();
    worst(&address);
    let began = Instant::now();
    for number in 0..count {
        let address = address.clone();
        let friend = thread::spawn(move || {
            let mut connection = Client::options().authkey(key(1)).connect(address).unwrap();
            connection.send(&number).unwrap();
            connection.close().unwrap();
        });
        let mut accepted = listener.accept().unwrap();
        assert_eq!(accepted.recv::<usize>().unwrap(), number);
        friend.join().unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(20));
}

fn tcp(address: &Address) -> TcpStream {
    match address {
        Address::Tcp(address) => TcpStream::connect(address).unwrap(),
        other => panic!("no TCP address: {other}"),
    }
}

#[test]
fn silent_strangers_hold_up_nobody() {
    guarded(|| {
        let mut silent = Vec::new();
        friends_get_in(5, |address| silent.extend((0..20).map(|_| tcp(address))));
    });
}

#[test]
fn more_silent_strangers_than_there_is_room_for_make_room() {
    guarded(|| {
        let mut silent = Vec::new();
        friends_get_in(2, |address| silent.extend((0..100).map(|_| tcp(address))));
    });
}

#[test]
fn dribblers_and_babblers_hold_up_nobody() {
    guarded(|| {
        let mut open = Vec::new();
        friends_get_in(3, |address| {
            for bytes in [&b"\xF5"[..], b"GET / HTTP/1.0\r\n\r\n", &[0; 4096]] {
                let mut stream = tcp(address);
                stream.write_all(bytes).unwrap();
                open.push(stream);
            }
            let gone = tcp(address);
            gone.shutdown(Shutdown::Both).unwrap();
        });
    });
}

#[test]
fn a_handshake_ends_at_its_limit_however_the_client_dribbles() {
    guarded(|| {
        let options = Listener::options()
            .authkey(key(1))
            .handshake_limit(4 * SHORT);
        let mut listener = options.bind(loopback()).unwrap();
        let mut stream = tcp(listener.address());
        let began = Instant::now();
        let dribbler = thread::spawn(move || {
            // The beginning of a true greeting would be believed for as long as it goes on.
            while stream.write_all(b"\xF5").is_ok() && began.elapsed() < Duration::from_secs(20) {
                thread::sleep(Duration::from_millis(5));
            }
        });
        while listener.rejected() == 0 {
            assert!(listener.accept_timeout(SHORT).unwrap_err().is_timeout());
        }
        dribbler.join().unwrap();
        assert!(began.elapsed() < Duration::from_secs(20));
    });
}

#[test]
fn a_dropped_listener_ends_its_handshakes() {
    guarded(|| {
        let mut listener = Listener::options()
            .authkey(key(1))
            .bind(loopback())
            .unwrap();
        let mut streams: Vec<_> = (0..3).map(|_| tcp(listener.address())).collect();
        assert!(listener.accept_timeout(SHORT).unwrap_err().is_timeout());
        drop(listener);
        for stream in &mut streams {
            let read = stream.read(&mut [0]);
            assert!(matches!(read, Ok(0) | Err(_)));
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes, a receive ends, and with it the test.
    #[test]
    fn noise_is_an_error(
        noise in proptest::collection::vec(any::<u8>(), 0..200),
        framed in any::<bool>(),
    ) {
        guarded(|| {
            let (mut raw, mut connection) = raw_peer();
            let bytes = if framed { frame(&noise) } else { noise };
            raw.write_all(&bytes).unwrap();
            drop(raw);
            let outcome = connection.recv::<(Vec<String>, Option<Connection>, Descriptor)>();
            assert!(outcome.is_err());
        });
    }
}
