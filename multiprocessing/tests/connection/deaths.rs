//! What a process has sent before it dies arrives; what it was sending does not.

use std::thread;

use manyways_process::Fork;
use manyways_testkit::{Crash, guarded, kill_when};
use multiprocessing::connection::{Client, Listener, pipe};

use crate::support::{Folder, fork, key, loopback};

const WAYS_TO_DIE: [Crash; 6] = [
    Crash::Panic,
    Crash::Exit,
    Crash::Abort,
    Crash::Kill,
    Crash::Segv,
    Crash::StackOverflow,
];

#[test]
fn what_send_returned_for_survives_its_sender() {
    guarded(|| {
        for crash in WAYS_TO_DIE {
            let (mut here, mut there) = pipe().unwrap();
            let child = Fork::new()
                .run(move || {
                    for number in 0..50_u32 {
                        there.send(&number).unwrap();
                    }
                    let _ = crash.trigger();
                })
                .unwrap();
            assert!(child.join().is_err());
            for number in 0..50 {
                assert_eq!(here.recv::<u32>().unwrap(), number, "{crash}");
            }
            assert!(here.recv::<u32>().unwrap_err().is_closed());
        }
    });
}

#[test]
fn what_send_returned_for_survives_over_every_kind_of_connection() {
    guarded(|| {
        let folder = Folder::new();
        for address in [folder.path().into(), loopback()] {
            for secret in [None, Some(key(1))] {
                let is_secure = secret.is_some();
                let mut options = Listener::options();
                if let Some(key) = secret.clone() {
                    options = options.authkey(key);
                }
                let mut listener = options.bind(&address).unwrap();
                let to = listener.address().clone();
                let child = fork(move || {
                    let mut options = Client::options();
                    if let Some(key) = secret {
                        options = options.authkey(key);
                    }
                    let mut connection = options.connect(to).unwrap();
                    for number in 0..50_u32 {
                        connection.send(&number).unwrap();
                    }
                    let _ = Crash::Kill.trigger();
                });
                let mut connection = listener.accept().unwrap();
                assert!(child.join().is_err());
                for number in 0..50 {
                    assert_eq!(connection.recv::<u32>().unwrap(), number);
                }
                let error = connection.recv::<u32>().unwrap_err();
                assert!(error.is_closed() && !error.is_truncated(), "{error}");
                assert_eq!(error.is_cut(), is_secure, "{error}");
            }
        }
    });
}

#[test]
fn a_sender_killed_inside_a_message_leaves_no_half() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let (mut child, _link) = Fork::new()
            .spawn(move |_| {
                there.send("whole").unwrap();
                // More than the buffer holds: it sleeps in the middle.
                there.send_bytes(&vec![7; 64 << 20]).unwrap();
            })
            .unwrap();
        assert_eq!(here.recv::<String>().unwrap(), "whole");
        kill_when(child.pid(), |process| {
            let writes = |thread: &manyways_testkit::ThreadView| {
                thread.state() == 'S' && thread.syscall().is_none_or(|call| !call.reads())
            };
            process.threads().iter().all(writes)
        })
        .unwrap();
        child.wait().unwrap();
        let error = here.recv_bytes().unwrap_err();
        assert!(error.is_truncated(), "{error}");
        assert!(here.recv_bytes().unwrap_err().is_truncated(), "for good");
    });
}

#[test]
fn a_receiver_that_dies_frees_a_sender_that_waits() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let (mut child, _link) = Fork::new()
            .spawn(move |_| {
                there.recv::<()>().unwrap();
                loop {
                    thread::park();
                }
            })
            .unwrap();
        here.send(&()).unwrap();
        let killer = thread::spawn(move || {
            manyways_testkit::kill_when_idle(child.pid()).ok();
            child.kill().unwrap();
            child.wait().unwrap();
        });
        let error = here.send_bytes(&vec![7; 64 << 20]).unwrap_err();
        assert!(error.is_closed(), "{error}");
        killer.join().unwrap();
        assert!(here.send(&1).unwrap_err().is_closed() || here.recv::<u8>().is_err());
    });
}

#[test]
fn a_stopped_peer_is_not_dead() {
    guarded(|| {
        let (mut here, mut there) = pipe().unwrap();
        let (mut child, _link) = Fork::new()
            .spawn(move |_| {
                let number: i32 = there.recv().unwrap();
                there.send(&(number + 1)).unwrap();
            })
            .unwrap();
        child.signal(libc::SIGSTOP).unwrap();
        here.send(&1).unwrap();
        let error = here.recv_timeout::<i32>(crate::support::SHORT).unwrap_err();
        assert!(error.is_timeout());
        child.signal(libc::SIGCONT).unwrap();
        assert_eq!(here.recv::<i32>().unwrap(), 2);
        child.wait().unwrap();
    });
}
