//! Real processes to die in tests.

#![allow(dead_code, reason = "not every test program uses all of it")]

pub(crate) mod death;
pub(crate) mod sys;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// A forked child and a stream between it and its parent.
pub(crate) struct Child {
    pid: u32,
    stream: UnixStream,
    is_reaped: bool,
}

impl Child {
    /// Forks. The child runs `body` and exits with 0, or with 101 if it panics.
    pub(crate) fn start(body: impl FnOnce(&mut UnixStream)) -> Child {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let pid = sys::fork(|| {
            body(&mut theirs);
        });
        drop(theirs);
        Child {
            pid,
            stream: ours,
            is_reaped: false,
        }
    }

    /// Waits for the child's next [`tell`]; panics if it is gone.
    pub(crate) fn hear(&mut self) -> u8 {
        let mut byte = [0];
        self.stream.read_exact(&mut byte).expect("the child lives");
        byte[0]
    }

    /// Lets a child go on that is in [`hear`].
    pub(crate) fn tell(&mut self, byte: u8) {
        tell(&mut self.stream, byte);
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn signal(&self, signal: i32) {
        sys::kill(self.pid, signal);
    }

    /// Reaps; panics unless the child exited with 0.
    pub(crate) fn finish(mut self) {
        assert_eq!(self.reap(), Some(0), "how child {} ended", self.pid);
    }

    /// Reaps, however it ended: the exit code, if it was not a signal.
    pub(crate) fn reap(&mut self) -> Option<i32> {
        self.is_reaped = true;
        sys::wait(self.pid)
    }

    /// Waits until it sleeps in a system call.
    pub(crate) fn await_sleep(&self) {
        await_that("the child sleeps", || state_of(self.pid) == Some('S'));
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.is_reaped {
            sys::kill(self.pid, libc::SIGKILL);
            sys::wait(self.pid);
        }
    }
}

pub(crate) fn tell(stream: &mut UnixStream, byte: u8) {
    stream.write_all(&[byte]).expect("the other side lives");
}

pub(crate) fn hear(stream: &mut UnixStream) -> u8 {
    let mut byte = [0];
    stream.read_exact(&mut byte).expect("the other side lives");
    byte[0]
}

/// The letter of proc(5).
pub(crate) fn state_of(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(") ").next()?.chars().next()
}

/// Looks every 100 microseconds.
pub(crate) fn await_that(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "{what}: not within 20 s");
        std::thread::sleep(Duration::from_micros(100));
    }
}

pub(crate) fn after(duration: Duration) -> Option<Instant> {
    Some(Instant::now() + duration)
}

/// Long enough for anything.
pub(crate) fn patience() -> Option<Instant> {
    after(Duration::from_secs(20))
}

/// Runs rounds that wake sleepers and say how long that took: twenty, and more until one was quick. On a busy machine most take
/// longer; a sleeper that nobody woke would take 50 ms in each.
pub(crate) fn await_quick_round(mut round: impl FnMut(u32) -> Duration) {
    const QUICK: Duration = Duration::from_millis(25);
    let mut quickest = Duration::MAX;
    for number in 0..400 {
        if number >= 20 && quickest < QUICK {
            return;
        }
        quickest = quickest.min(round(number));
    }
    panic!("the quickest of 400 rounds took {quickest:?}");
}
