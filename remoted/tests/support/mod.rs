//! What the tests of this crate share.

#![allow(dead_code)] // Each test binary uses some of it.

use std::io::{self, Read, Write};
use std::time::Duration;

use manyways_process::{Fork, Task};
use manyways_testkit::{ProcessView, ThreadView};
use remoted::{InitShare, ShareHandle, StubShare};

/// Longer than anything takes that is not to happen.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A share on a free port, and a client.
pub(crate) fn share() -> (ShareHandle, StubShare) {
    share_of(InitShare::new().port(0))
}

pub(crate) fn share_of(init: InitShare) -> (ShareHandle, StubShare) {
    let handle = init.start().unwrap();
    let stub = StubShare::connect(handle.address()).unwrap();
    (handle, stub)
}

/// Runs a test against a TCP share and one on a UNIX socket.
pub(crate) fn on_both(test: impl Fn(&mut ShareHandle, &StubShare)) {
    let folder = tempfile::tempdir().unwrap();
    for init in [
        InitShare::new().port(0),
        InitShare::new().unix(folder.path().join("share")),
    ] {
        let (mut handle, stub) = share_of(init);
        test(&mut handle, &stub);
        drop(stub);
        assert!(handle.stop().unwrap().success());
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

/// A pipe on which one process tells another that it has come to a point.
pub(crate) struct Signal {
    read: io::PipeReader,
    write: io::PipeWriter,
}

impl Signal {
    pub(crate) fn new() -> Signal {
        let (read, write) = io::pipe().unwrap();
        Signal { read, write }
    }

    pub(crate) fn send(&self) {
        (&self.write).write_all(&[1]).unwrap();
    }

    pub(crate) fn wait(&self) {
        (&self.read).read_exact(&mut [0]).unwrap();
    }
}

/// Waits until the client in process `pid` waits for the share-wide lock, for a key's lock or for a value: that is until
/// the server has read its request, and has no answer for it. There is no call that tells, so the process is watched: it
/// sleeps, and goes on sleeping while the server answers `share`. What was there for the server to read when it was
/// asked for the second time had been read and answered then.
pub(crate) fn wait_until_blocked(share: &StubShare, pid: u32) {
    let give_up = std::time::Instant::now() + LONG;
    loop {
        let before = reading_threads(pid);
        for _ in 0..2 {
            let _ = share.len().unwrap();
        }
        if before.is_some() && before == reading_threads(pid) {
            return;
        }
        assert!(
            std::time::Instant::now() < give_up,
            "process {pid} does not wait"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The threads of a process if all are asleep and read, with what tells whether they have run since.
fn reading_threads(pid: u32) -> Option<Vec<ThreadView>> {
    let view = ProcessView::of(pid).unwrap();
    let reads = |thread: &ThreadView| {
        thread.state() == 'S' && thread.syscall().is_none_or(|call| call.reads())
    };
    let all_read = view.threads().iter().all(reads);
    all_read.then(|| view.threads().to_vec())
}

/// A child that stops itself when it has come to a point: `kill -CONT` is for the caller.
pub(crate) fn stop_myself() {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)
        .unwrap();
}

pub(crate) fn fork<T: serde::Serialize + serde::de::DeserializeOwned>(
    f: impl FnOnce() -> T,
) -> Task<T> {
    Fork::new().run(f).unwrap()
}

/// As [`on_both`], for tests that kill the server.
pub(crate) fn on_both_that_die(test: impl Fn(&mut ShareHandle, &StubShare)) {
    let folder = tempfile::tempdir().unwrap();
    for init in [
        InitShare::new().port(0),
        InitShare::new().unix(folder.path().join("share")),
    ] {
        let (mut handle, stub) = share_of(init);
        test(&mut handle, &stub);
        drop(stub);
        assert!(!handle.stop().unwrap().success());
    }
    // The handle removes the socket that the dead server could not.
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

pub(crate) fn signal(pid: u32, number: i32) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, Signal::from_named_raw(number).unwrap()).unwrap();
}
