//! Forking with discipline.
//!
//! What is done around the fork, and why:
//!
//! - stdout and stderr are flushed and locked, so that the child neither inherits half a line nor a
//!   lock whose holder does not exist there;
//! - no other thread is inside the program's panic hook, which may hold locks of its own;
//! - signals are blocked until the child has given them their default actions;
//! - the ends of all links and pipes of the parent are closed in the child, so that the end of a
//!   stream always means that its writer is gone;
//! - the child's body runs inside `catch_panic` and leaves through `_exit`: it never unwinds into
//!   the parent's frames, runs no destructor and no `atexit` handler of the parent, and flushes no
//!   buffer of the parent a second time;
//! - a pipe whose write end only the parent holds is set to kill the child at hang-up. PR_SET_PDEATHSIG
//!   would not do: it fires when the forking *thread* ends.

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{self, SigSet, SigmaskHow, Signal};
use nix::sys::wait;
use nix::unistd::Pid;

use crate::creator::{self, PrivateFd, PrivateFds};
use crate::link::{self, Link};
use crate::output::{Output, Redirect};
use crate::sys::{self, Side};
use crate::{Child, Error, Exit, Result, catch_panic, panic};

/// The exit code of a child whose body panicked, as that of a panicking Rust program.
pub const PANICKED: i32 = 101;

/// Forks this process to run a closure in the copy. A builder.
///
/// # What the child may do
///
/// The child is a copy of the calling *thread* alone, with all of the process's memory. It may use
/// whatever that thread could reach: borrowed data, `Rc`s, open files. It may allocate, print and
/// start threads (glibc's allocator is made ready for that). It must not wait for anything that
/// another thread of the parent would have done: a lock that one held at the fork stays locked, a
/// thread pool of the parent (rayon's global one, an async runtime) has no threads in the child.
/// Open files share their position with the parent's.
///
/// # Example
///
/// ```
/// use manyways_process::Fork;
///
/// let numbers = vec![1, 2, 3]; // inherited, not sent
/// let (mut child, mut link) = Fork::new().spawn(|link| {
///     let factor: i32 = link.recv().unwrap();
///     link.send(&numbers.iter().map(|n| n * factor).collect::<Vec<_>>()).unwrap();
/// })?;
/// link.send(&10)?;
/// assert_eq!(link.recv::<Vec<i32>>()?, [10, 20, 30]);
/// assert!(child.wait()?.success());
/// # Ok::<(), manyways_process::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Fork {
    name: String,
    stdout: Output,
    stderr: Output,
    outlives_parent: bool,
}

impl Fork {
    /// A child that writes where its parent writes, and dies with it.
    #[must_use]
    pub fn new() -> Fork {
        Fork::default()
    }

    /// Names the process: for `ps` and `top` (the first 15 bytes), and for [`Child::name`].
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Fork {
        self.name = name.into();
        self
    }

    /// Where standard output goes.
    #[must_use]
    pub fn stdout(mut self, output: Output) -> Fork {
        self.stdout = output;
        self
    }

    /// Where standard error goes.
    #[must_use]
    pub fn stderr(mut self, output: Output) -> Fork {
        self.stderr = output;
        self
    }

    /// Lets the child live on when its parent ends. Dropping its [`Child`] still kills it.
    #[must_use]
    pub fn outlive_parent(mut self) -> Fork {
        self.outlives_parent = true;
        self
    }

    /// Forks; the child runs `body` and ends. It exits with code 0 when the body returns, and with
    /// [`PANICKED`] when the body panics: then the report goes over the link, and the parent's next
    /// receive has it as [`Error::panic_report`].
    ///
    /// The parent's copy of `body` is dropped. Costs one fork: time grows with the memory that the
    /// process has touched (about 0.1 ms for a small program, 1 ms for 64 MiB).
    ///
    /// # Errors
    ///
    /// When the system has no room for another process or open file. Nothing is left behind then.
    pub fn spawn<F: FnOnce(&mut Link)>(self, body: F) -> Result<(Child, Link)> {
        panic::install_hook();
        let one_fork = creator::one_fork_at_a_time();
        let prepared = Prepared::new(self);
        let prepared = prepared.map_err(|error| Error::system("prepare a fork", error))?;
        match fork_now().map_err(|error| Error::system("fork a process", error))? {
            Side::Parent(pid) => {
                let child = prepared.in_parent(pid);
                child.map_err(|error| Error::system("open a handle of a forked process", error))
            }
            Side::Child => {
                let link = prepared.in_child();
                drop(one_fork);
                run_body(link, body)
            }
        }
    }
}

/// Forks, and in the child closes the descriptors that it must not keep. Signals stay blocked there.
fn fork_now() -> io::Result<Side> {
    with_quiet_streams(|| {
        let mut fds = PrivateFds::lock();
        let mask = block_signals();
        let side = sys::fork();
        if matches!(side, Ok(Side::Child)) {
            fds.close_in_child();
        } else {
            restore_signals(mask.as_ref());
        }
        side
    })
}

