//! The life of servers: start, readiness, auto-kill, stop; who may connect; hostile and slow clients.

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use remoted::{Address, ConnectShare, InitShare, Limits, ShareHandle, StubShare};
use support::{LONG, share, share_of};

fn tcp(address: &Address) -> std::net::SocketAddr {
    match address {
        Address::Tcp(address) => *address,
        other => panic!("{other} is no TCP address"),
    }
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = manyways_wire::FrameWriter::new(&mut bytes);
    writer.write_frame(payload).unwrap();
    bytes
}

/// The original slept 30 ms and hoped.
#[test]
fn a_server_listens_when_it_is_returned() {
    guarded(|| {
        for _ in 0..50 {
            let handle = InitShare::new().port(0).start().unwrap();
            let stub = StubShare::connect(handle.address()).unwrap();
            stub.set("k", &1).unwrap();
            assert!(handle.stop().unwrap().success());
        }
    });
}

#[test]
fn an_address_in_use_is_an_error_with_the_address() {
    guarded(|| {
        let (handle, _stub) = share();
        let error = InitShare::new()
            .address(handle.address())
            .start()
            .unwrap_err();
        assert!(error.is_address_in_use());
        assert!(
            error.to_string().contains(&handle.address().to_string()),
            "{error}"
        );
        let error = InitShare::new()
            .address(handle.address())
            .bind()
            .unwrap_err();
        assert!(error.is_address_in_use());
        handle.stop().unwrap();

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("share");
        let (handle, _stub) = share_of(InitShare::new().unix(&path));
        let error = InitShare::new().unix(&path).start().unwrap_err();
        assert!(error.is_address_in_use(), "{error}");
        handle.stop().unwrap();
        std::fs::write(&path, "a file of somebody's").unwrap();
        let error = InitShare::new().unix(&path).start().unwrap_err();
        assert!(error.is_address_in_use(), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"a file of somebody's");
        let error = InitShare::new().unix("/nowhere/share").start().unwrap_err();
        assert!(error.to_string().contains("/nowhere/share"), "{error}");
    });
}

#[test]
fn a_socket_left_by_a_dead_server_is_replaced() {
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("share");
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        assert!(
            StubShare::connect(Address::unix(&path))
                .unwrap_err()
                .is_not_there()
        );
        let (handle, stub) = share_of(InitShare::new().unix(&path));
        stub.set("k", &1).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        handle.stop().unwrap();
        assert!(!path.exists());
    });
}

/// Many start at one path: exactly one server comes of it, whatever the order.
#[test]
fn of_servers_that_start_at_once_on_one_path_one_wins() {
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("share");
        for _ in 0..5 {
            drop(UnixListener::bind(&path).unwrap());
            let start = || InitShare::new().unix(&path).start();
            let handles: Vec<ShareHandle> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
                let started = threads.into_iter().map(|thread| thread.join().unwrap());
                started.filter_map(Result::ok).collect()
            });
            assert_eq!(handles.len(), 1);
            StubShare::connect(Address::unix(&path))
                .unwrap()
                .set("k", &1)
                .unwrap();
            handles
                .into_iter()
                .for_each(|handle| assert!(handle.stop().unwrap().success()));
        }
    });
}

#[test]
fn the_server_ends_some_time_after_its_last_client() {
    guarded(|| {
        let after = Duration::from_millis(300);
        let init = InitShare::new().port(0).auto_kill(after);
        let mut handle = init.start().unwrap();
        // It waits for its first client without limit.
        assert_eq!(handle.wait_timeout(2 * after).unwrap(), None);
        let first = StubShare::connect(handle.address()).unwrap();
        first.set("k", &1).unwrap();
        let second = first.another().unwrap();
        drop(first);
        assert_eq!(handle.wait_timeout(2 * after).unwrap(), None);
        let left = Instant::now();
        drop(second);
        assert!(handle.wait_timeout(LONG).unwrap().unwrap().success());
        assert!(left.elapsed() >= after);
        assert!(!handle.is_alive().unwrap());
        assert!(
            StubShare::connect(handle.address())
                .unwrap_err()
                .is_not_there()
        );
    });
}

