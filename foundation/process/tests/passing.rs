//! Open files that travel between processes beside bytes and messages.

mod common;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IoSlice, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use common::open_fds;
use manyways_process::{Fork, Link, MAX_DESCRIPTORS, Received, recv_descriptors, send_descriptors};
use manyways_testkit as testkit;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::resource::{Resource, setrlimit};

fn links() -> (Link, Link) {
    let (one, other) = UnixStream::pair().unwrap();
    let link = |socket: UnixStream| Link::from_socket(socket.into()).take_descriptors();
    (link(one), link(other))
}

/// A reader that tells which one it is.
fn pipe_with(text: &str) -> OwnedFd {
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    reader.into()
}

fn read_all(descriptor: OwnedFd) -> String {
    io::read_to_string(File::from(descriptor)).unwrap()
}

fn send(socket: &UnixStream, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<usize> {
    send_descriptors(socket.as_fd(), &[IoSlice::new(bytes)], descriptors)
}

fn receive(socket: &UnixStream, room: usize) -> (Received, Vec<u8>, Vec<OwnedFd>) {
    let (mut buffer, mut descriptors) = (vec![0; room], Vec::new());
    let received = recv_descriptors(socket.as_fd(), &mut buffer, &mut descriptors).unwrap();
    buffer.truncate(received.bytes);
    (received, buffer, descriptors)
}

#[test]
fn a_group_comes_with_the_first_byte_and_ends_the_receive() {
    testkit::guarded(|| {
        let (here, there) = UnixStream::pair().unwrap();
        let files = [pipe_with("a"), pipe_with("b")];
        send(&here, b"plain ", &[]).unwrap();
        send(&here, b"with two", &[files[0].as_fd(), files[1].as_fd()]).unwrap();
        send(&here, b" and after", &[]).unwrap();
        drop(files);

        let (_, bytes, none) = receive(&there, 3);
        assert_eq!((bytes.as_slice(), none.len()), (&b"pla"[..], 0));
        let (received, bytes, two) = receive(&there, 100);
        assert_eq!(bytes, b"in with two");
        assert!(!received.lost);
        let texts: Vec<String> = two.into_iter().map(read_all).collect();
        assert_eq!(texts, ["a", "b"]);
        assert_eq!(receive(&there, 100).1, b" and after");
        drop(here);
        assert_eq!(receive(&there, 100).0.bytes, 0, "the end of the stream");
    });
}

#[test]
fn what_arrives_is_closed_when_another_program_runs() {
    testkit::guarded(|| {
        let (here, there) = UnixStream::pair().unwrap();
        send(&here, b".", &[here.as_fd()]).unwrap();
        let (_, _, one) = receive(&there, 1);
        let flags = FdFlag::from_bits_retain(fcntl(&one[0], FcntlArg::F_GETFD).unwrap());
        assert!(flags.contains(FdFlag::FD_CLOEXEC));
    });
}

#[test]
fn a_message_takes_253_and_no_more() {
    testkit::guarded(|| {
        let (here, there) = UnixStream::pair().unwrap();
        let file = pipe_with("");
        let many = vec![file.as_fd(); MAX_DESCRIPTORS + 1];
        send(&here, b".", &many[1..]).unwrap();
        let (received, _, arrived) = receive(&there, 1);
        assert_eq!((arrived.len(), received.lost), (MAX_DESCRIPTORS, false));
        drop(arrived);

        let error = send(&here, b".", &many).unwrap_err();
        assert!(error.to_string().starts_with("254 descriptors"), "{error}");
        let error = send(&here, b"", &many[..1]).unwrap_err();
        assert!(error.to_string().contains("send at least one"), "{error}");
        drop(here);
        assert_eq!(receive(&there, 1).0.bytes, 0, "neither left a trace");
    });
}

#[test]
fn a_receive_that_nobody_waits_for_and_a_peer_that_is_gone_are_errors() {
    testkit::guarded(|| {
        let (here, there) = UnixStream::pair().unwrap();
        there.set_nonblocking(true).unwrap();
        let error = recv_descriptors(there.as_fd(), &mut [0; 9], &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        drop(there);
        let error = send(&here, b".", &[here.as_fd()]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    });
}

/// Lets this process have `spare` descriptors more than it has.
fn spare_descriptors(spare: usize) -> Vec<File> {
    let limit = u64::try_from(*open_fds().last().unwrap()).unwrap() + 20;
    setrlimit(Resource::RLIMIT_NOFILE, limit, limit).unwrap();
    let mut open: Vec<_> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    open.truncate(open.len() - spare);
    open
}

/// In a child, so that the limit is only its own.
fn with_few_to_spare(test: impl FnOnce()) {
    let joined = Fork::new().run(test).unwrap().join();
    joined.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_receiver_short_of_numbers_keeps_none_and_reads_on() {
    testkit::guarded(|| {
        with_few_to_spare(|| {
            let (here, there) = UnixStream::pair().unwrap();
            send(&here, b"three", &[here.as_fd(); 3]).unwrap();
            send(&here, b"two", &[here.as_fd(); 2]).unwrap();
            let occupied = spare_descriptors(2);
            let (received, bytes, none) = receive(&there, 100);
            assert_eq!((bytes.as_slice(), none.len()), (&b"three"[..], 0));
            assert!(received.lost);
            let (received, bytes, two) = receive(&there, 100);
            assert_eq!((bytes.as_slice(), two.len()), (&b"two"[..], 2));
            assert!(!received.lost, "the partial group was closed");
            drop(occupied);
        });
    });
}

#[test]
fn a_link_short_of_numbers_loses_that_message_alone() {
    testkit::guarded(|| {
        with_few_to_spare(|| {
            let (mut here, mut there) = links();
            here.send_with(
                "three",
                vec![pipe_with("1"), pipe_with("2"), pipe_with("3")],
            )
            .unwrap();
            here.send_with("two", vec![pipe_with("4"), pipe_with("5")])
                .unwrap();
            here.send("none").unwrap();
            let occupied = spare_descriptors(2);
            let error = there.recv_with::<String>().unwrap_err();
            assert!(error.to_string().contains("(os error 24)"), "{error}");
            let (text, two) = there.recv_with::<String>().unwrap();
            assert_eq!((text.as_str(), two.len()), ("two", 2));
            drop(two);
            assert_eq!(there.recv::<String>().unwrap(), "none");
            drop(occupied);
        });
    });
}

#[test]
fn messages_with_and_without_descriptors_keep_theirs() {
    testkit::guarded(|| {
        let (mut here, mut there) = links();
        for round in 0..200_usize {
            let texts: Vec<String> = (0..round % 4).map(|nr| format!("{round}.{nr}")).collect();
            let padding = "x".repeat(if round % 7 == 0 { 3000 } else { round });
            let files = texts.iter().map(|text| pipe_with(text)).collect();
            here.send_with(&(texts, padding), files).unwrap();
            if round % 5 != 4 {
                continue;
            }
            for _ in 0..5 {
                let ((texts, _), files): ((Vec<String>, String), _) = there.recv_with().unwrap();
                let read: Vec<String> = files.into_iter().map(read_all).collect();
                assert_eq!(read, texts);
            }
        }
    });
}

/// The descriptors of a message that arrives in pieces wait for it, and those of the one behind it wait too.
#[test]
fn descriptors_wait_for_their_message() {
    testkit::guarded(|| {
        let (mut here, mut there) = links();
        there.set_nonblocking(true).unwrap();
        here.set_nonblocking(true).unwrap();
        let big = vec![7_u8; 3 << 20];
        let sent = here.send_with(&big, vec![pipe_with("of the big one")]);
        assert!(sent.unwrap_err().is_timeout());
        let refused = here.send_with(&0_u8, vec![pipe_with("of the next one")]);
        assert!(refused.unwrap_err().is_busy());
        let (message, files) = loop {
            match there.recv_with::<Vec<u8>>() {
                Ok(received) => break received,
                Err(error) => assert!(error.is_timeout(), "{error}"),
            }
            let _ = here.halves().0.flush_pending();
        };
        assert!(message == big);
        let texts: Vec<String> = files.into_iter().map(read_all).collect();
        assert_eq!(texts, ["of the big one"]);
        here.send_with(&1_u8, vec![pipe_with("of the next one")])
            .unwrap();
        let (_, files) = there.recv_with::<u8>().unwrap();
        let texts: Vec<String> = files.into_iter().map(read_all).collect();
        assert_eq!(texts, ["of the next one"]);
    });
}

#[test]
fn a_link_that_takes_none_says_so_and_keeps_none() {
    testkit::guarded(|| {
        let (one, other) = UnixStream::pair().unwrap();
        let mut here = Link::from_socket(one.into());
        let mut there = Link::from_socket(other.into());
        let (mut reader, writer): (_, PipeWriter) = io::pipe().unwrap();
        here.send_with("first", vec![writer.into()]).unwrap();
        here.send("second").unwrap();
        let error = there.recv_with::<String>().unwrap_err();
        assert!(error.to_string().contains("take_descriptors()"), "{error}");
        assert_eq!(there.recv::<String>().unwrap(), "second");
        assert_eq!(
            reader.read(&mut [0]).unwrap(),
            0,
            "a copy of the writer is left"
        );
    });
}

#[test]
fn too_many_for_a_link_are_refused_and_the_link_is_as_before() {
    testkit::guarded(|| {
        let (mut here, mut there) = links();
        let file = pipe_with("");
        let many = (0..=MAX_DESCRIPTORS)
            .map(|_| file.try_clone().unwrap())
            .collect();
        let error = here.send_with("many", many).unwrap_err();
        assert!(error.to_string().contains("254 descriptors"), "{error}");
        let unencodable = Path::new(OsStr::from_bytes(b"\xff"));
        let error = here
            .send_with(unencodable, vec![pipe_with("")])
            .unwrap_err();
        assert!(error.is_encode(), "{error}");
        here.send("plain").unwrap();
        here.send_with("one", vec![file]).unwrap();
        assert!(there.recv_with::<String>().unwrap().1.is_empty());
        assert_eq!(there.recv_with::<String>().unwrap().1.len(), 1);
    });
}

/// A frame that announces descriptors which never came, from a peer that is no link.
#[test]
fn announced_descriptors_that_did_not_come_are_an_error() {
    testkit::guarded(|| {
        let (mut peer, other) = UnixStream::pair().unwrap();
        let mut there = Link::from_socket(other.into()).take_descriptors();
        let mut frame = vec![0xF5, b'M', b'W', 1, 3, 0, 0, 0, 0, 0, 0, 0];
        frame.extend([2, 9, 0]);
        peer.write_all(&frame).unwrap();
        let error = there.recv_with::<u8>().unwrap_err();
        assert!(
            error
                .to_string()
                .contains("announces 9 descriptors, and 0 came"),
            "{error}"
        );
        // Groups that nobody asked for do not pile up.
        let before = open_fds().len();
        for _ in 0..50 {
            send(&peer, &frame[..12], &[peer.as_fd(); 5]).unwrap();
            send(&peer, &[0, 1, 2], &[peer.as_fd(); 5]).unwrap();
            assert!(there.recv::<[u8; 2]>().is_ok());
        }
        assert!(
            open_fds().len() <= before + 10,
            "{} to {}",
            before,
            open_fds().len()
        );
    });
}

#[test]
fn a_child_gets_what_its_parent_opened_later() {
    testkit::guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                let mut link = link.take().take_descriptors();
                let ((), mut files) = link.recv_with::<()>().unwrap();
                let text = read_all(files.remove(0));
                link.send_with(&text, vec![pipe_with("back")]).unwrap();
            })
            .unwrap();
        link = link.take_descriptors();
        link.send_with(&(), vec![pipe_with("there")]).unwrap();
        let (text, mut files) = link.recv_with::<String>().unwrap();
        assert_eq!(
            (text.as_str(), read_all(files.remove(0)).as_str()),
            ("there", "back")
        );
        assert!(child.wait().unwrap().success());
    });
}
