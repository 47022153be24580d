//! Shares with a secret: who gets in, what is told to those who do not, and that all else is as without.

mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use remoted::{Address, ConnectShare, InitShare, Secret, ShareHandle, StubShare, join_all};
use support::LONG;

fn secret(number: u8) -> Secret {
    Secret::from_key([number; 32])
}

fn start() -> (ShareHandle, StubShare) {
    let handle = InitShare::new().port(0).secret(secret(1)).start().unwrap();
    let stub = connect(handle.address());
    (handle, stub)
}

fn connect(address: &Address) -> StubShare {
    let connect = ConnectShare::to(address).secret(secret(1));
    connect.connect().unwrap()
}

fn port(handle: &ShareHandle) -> SocketAddr {
    match handle.address() {
        Address::Tcp(address) => *address,
        other => panic!("{other} is no TCP address"),
    }
}

#[test]
fn everything_works_encrypted() {
    guarded(|| {
        let (handle, share) = start();
        share.set("text", "clear\n\n").unwrap();
        assert_eq!(share.get::<String>("text").unwrap(), "clear\n\n");
        share.set_many((0..2000).map(|n| (n, n))).unwrap();
        let read = share.get_many::<i32>(0..2000).unwrap();
        assert!(read.into_iter().eq((0..2000).map(Some)));
        let big = "0123456789".repeat(300 << 10);
        share.set("big", &big).unwrap();
        assert!(share.get::<String>("big").unwrap() == big);
        share.set("n", &0).unwrap();
        let count = |share: &StubShare, rounds: i32| {
            for _ in 0..rounds {
                let _lock = share.lock().unwrap();
                let n: i32 = share.get("n").unwrap();
                share.set("n", &(n + 1)).unwrap();
            }
        };
        let procs: Vec<_> = (0..3).map(|_| share.new_proc(count, 50).unwrap()).collect();
        join_all(procs).into_iter().for_each(Result::unwrap);
        assert_eq!(share.get::<i32>("n").unwrap(), 150);
        handle.stop().unwrap();
    });
}

#[test]
fn an_address_for_other_machines_is_served_with_a_secret() {
    guarded(|| {
        let all = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let init = InitShare::new().address(all).secret(secret(1));
        let handle = init.start().unwrap();
        let near = Address::local(port(&handle).port());
        connect(&near).set("k", &1).unwrap();
        assert!(StubShare::connect(near).unwrap_err().is_untrusted());
        handle.stop().unwrap();
    });
}

#[test]
fn who_does_not_know_the_secret_is_told_so() {
    guarded(|| {
        let (handle, share) = start();
        let wrong = ConnectShare::to(handle.address()).secret(secret(2));
        let error = wrong.connect().unwrap_err();
        assert!(error.is_untrusted(), "{error}");
        assert!(error.to_string().contains("the secrets differ"), "{error}");
        let error = StubShare::connect(handle.address()).unwrap_err();
        assert!(error.is_untrusted(), "{error}");
        assert!(
            error.to_string().contains("ConnectShare::secret"),
            "{error}"
        );
        share.set("k", &1).unwrap();
        handle.stop().unwrap();
    });
}