/// Whether a client that comes back in time finds everything: `None` if this machine did not let it come in time.
fn finds_all_on_return(after: Duration) -> Option<bool> {
    let (handle, first) = share_of(InitShare::new().port(0).auto_kill(after));
    first.set("k", &1).unwrap();
    let left = Instant::now();
    drop(first);
    let found = StubShare::connect(handle.address()).and_then(|second| second.get::<i32>("k"));
    // The server's clock for it may have begun a little before this one.
    let was_in_time = left.elapsed() < after / 2;
    let _ = handle.stop();
    was_in_time.then(|| found.is_ok_and(|value| value == 1))
}

#[test]
fn a_client_that_comes_back_in_time_finds_everything() {
    guarded(|| {
        let mut limits = (0..7).map(|turn| Duration::from_millis(300) * (1 << turn));
        assert_eq!(limits.find_map(finds_all_on_return), Some(true));
    });
}

#[test]
fn without_auto_kill_the_server_stays_until_it_is_stopped() {
    guarded(|| {
        let mut handle = InitShare::new().port(0).no_auto_kill().start().unwrap();
        drop(StubShare::connect(handle.address()).unwrap());
        let a_while = Duration::from_millis(500);
        assert_eq!(handle.wait_timeout(a_while).unwrap(), None);
        let stub = StubShare::connect(handle.address()).unwrap();
        stub.stop_server().unwrap();
        assert!(handle.wait_timeout(LONG).unwrap().unwrap().success());
        assert!(stub.get::<i32>("k").unwrap_err().is_closed());
        assert!(handle.stop().unwrap().success());
    });
}

/// The creator dies; the share lives on for its clients, and ends after the last.
#[test]
fn a_server_outlives_its_creator_for_its_clients() {
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("share");
        let creator = || {
            let init = InitShare::new()
                .unix(&path)
                .auto_kill(Duration::from_secs(1));
            let handle = init.start().unwrap();
            let stub = StubShare::connect(handle.address()).unwrap();
            stub.set("k", &1).unwrap();
            let pid = handle.pid();
            drop(handle);
            pid
        };
        let server = support::fork(creator).join().unwrap();
        let stub = StubShare::connect(Address::unix(&path)).unwrap();
        assert_eq!(stub.get::<i32>("k").unwrap(), 1);
        drop(stub);
        wait_for_end(server);
        assert!(!path.exists());
    });
}

/// No client ever came, and the creator is gone: nobody would ever end it.
#[test]
fn a_server_that_nobody_uses_ends_after_its_creator() {
    guarded(|| {
        let creator = || {
            let init = InitShare::new()
                .port(0)
                .auto_kill(Duration::from_millis(200));
            let handle = init.start().unwrap();
            let pid = handle.pid();
            std::mem::forget(handle);
            pid
        };
        wait_for_end(support::fork(creator).join().unwrap());
    });
}

