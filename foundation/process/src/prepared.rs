//! What a child needs, made before the fork, so that after it nothing can fail for want of it.

use std::ffi::CStr;
use std::io;
use std::os::fd::RawFd;

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use crate::end::End;
use crate::life_line;
use crate::link::{self, Buffers, Link};
use crate::output::{self, Captured};
use crate::private_fd::PrivateFd;
use crate::sys::{self, Whom};
use crate::{Child, Exit, Fork};

/// Everything on both sides of a fork to come.
pub(crate) struct Prepared {
    pub(crate) parent: ParentSide,
    pub(crate) child: ChildSide,
}

/// Most values that a child leaves are no longer.
const USUAL_LENGTH: usize = 128;

/// Numbers of descriptors that a child keeps.
pub(crate) type Kept = [Option<RawFd>; 5];

/// What stays with the parent.
pub(crate) struct ParentSide {
    name: String,
    pub(crate) link: Link,
    life_line: Option<PrivateFd>,
    stdout: Option<Captured>,
    stderr: Option<Captured>,
}

/// What goes to the child; the parent's copies are closed after the fork.
pub(crate) struct ChildSide {
    name: ShortName,
    pub(crate) link: End,
    buffers: Buffers,
    pub(crate) life_line: Option<PrivateFd>,
    stdin: Option<PrivateFd>,
    pub(crate) stdout: Option<PrivateFd>,
    pub(crate) stderr: Option<PrivateFd>,
    closes_others: bool,
}

impl Prepared {
    pub(crate) fn new(fork: Fork) -> io::Result<Prepared> {
        let (link, link_of_child) = link::pair()?;
        let (life_line, life_line_of_child) = match fork.outlives_parent {
            true => (None, None),
            false => life_line::pair().map(|(parent, child)| (Some(parent), Some(child)))?,
        };
        let null_stdin = fork.null_stdin && !output::stdin_is_null();
        let stdin = null_stdin.then(output::private_null).transpose()?;
        let (stdout, stdout_of_child) = fork.stdout.prepare()?;
        let (stderr, stderr_of_child) = fork.stderr.prepare()?;
        let child = ChildSide {
            name: short_name(&fork.name),
            link: link_of_child,
            buffers: Buffers::of(USUAL_LENGTH),
            life_line: life_line_of_child,
            stdin,
            stdout: stdout_of_child,
            stderr: stderr_of_child,
            closes_others: fork.closes_others,
        };
        let parent = ParentSide {
            name: fork.name,
            link,
            life_line,
            stdout,
            stderr,
        };
        Ok(Prepared { parent, child })
    }
}

impl ParentSide {
    pub(crate) fn of(self, pid: u32) -> io::Result<(Child, Link)> {
        let pidfd = open_pidfd(pid)?;
        Ok(self.with(pid, pidfd))
    }

    pub(crate) fn with(self, pid: u32, pidfd: Option<PrivateFd>) -> (Child, Link) {
        let child = Child {
            pid,
            name: self.name,
            exit: pidfd.is_none().then_some(Exit::Unknown),
            pidfd,
            life_line: self.life_line,
            stdout: self.stdout,
            stderr: self.stderr,
        };
        (child, self.link)
    }
}

impl ChildSide {
    /// The descriptors that the child keeps.
    pub(crate) fn kept(&self) -> Kept {
        let number = |fd: &Option<PrivateFd>| fd.as_ref().map(PrivateFd::number);
        [
            Some(self.link.number()),
            number(&self.life_line),
            number(&self.stdin),
            number(&self.stdout),
            number(&self.stderr),
        ]
    }

    /// In the child, with all signals blocked: makes all of it the child's own, and gives its link.
    pub(crate) fn settle(mut self) -> Link {
        sys::reset_signal_handlers();
        let others_than = self.closes_others.then(|| self.lasting());
        // None can fail: these ends are open, and their numbers are below every limit.
        replace_stream(self.stdin, libc::STDIN_FILENO);
        replace_stream(self.stdout, libc::STDOUT_FILENO);
        replace_stream(self.stderr, libc::STDERR_FILENO);
        if let Some(lasting) = others_than {
            sys::close_all_but(lasting);
        }
        if let Some(end) = self.life_line {
            life_line::arm(inherited(end));
        }
        name_process(&self.name);
        sys::unblock_signals();
        self.link.inherit();
        Link::with_buffers(self.link, self.buffers)
    }
}

impl ChildSide {
    /// The descriptors, beside the standard streams, that the child keeps for its whole life.
    fn lasting(&self) -> [RawFd; 2] {
        let link = self.link.number();
        let life_line = self.life_line.as_ref().map(PrivateFd::number);
        [link, life_line.unwrap_or(link)]
    }
}

fn replace_stream(by: Option<PrivateFd>, stream: RawFd) {
    if let Some(fd) = by.map(inherited) {
        let _ = fd.get().map(|fd| sys::replace_stream(fd, stream));
    }
}

fn inherited(mut fd: PrivateFd) -> PrivateFd {
    fd.inherit();
    fd
}

/// As many bytes as the kernel keeps, and a zero; in place, as what a child would free of its parent's heap costs it a copy of
/// a page.
type ShortName = [u8; 16];

fn short_name(name: &str) -> ShortName {
    let mut short = [0; 16];
    let bytes = name.bytes().filter(|byte| *byte != 0).take(15);
    short
        .iter_mut()
        .zip(bytes)
        .for_each(|(to, from)| *to = from);
    short
}

/// Names the process, in its first thread.
pub(crate) fn set_process_name(name: &str) {
    name_process(&short_name(name));
}

/// An empty name is none.
fn name_process(name: &ShortName) {
    if let Ok(name) = CStr::from_bytes_until_nul(name)
        && !name.is_empty()
    {
        sys::set_thread_name(name);
    }
}

/// `None` if somebody else has reaped the child already: a `waitpid(-1)` elsewhere, or an ignored SIGCHLD.
fn open_pidfd(pid: u32) -> io::Result<Option<PrivateFd>> {
    match PrivateFd::open(|| sys::pidfd_open(pid)) {
        // Then another process may have the pid by now. It must be neither watched nor killed.
        Ok(pidfd) => Ok(is_our_child(Whom::Pidfd(pidfd.get()?)).then_some(pidfd)),
        Err(_) if !is_our_child(Whom::Pid(pid)) => Ok(None),
        Err(error) => {
            end_unwatched(pid);
            Err(error)
        }
    }
}

fn is_our_child(whom: Whom<'_>) -> bool {
    sys::wait(whom, libc::WEXITED | libc::WNOHANG | libc::WNOWAIT).is_ok()
}

/// A child that cannot be watched, for want of a descriptor, must not run.
pub(crate) fn end_unwatched(pid: u32) {
    // Both fail only if the child is gone.
    let _ = signal::kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
    let _ = sys::wait(Whom::Pid(pid), libc::WEXITED);
}
