//! The system call in which a thread is blocked.

use std::fmt;

use libc::c_long;

/// A blocked system call, as `/proc/PID/task/TID/syscall` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syscall {
    number: c_long,
    arguments: [u64; 6],
}

/// The calls in which threads of tests are found blocked.
const NAMES: &[(c_long, &str)] = &[
    (libc::SYS_read, "read"),
    (libc::SYS_readv, "readv"),
    (libc::SYS_recvfrom, "recvfrom"),
    (libc::SYS_recvmsg, "recvmsg"),
    (libc::SYS_write, "write"),
    (libc::SYS_writev, "writev"),
    (libc::SYS_sendto, "sendto"),
    (libc::SYS_sendmsg, "sendmsg"),
    (libc::SYS_accept, "accept"),
    (libc::SYS_accept4, "accept4"),
    (libc::SYS_connect, "connect"),
    (libc::SYS_flock, "flock"),
    (libc::SYS_fcntl, "fcntl"),
    (libc::SYS_ppoll, "ppoll"),
    (libc::SYS_pselect6, "pselect6"),
    (libc::SYS_epoll_pwait, "epoll_pwait"),
    (libc::SYS_epoll_pwait2, "epoll_pwait2"),
    (libc::SYS_futex, "futex"),
    (libc::SYS_futex_waitv, "futex_waitv"),
    (libc::SYS_wait4, "wait4"),
    (libc::SYS_waitid, "waitid"),
    (libc::SYS_nanosleep, "nanosleep"),
    (libc::SYS_clock_nanosleep, "clock_nanosleep"),
    (libc::SYS_rt_sigtimedwait, "rt_sigtimedwait"),
    (libc::SYS_rt_sigsuspend, "rt_sigsuspend"),
    (libc::SYS_restart_syscall, "restart_syscall"),
    (libc::SYS_io_uring_enter, "io_uring_enter"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_poll, "poll"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_select, "select"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_epoll_wait, "epoll_wait"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_pause, "pause"),
];

const READS: &[&str] = &["read", "readv", "recvfrom", "recvmsg", "accept", "accept4"];
const WRITES: &[&str] = &["write", "writev", "sendto", "sendmsg"];
/// Calls in which a worker waits for work, whatever it waits for.
const WAITS: &[&str] = &[
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "futex",
    "futex_waitv",
    "wait4",
    "waitid",
    "nanosleep",
    "clock_nanosleep",
    "rt_sigtimedwait",
    "rt_sigsuspend",
    "restart_syscall",
    "io_uring_enter",
    "pause",
];

impl Syscall {
    /// The file holds `running`, or the number, six arguments and two registers; -1 stands for "not
    /// in a call".
    pub(crate) fn parse(text: &str) -> Option<Syscall> {
        let mut words = text.split_ascii_whitespace();
        let number = words.next()?.parse().ok().filter(|number| *number >= 0)?;
        let mut arguments = [0; 6];
        for argument in &mut arguments {
            *argument = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
        }
        Some(Syscall { number, arguments })
    }

    /// The number, which depends on the architecture.
    #[must_use]
    pub fn number(self) -> c_long {
        self.number
    }

    /// The six argument registers; those that the call does not take hold leftovers.
    #[must_use]
    pub fn arguments(self) -> [u64; 6] {
        self.arguments
    }

    /// The name, for calls in which threads usually block.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMES
            .iter()
            .find(|(number, _)| *number == self.number)
            .map(|(_, name)| *name)
    }

    /// Whether the call receives bytes or connections.
    #[must_use]
    pub fn reads(self) -> bool {
        self.is_one_of(READS)
    }

    /// Whether the call sends bytes.
    #[must_use]
    pub fn writes(self) -> bool {
        self.is_one_of(WRITES)
    }

    /// Whether the call waits for an event: time, a lock, a child, readiness.
    #[must_use]
    pub fn waits(self) -> bool {
        self.is_one_of(WAITS)
    }

    /// The descriptor that the call reads from or writes to.
    pub(crate) fn descriptor(self) -> Option<u32> {
        let first = self.reads() || self.writes() || self.is_one_of(&["connect", "flock", "fcntl"]);
        u32::try_from(self.arguments[0]).ok().filter(|_| first)
    }

    fn is_one_of(self, names: &[&str]) -> bool {
        self.name().is_some_and(|name| names.contains(&name))
    }
}

impl fmt::Display for Syscall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, ..] = self.arguments;
        match self.name() {
            Some(name) => write!(f, "{name}({a:#x}, {b:#x}, {c:#x})"),
            None => write!(f, "number {}({a:#x}, {b:#x}, {c:#x})", self.number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_parsed() {
        assert_eq!(Syscall::parse("running\n"), None);
        assert_eq!(Syscall::parse("-1 0x7ffe 0x7f26\n"), None);
        let text = format!(
            "{} 0x5 0x10 0x2000 0x0 0x0 0x0 0x7ffe 0x7f26\n",
            libc::SYS_write
        );
        let call = Syscall::parse(&text).unwrap();
        assert_eq!(call.to_string(), "write(0x5, 0x10, 0x2000)");
        assert_eq!(call.descriptor(), Some(5));
        assert!(call.writes() && !call.reads() && !call.waits());
    }

    #[test]
    fn every_grouped_name_is_known() {
        let only_on_x86 = ["poll", "select", "epoll_wait", "pause"];
        for name in READS
            .iter()
            .chain(WRITES)
            .chain(WAITS)
            .filter(|name| !only_on_x86.contains(name))
        {
            assert!(NAMES.iter().any(|(_, known)| known == name), "{name}");
        }
    }
}
