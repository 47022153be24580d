//! `_TestListener`, `_TestListenerClient`, `OtherTest` and `ChallengeResponseTest`.

use std::io::ErrorKind;
use std::thread;
use std::time::Duration;

use manyways_testkit::guarded;
use multiprocessing::connection::{Address, AuthKey, Client, Connection, Listener};

use crate::support::{Folder, LONG, SHORT, fork, key, loopback};

/// One of each kind.
fn on_all(test: impl Fn(Address)) {
    let folder = Folder::new();
    let name = format!("manyways-test-{}", std::process::id());
    test(folder.path().into());
    test(Address::Abstract(name));
    test(loopback());
}

#[test]
fn an_address_is_taken_once() {
    guarded(|| {
        on_all(|address| {
            let listener = Listener::bind(address).unwrap();
            let error = Listener::bind(listener.address()).unwrap_err();
            assert_eq!(error.io_kind(), Some(ErrorKind::AddrInUse), "{error}");
            let address = listener.address().clone();
            listener.close();
            Listener::bind(address).unwrap();
        });
    });
}

#[test]
fn nobody_listens_after_the_listener() {
    guarded(|| {
        on_all(|address| {
            let mut listener = Listener::bind(address).unwrap();
            let address = listener.address().clone();
            let mut client = Client::connect(&address).unwrap();
            let mut accepted = listener.accept().unwrap();
            drop(listener);
            let error = Client::connect(&address).unwrap_err();
            let kind = error.io_kind();
            assert!(
                matches!(
                    kind,
                    Some(ErrorKind::ConnectionRefused | ErrorKind::NotFound)
                ),
                "{error}"
            );
            accepted.send(&1729).unwrap();
            assert_eq!(client.recv::<i32>().unwrap(), 1729);
        });
    });
}

#[test]
fn a_client_in_another_process() {
    guarded(|| {
        on_all(|address| {
            let mut listener = Listener::bind(address).unwrap();
            let address = listener.address().clone();
            let child = fork(move || {
                let mut connection = Client::connect(address).unwrap();
                connection.send("hello").unwrap();
            });
            let mut connection = listener.accept().unwrap();
            assert_eq!(connection.recv::<String>().unwrap(), "hello");
            let is_tcp = matches!(listener.address(), Address::Tcp(_));
            assert_eq!(listener.last_accepted().is_some(), is_tcp);
            child.join().unwrap();
        });
    });
}

/// CPython's issue 14725: the client has come and gone before it is accepted.
#[test]
fn a_client_that_has_gone_is_accepted_with_what_it_said() {
    guarded(|| {
        on_all(|address| {
            let mut listener = Listener::bind(address).unwrap();
            let address = listener.address().clone();
            fork(move || Client::connect(address).unwrap().send("hello").unwrap())
                .join()
                .unwrap();
            let mut connection = listener.accept().unwrap();
            assert_eq!(connection.recv::<String>().unwrap(), "hello");
            assert!(connection.recv::<String>().unwrap_err().is_closed());
        });
    });
}

/// CPython's issue 16955: what a peer had sent before it closed can be polled for.
#[test]
fn what_a_closed_peer_has_sent_can_be_polled_for() {
    guarded(|| {
        on_all(|address| {
            let mut listener = Listener::bind(address).unwrap();
            let mut client = Client::connect(listener.address()).unwrap();
            let mut accepted = listener.accept().unwrap();
            accepted.send_bytes(b"hello").unwrap();
            drop(accepted);
            drop(listener);
            assert!(client.poll(Some(LONG)).unwrap());
            assert_eq!(client.recv_bytes().unwrap(), b"hello");
        });
    });
}

/// Connects from a thread, as a handshake takes both sides.
fn connect(address: &Address, key: AuthKey) -> thread::JoinHandle<Result<Connection, String>> {
    let address = address.clone();
    thread::spawn(move || {
        let connected = Client::options().authkey(key).connect(address);
        connected.map_err(|error| {
            assert!(error.is_authentication(), "{error}");
            error.to_string()
        })
    })
}

