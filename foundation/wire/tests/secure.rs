//! What an encrypted link carries, and how it ends.

mod support;

use manyways_wire::{
    Error, FrameReader, FrameWriter, Secret, SecureReader, SecureStream, SecureWriter,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;
use support::link::{
    ANSWER, CONFIRMATION, FIRST_FLIGHT, KEY, Middle, PATIENCE, PROTOCOL, pair, secret, shake,
};

#[test]
fn bytes_go_both_ways_over_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connecting = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (accepting, _) = listener.accept().unwrap();
    let (connected, accepted) = shake(connecting, accepting);
    let (mut connected, mut accepted) = (connected.unwrap(), accepted.unwrap());
    connected.write_all(b"question").unwrap();
    accepted.write_all(b"answer").unwrap();
    connected.close().unwrap();
    accepted.close().unwrap();
    assert_eq!(io::read_to_string(&mut accepted).unwrap(), "question");
    assert_eq!(io::read_to_string(&mut connected).unwrap(), "answer");
    assert_eq!(connected.get_ref().read_timeout().unwrap(), None);
    assert_eq!(accepted.get_mut().write_timeout().unwrap(), None);
}

#[test]
fn frames_go_over_two_halves_from_two_threads() {
    const ROUNDS: u32 = 60;
    let (connected, accepted) = pair();
    let echo = thread::spawn(move || {
        let (mut reader, mut writer) = frames(accepted.split().unwrap());
        while let Ok((number, bulk)) = reader.recv_with_bulk::<u32>() {
            writer.send_with_bulk(&number, &bulk).unwrap();
        }
        writer.into_inner().close().unwrap();
        reader.read_frame().map(<[u8]>::to_vec).unwrap_err()
    });
    let (mut reader, mut writer) = frames(connected.split().unwrap());
    let sender = thread::spawn(move || {
        for number in 0..ROUNDS {
            writer.send_with_bulk(&number, &bulk(number)).unwrap();
        }
        writer.into_inner().close().unwrap();
    });
    for expected in 0..ROUNDS {
        let (number, got) = reader.recv_with_bulk::<u32>().unwrap();
        assert!(number == expected && got == bulk(number));
    }
    assert!(reader.read_frame().unwrap_err().is_closed());
    assert!(echo.join().unwrap().is_closed());
    sender.join().unwrap();
}

type Halves<S> = (SecureReader<S>, SecureWriter<S>);

fn frames<S: Read + Write>(
    halves: Halves<S>,
) -> (FrameReader<SecureReader<S>>, FrameWriter<SecureWriter<S>>) {
    (FrameReader::new(halves.0), FrameWriter::new(halves.1))
}

/// Nothing, small things, around one record, and several records.
fn bulk(number: u32) -> Vec<u8> {
    let size = match number % 4 {
        0 => 0,
        1 => number as usize,
        2 => 65_500 + number as usize,
        _ => 150_000,
    };
    vec![number as u8; size]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn read_as_written(
        writes in vec(vec(vec(any::<u8>(), 0..300), 0..4), 0..20),
        reads in vec(1_usize..700, 1..20),
    ) {
        let (mut connected, mut accepted) = pair();
        for parts in &writes {
            let slices: Vec<_> = parts.iter().map(|part| IoSlice::new(part)).collect();
            let length = parts.iter().map(Vec::len).sum::<usize>();
            prop_assert_eq!(connected.write_vectored(&slices).unwrap(), length);
        }
        connected.close().unwrap();
        let mut got = Vec::new();
        for size in reads.iter().cycle() {
            let mut into = vec![0; *size];
            match accepted.read(&mut into).unwrap() {
                0 => break,
                count => got.extend_from_slice(&into[..count]),
            }
        }
        prop_assert_eq!(got, writes.concat().concat());
    }
}

#[test]
fn a_closed_link_stays_closed() {
    let (mut connected, mut accepted) = pair();
    connected.close().unwrap();
    connected.close().unwrap();
    let error = connected.write(b"late").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    assert!(error.to_string().contains("after it was closed"), "{error}");
    for _ in 0..3 {
        assert_eq!(accepted.read(&mut [0; 9]).unwrap(), 0);
        assert!(
            accepted.has_buffered(),
            "the end is known without asking the stream"
        );
    }
    accepted.write_all(b"the other direction is open").unwrap();
    let mut into = [0; 27];
    connected.read_exact(&mut into).unwrap();
    assert_eq!(&into, b"the other direction is open");
}

