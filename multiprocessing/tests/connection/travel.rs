//! `_TestPicklingConnections` and the cases of `_TestConnection` in which descriptors travel.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use manyways_testkit::guarded;
use multiprocessing::connection::{
    Address, Client, Connection, Descriptor, Listener, one_way_pipe, pipe,
};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use serde::{Deserialize, Serialize};

use crate::support::{Folder, fork, key, loopback};

/// Has a child write a word into a file that it got over a connection.
fn write_in_child(file: &File, word: &'static str) {
    let (mut here, mut there) = pipe().unwrap();
    let child = fork(move || {
        let descriptor: Descriptor = there.recv().unwrap();
        File::from(descriptor.into_fd())
            .write_all(word.as_bytes())
            .unwrap();
    });
    here.send(&Descriptor::new(file.try_clone().unwrap()))
        .unwrap();
    child.join().unwrap();
}

fn content(file: &mut File) -> String {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_file_travels() {
    guarded(|| {
        let mut file = tempfile::tempfile().unwrap();
        write_in_child(&file, "foo");
        assert_eq!(content(&mut file), "foo");
    });
}

#[test]
fn a_file_travels_to_a_large_number() {
    guarded(|| {
        let mut file = tempfile::tempfile().unwrap();
        let (mut here, mut there) = pipe().unwrap();
        let child = fork(move || {
            // Every number below is taken, so the file gets one above.
            let filler = File::open("/dev/null").unwrap();
            let filling: Vec<OwnedFd> = (0..300)
                .map(|_| filler.as_fd().try_clone_to_owned().unwrap())
                .collect();
            let file = there.recv::<Descriptor>().unwrap().into_fd();
            let number = file.as_raw_fd();
            drop(filling);
            File::from(file).write_all(b"bar").unwrap();
            number
        });
        here.send(&Descriptor::new(file.try_clone().unwrap()))
            .unwrap();
        assert!(child.join().unwrap() >= 300);
        assert_eq!(content(&mut file), "bar");
    });
}

#[test]
fn a_message_without_the_descriptor_it_speaks_of_is_an_error() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        // A `Descriptor` is the number of a descriptor beside the message; here is only the number.
        here.send(&0_u32).unwrap();
        here.send(&7).unwrap();
        let error = there.recv::<Descriptor>().unwrap_err();
        assert!(error.is_decode() && !error.is_closed());
        assert!(error.to_string().contains("came with 0 of them"), "{error}");
        assert_eq!(there.recv::<i32>().unwrap(), 7);
    });
}

#[test]
fn what_came_is_not_inherited_by_other_programs() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        here.send(&Descriptor::new(tempfile::tempfile().unwrap()))
            .unwrap();
        let came = there.recv::<Descriptor>().unwrap();
        let flags = fcntl(came.as_fd(), FcntlArg::F_GETFD).unwrap();
        assert!(FdFlag::from_bits_retain(flags).contains(FdFlag::FD_CLOEXEC));
    });
}

#[test]
fn descriptors_stay_with_their_messages() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let ends: Vec<_> = (0..3).map(|_| std::io::pipe().unwrap()).collect();
        for (at, (reader, _)) in ends.iter().enumerate() {
            here.send(&at).unwrap();
            let reader = Descriptor::new(reader.try_clone().unwrap());
            here.send(&(at, reader)).unwrap();
            here.send_bytes(b"between").unwrap();
        }
        for (at, (_, mut writer)) in ends.into_iter().enumerate() {
            assert_eq!(there.recv::<usize>().unwrap(), at);
            let (number, reader) = there.recv::<(usize, Descriptor)>().unwrap();
            assert_eq!(number, at);
            writer.write_all(&[at as u8]).unwrap();
            let mut byte = [0];
            File::from(reader.into_fd()).read_exact(&mut byte).unwrap();
            assert_eq!(usize::from(byte[0]), at);
            assert_eq!(there.recv_bytes().unwrap(), b"between");
        }
    });
}

#[test]
fn descriptors_of_a_large_message_arrive_too() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        let child = fork(move || {
            let (text, end): (String, Descriptor) = there.recv().unwrap();
            File::from(end.into_fd())
                .write_all(&text.as_bytes()[..1])
                .unwrap();
            text.len()
        });
        here.send(&("x".repeat(3 << 20), Descriptor::new(writer)))
            .unwrap();
        let mut byte = [0];
        reader.read_exact(&mut byte).unwrap();
        assert_eq!((byte[0], child.join().unwrap()), (b'x', 3 << 20));
    });
}