fn wait_for_end(pid: u32) {
    let give_up = Instant::now() + LONG;
    let lives = || {
        let view = manyways_testkit::ProcessView::of(pid);
        view.is_some_and(|view| !matches!(view.state(), 'Z' | 'X'))
    };
    while lives() {
        assert!(Instant::now() < give_up, "server {pid} does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A server that is stopped by a signal cannot stop itself.
#[test]
fn even_a_frozen_server_is_stopped() {
    guarded(|| {
        let (mut handle, stub) = share();
        support::signal(handle.pid(), 19);
        let limit = Duration::from_millis(100);
        let connect = ConnectShare::to(handle.address()).within(limit);
        let error = connect.connect().unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert!(handle.is_alive().unwrap());
        assert!(!handle.stop().unwrap().success());
        assert!(stub.len().unwrap_err().is_closed());
    });
}

#[test]
fn a_server_may_run_in_a_thread() {
    guarded(|| {
        let server = InitShare::new().port(0).bind().unwrap();
        let address = server.address().clone();
        let thread = std::thread::spawn(|| server.run());
        let stub = StubShare::connect(&address).unwrap();
        assert_eq!(stub.add("n", 1).unwrap(), 1);
        stub.stop_server().unwrap();
        thread.join().unwrap().unwrap();
        assert!(stub.add("n", 1).unwrap_err().is_closed());
    });
}

/// The original listened on all interfaces, without any authentication.
#[test]
fn without_a_secret_only_this_machine_is_served() {
    guarded(|| {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            let address: Address = address.parse().unwrap();
            let error = InitShare::new().address(&address).start().unwrap_err();
            assert!(error.is_untrusted(), "{error}");
            let text = error.to_string();
            assert!(
                text.contains(&address.to_string()) && text.contains("secret"),
                "{text}"
            );
            assert!(
                InitShare::new()
                    .address(address)
                    .bind()
                    .unwrap_err()
                    .is_untrusted()
            );
        }
    });
}

/// Whatever a stranger sends, he is disconnected, and the others notice nothing.
#[test]
fn hostile_bytes_end_their_own_connection_only() {
    guarded(|| {
        let (mut handle, stub) = share();
        stub.set("k", &1).unwrap();
        let mut huge = frame(b"");
        huge[4..12].copy_from_slice(&u64::MAX.to_le_bytes());
        let mut join_of_much = vec![0]; // No patience; then the bulk's length.
        join_of_much.extend([0xFF; 9]);
        join_of_much.extend([1, 0, 7]);
        let attacks = [
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            vec![0; 100],
            huge,
            frame(b""),
            frame(&[0xFF; 50]),
            frame(&join_of_much),
            frame(&[0, 0, 1, 1, b'k']), // A get before the join.
            [frame(&[0, 0, 0, 7]), frame(&[0, 0, 0, 7])].concat(), // Joining twice.
            [frame(&[0, 0, 0, 7]), frame(&[0, 5, 2, 1, b'k', 1, b't'])].concat(),
        ];
        for attack in attacks {
            let mut stranger = TcpStream::connect(tcp(handle.address())).unwrap();
            stranger.set_read_timeout(Some(LONG)).unwrap();
            stranger.write_all(&attack).unwrap();
            let mut answer = Vec::new();
            // It may be cut by a reset, since not all that it sent was read.
            let end = stranger.read_to_end(&mut answer);
            assert!(
                end.is_ok() || end.unwrap_err().kind() == std::io::ErrorKind::ConnectionReset,
                "{attack:?}"
            );
            assert_eq!(stub.get::<i32>("k").unwrap(), 1);
        }
        assert!(handle.is_alive().unwrap());
        handle.stop().unwrap();
    });
}

/// Valid messages with random bytes changed, cut or doubled: whatever they come to mean, the server goes on.
#[test]
fn thousands_of_mutilated_messages_harm_nobody() {
    guarded(|| {
        let limits = Limits {
            value_bytes: 1 << 20,
            total_bytes: 4 << 20,
            keys: 100,
            clients: 64,
        };
        let init = InitShare::new().port(0).limits(limits).no_auto_kill();
        let (mut handle, stub) = share_of(init);
        let messages: [&[u8]; 9] = [
            b"\0\0\x01\x01k",                       // get
            b"\0\x05\x02\x01k\x02i3hello",          // set
            b"\x01\x01\0\x03\x01k",                 // delete, with patience
            b"\0\x01\x05\x01n\x02u8\x07",           // add
            b"\0\x02\x06\x01k\x02u8\x01\x01\x01ab", // swap
            b"\x01\x05\0\x07\x01w",                 // wait, for 5 ms
            b"\0\0\x08",                            // keys
            b"\0\0\x09",                            // items
            b"\0\0\x0E\x01k",                       // lock an item
        ];
        let mut seed = 7_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005) + 1;
            usize::try_from(seed >> 33).unwrap() % below
        };
        for round in 0..3000 {
            let mut bytes = frame(&[0, 0, 0, 7]);
            for _ in 0..random(8) {
                bytes.extend(frame(messages[random(messages.len())]));
            }
            for _ in 0..=random(3) {
                let at = random(bytes.len());
                match random(4) {
                    0 => bytes.truncate(at.max(1)),
                    1 => bytes.insert(at, 0xFF),
                    2 => bytes[at] ^= 1 << random(8),
                    _ => bytes.extend_from_within(at..),
                }
            }
            let mut stranger = TcpStream::connect(tcp(handle.address())).unwrap();
            // The server may have closed it already.
            let _ = stranger.write_all(&bytes);
            drop(stranger);
            if round % 50 == 0 {
                assert!(handle.is_alive().unwrap());
                drop(stub.lock_timeout(LONG).unwrap());
            }
        }
        stub.clear().unwrap();
        stub.set("ours", &1).unwrap();
        assert_eq!(stub.get::<i32>("ours").unwrap(), 1);
        handle.stop().unwrap();
    });
}

