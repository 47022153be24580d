//! Ways to die, and victims that do.

use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use std::{fmt, thread};

use super::{Child, await_that, hear, state_of, sys, tell};

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Kill,
    /// Stopped first: then it lives, and what waits for it waits.
    StopThenKill,
    /// By itself, with everything as it is.
    Exit,
    /// It becomes another program, under the same process id.
    Exec,
}

impl Way {
    pub(crate) const ALL: [Way; 4] = [Way::Kill, Way::StopThenKill, Way::Exit, Way::Exec];
}

/// The longest that the news may take on a machine that is busy with other things; they take 100 ms on one that is not.
pub(crate) const NEWS: Duration = Duration::from_secs(10);

/// The child's word that it is where it shall die.
const READY: u8 = b'r';

/// A child in which a thread does something in the midst of which the process dies.
pub(crate) struct Victim {
    child: Child,
}

impl Victim {
    /// The thread calls `ready` before what it must not return from, or when it holds what it shall hold. When `work` returns, the
    /// thread sleeps until the end.
    pub(crate) fn start(work: impl FnOnce(&mut dyn FnMut()) + Send) -> Victim {
        let body = |stream: &mut UnixStream| {
            let mut other = stream.try_clone().unwrap();
            thread::scope(|scope| {
                scope.spawn(move || {
                    work(&mut || tell(&mut other, READY));
                    loop {
                        thread::park();
                    }
                });
                match hear(stream) {
                    b'x' => sys::exit_now(0),
                    _ => sys::exec_sleep(),
                }
            });
        };
        let mut child = Child::start(body);
        assert_eq!(child.hear(), READY);
        Victim { child }
    }

    /// Waits until all its threads sleep.
    pub(crate) fn await_sleep(&self) {
        let pid = self.child.pid();
        await_that("all threads of the victim sleep", || {
            let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
            let mut states = threads.map(|thread| {
                let name = thread.unwrap().file_name();
                let tid: u32 = name.to_str().unwrap().parse().unwrap();
                state_of(tid)
            });
            states.all(|state| state == Some('S'))
        });
    }

    /// Lets it die; returns when its death has begun. When it is stopped, `while_stopped` runs.
    pub(crate) fn die(&mut self, way: Way, while_stopped: impl FnOnce()) -> Instant {
        match way {
            Way::Kill => {
                self.child.signal(libc::SIGKILL);
                Instant::now()
            }
            Way::StopThenKill => {
                self.child.signal(libc::SIGSTOP);
                let pid = self.child.pid();
                await_that("the victim is stopped", || state_of(pid) == Some('T'));
                while_stopped();
                self.child.signal(libc::SIGKILL);
                Instant::now()
            }
            Way::Exit => {
                self.child.tell(b'x');
                Instant::now()
            }
            Way::Exec => {
                self.child.tell(b'e');
                Instant::now()
            }
        }
    }
}

/// How long the news took.
#[derive(Default)]
pub(crate) struct News {
    times: Vec<Duration>,
}

impl News {
    /// Since the death began.
    pub(crate) fn came(&mut self, since: Instant) {
        let time = since.elapsed();
        assert!(time < NEWS, "the news took {time:?}");
        self.times.push(time);
    }
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut times = self.times.clone();
        times.sort_unstable();
        let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
        write!(
            f,
            "{} deaths, news after {median:.1?} (median), {slowest:.1?} (slowest)",
            times.len()
        )
    }
}