#[test]
fn so_many_travel_and_no_more() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let null = File::open("/dev/null").unwrap();
        let copies = |count| -> Vec<Descriptor> {
            (0..count)
                .map(|_| Descriptor::new(null.try_clone().unwrap()))
                .collect()
        };
        here.send(&copies(253)).unwrap();
        assert_eq!(there.recv::<Vec<Descriptor>>().unwrap().len(), 253);
        let error = here.send(&copies(254)).unwrap_err();
        assert!(
            error.is_encode() && error.to_string().contains("at most 253"),
            "{error}"
        );
        here.send(&1).unwrap();
        assert_eq!(there.recv::<i32>().unwrap(), 1);
    });
}

#[test]
fn descriptors_that_nobody_asked_for_are_closed() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        here.send(&Descriptor::new(writer)).unwrap();
        there.recv_bytes().unwrap();
        // No copy of the writer is left: its reader finds the end.
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn descriptors_of_a_message_that_is_too_long_do_not_go_to_the_next() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        for length in [100, 100_000] {
            here.send(&(
                "x".repeat(length),
                Descriptor::new(writer.try_clone().unwrap()),
            ))
            .unwrap();
            here.send(&Descriptor::new(File::open("/dev/null").unwrap()))
                .unwrap();
            assert!(there.recv_bytes_up_to(10).unwrap_err().is_too_long());
            let file = there.recv::<Descriptor>().unwrap();
            assert!(nix::sys::stat::fstat(file.as_fd()).unwrap().st_rdev != 0);
        }
        drop(writer);
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn a_reader_without_free_numbers_loses_one_message_and_no_other() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let child = fork(move || {
            // A process needs one for its first receive.
            there.recv::<()>().unwrap();
            let mut hoard = Vec::new();
            let null = File::open("/dev/null").unwrap();
            nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE, 64, 64)
                .unwrap();
            while let Ok(copy) = null.try_clone() {
                hoard.push(copy);
            }
            let error = there.recv::<Descriptor>().unwrap_err();
            drop(hoard);
            let next = there.recv::<Descriptor>().is_ok();
            (error.is_decode(), error.to_string(), next)
        });
        here.send(&()).unwrap();
        for _ in 0..2 {
            here.send(&Descriptor::new(File::open("/dev/null").unwrap()))
                .unwrap();
        }
        let (is_decode, text, next) = child.join().unwrap();
        assert!(is_decode && next && text.contains("ulimit -n"), "{text}");
    });
}

#[test]
fn a_reader_without_a_free_number_for_its_first_receive_loses_nothing() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let child = fork(move || {
            let null = File::open("/dev/null").unwrap();
            nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE, 64, 64)
                .unwrap();
            let hoard: Vec<File> = std::iter::from_fn(|| null.try_clone().ok()).collect();
            let error = there.recv::<i32>().unwrap_err();
            drop(hoard);
            (error.to_string(), there.recv::<i32>().unwrap())
        });
        here.send(&5).unwrap();
        let (text, number) = child.join().unwrap();
        assert!(text.contains("no descriptor is free"), "{text}");
        assert_eq!(number, 5);
    });
}

#[derive(Serialize, Deserialize)]
struct Errand {
    name: String,
    connection: Connection,
}

#[test]
fn connections_of_all_kinds_travel() {
    guarded(|| {
        let folder = Folder::new();
        for address in [Address::from(folder.path()), loopback()] {
            let (mut boss, mut worker) = pipe().unwrap();
            let child = fork(move || {
                // Listening and connecting are done elsewhere; here only messages are exchanged.
                let Errand {
                    name,
                    mut connection,
                } = worker.recv().unwrap();
                let text: String = connection.recv().unwrap();
                connection.send(&text.to_uppercase()).unwrap();
                name
            });
            let mut listener = Listener::bind(address).unwrap();
            let mut client = Client::connect(listener.address()).unwrap();
            let connection = listener.accept().unwrap();
            let name = "listener".to_owned();
            boss.send(&Errand { name, connection }).unwrap();
            client.send("hello").unwrap();
            assert_eq!(client.recv::<String>().unwrap(), "HELLO");
            assert_eq!(child.join().unwrap(), "listener");
            assert!(client.recv::<String>().unwrap_err().is_closed());
        }
    });
}