#[test]
fn who_knows_the_key_gets_in() {
    guarded(|| {
        on_all(|address| {
            let mut listener = Listener::options().authkey(key(1)).bind(address).unwrap();
            let client = connect(listener.address(), key(1));
            let mut accepted = listener.accept().unwrap();
            let mut client = client.join().unwrap().unwrap();
            client.send(&[2.25, 1.5]).unwrap();
            assert_eq!(accepted.recv::<[f64; 2]>().unwrap(), [2.25, 1.5]);
            client.close().unwrap();
            let error = accepted.recv::<()>().unwrap_err();
            assert!(error.is_closed() && !error.is_cut(), "{error}");
            assert_eq!(listener.rejected(), 0);
        });
    });
}

#[test]
fn an_encrypted_connection_can_be_moved_into_a_child() {
    guarded(|| {
        let mut listener = Listener::options()
            .authkey(key(1))
            .bind(loopback())
            .unwrap();
        let client = connect(listener.address(), key(1));
        let mut accepted = listener.accept().unwrap();
        let mut client = client.join().unwrap().unwrap();
        let child = fork(move || {
            let text: String = accepted.recv().unwrap();
            accepted.send(&text.to_uppercase()).unwrap();
        });
        client.send("hello").unwrap();
        assert_eq!(client.recv::<String>().unwrap(), "HELLO");
        child.join().unwrap();
        let error = client.recv::<String>().unwrap_err();
        assert!(error.is_closed() && error.is_cut(), "{error}");
    });
}

#[test]
fn who_does_not_know_the_key_is_told_and_hurts_nobody() {
    guarded(|| {
        on_all(|address| {
            let mut listener = Listener::options().authkey(key(1)).bind(address).unwrap();
            let strangers: Vec<_> = (2..6)
                .map(|n| connect(listener.address(), key(n)))
                .collect();
            let friend = connect(listener.address(), key(1));
            let mut accepted = listener.accept().unwrap();
            accepted.send("in").unwrap();
            let mut friend = friend.join().unwrap().unwrap();
            assert_eq!(friend.recv::<String>().unwrap(), "in");
            // Nobody else gets in; those whose handshakes were under way learn it within the time.
            assert!(listener.accept_timeout(SHORT).unwrap_err().is_timeout());
            while listener.rejected() < 4 {
                assert!(listener.accept_timeout(SHORT).unwrap_err().is_timeout());
            }
            assert!(listener.last_rejection().unwrap().is_authentication());
            for stranger in strangers {
                let text = stranger.join().unwrap().unwrap_err();
                assert!(text.contains("secret"), "{text}");
            }
        });
    });
}

#[test]
fn a_client_without_a_key_is_told_that_one_is_wanted() {
    guarded(|| {
        on_all(|address| {
            let mut listener = Listener::options().authkey(key(1)).bind(address).unwrap();
            let address = listener.address().clone();
            let client = thread::spawn(move || {
                let mut connection = Client::connect(address).unwrap();
                connection.send("let me in").unwrap();
                connection.recv::<String>().unwrap_err()
            });
            while listener.rejected() == 0 {
                assert!(listener.accept_timeout(SHORT).unwrap_err().is_timeout());
            }
            let error = client.join().unwrap();
            assert!(error.is_authentication() || error.is_closed(), "{error}");
        });
    });
}

/// The other way round: the client wants to see a proof, and the listener has none.
#[test]
fn a_listener_without_a_key_is_not_believed() {
    guarded(|| {
        let mut listener = Listener::bind(loopback()).unwrap();
        let address = listener.address().clone();
        let client = thread::spawn(move || {
            let options = Client::options().authkey(key(1)).limit(SHORT);
            options.connect(address).unwrap_err()
        });
        let mut accepted = listener.accept().unwrap();
        assert!(accepted.recv::<String>().unwrap_err().is_authentication());
        assert!(client.join().unwrap().is_timeout());
    });
}

