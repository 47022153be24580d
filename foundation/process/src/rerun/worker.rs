//! The child's side of a re-run.

use std::os::fd::{AsFd, OwnedFd};
use std::{fs, io, process};

use nix::unistd;

use super::{Orders, mark};
use crate::end::End;
use crate::fork::run;
use crate::private_fd::{PrivateFd, PrivateFds};
use crate::{Error, Link, PANICKED, Result, leave, life_line, output, panic, prepared, sys};

/// What a process is that was started by [`Rerun`](crate::Rerun).
#[derive(Debug)]
#[must_use = "a worker that does not run ends its parent's hope for it"]
pub struct Worker {
    link: Link,
}

/// To be called first in `main`, and before anything that the program does not want to happen in its workers too: `None`
/// in a program that somebody started, and the way on in one that was started as a worker in `role` by
/// [`Rerun`](crate::Rerun).
///
/// From this call on this process and its forked children may start such workers themselves.
///
/// ```
/// use manyways_process::{Rerun, worker};
///
/// // main:
/// if let Some(worker) = worker("doubler") {
///     worker.run(|link| {
///         let number: u64 = link.recv().unwrap();
///         link.send(&(2 * number)).unwrap();
///     });
/// }
/// let (mut child, mut link) = Rerun::new("doubler").spawn()?;
/// link.send(&21_u64)?;
/// assert_eq!(link.recv::<u64>()?, 42);
/// assert!(child.wait()?.success());
/// # Ok::<(), manyways_process::Error>(())
/// ```
///
/// A worker whose orders cannot be read, because its parent has died already, ends here.
pub fn worker(role: &'static str) -> Option<Worker> {
    PrivateFds::lock().roles.insert(role);
    if !mark::names(role) {
        return None;
    }
    match Worker::begin() {
        Ok(worker) => Some(worker),
        Err(error) => {
            // The parent's death is no news to anybody.
            if !error.is_closed() {
                eprintln!("process {}, started as a worker: {error}", process::id());
            }
            leave(PANICKED)
        }
    }
}

impl Worker {
    fn begin() -> Result<Worker> {
        panic::install_hook();
        let socket = take_stdin().map_err(|error| Error::system("take over the link", error))?;
        mark::remove();
        sys::keep_statuses_of_children();
        sys::unblock_signals();
        let mut link = Link::on(End::new(socket)).take_descriptors();
        let (orders, descriptors) = link.recv_with()?;
        follow(&orders, descriptors).map_err(|error| Error::system("follow its orders", error))?;
        Ok(Worker { link })
    }

    /// Runs the worker to its end: `body`, and then the end of the process, with the same exit codes and the same report
    /// of a panic as in [`Fork::spawn`](crate::Fork::spawn). As this is no copy of another process, it ends as programs do:
    /// by [`std::process::exit`], which calls what was registered by `atexit`.
    pub fn run(self, body: impl FnOnce(&mut Link)) -> ! {
        process::exit(run(self.link, body))
    }
}

/// The link lies where a careless program would read or print into it.
fn take_stdin() -> io::Result<PrivateFd> {
    let stdin = io::stdin();
    let socket = PrivateFd::open(|| stdin.as_fd().try_clone_to_owned())?;
    let null = output::private_null()?;
    unistd::dup2_stdin(null.get()?)?;
    Ok(socket)
}

fn follow(orders: &Orders, descriptors: Vec<OwnedFd>) -> io::Result<()> {
    let mut descriptors = descriptors.into_iter();
    let mut next = |present: bool| present.then(|| descriptors.next()).flatten();
    let life_line = next(orders.life_line);
    if let Some(stdout) = next(orders.stdout) {
        unistd::dup2_stdout(stdout)?;
    }
    if let Some(stderr) = next(orders.stderr) {
        unistd::dup2_stderr(stderr)?;
    }
    name_process(&orders.name);
    if let Some(life_line) = life_line {
        life_line::arm(PrivateFd::new(life_line));
    }
    Ok(())
}

/// Else it is called after the path by which it was run. In another thread than the first the way is a longer one.
fn name_process(name: &str) {
    if unistd::gettid() == unistd::getpid() {
        prepared::set_process_name(name);
    } else {
        let _ = fs::write("/proc/self/comm", name);
    }
}