#[test]
fn an_end_keeps_its_direction_on_the_way() {
    guarded(|| {
        let (mut boss, mut worker) = pipe().unwrap();
        let child = fork(move || {
            let (mut receiver, mut sender): (Connection, Connection) = worker.recv().unwrap();
            let wrong = [
                receiver.send(&1).unwrap_err().is_wrong_way(),
                sender.recv::<i32>().unwrap_err().is_wrong_way(),
            ];
            sender.send(&receiver.recv::<i32>().unwrap()).unwrap();
            wrong
        });
        let ((receiver, mut send_to), (mut receive_from, sender)) =
            (one_way_pipe().unwrap(), one_way_pipe().unwrap());
        boss.send(&(&receiver, &sender)).unwrap();
        drop((receiver, sender));
        send_to.send(&5).unwrap();
        assert_eq!(receive_from.recv::<i32>().unwrap(), 5);
        assert_eq!(child.join().unwrap(), [true, true]);
        assert!(receive_from.recv::<i32>().unwrap_err().is_closed());
    });
}

#[test]
fn what_was_read_ahead_goes_with_the_connection() {
    guarded(|| {
        let (mut sender, mut receiver) = pipe().unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        for number in 0..10 {
            sender.send(&number).unwrap();
        }
        sender.send(&Descriptor::new(writer)).unwrap();
        sender.send_bytes(&[1; 200_000][..100]).unwrap();
        assert_eq!(receiver.recv::<i32>().unwrap(), 0);

        let (mut boss, mut worker) = pipe().unwrap();
        let child = fork(move || {
            let mut receiver: Connection = worker.recv().unwrap();
            let numbers: Vec<i32> = (1..10).map(|_| receiver.recv().unwrap()).collect();
            let end: Descriptor = receiver.recv().unwrap();
            File::from(end.into_fd()).write_all(b"!").unwrap();
            (numbers, receiver.recv_bytes().unwrap().len())
        });
        boss.send(&receiver).unwrap();
        drop(receiver);
        let (numbers, length) = child.join().unwrap();
        assert_eq!(numbers, (1..10).collect::<Vec<_>>());
        assert_eq!(length, 100);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "!");
    });
}

#[test]
fn what_cannot_travel_says_why() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let mut listener = Listener::options()
            .authkey(key(1))
            .bind(loopback())
            .unwrap();
        let address = listener.address().clone();
        let client =
            std::thread::spawn(move || Client::options().authkey(key(1)).connect(address).unwrap());
        let mut encrypted = listener.accept().unwrap();
        let client = client.join().unwrap();

        let error = here.send(&encrypted).unwrap_err();
        assert!(
            error.is_encode() && error.to_string().contains("encrypted"),
            "{error}"
        );
        let error = encrypted.send(&there).unwrap_err();
        assert!(
            error.is_encode() && error.to_string().contains("leave this machine"),
            "{error}"
        );
        here.send(&1).unwrap();
        assert_eq!(there.recv::<i32>().unwrap(), 1);
        drop(client);
    });
}

#[test]
fn descriptors_travel_over_an_encrypted_unix_socket() {
    guarded(|| {
        let folder = Folder::new();
        let mut listener = Listener::options()
            .authkey(key(1))
            .bind(folder.path())
            .unwrap();
        let path = folder.path();
        let child = fork(move || {
            let mut client = Client::options().authkey(key(1)).connect(path).unwrap();
            for number in 0..3 {
                let (reader, mut writer) = std::io::pipe().unwrap();
                client.send(&number).unwrap();
                client
                    .send(&("x".repeat(200_000), Descriptor::new(reader)))
                    .unwrap();
                writer.write_all(&[number]).unwrap();
            }
        });
        let mut connection = listener.accept().unwrap();
        for number in 0..3 {
            assert_eq!(connection.recv::<u8>().unwrap(), number);
            let (text, end): (String, Descriptor) = connection.recv().unwrap();
            let mut bytes = Vec::new();
            File::from(end.into_fd()).read_to_end(&mut bytes).unwrap();
            assert_eq!((text.len(), bytes), (200_000, vec![number]));
        }
        assert!(connection.recv::<u8>().unwrap_err().is_closed());
        child.join().unwrap();
    });
}

/// `test_access`: the received end has the rights of the file behind it.
#[test]
fn a_connection_made_of_what_came_is_whole() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let (one, mut other) = pipe().unwrap();
        here.send(&one).unwrap();
        let mut came: Connection = there.recv().unwrap();
        drop(one);
        assert!(came.is_readable() && came.is_writable());
        came.send("there").unwrap();
        assert_eq!(other.recv::<String>().unwrap(), "there");
        other.send("and back").unwrap();
        assert!(came.poll(Some(Duration::ZERO)).unwrap());
        assert_eq!(came.recv::<String>().unwrap(), "and back");
    });
}
