//! What a child needs, made before the fork, so that after it nothing can fail for want of it.

use std::ffi::CString;
use std::io;
use std::os::fd::RawFd;

use nix::sys::prctl;
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use crate::fork_now;
use crate::life_line::LifeLine;
use crate::link::{self, Link};
use crate::output::{Output, Redirect};
use crate::private_fd::PrivateFd;
use crate::sys::{self, Whom};
use crate::{Child, Exit};

/// Everything on both sides of a fork to come.
pub(crate) struct Prepared {
    name: String,
    link: Link,
    child_socket: PrivateFd,
    life_line: Option<LifeLine>,
    stdout: Redirect,
    stderr: Redirect,
}

impl Prepared {
    pub(crate) fn new(
        name: String,
        stdout: Output,
        stderr: Output,
        outlives_parent: bool,
    ) -> io::Result<Prepared> {
        let (link, child_socket) = link::pair()?;
        let life_line = match outlives_parent {
            true => None,
            false => Some(LifeLine::new()?),
        };
        Ok(Prepared {
            name,
            link,
            child_socket,
            life_line,
            stdout: Redirect::prepare(stdout)?,
            stderr: Redirect::prepare(stderr)?,
        })
    }

    /// The descriptor numbers that the child keeps.
    pub(crate) fn kept(&self) -> Vec<RawFd> {
        let socket = Some(self.child_socket.number());
        let life_line = self.life_line.as_ref().map(LifeLine::kept);
        let redirects = [self.stdout.kept(), self.stderr.kept()];
        let kept = [socket, life_line].into_iter().chain(redirects);
        kept.flatten().collect()
    }

    pub(crate) fn in_parent(self, pid: u32) -> io::Result<(Child, Link)> {
        let pidfd = open_pidfd(pid)?;
        let child = Child {
            pid,
            name: self.name,
            exit: pidfd.is_none().then_some(Exit::Unknown),
            pidfd,
            life_line: self.life_line.map(LifeLine::into_parent_end),
            stdout: self.stdout.into_captured(),
            stderr: self.stderr.into_captured(),
        };
        Ok((child, self.link))
    }

    /// In the child, with all signals blocked.
    pub(crate) fn in_child(self) -> Link {
        sys::reset_signal_handlers(&KEPT_HANDLERS);
        if let Some(life_line) = self.life_line {
            life_line.arm();
        }
        // Neither can fail: both ends are open, and their numbers are below every limit.
        let _ = self.stdout.onto_stdout();
        let _ = self.stderr.onto_stderr();
        name_this_process(&self.name);
        fork_now::unblock_signals();
        Link::over(self.child_socket.inherit())
    }
}

/// Rust's own handlers, which tell a stack overflow from another fault, stay.
const KEPT_HANDLERS: [i32; 2] = [libc::SIGSEGV, libc::SIGBUS];

/// The kernel keeps 15 bytes.
fn name_this_process(name: &str) {
    if name.is_empty() {
        return;
    }
    let bytes = name.bytes().filter(|byte| *byte != 0).take(15);
    let _ = CString::new(bytes.collect::<Vec<u8>>()).map(|name| prctl::set_name(&name));
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
fn end_unwatched(pid: u32) {
    // Both fail only if the child is gone.
    let _ = signal::kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
    let _ = sys::wait(Whom::Pid(pid), libc::WEXITED);
}