/// All that a child needs, made before the fork, so that after it nothing can fail for want of it.
struct Prepared {
    name: String,
    link: Link,
    child_socket: OwnedFd,
    /// The child's end and the parent's end.
    life_line: Option<(OwnedFd, PrivateFd)>,
    stdout: Redirect,
    stderr: Redirect,
}

impl Prepared {
    fn new(fork: Fork) -> io::Result<Prepared> {
        let (link, child_socket) = link::pair()?;
        let life_line = match fork.outlives_parent {
            true => None,
            false => {
                let (read, write) = io::pipe()?;
                Some((OwnedFd::from(read), PrivateFd::new(write.into())))
            }
        };
        let stdout = Redirect::prepare(fork.stdout)?;
        let stderr = Redirect::prepare(fork.stderr)?;
        Ok(Prepared {
            name: fork.name,
            link,
            child_socket,
            life_line,
            stdout,
            stderr,
        })
    }

    fn in_parent(self, pid: u32) -> io::Result<(Child, Link)> {
        // Our child is not reaped yet, so the pid is still its own.
        let (pidfd, exit) = match sys::pidfd_open(pid) {
            Ok(pidfd) => (Some(PrivateFd::new(pidfd)), None),
            // Unless somebody else has reaped it already.
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => (None, Some(Exit::Unknown)),
            Err(error) => {
                end_unwatched(pid);
                return Err(error);
            }
        };
        let child = Child {
            pid,
            name: self.name,
            pidfd,
            exit,
            life_line: self.life_line.map(|(_, parent_end)| parent_end),
            stdout: self.stdout.into_captured(),
            stderr: self.stderr.into_captured(),
        };
        Ok((child, self.link))
    }

    fn in_child(self) -> Link {
        sys::reset_signal_handlers(&KEPT_HANDLERS);
        if let Some((pipe, parent_end)) = self.life_line {
            die_at_hangup(&pipe);
            std::mem::forget(PrivateFd::new(pipe)); // Open to the end, but not in our own children.
            drop(parent_end); // The parent's; does nothing here.
        }
        // What cannot be redirected stays where it was: better than to lose the child for it.
        let _ = self
            .stdout
            .onto_stdout()
            .and_then(|()| self.stderr.onto_stderr());
        if !self.name.is_empty() {
            let name = self
                .name
                .bytes()
                .filter(|byte| *byte != 0)
                .take(15)
                .collect::<Vec<u8>>();
            let _ = std::ffi::CString::new(name).map(|name| prctl::set_name(&name));
        }
        restore_signals(Some(&SigSet::empty()));
        Link::over(PrivateFd::new(self.child_socket))
    }
}

/// A child that cannot be watched, for want of a descriptor, must not run.
fn end_unwatched(pid: u32) {
    let pid = Pid::from_raw(pid.cast_signed());
    // Both fail only if the child is gone.
    let _ = signal::kill(pid, Signal::SIGKILL);
    let _ = wait::waitpid(pid, None);
}

/// Rust's own handlers, which tell a stack overflow from another fault, stay.
const KEPT_HANDLERS: [i32; 2] = [libc::SIGSEGV, libc::SIGBUS];

fn die_at_hangup(pipe: &OwnedFd) {
    let armed = sys::kill_me_at_hangup(pipe.as_fd());
    // The parent may have died before; then nothing will ever signal.
    let mut polled = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    let gone = poll(&mut polled, PollTimeout::ZERO).is_ok_and(|ready| ready > 0);
    if gone || armed.is_err() {
        sys::exit_now(PANICKED);
    }
}

/// Runs `fork` while this thread holds the locks of the standard streams, both flushed, and while no
/// other thread is inside the panic hook.
fn with_quiet_streams<T>(fork: impl FnOnce() -> T) -> T {
    loop {
        let mut stdout = io::stdout().lock();
        let mut stderr = io::stderr().lock();
        // The hook of a panicking thread may want these locks, so do not wait for it holding them.
        let Some(_gate) = panic::close_hook_gate() else {
            drop((stdout, stderr));
            std::thread::yield_now();
            continue;
        };
        // A closed standard stream is the program's affair, not a reason not to fork.
        let _ = stdout.flush().and_then(|()| stderr.flush());
        return fork();
    }
}

fn block_signals() -> Option<SigSet> {
    SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK).ok()
}

fn restore_signals(mask: Option<&SigSet>) {
    if let Some(mask) = mask {
        let _ = mask.thread_set_mask();
    }
}

fn run_body<F: FnOnce(&mut Link)>(mut link: Link, body: F) -> ! {
    let code = match catch_panic(|| body(&mut link)) {
        Ok(()) => 0,
        Err(report) => {
            // A parent that is gone needs no report. The body may have made the link non-blocking.
            let _ = link
                .set_nonblocking(false)
                .and_then(|()| link.send_panic(&report));
            PANICKED
        }
    };
    leave(code)
}

/// Ends a forked child: flushes what it wrote to stdout, then `_exit`. Unlike `std::process::exit` it
/// runs no `atexit` handler and flushes no C buffer that was inherited from the parent.
pub fn leave(code: i32) -> ! {
    let _ = catch_panic(|| io::stdout().flush());
    sys::exit_now(code)
}