/// Connections that say nothing, or half a frame, hold nobody up.
#[test]
fn silent_connections_hold_nobody_up() {
    guarded(|| {
        let (handle, stub) = share();
        let silent: Vec<TcpStream> = (0..50)
            .map(|at| {
                let mut stranger = TcpStream::connect(tcp(handle.address())).unwrap();
                stranger
                    .write_all(&[0xF5, b'M', b'W', 1][..at % 5])
                    .unwrap();
                stranger
            })
            .collect();
        for n in 1..100 {
            assert_eq!(stub.add("n", 1).unwrap(), n);
        }
        drop(silent);
        handle.stop().unwrap();
    });
}

/// A client that stops while it gets a large value is disconnected in the end; the others go on meanwhile.
#[test]
fn a_client_that_does_not_read_is_disconnected() {
    guarded(|| {
        let limit = Duration::from_millis(400);
        let (handle, stub) = share_of(InitShare::new().port(0).slow_client(limit));
        stub.set("big", &"x".repeat(32 << 20)).unwrap();
        let idle = stub.another().unwrap();
        idle.lock_item("held").unwrap().keep();
        let mut slow = TcpStream::connect(tcp(handle.address())).unwrap();
        let mut asked = frame(&[0, 0, 0, 7]); // joins
        asked.extend(frame(b"\0\0\x0E\x06theirs")); // locks
        asked.extend(frame(b"\0\0\x01\x03big")); // gets, and reads nothing of it all
        slow.write_all(&asked).unwrap();
        while stub.try_lock_item("theirs").unwrap().is_some() {}
        let began = Instant::now();
        let theirs = stub.lock_item_timeout("theirs", LONG).unwrap();
        assert!(theirs.previous_owner_died());
        assert!(began.elapsed() >= limit / 2);
        drop(theirs);
        drop(slow);
        // One that waits, but owes no reading, stays.
        assert!(stub.try_lock_item("held").unwrap().is_none());
        handle.stop().unwrap();
    });
}

#[test]
fn what_is_no_share_server_is_told_so() {
    guarded(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::from(listener.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().take(2) {
                stream
                    .unwrap()
                    .write_all(b"HTTP/1.1 400 Bad Request\r\n")
                    .unwrap();
            }
            drop(listener.accept().unwrap());
        });
        for _ in 0..2 {
            let error = StubShare::connect(&address).unwrap_err();
            assert!(error.to_string().contains("no share server"), "{error}");
        }
        assert!(StubShare::connect(&address).unwrap_err().is_closed());
        thread.join().unwrap();
        let error = StubShare::connect(&address).unwrap_err();
        assert!(error.is_not_there() && error.to_string().contains(&address.to_string()));
    });
}

