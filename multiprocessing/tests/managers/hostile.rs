//! Clients that do not keep to the rules.

use std::io::Write;

use manyways_testkit::guarded;
use multiprocessing::connection::{Client, Connection};
use multiprocessing::managers::Manager;
use proptest::prelude::*;

/// What clients say first, as bytes: for a new client, and for a call of the client with this number.
const LIVE: &[u8] = &[0];
const CALL: &[u8] = &[1, 1];

fn dial(manager: &Manager, hello: &[u8]) -> Connection {
    let mut connection = Client::connect(manager.address()).unwrap();
    connection.send_bytes(hello).unwrap();
    connection
}

#[test]
fn a_client_may_come_and_go_at_any_moment() {
    guarded(|| {
        let manager = Manager::start().unwrap();
        let list = manager.list([1]).unwrap();
        for hello in [&b""[..], LIVE, CALL, &[1, 99], &[9], &[0xff; 40]] {
            let mut connection = dial(&manager, hello);
            // A session ends with what it did not ask for, a call with what is none.
            let _ = connection.send_bytes(&[0xff; 3]);
            while connection.recv_bytes().is_ok() {}
        }
        let silent = Client::connect(manager.address()).unwrap();
        assert_eq!(list.to_vec().unwrap(), [1]);
        drop(silent);
    });
}

#[test]
fn an_object_is_only_for_those_who_were_given_it() {
    guarded(|| {
        let manager = Manager::start().unwrap();
        let list = manager.list([1]).unwrap();
        let mut session = dial(&manager, LIVE);
        let welcome = session.recv_bytes().unwrap();
        let number = *welcome.last().unwrap();
        let mut stranger = dial(&manager, &[1, number]);
        // A call of object 1's method `len` without having taken part in it.
        stranger
            .send_bytes(&[1, 1, 3, b'l', b'e', b'n', 0, 0])
            .unwrap();
        let reply = stranger.recv_bytes().unwrap();
        let text = String::from_utf8_lossy(&reply);
        assert!(text.contains("object 1 does not exist"), "{text}");
        assert_eq!(list.len().unwrap(), 1);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_ends_its_connection_and_nothing_else(
        requests in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..20),
        torn in any::<bool>(),
    ) {
        guarded(|| {
            let manager = Manager::start().unwrap();
            let list = manager.list([1]).unwrap();
            let mut session = dial(&manager, LIVE);
            let number = *session.recv_bytes().unwrap().last().unwrap();
            for request in &requests {
                let mut connection = dial(&manager, &[1, number]);
                let _ = connection.send_bytes(request);
                if torn {
                    let fd = connection.as_fd().try_clone_to_owned().unwrap();
                    let mut raw = std::os::unix::net::UnixStream::from(fd);
                    let _ = raw.write_all(&[0xF5, b'M']);
                }
            }
            assert_eq!(list.to_vec().unwrap(), [1]);
            assert!(manager.shutdown().unwrap().success());
        });
    }
}
