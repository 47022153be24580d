//! Forking with discipline.
//!
//! What is done around the fork, and why:
//!
//! - stdout and stderr are flushed and locked, so that the child neither inherits half a line nor a
//!   lock whose holder does not exist there (`fork_now`);
//! - no other thread is inside the program's panic hook, which may hold locks of its own (`hook_gate`);
//! - signals are blocked until the child has given them their default actions;
//! - the ends of all links and pipes of the parent are closed in the child, so that the end of a
//!   stream always means that its writer is gone (`private_fd`);
//! - a pipe whose write end only the parent holds kills the child at hang-up (`life_line`);
//! - the child's body runs inside `catch_panic` and leaves through `_exit`: it never unwinds into
//!   the parent's frames, runs no destructor and no `atexit` handler of the parent, and flushes no
//!   buffer of the parent a second time.

use std::io;

use crate::backtrace::begin_forked_body;
use crate::output::Output;
use crate::prepared::Prepared;
use crate::sys::Side;
use crate::{Child, Detached, Error, Link, Result, catch_panic, detached, fork_now, leave, panic};

/// The exit code of a child whose body panicked, as that of a panicking Rust program.
pub const PANICKED: i32 = 101;

/// Forks this process to run a closure in the copy. A builder.
///
/// # What the child may do
///
/// The child is a copy of the calling *thread* alone, with all of the process's memory. It may use
/// whatever that thread could reach: borrowed data, `Rc`s, open files, whose position it shares. It may
/// allocate, print, panic, start threads, fork, and run programs.
///
/// It must not wait for anything that another thread of the parent would have done: a lock that one
/// held at the fork stays locked, a thread pool of the parent (rayon's global one, an async runtime) has
/// no threads in the child. Locks of this crate, of stdout and stderr, of the allocator (glibc, or musl
/// 1.2.2 and later) and of panics are taken care of. Not taken care of are those inside the standard
/// library that have no outside: a thread of the parent that starts or ends, sets an environment
/// variable or changes the panic hook in the very moment of the fork may keep the child from the same.
///
/// Random generators go on from the same state in both processes: seed them again where that matters.
///
/// # When the child dies with its parent
///
/// However the parent ends, and whatever the child does: it may be stopped or block all signals. This
/// ends when the child runs another program by `exec`, or closes descriptors that are not its own.
/// [`renew_life_line`](crate::renew_life_line) says what to do about changed users. Processes that the
/// child itself starts by other means than this crate are their own affair. What copies the parent past
/// the C library, by the bare system call, holds the copy of what should end with the parent.
///
/// # Where not to fork
///
/// - In a signal handler: this crate takes locks and allocates.
/// - In a panic hook a fork works, but a panic in that child aborts it.
/// - While another thread keeps the lock of stdout or stderr for long: the fork waits for it. A thread that
///   prints for all others should take the lock for each line, not for its life.
/// - While holding the lock of stderr, if other threads take it while they hold that of stdout: a fork
///   locks first stdout, then stderr. Holding stdout is harmless to the fork; but it stays locked in the
///   child, to the threads that the child starts.
///
/// # Why this is safe to call
///
/// Memory is copied as at one moment of all threads, and a thread that does not exist is one that never
/// runs again, which Rust allows for. The stack that `body` borrows from is never left in the child. What
/// the copy of a resource must not do, only its owner can know: objects of this crate refuse in another
/// process, and an object of another library that shares memory or a device with the kernel (a ring, a
/// GPU context) should not be used in the child unless that library says so.
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
    pub(crate) name: String,
    pub(crate) stdout: Output,
    pub(crate) stderr: Output,
    pub(crate) null_stdin: bool,
    pub(crate) outlives_parent: bool,
    pub(crate) closes_others: bool,
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

    /// Gives the child an empty standard input. Else it shares its parent's, and the two take each other's lines away.
    #[must_use]
    pub fn null_stdin(mut self) -> Fork {
        self.null_stdin = true;
        self
    }

    /// Closes, in the child, every open file that is not its link or a standard stream.
    ///
    /// A child keeps the parent's open files, and while it lives nobody sees their end: the reader of a pipe waits on, a
    /// port stays taken, a lock stays held. With this it keeps none, whoever opened them. What `body` has
    /// captured of open files is closed too; it must neither use nor drop it.
    #[must_use]
    pub fn close_other_files(mut self) -> Fork {
        self.closes_others = true;
        self
    }

    /// Forks; the child runs `body` and ends. It exits with code 0 when the body returns, and with
    /// [`PANICKED`] when the body panics: then the report goes over the link, and the parent's next
    /// receive has it as [`Error::panic_report`].
    ///
    /// The parent's copy of `body` is dropped. Costs one fork, whose time grows with the memory that the
    /// process has touched (about 0.2 ms for a small program, 1 ms for 64 MiB), and 80 other system calls, of
    /// which 60 ask the child for its signal handlers. Five descriptors during the call, three after it.
    ///
    /// # Errors
    ///
    /// When the system has no room for another process or open file. Nothing is left behind then.
    pub fn spawn<F: FnOnce(&mut Link)>(self, body: F) -> Result<(Child, Link)> {
        let Prepared { parent, child } = self.prepare()?;
        match fork_now::fork(child.kept()).map_err(fork_failed)? {
            Side::Parent(pid) => parent.of(pid).map_err(handle_failed),
            // What is the parent's is left alone, not even freed: every page of memory that the child
            // writes to is copied, and every far function that it calls is mapped, at 1 to 2 us each.
            Side::Child => leave(run(child.settle(), body)),
        }
    }

    /// Forks a background process that is no child of this one: it is forked twice, so that the system's first process
    /// reaps it, and it never stays here as a zombie. It has a session of its own (no terminal, no Ctrl-C, no
    /// hang-up), reads nothing from standard input, and outlives this process.
    ///
    /// [`Detached`] watches it; dropping that ends nothing. Costs two forks and two messages.
    ///
    /// ```
    /// use manyways_process::Fork;
    ///
    /// let (mut process, mut link) = Fork::new().spawn_detached(|link| {
    ///     link.send(&"still here").unwrap();
    ///     let _ = link.recv::<()>(); // until the other side has gone
    /// })?;
    /// assert_eq!(link.recv::<String>()?, "still here");
    /// assert!(process.is_alive()?);
    /// drop(link);
    /// process.wait()?;
    /// # Ok::<(), manyways_process::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    pub fn spawn_detached<F: FnOnce(&mut Link)>(mut self, body: F) -> Result<(Detached, Link)> {
        self.outlives_parent = true;
        self.null_stdin = true;
        let Prepared { parent, child } = self.prepare()?;
        match fork_now::fork(child.kept()).map_err(fork_failed)? {
            Side::Parent(pid) => {
                let (intermediate, link) = parent.of(pid).map_err(handle_failed)?;
                detached::meet(intermediate, link)
            }
            Side::Child => {
                detached::leave_family();
                leave(run(child.settle(), |link| {
                    if detached::introduce(link) {
                        body(link);
                    }
                }))
            }
        }
    }

    fn prepare(self) -> Result<Prepared> {
        panic::install_hook();
        Prepared::new(self).map_err(|error| Error::system("prepare a fork", error))
    }
}

fn fork_failed(error: io::Error) -> Error {
    Error::system("fork a process", error)
}

fn handle_failed(error: io::Error) -> Error {
    Error::system("open a handle of a forked process", error)
}

/// A child's life, but for its end: gives the code to exit with.
pub(crate) fn run<F: FnOnce(&mut Link)>(mut link: Link, body: F) -> i32 {
    let code = match catch_panic(|| begin_forked_body(|| body(&mut link))) {
        Ok(()) => 0,
        Err(report) => {
            // A parent that is gone needs no report. The body may have made the link non-blocking.
            let _ = link.set_nonblocking(false);
            let _ = link.send_panic(&report);
            PANICKED
        }
    };
    // Before anything that may take its time, such as a flush.
    link.end();
    code
}