/// A dropped handle leaves the server alone; and a server is no child, so none stays as a zombie of its creator.
#[test]
fn a_dropped_handle_leaves_the_server_to_its_clients() {
    guarded(|| {
        let children = || std::fs::read_to_string("/proc/thread-self/children").unwrap();
        let before = children();
        let init = InitShare::new().port(0).auto_kill(Duration::ZERO);
        let handle = init.start().unwrap();
        let pid = handle.pid();
        assert_eq!(children(), before);
        let stub = StubShare::connect(handle.address()).unwrap();
        drop(handle);
        stub.set("k", &1).unwrap();
        assert_eq!(stub.get::<i32>("k").unwrap(), 1);
        drop(stub);
        wait_for_end(pid);
        assert_eq!(children(), before);
    });
}

/// As `producer | prog | consumer`: the server outlives its creator, and neither end of the pipeline waits for it.
#[test]
fn a_server_keeps_none_of_its_creators_files() {
    guarded(|| {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let (input, mut producer) = std::io::pipe().unwrap();
        let (mut handle, stub) = share();
        drop((writer, input));
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
        let error = producer.write_all(&[0]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
        let null = std::path::Path::new("/dev/null");
        for stream in 0..3 {
            let stream = format!("/proc/{}/fd/{stream}", handle.pid());
            assert_eq!(std::fs::read_link(stream).unwrap(), null);
        }
        stub.set("k", &1).unwrap();
        assert!(handle.is_alive().unwrap());
        handle.stop().unwrap();
    });
}

/// The server has no part in this process's output: whoever reads that sees its end.
#[test]
fn a_server_does_not_hold_its_creators_output_open() {
    guarded(|| {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let program = manyways_process::Fork::new()
            .stdout(manyways_process::Output::File(std::fs::File::from(
                std::os::fd::OwnedFd::from(writer),
            )))
            .run(|| {
                let init = InitShare::new().port(0).no_auto_kill();
                let handle = init.start().unwrap();
                (handle.pid(), handle.address().to_string())
            })
            .unwrap();
        let (server, address) = program.join().unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        let stub = StubShare::connect(address.parse::<Address>().unwrap()).unwrap();
        stub.stop_server().unwrap();
        wait_for_end(server);
    });
}

/// Limits without end are limits too.
#[test]
fn the_longest_times_are_for_ever() {
    guarded(|| {
        let init = InitShare::new().port(0).slow_client(Duration::MAX);
        let (handle, stub) = share_of(init.auto_kill(Duration::MAX));
        let connect = ConnectShare::to(handle.address()).within(Duration::MAX);
        let other = connect.connect().unwrap();
        other.set_timeout(Some(Duration::MAX));
        let text = "x".repeat(32 << 20);
        other.set("big", &text).unwrap();
        let mut slow = TcpStream::connect(tcp(handle.address())).unwrap();
        let mut asked = frame(&[0, 0, 0, 7]);
        asked.extend(frame(b"\0\0\x01\x03big"));
        slow.write_all(&asked).unwrap();
        let mut read = 0;
        while read < text.len() {
            read += slow.read(&mut vec![0; 1 << 20]).unwrap();
            assert_eq!(stub.len().unwrap(), 1);
        }
        let guard = stub.lock_timeout(Duration::MAX).unwrap();
        drop(guard);
        assert_eq!(
            other.lock_item_timeout("k", Duration::MAX).unwrap().key(),
            "k"
        );
        handle.stop().unwrap();
    });
}

/// The usual soft limit of open files is 1024; the server raises its own.
#[test]
fn more_clients_than_the_soft_limit_of_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    guarded(|| {
        let limit = |current| Rlimit {
            current: Some(current),
            ..getrlimit(Resource::Nofile)
        };
        let child = support::fork(|| {
            setrlimit(Resource::Nofile, limit(64)).unwrap();
            let handle = InitShare::new().port(0).start().unwrap();
            setrlimit(Resource::Nofile, limit(400)).unwrap();
            let connect = |_| StubShare::connect(handle.address()).unwrap();
            let stubs: Vec<StubShare> = (0..300).map(connect).collect();
            for (at, stub) in stubs.iter().enumerate() {
                assert_eq!(stub.add("n", 1).unwrap(), at + 1);
            }
            handle.stop().unwrap().success()
        });
        assert!(child.join().unwrap());
    });
}