#[test]
fn an_end_without_close_is_a_cut() {
    let (connected, mut accepted) = pair();
    drop(connected);
    for _ in 0..2 {
        let error = accepted.read(&mut [0; 9]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        let error = error.downcast::<Error>().unwrap();
        assert!(
            error.is_truncated() && error.is_disconnected() && !error.is_closed(),
            "{error}"
        );
    }
}

#[test]
fn a_cut_between_two_records_shows_in_frames_too() {
    let (connected, accepted) = pair();
    let mut writer = FrameWriter::new(connected);
    writer.send("whole").unwrap();
    drop(writer);
    let mut reader = FrameReader::new(accepted);
    assert_eq!(reader.recv::<String>().unwrap(), "whole");
    let error = reader.recv::<String>().unwrap_err();
    assert!(error.is_truncated() && !error.is_closed(), "{error}");
}

#[test]
fn neither_secret_nor_data_are_on_the_wire() {
    let data = b"nobody may read this, not even a part";
    let mut seen = Vec::new();
    let mut middle = None;
    let (connected, accepted) = Middle::handshake(|between| {
        seen.extend(between.pass_on(FIRST_FLIGHT));
        seen.extend(between.pass_back(ANSWER));
        seen.extend(between.pass_on(CONFIRMATION));
        let Middle {
            to_connecting,
            to_accepting,
        } = between;
        middle = Some((
            to_connecting.try_clone().unwrap(),
            to_accepting.try_clone().unwrap(),
        ));
    });
    let (to_connecting, to_accepting) = middle.unwrap();
    let mut middle = Middle {
        to_connecting,
        to_accepting,
    };
    let (mut connected, mut accepted) = (connected.unwrap(), accepted.unwrap());
    let record = 2 + data.len() + 16;
    connected.write_all(data).unwrap();
    seen.extend(middle.pass_on(record));
    let mut got = [0; 37];
    accepted.read_exact(&mut got).unwrap();
    assert_eq!(&got, data);
    accepted.write_all(data).unwrap();
    seen.extend(middle.pass_back(record));
    connected.read_exact(&mut got).unwrap();
    assert_eq!(&got, data);

    assert!(
        contains(&seen, PROTOCOL.as_bytes()),
        "the protocol's name is in clear text"
    );
    let digits = secret().to_hex();
    for forbidden in [data.as_slice(), KEY, digits.as_bytes()] {
        for part in forbidden.windows(6) {
            assert!(!contains(&seen, part), "{}", part.escape_ascii());
        }
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn the_same_data_never_looks_the_same() {
    let (mut connected, _accepted, mut middle) = Middle::established();
    connected.write_all(b"again").unwrap();
    connected.write_all(b"again").unwrap();
    let (first, second) = (middle.pass_on(23), middle.pass_on(23));
    assert_eq!(first[..2], second[..2]);
    assert_ne!(first[2..], second[2..]);
}

#[test]
fn a_slow_stream_loses_nothing() {
    let (mut connected, mut accepted) = pair();
    connected.get_ref().set_nonblocking(true).unwrap();
    accepted.get_ref().set_nonblocking(true).unwrap();
    let data: Vec<u8> = (0..1_500_000_u32)
        .map(|i| i.wrapping_mul(i) as u8)
        .collect();
    let (mut sent, mut got) = (0, Vec::new());
    let (mut full, mut empty, mut kept) = (false, false, false);
    let mut into = vec![0; 50_000];
    while got.len() < data.len() {
        while let Some(count) = unless_blocked(connected.write(&data[sent..]), &mut full) {
            sent += count;
            kept |= connected.has_pending();
            if sent == data.len() {
                break;
            }
        }
        while let Some(count) = unless_blocked(accepted.read(&mut into), &mut empty) {
            got.extend_from_slice(&into[..count]);
        }
        unless_blocked(connected.flush(), &mut full);
    }
    assert!(got == data);
    assert!(
        full && empty && kept,
        "the stream never met its limits, so this shows nothing"
    );
    connected.close().unwrap();
    assert_eq!(accepted.read(&mut into).unwrap(), 0);
}

fn unless_blocked<T>(outcome: io::Result<T>, blocked: &mut bool) -> Option<T> {
    if outcome
        .as_ref()
        .is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    {
        *blocked = true;
        return None;
    }
    Some(outcome.unwrap())
}

#[test]
fn what_was_read_ahead_is_announced() {
    let (mut connected, mut accepted) = pair();
    assert!(!accepted.has_buffered());
    connected.write_all(b"first").unwrap();
    connected.write_all(b"second").unwrap();
    accepted.read_exact(&mut [0; 5]).unwrap();
    assert!(
        accepted.has_buffered(),
        "the second record came with the first"
    );
    accepted.read_exact(&mut [0; 3]).unwrap();
    assert!(accepted.has_buffered(), "half of the second record is left");
    accepted.read_exact(&mut [0; 3]).unwrap();
    assert!(!accepted.has_buffered());
}

#[test]
fn debug_shows_numbers_and_no_keys() {
    let (mut connected, accepted) = pair();
    connected.write_all(b"x").unwrap();
    let shown = format!("{connected:?}");
    assert!(shown.contains("next_record_out: 2"), "{shown}");
    let (reader, writer) = accepted.split().unwrap();
    assert!(format!("{reader:?}").contains("next_record_in: 1"));
    assert!(format!("{writer:?}").contains("next_record_out: 0"));
}

#[test]
fn halves_go_to_other_threads() {
    fn send<T: Send>() {}
    send::<SecureStream<TcpStream>>();
    send::<SecureReader<UnixStream>>();
    send::<SecureWriter<UnixStream>>();
    fn sync<T: Send + Sync>() {}
    sync::<Secret>();
    let (connecting, accepting) = UnixStream::pair().unwrap();
    let shared = secret();
    thread::scope(|scope| {
        let accepted = scope.spawn(|| SecureStream::accept(accepting, &shared, "shared", PATIENCE));
        SecureStream::connect(connecting, &shared, "shared", PATIENCE).unwrap();
        accepted.join().unwrap().unwrap();
    });
}
