//! Peers and people in the middle who should not get through, and what each side is told.

mod support;

use manyways_wire::{Error, FrameReader, FrameWriter, Secret, SecureStream};
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};
use support::link::{
    ANSWER, CONFIRMATION, FIRST_FLIGHT, Link, Middle, PATIENCE, PROTOCOL, secret, take,
};

/// What both sides say when they hold these secrets and name these protocols.
fn strangers(connecting: (&Secret, &str), accepting: (&Secret, &str)) -> (Error, Error) {
    let (here, there) = UnixStream::pair().unwrap();
    thread::scope(|scope| {
        let accepted = scope
            .spawn(|| SecureStream::accept(there, accepting.0, accepting.1, PATIENCE).map(drop));
        let connected = SecureStream::connect(here, connecting.0, connecting.1, PATIENCE).map(drop);
        (
            connected.unwrap_err(),
            accepted.join().unwrap().unwrap_err(),
        )
    })
}

/// What an accepting side says to a peer that behaves like this, and then listens until the connection ends.
fn accepting(peer: impl FnOnce(&UnixStream) + Send) -> Error {
    against(peer, |stream| {
        SecureStream::accept(stream, &secret(), PROTOCOL, PATIENCE).map(drop)
    })
}

fn connecting(peer: impl FnOnce(&UnixStream) + Send) -> Error {
    against(peer, |stream| {
        SecureStream::connect(stream, &secret(), PROTOCOL, PATIENCE).map(drop)
    })
}

fn against(
    peer: impl FnOnce(&UnixStream) + Send,
    side: impl FnOnce(UnixStream) -> Result<(), Error>,
) -> Error {
    let (here, mut there) = UnixStream::pair().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            peer(&there);
            // A reset, because the other side left bytes unread, is an end as well.
            there.read_to_end(&mut Vec::new()).ok();
        });
        side(here).unwrap_err()
    })
}

#[test]
fn another_secret() {
    let other = Secret::generate().unwrap();
    let (connected, accepted) = strangers((&secret(), PROTOCOL), (&other, PROTOCOL));
    assert!(
        connected.is_auth() && accepted.is_auth(),
        "{connected}\n{accepted}"
    );
    assert!(
        connected.to_string().contains("refused this side"),
        "{connected}"
    );
    assert!(
        accepted.to_string().contains("does not know the secret"),
        "{accepted}"
    );
}

/// Closing a TCP socket with bytes unread destroys what was said last, so here it shows whether anything was left unread.
#[test]
fn a_refusal_arrives_over_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let other = Secret::generate().unwrap();
    for (theirs, protocol) in [(&other, PROTOCOL), (&secret(), "other")] {
        let connected = thread::scope(|scope| {
            scope.spawn(|| {
                let (stream, _) = listener.accept().unwrap();
                SecureStream::accept(stream, theirs, protocol, PATIENCE).unwrap_err()
            });
            let stream = TcpStream::connect(address).unwrap();
            SecureStream::connect(stream, &secret(), PROTOCOL, PATIENCE).unwrap_err()
        });
        assert!(
            connected.is_auth() || connected.is_protocol(),
            "{connected}"
        );
    }
}

#[test]
fn another_protocol() {
    let (connected, accepted) = strangers((&secret(), "pydra"), (&secret(), "dispy"));
    assert!(
        connected.is_protocol() && !connected.is_auth(),
        "{connected}"
    );
    assert!(accepted.is_protocol() && !accepted.is_auth(), "{accepted}");
    assert!(
        connected
            .to_string()
            .contains("the peer speaks `dispy`, this side `pydra`"),
        "{connected}"
    );
    assert!(
        accepted
            .to_string()
            .contains("the peer speaks `pydra`, this side `dispy`"),
        "{accepted}"
    );
}

#[test]
fn a_name_that_fits_no_greeting() {
    for name in ["", &"x".repeat(65)] {
        let (here, _there) = UnixStream::pair().unwrap();
        let error = SecureStream::connect(here, &secret(), name, PATIENCE).unwrap_err();
        assert!(error.to_string().contains("1 to 64 bytes"), "{error}");
    }
}