#[test]
fn no_key_no_service_for_other_machines() {
    guarded(|| {
        let everywhere: Address = "0.0.0.0:0".parse().unwrap();
        let error = Listener::bind(&everywhere).unwrap_err();
        assert!(
            error.is_authentication() && error.to_string().contains("authkey"),
            "{error}"
        );
        let elsewhere: Address = "192.0.2.1:9".parse().unwrap();
        assert!(Client::connect(elsewhere).unwrap_err().is_authentication());
    });
}

#[test]
fn a_weak_key_is_none() {
    guarded(|| {
        assert!(AuthKey::from_passphrase("").is_err());
        assert!(AuthKey::from_passphrase("short").is_err());
    });
}

#[test]
fn the_file_of_a_private_socket_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;
    guarded(|| {
        let folder = Folder::new();
        let _listener = Listener::bind(folder.path()).unwrap();
        let mode = folder.path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    });
}

#[test]
fn the_file_of_a_killed_listener_is_replaced_and_another_file_is_not() {
    guarded(|| {
        let folder = Folder::new();
        let path = folder.path();
        let mut child = fork(|| -> () {
            let _listener = Listener::bind(path.as_path()).unwrap();
            loop {
                thread::park();
            }
        });
        while !path.exists() || Client::connect(path.as_path()).is_err() {
            thread::sleep(Duration::from_millis(1));
        }
        child.child().kill().unwrap();
        child.child().wait().unwrap();
        assert!(path.exists());
        drop(Listener::bind(path.as_path()).unwrap());
        assert!(!path.exists());

        std::fs::write(&path, "precious").unwrap();
        let error = Listener::bind(path.as_path()).unwrap_err();
        assert_eq!(error.io_kind(), Some(ErrorKind::AddrInUse));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
        std::fs::remove_file(&path).unwrap();
    });
}

/// Nobody accepts, and nobody else gets into the queue: the address is taken all the same.
#[test]
fn a_listener_that_is_too_busy_to_be_asked_keeps_its_address() {
    guarded(|| {
        let folder = Folder::new();
        let path = folder.path();
        let _listener = Listener::options().backlog(0).bind(path.as_path()).unwrap();
        let brief = Client::options().limit(SHORT);
        let callers = std::iter::repeat_with(|| brief.clone().connect(path.as_path()));
        let _callers: Vec<_> = callers.map_while(Result::ok).collect();
        let error = Listener::bind(path.as_path()).unwrap_err();
        assert_eq!(error.io_kind(), Some(ErrorKind::AddrInUse), "{error}");
    });
}

#[test]
fn a_forked_child_accepts_and_leaves_the_file() {
    guarded(|| {
        let folder = Folder::new();
        let path = folder.path();
        let listener = Listener::options()
            .authkey(key(1))
            .bind(path.as_path())
            .unwrap();
        let address = listener.address().clone();
        let client = connect(&address, key(1));
        let mut slot = Some(listener);
        let child = fork(|| {
            let mut listener = slot.take().unwrap();
            let mut connection = listener.accept().unwrap();
            connection.send(&std::process::id()).unwrap();
            drop(listener);
            true
        });
        let mut connection = client.join().unwrap().unwrap();
        let pid = child.pid();
        assert_eq!(connection.recv::<u32>().unwrap(), pid);
        assert!(child.join().unwrap());
        assert!(path.exists(), "the file is the parent's");
        drop(slot);
        assert!(!path.exists());
    });
}

#[test]
fn accepting_can_be_given_up() {
    guarded(|| {
        on_all(|address| {
            let mut listener = Listener::bind(address).unwrap();
            assert!(listener.accept_timeout(SHORT).unwrap_err().is_timeout());
            let _client = Client::connect(listener.address()).unwrap();
            listener.accept_timeout(LONG).unwrap();
        });
    });
}
