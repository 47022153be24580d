//! Ways to die, and victims that do.

use std::env;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{self, Command};
use std::thread;
use std::time::{Duration, Instant};

use manyways_process::{Child, Fork, Link};
use manyways_testkit::{DEFAULT_LIMIT, ProcessView, guarded_for};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Way {
    Kill,
    /// Stopped first: then it lives, and what waits for it waits.
    StopThenKill,
    /// By itself, with all that it holds.
    Exit,
    /// It becomes another program under the same process id.
    Exec,
}

pub(crate) const WAYS: [Way; 4] = [Way::Kill, Way::StopThenKill, Way::Exit, Way::Exec];

/// Of each way to die in each cell.
pub(crate) const ROUNDS: usize = 2;

/// As many where a moment is to be hit.
pub(crate) const MANY: usize = 4;

/// The environment variable that multiplies the rounds, for the soak: with 50 they are thousands.
const MORE: &str = "MANYWAYS_TEST_ROUNDS";

fn more() -> usize {
    env::var(MORE).map_or(1, |more| more.parse().expect("a number of rounds"))
}

/// Longer than anything takes that is not to happen.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Long enough to see that something waits.
pub(crate) const BRIEF: Duration = Duration::from_millis(60);

/// The longest that news may take on a machine that is busy with other things; they take 100 ms on one that is not.
const NEWS: Duration = Duration::from_secs(15);

/// How many died in each [way](WAYS), and the longest that news took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Deaths {
    pub(crate) counts: [usize; WAYS.len()],
    pub(crate) slowest: Duration,
}

impl Deaths {
    pub(crate) fn and(self, other: Deaths) -> Deaths {
        let sum = |way| self.counts[way] + other.counts[way];
        Deaths {
            counts: [0, 1, 2, 3].map(sum),
            slowest: self.slowest.max(other.slowest),
        }
    }
}

/// Runs so many rounds with each way to die, each of which tells how long the news took.
pub(crate) fn in_all_ways(rounds: usize, round: impl Fn(Way) -> Duration) -> Deaths {
    let more = more();
    let limit = DEFAULT_LIMIT * u32::try_from(more).expect("fewer rounds");
    guarded_for(limit, || {
        let counts = WAYS.map(|_| rounds * more);
        let times = WAYS.iter().zip(counts).map(|(way, count)| {
            let slowest = (0..count).map(|_| round(*way)).max();
            let slowest = slowest.unwrap_or_default();
            assert!(slowest < NEWS, "by {way:?} the news took {slowest:?}");
            slowest
        });
        let slowest = times.max().unwrap_or_default();
        Deaths { counts, slowest }
    })
}

/// A process that dies in the midst of what one of its threads does.
pub(crate) struct Victim {
    child: Child,
    link: Link,
}

impl Victim {
    /// The thread calls `ready` when it holds what it shall hold, or before it waits. When `work` returns, it sleeps on.
    pub(crate) fn start(work: impl FnOnce(&dyn Fn()) + Send) -> Victim {
        let (mut listener, speaker) = std::io::pipe().unwrap();
        let body = |link: &mut Link| {
            thread::scope(|scope| {
                scope.spawn(|| {
                    work(&|| (&speaker).write_all(b"r").unwrap());
                    sleep_on();
                });
                die_by_itself(link.recv().unwrap());
            });
        };
        let (child, link) = Fork::new().spawn(body).unwrap();
        drop(speaker);
        listener.read_exact(&mut [0]).expect("the victim lives");
        Victim { child, link }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Waits until all its threads sleep.
    pub(crate) fn await_sleep(&self) {
        await_sleep(self.pid());
    }

    /// Lets it die; tells when its death began. While it is stopped, if it is, `while_stopped` runs.
    pub(crate) fn die(&mut self, way: Way, while_stopped: impl FnOnce()) -> Instant {
        match way {
            Way::Kill => self.child.kill().unwrap(),
            Way::StopThenKill => {
                self.child.signal(libc::SIGSTOP).unwrap();
                await_that("the victim is stopped", || state(self.pid()) == Some('T'));
                while_stopped();
                self.child.kill().unwrap();
            }
            Way::Exit | Way::Exec => self.link.send(&way).unwrap(),
        }
        Instant::now()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // It may be dead.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn die_by_itself(way: Way) {
    if way == Way::Exec {
        let error = Command::new("sleep").arg("100").exec();
        panic!("exec: {error}");
    }
    process::exit(3);
}

/// Kills a process that lives, and is nobody's to wait for here.
pub(crate) fn kill(pid: u32) {
    signal(pid, Signal::SIGKILL);
}

pub(crate) fn stop(pid: u32) {
    signal(pid, Signal::SIGSTOP);
}

fn signal(pid: u32, signal: Signal) {
    nix::sys::signal::kill(Pid::from_raw(pid.cast_signed()), signal).unwrap();
}

/// For ever.
pub(crate) fn sleep_on() -> ! {
    loop {
        thread::park();
    }
}

/// Another process that does something to its end, and must be well in the end.
pub(crate) struct Other(manyways_process::Task<()>);

impl Other {
    pub(crate) fn start(work: impl FnOnce()) -> Other {
        Other(Fork::new().run(work).unwrap())
    }

    pub(crate) fn await_sleep(&self) {
        await_sleep(self.0.pid());
    }

    pub(crate) fn finish(self) {
        self.0.join().unwrap();
    }
}

pub(crate) fn await_sleep(pid: u32) {
    await_that("all threads of a process sleep", || {
        let view = ProcessView::of(pid).expect("it lives");
        view.threads().iter().all(|thread| thread.state() == 'S')
    });
}

pub(crate) fn state(pid: u32) -> Option<char> {
    ProcessView::of(pid).map(|view| view.state())
}

/// Looks every 100 microseconds.
pub(crate) fn await_that(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < end, "{what}: not within {LONG:?}");
        thread::sleep(Duration::from_micros(100));
    }
}

/// Busy for up to 100 microseconds, each time as long as chance will have it: a victim that was woken is then at another point of
/// its way.
pub(crate) fn delay() {
    let start = Instant::now();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap();
    let length = Duration::from_nanos(u64::from(now.subsec_nanos()) % 100_000);
    while start.elapsed() < length {
        std::hint::spin_loop();
    }
}