/// Each side is told the name that it expects, but the secret's proof covers what the other meant.
#[test]
fn a_greeting_altered_on_its_way() {
    let (here, mut to_connecting) = UnixStream::pair().unwrap();
    let (there, mut to_accepting) = UnixStream::pair().unwrap();
    let (connected, accepted) = thread::scope(|scope| {
        let connected =
            scope.spawn(|| SecureStream::connect(here, &secret(), "pydra", PATIENCE).map(drop));
        let accepted =
            scope.spawn(|| SecureStream::accept(there, &secret(), "dispy", PATIENCE).map(drop));
        let mut first = take(&mut to_connecting, 11 + 48);
        first[6..11].copy_from_slice(b"dispy");
        to_accepting.write_all(&first).unwrap();
        let mut answer = take(&mut to_accepting, 11 + 1);
        answer[6..11].copy_from_slice(b"pydra");
        to_connecting.write_all(&answer).unwrap();
        (
            connected.join().unwrap().unwrap_err(),
            accepted.join().unwrap().unwrap_err(),
        )
    });
    assert!(
        connected.is_auth() && accepted.is_auth(),
        "{connected}\n{accepted}"
    );
}

/// What the connecting side and the accepting side of a good handshake say.
fn recorded() -> (Vec<u8>, Vec<u8>) {
    let (mut questions, mut answer) = (Vec::new(), Vec::new());
    let (connected, accepted) = Middle::handshake(|middle| {
        questions.extend(middle.pass_on(FIRST_FLIGHT));
        answer.extend(middle.pass_back(ANSWER));
        questions.extend(middle.pass_on(CONFIRMATION));
    });
    connected.and(accepted).unwrap();
    (questions, answer)
}