/// A client with a secret never falls back to plain text, whoever asks it to.
#[test]
fn a_server_without_the_secret_is_refused() {
    guarded(|| {
        let handle = InitShare::new().port(0).start().unwrap();
        let connect = ConnectShare::to(handle.address()).secret(secret(1));
        let error = connect.connect().unwrap_err();
        assert!(error.is_untrusted(), "{error}");
        handle.stop().unwrap();

        // One that greets as if it knew, and then says nothing that makes sense.
        let impostor = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::from(impostor.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = impostor.accept().unwrap();
            stream.write_all(b"remote\x01\x01").unwrap();
            stream.write_all(&[7; 200]).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let connect = ConnectShare::to(address).secret(secret(1)).within(LONG);
        let error = connect.connect().unwrap_err();
        assert!(error.to_string().contains("handshake failed"), "{error}");
        thread.join().unwrap();
    });
}

#[test]
fn nothing_of_what_is_said_can_be_read_on_the_way() {
    guarded(|| {
        let handle = InitShare::new().port(0).secret(secret(1)).start().unwrap();
        let server = port(&handle);
        let middle = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::from(middle.local_addr().unwrap());
        let listening = std::thread::spawn(move || {
            let (client, _) = middle.accept().unwrap();
            let server = TcpStream::connect(server).unwrap();
            let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let there = std::thread::spawn(move || relay(from, to));
            let back = relay(server, client);
            [there.join().unwrap(), back].concat()
        });
        let share = connect(&address);
        share.set("the key", "the value, in clear text").unwrap();
        assert!(share.contains("the key").unwrap());
        drop(share);
        let heard = listening.join().unwrap();
        assert!(heard.len() > 200);
        for text in ["the key", "the value"] {
            assert!(
                !heard
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
            );
        }
        handle.stop().unwrap();
    });
}

/// Passes on what comes until the end, and gives all of it.
fn relay(mut from: TcpStream, mut to: TcpStream) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        heard.extend_from_slice(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
    heard
}

/// A cut, a flipped bit, plain frames behind the greeting: the connection ends, the others go on.
#[test]
fn tampering_ends_the_connection() {
    guarded(|| {
        let (mut handle, share) = start();
        share.set("k", &1).unwrap();
        for attack in [
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            vec![0; 300],
            b"\xF5MW\x01\x04\0\0\0\0\0\0\0\0\0\0\x07".repeat(10),
        ] {
            let mut stranger = TcpStream::connect(port(&handle)).unwrap();
            stranger.set_read_timeout(Some(LONG)).unwrap();
            stranger.write_all(&attack).unwrap();
            let end = stranger.read_to_end(&mut Vec::new());
            assert!(end.is_ok() || end.unwrap_err().kind() == std::io::ErrorKind::ConnectionReset);
            assert_eq!(share.get::<i32>("k").unwrap(), 1);
        }
        assert!(handle.is_alive().unwrap());
        handle.stop().unwrap();
    });
}

/// Handshakes that do not go on hold up neither the clients nor, up to their number, other handshakes.
#[test]
fn silent_handshakes_hold_nobody_up() {
    guarded(|| {
        let (handle, share) = start();
        let silent: Vec<TcpStream> = (0..40)
            .map(|_| TcpStream::connect(port(&handle)).unwrap())
            .collect();
        let began = Instant::now();
        for n in 1..100 {
            assert_eq!(share.add("n", 1).unwrap(), n);
        }
        connect(handle.address()).set("k", &1).unwrap();
        assert!(
            began.elapsed() < Duration::from_secs(9),
            "no silence was waited for"
        );
        drop(silent);
        handle.stop().unwrap();
    });
}

/// A server in a thread takes its handshakes' threads with it.
/// More strangers than handshakes may be under way: they make room for those who talk.
#[test]
fn many_silent_handshakes_keep_nobody_out() {
    guarded(|| {
        let (handle, share) = start();
        let connect_to = port(&handle);
        let silent: Vec<TcpStream> = (0..150)
            .map(|_| TcpStream::connect(connect_to).unwrap())
            .collect();
        let late = ConnectShare::to(handle.address()).secret(secret(1));
        let late = late.within(Duration::from_secs(8)).connect().unwrap();
        late.set("k", &1).unwrap();
        assert_eq!(share.get::<i32>("k").unwrap(), 1);
        drop(silent);
        handle.stop().unwrap();
    });
}

/// Twice as many at once as there are handshakes under way at a time: nobody waits for a clock.
#[test]
fn a_crowd_gets_in() {
    guarded(|| {
        let (handle, share) = start();
        std::thread::scope(|scope| {
            for _ in 0..128 {
                scope.spawn(|| connect(handle.address()).add("n", 1).unwrap());
            }
        });
        assert_eq!(share.get::<i32>("n").unwrap(), 128);
        handle.stop().unwrap();
    });
}

#[test]
fn no_thread_is_left_of_a_handshake() {
    guarded(|| {
        let server = InitShare::new().port(0).secret(secret(1)).bind().unwrap();
        let address = server.address().clone();
        let serving = std::thread::spawn(|| server.run());
        let share = connect(&address);
        let Address::Tcp(port) = address else {
            panic!("{address} is no TCP address")
        };
        let silent = TcpStream::connect(port).unwrap();
        let mut greeting = [0; 8];
        (&silent).read_exact(&mut greeting).unwrap();
        share.stop_server().unwrap();
        serving.join().unwrap().unwrap();
    });
}

#[test]
fn the_locks_of_a_killed_client_are_free_as_without_a_secret() {
    guarded(|| {
        let (handle, share) = start();
        let proc = share
            .new_proc(
                |share, ()| {
                    share.lock().unwrap().keep();
                    std::process::abort();
                },
                (),
            )
            .unwrap();
        let joined: remoted::Result<()> = proc.join();
        assert_eq!(joined.unwrap_err().exit().unwrap().signal(), Some(6));
        assert!(share.lock().unwrap().previous_owner_died());
        support::signal(handle.pid(), 9);
        while share.len().is_ok() {}
        assert!(share.len().unwrap_err().is_closed());
        handle.stop().unwrap();
    });
}
