//! `_TestPicklingConnections`: connections in messages.

use std::fs::File;
use std::io::{Read, Write};
use std::time::Duration;

use manyways_testkit::guarded;
use multiprocessing::connection::{
    Address, Client, Connection, Descriptor, Listener, one_way_pipe, pipe,
};
use serde::{Deserialize, Serialize};

use crate::support::{Folder, fork, key, loopback};

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