#[test]
fn a_replayed_first_message() {
    let (questions, _) = recorded();
    let error = accepting(|mut stream| stream.write_all(&questions).unwrap());
    assert!(error.is_auth(), "{error}");
    let error = accepting(|mut stream| {
        stream.write_all(&questions[..FIRST_FLIGHT]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
    });
    assert!(
        error.is_truncated() && error.to_string().contains("confirm"),
        "{error}"
    );
}

#[test]
fn a_replayed_answer() {
    let (_, answer) = recorded();
    let error = connecting(|mut stream| stream.write_all(&answer).unwrap());
    assert!(error.is_auth(), "{error}");
}

#[test]
fn every_byte_of_the_handshake_counts() {
    for (flight, length) in [FIRST_FLIGHT, ANSWER, CONFIRMATION].into_iter().enumerate() {
        for place in 0..length {
            let (connected, accepted) =
                Middle::handshake(|middle| alter_handshake(middle, flight, place));
            // The side that confirms last cannot know what became of its confirmation.
            assert_eq!(
                connected.is_ok(),
                flight == 2,
                "flight {flight}, byte {place}"
            );
            let error = accepted.map(drop).unwrap_err();
            let told = error.is_auth()
                || error.is_garbage()
                || error.is_version()
                || error.is_protocol()
                || error.is_oversize()
                || error.is_disconnected();
            assert!(told, "flight {flight}, byte {place}: {error}");
        }
    }
}

/// Passes the handshake on, with one byte of one of its three flights altered, as far as the ends go along.
fn alter_handshake(middle: &mut Middle, flight: usize, place: usize) {
    let Middle {
        to_connecting,
        to_accepting,
    } = middle;
    for (number, length) in [FIRST_FLIGHT, ANSWER, CONFIRMATION].into_iter().enumerate() {
        let (from, to) = match number {
            1 => (&mut *to_accepting, &mut *to_connecting),
            _ => (&mut *to_connecting, &mut *to_accepting),
        };
        let mut bytes = Vec::new();
        from.take(length as u64).read_to_end(&mut bytes).ok();
        if let (true, Some(byte)) = (number == flight, bytes.get_mut(place)) {
            *byte ^= 0x40;
        }
        // The receiver may have refused and gone already.
        to.write_all(&bytes).ok();
        if number == flight || bytes.len() < length {
            to.shutdown(Shutdown::Write).ok();
        }
    }
}

#[test]
fn an_altered_record() {
    for place in 2..23 {
        let (mut connected, mut accepted, mut middle) = Middle::established();
        connected.write_all(b"12345").unwrap();
        let mut record = take(&mut middle.to_connecting, 23);
        record[place] ^= 1;
        middle.to_accepting.write_all(&record).unwrap();
        assert_forged(&mut accepted);
    }
}

/// The next read, and every later one, finds a forged record.
fn assert_forged(link: &mut Link<UnixStream>) {
    for _ in 0..2 {
        let error = link
            .read(&mut [0; 99])
            .unwrap_err()
            .downcast::<Error>()
            .unwrap();
        assert!(error.is_auth() && !error.is_disconnected(), "{error}");
    }
}

#[test]
fn a_record_with_another_length() {
    for length in [0_u16, 1, 15, 16, 20, 22] {
        let (mut connected, mut accepted, mut middle) = Middle::established();
        connected.write_all(b"12345").unwrap();
        let mut record = take(&mut middle.to_connecting, 23);
        record[..2].copy_from_slice(&length.to_le_bytes());
        record.push(0);
        middle.to_accepting.write_all(&record).unwrap();
        assert_forged(&mut accepted);
    }
}

#[test]
fn a_record_sent_back_to_its_sender() {
    let (mut connected, _accepted, mut middle) = Middle::established();
    connected.write_all(b"echo").unwrap();
    let record = take(&mut middle.to_connecting, 22);
    middle.to_connecting.write_all(&record).unwrap();
    assert_forged(&mut connected);
}

#[test]
fn records_repeated_left_out_or_swapped() {
    for order in [[0, 0], [1, 0], [1, 1]] {
        let (mut connected, mut accepted, mut middle) = Middle::established();
        connected.write_all(b"zero").unwrap();
        connected.write_all(b"one!").unwrap();
        let records = [
            take(&mut middle.to_connecting, 22),
            take(&mut middle.to_connecting, 22),
        ];
        for number in order {
            middle.to_accepting.write_all(&records[number]).unwrap();
        }
        if order[0] == 0 {
            let mut into = [0; 4];
            accepted.read_exact(&mut into).unwrap();
            assert_eq!(&into, b"zero");
        }
        assert_forged(&mut accepted);
    }
}

#[test]
fn a_record_of_another_link() {
    let (mut first, _accepted, mut middle) = Middle::established();
    first.write_all(b"data").unwrap();
    let record = take(&mut middle.to_connecting, 22);
    let (_connected, mut second, mut middle) = Middle::established();
    middle.to_accepting.write_all(&record).unwrap();
    assert_forged(&mut second);
}

#[test]
fn a_stream_cut_anywhere_is_truncated() {
    for cut in 0..44 + 18 {
        let (mut connected, mut accepted, mut middle) = Middle::established();
        connected.write_all(b"zero").unwrap();
        connected.write_all(b"one!").unwrap();
        connected.close().unwrap();
        let records = take(&mut middle.to_connecting, 44 + 18);
        middle.to_accepting.write_all(&records[..cut]).unwrap();
        middle.to_accepting.shutdown(Shutdown::Write).unwrap();
        let mut got = Vec::new();
        let error = accepted
            .read_to_end(&mut got)
            .unwrap_err()
            .downcast::<Error>()
            .unwrap();
        assert!(error.is_truncated(), "cut at {cut}: {error}");
        assert_eq!(got, &b"zeroone!"[..(cut / 22 * 4).min(8)]);
    }
}

#[test]
fn an_end_made_up_in_the_middle() {
    let (_connected, mut accepted, mut middle) = Middle::established();
    middle.to_accepting.write_all(&[16, 0]).unwrap();
    middle.to_accepting.write_all(&[0; 16]).unwrap();
    assert_forged(&mut accepted);
}

#[test]
fn a_plain_client_at_an_encrypted_server() {
    let error = accepting(|stream| {
        FrameWriter::new(stream).send("hello, anybody?").unwrap();
        let error = FrameReader::new(stream).recv::<String>().unwrap_err();
        assert!(
            error.is_garbage() && error.to_string().contains("encrypted link"),
            "{error}"
        );
    });
    assert!(
        error.is_garbage() && error.to_string().contains("plain frames"),
        "{error}"
    );
}

#[test]
fn an_encrypted_client_at_a_plain_server() {
    let error = connecting(|stream| {
        let error = FrameReader::new(stream).recv::<String>().unwrap_err();
        assert!(
            error.is_garbage() && error.to_string().contains("encrypted link"),
            "{error}"
        );
        FrameWriter::new(stream).send("what was that?").unwrap();
    });
    assert!(
        error.is_garbage() && error.to_string().contains("plain frames"),
        "{error}"
    );
}

#[test]
fn an_http_client_at_an_encrypted_server() {
    let error = accepting(|mut stream| stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap());
    assert!(
        error.is_garbage() && error.to_string().contains("\"GET\""),
        "{error}"
    );
}

#[test]
fn another_version() {
    let greet = |mut stream: &UnixStream| stream.write_all(b"\xF5MS\x02").unwrap();
    for error in [accepting(greet), connecting(greet)] {
        assert!(error.is_version() && !error.is_auth(), "{error}");
        assert!(error.to_string().contains("version 2"), "{error}");
    }
    // The peer is answered with a greeting, in which it finds our version.
    accepting(|stream| {
        greet(stream);
        assert_eq!(take(&mut stream.try_clone().unwrap(), 4), b"\xF5MS\x01");
    });
}

#[test]
fn two_sides_of_one_kind() {
    let error = connecting(|mut stream| stream.write_all(b"\xF5MS\x01I\x04test").unwrap());
    assert!(
        error.is_protocol() && error.to_string().contains("same role"),
        "{error}"
    );
}

#[test]
fn an_oversized_greeting() {
    for length in [0, 65, 255] {
        let error = accepting(|mut stream| {
            stream
                .write_all(&[b"\xF5MS\x01I".as_slice(), &[length], &[b'x'; 300]].concat())
                .unwrap();
        });
        assert!(error.is_oversize(), "{error}");
    }
}

#[test]
fn a_peer_that_closes_at_once() {
    let hang_up = |stream: &UnixStream| stream.shutdown(Shutdown::Both).unwrap();
    for error in [accepting(hang_up), connecting(hang_up)] {
        assert!(error.is_disconnected(), "{error}");
    }
}

/// A server at its limit may refuse before it has read a word. What it said is worth more than the broken pipe.
#[test]
fn a_peer_that_refused_before_it_listened() {
    let (here, mut there) = UnixStream::pair().unwrap();
    there.write_all(b"\xF5MS\x01R\x04test\x01").unwrap();
    drop(there);
    let error = SecureStream::connect(here, &secret(), PROTOCOL, PATIENCE).unwrap_err();
    assert!(error.is_auth(), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_get_nowhere(beginning in 0_usize..=10, bytes in vec(any::<u8>(), 0..150)) {
        for (role, connects) in [(b'I', false), (b'R', true)] {
            let greeting = [b"\xF5MS\x01".as_slice(), &[role], b"\x04test"].concat();
            let babble = |mut stream: &UnixStream| {
                stream.write_all(&[&greeting[..beginning], &bytes].concat()).unwrap();
                stream.shutdown(Shutdown::Write).unwrap();
            };
            let error = if connects { connecting(babble) } else { accepting(babble) };
            prop_assert!(!error.is_timeout() && error.io_kind().is_none(), "{}", error);
        }
    }
}

const LIMIT: Duration = Duration::from_millis(200);

#[test]
fn a_silent_peer_meets_the_deadline() {
    let (here, _there) = UnixStream::pair().unwrap();
    let start = Instant::now();
    let error = SecureStream::accept(here, &secret(), PROTOCOL, LIMIT).unwrap_err();
    assert!(error.is_timeout() && start.elapsed() >= LIMIT, "{error}");
    assert!(error.to_string().contains("200ms"), "{error}");

    let (here, _there) = UnixStream::pair().unwrap();
    let error = SecureStream::connect(here, &secret(), PROTOCOL, LIMIT).unwrap_err();
    assert!(
        error.is_timeout() && error.to_string().contains("greeting"),
        "{error}"
    );
}

#[test]
fn a_peer_that_falls_silent_after_the_greeting_meets_the_deadline() {
    let (here, mut there) = UnixStream::pair().unwrap();
    there.write_all(b"\xF5MS\x01I\x04test").unwrap();
    let error = SecureStream::accept(here, &secret(), PROTOCOL, LIMIT).unwrap_err();
    assert!(
        error.is_timeout() && error.to_string().contains("key"),
        "{error}"
    );
}

/// A byte every fifth of the limit: no single read is late, but the whole is.
#[test]
fn a_dribbling_peer_meets_the_deadline() {
    let (here, mut there) = UnixStream::pair().unwrap();
    let dribbler = thread::spawn(move || {
        let first_flight = [b"\xF5MS\x01I\x04test".as_slice(), &[0; 48]].concat();
        let dribble = |byte: &&u8| {
            thread::sleep(LIMIT / 5);
            there.write_all(&[**byte]).is_ok()
        };
        first_flight.iter().take_while(dribble).count()
    });
    let error = SecureStream::accept(here, &secret(), PROTOCOL, LIMIT).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(
        dribbler.join().unwrap() < FIRST_FLIGHT,
        "the peer was heard to the end"
    );
}

#[test]
fn a_peer_that_does_not_read_meets_the_deadline() {
    let (mut here, _there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    while here.write(&[0; 4096]).is_ok() {}
    let error = SecureStream::connect(here, &secret(), PROTOCOL, LIMIT).unwrap_err();
    assert!(
        error.is_timeout() && error.to_string().contains("sending"),
        "{error}"
    );
}
