//! What `/proc` tells of a process and its threads.

use std::fmt;
use std::fs;

use crate::procfs::{self, Stat};
use crate::syscall::Syscall;

/// A process as `/proc` showed it at one moment.
///
/// Its [`Display`](fmt::Display) form is a table of the threads, as the watchdog prints it.
#[derive(Debug, Clone)]
pub struct ProcessView {
    pid: u32,
    state: char,
    command: String,
    threads: Vec<ThreadView>,
}

impl ProcessView {
    /// Looks at a process; `None` when there is none of that id. A zombie has no threads worth
    /// looking at.
    #[must_use]
    pub fn of(pid: u32) -> Option<ProcessView> {
        let stat = Stat::read(pid)?;
        let threads = ThreadView::all(pid);
        Some(ProcessView {
            pid,
            state: stat.state,
            command: procfs::command_line(pid),
            threads,
        })
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The letter of proc(5) for the state of the main thread, such as `S` for sleeping and `Z` for
    /// a zombie.
    #[must_use]
    pub fn state(&self) -> char {
        self.state
    }

    /// The command line.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.command
    }

    /// The threads, in the order of their ids.
    #[must_use]
    pub fn threads(&self) -> &[ThreadView] {
        &self.threads
    }
}

impl fmt::Display for ProcessView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "process {} ({}) state {}",
            self.pid, self.command, self.state
        )?;
        self.threads
            .iter()
            .try_for_each(|thread| write!(f, "\n  {thread}"))
    }
}

/// A thread as `/proc` showed it at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadView {
    pid: u32,
    tid: u32,
    name: String,
    state: char,
    wait_channel: String,
    syscall: Option<Syscall>,
    switches: u64,
}

impl ThreadView {
    /// Empty when the process is gone.
    pub(crate) fn all(pid: u32) -> Vec<ThreadView> {
        let view = |tid| ThreadView::of(pid, tid);
        procfs::threads(pid).into_iter().filter_map(view).collect()
    }

    fn of(pid: u32, tid: u32) -> Option<ThreadView> {
        let folder = format!("{pid}/task/{tid}");
        let stat = Stat::read(&folder)?;
        let file = |name| fs::read_to_string(format!("/proc/{folder}/{name}")).unwrap_or_default();
        Some(ThreadView {
            pid,
            tid,
            name: stat.name,
            state: stat.state,
            wait_channel: file("wchan").trim().to_owned(),
            syscall: Syscall::parse(&file("syscall")),
            switches: switches(&file("status")),
        })
    }

    /// The thread id, which is the process id for the main thread.
    #[must_use]
    pub fn tid(&self) -> u32 {
        self.tid
    }

    /// The name, of which the kernel keeps 15 bytes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The letter of proc(5), such as `R` for running and `S` for sleeping.
    #[must_use]
    pub fn state(&self) -> char {
        self.state
    }

    /// The kernel function in which the thread sleeps; `0` or empty when it does not or the kernel
    /// does not tell.
    #[must_use]
    pub fn wait_channel(&self) -> &str {
        &self.wait_channel
    }

    /// The system call in which the thread is blocked; `None` while it runs and where tracing is
    /// not permitted.
    #[must_use]
    pub fn syscall(&self) -> Option<Syscall> {
        self.syscall
    }

    /// How often the thread gave up or lost its processor. Two views with the same count and a
    /// blocked system call saw one and the same sleep.
    #[must_use]
    pub fn context_switches(&self) -> u64 {
        self.switches
    }

    /// What the descriptor is open on that the blocked system call reads or writes.
    #[must_use]
    pub fn descriptor(&self) -> Option<String> {
        procfs::descriptor_target(self.pid, self.syscall?.descriptor()?)
    }
}

impl fmt::Display for ThreadView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "thread {} '{}' state {}",
            self.tid, self.name, self.state
        )?;
        if !matches!(self.wait_channel.as_str(), "" | "0") {
            write!(f, " in {}", self.wait_channel)?;
        }
        if let Some(syscall) = self.syscall {
            write!(f, ", system call {syscall}")?;
        }
        match self.descriptor() {
            Some(target) => write!(f, " on {target}"),
            None => Ok(()),
        }
    }
}

fn switches(status: &str) -> u64 {
    let count = |line: &str| {
        line.split_once("ctxt_switches:")?
            .1
            .trim()
            .parse::<u64>()
            .ok()
    };
    status.lines().filter_map(count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_thread_is_described() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let (send_tid, tid) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            send_tid.send(nix::unistd::gettid().as_raw()).unwrap();
            std::io::Read::read(&mut reader, &mut [0]).unwrap()
        });
        let tid = tid.recv().unwrap().cast_unsigned();
        let blocked = loop {
            let view = ProcessView::of(std::process::id()).unwrap();
            let thread = view
                .threads()
                .iter()
                .find(|thread| thread.tid() == tid)
                .unwrap()
                .clone();
            match thread.syscall() {
                Some(syscall) if syscall.name() == Some("read") => break thread,
                _ => std::thread::yield_now(),
            }
        };
        let text = blocked.to_string();
        assert!(
            text.contains("system call read(") && text.contains(" on pipe:["),
            "{text}"
        );
        drop(writer);
        assert_eq!(thread.join().unwrap(), 0);
    }

    #[test]
    fn nobody_is_not_seen() {
        assert!(ProcessView::of(u32::MAX).is_none());
    }
}
