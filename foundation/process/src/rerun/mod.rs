//! Running this same program again, in place of forking it.
//!
//! The child begins at `main` with nothing inherited but its environment, its working directory and its standard output.
//! It needs no care about locks and threads of its parent, and costs the start of a program. How it comes to be a worker
//! and not the program once more:
//!
//! - its standard input is one end of the link, and a variable of its environment names that very socket (`mark`);
//! - its `main` calls [`worker`] first of all, which finds both, takes the link away from there, and never comes back
//!   (`worker`);
//! - the first message lies in the link before the child exists: its name, its output, its end of the life line. So the
//!   child dies with its parent even if it never reads it.

mod mark;
mod sys;
mod worker;

use std::ffi::{CStr, CString, OsString};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::{env, io};

use serde::{Deserialize, Serialize};

pub use self::worker::{Worker, worker};
use crate::output::{self, Output};
use crate::prepared::{ChildSide, ParentSide, Prepared, end_unwatched};
use crate::private_fd::{PrivateFd, PrivateFds};
use crate::{Child, Error, Fork, Link, Result, life_line, panic};

const RUN_AGAIN: &str = "run this program again";

/// This program, even if its file was replaced or removed meanwhile.
const THIS_PROGRAM: &CStr = c"/proc/self/exe";

/// Runs this program again as a worker. A builder.
///
/// The other side is [`worker`], which the program calls as the first line of `main`. Whatever is to be done goes over
/// the link. Nothing is inherited but the environment, the working directory, the standard output and error (unless
/// told otherwise) and such descriptors as are not close-on-exec. The arguments are those of this process, so a `main`
/// that looks at them first goes the same way again; standard input is empty. Signals are blocked until it has called
/// [`worker`].
///
/// The child dies with this process, as a forked one does, and its [`Child`] and [`Link`] are the same.
///
/// It can be used from any thread, whatever the other threads do.
#[derive(Debug)]
pub struct Rerun {
    role: &'static str,
    test: Option<String>,
    settings: Fork,
}

/// The first message of the link. The descriptors beside it stand in the order of the fields.
#[derive(Debug, Serialize, Deserialize)]
struct Orders {
    name: String,
    life_line: bool,
    stdout: bool,
    stderr: bool,
}

impl Rerun {
    /// A worker in `role`, by which several libraries in one program tell their workers apart: the name of the crate
    /// whose `init` calls [`worker`].
    #[must_use]
    pub fn new(role: &'static str) -> Rerun {
        Rerun {
            role,
            test: None,
            settings: Fork::new(),
        }
    }

    /// Names the process; see [`Fork::name`].
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Rerun {
        self.settings = self.settings.name(name);
        self
    }

    /// Where standard output goes, once the child has called [`worker`].
    #[must_use]
    pub fn stdout(mut self, output: Output) -> Rerun {
        self.settings = self.settings.stdout(output);
        self
    }

    /// Where standard error goes, once the child has called [`worker`].
    #[must_use]
    pub fn stderr(mut self, output: Output) -> Rerun {
        self.settings = self.settings.stderr(output);
        self
    }

    /// Lets the child live on when its parent ends. Dropping its [`Child`] still kills it.
    #[must_use]
    pub fn outlive_parent(mut self) -> Rerun {
        self.settings = self.settings.outlive_parent();
        self
    }

    /// This program is a test harness of the standard library, whose `main` calls no [`worker`]. The child shall run the
    /// test of this name alone (`module::test`), and that test calls it. What the harness prints by itself is dropped.
    #[must_use]
    pub fn in_test(mut self, name: impl Into<String>) -> Rerun {
        self.test = Some(name.into());
        self
    }

    /// Starts the child. It has its orders when it begins; nobody waits for it here.
    ///
    /// Costs the start of the program (0.5 to 1 ms) and about 25 system calls; three descriptors.
    ///
    /// # Errors
    ///
    /// [`is_uninitialised`](Error::is_uninitialised) if this program has not called [`worker`] in this role: the child
    /// would not either, and do the whole program's work again. When the system has no room for another process or
    /// open file, or no `/proc`. Nothing is left behind.
    pub fn spawn(self) -> Result<(Child, Link)> {
        if self.test.is_none() && !PrivateFds::lock().roles.contains(&self.role) {
            return Err(Error::uninitialised(RUN_AGAIN, self.role));
        }
        panic::install_hook();
        self.start()
            .map_err(|error| Error::system(RUN_AGAIN, error))
    }

    fn start(self) -> io::Result<(Child, Link)> {
        let name = process_name(&self.settings.name);
        let Prepared { mut parent, child } = Prepared::new(self.settings)?;
        give_orders(&mut parent, &child, name, self.test.is_some())?;
        let arguments = arguments(self.test.as_deref())?;
        let null = self.test.map(|_| output::private_null()).transpose()?;
        let stdin = child.link.as_fd()?;
        let (pid, pidfd) = sys::start(&sys::Program {
            path: THIS_PROGRAM,
            arguments: &arguments,
            variable: mark::of(self.role, stdin)?,
            stdin,
            stdout: null.as_ref().map(PrivateFd::get).transpose()?,
        })?;
        if let Some(life_line) = &child.life_line {
            // From here on the child dies with this process, though it has not yet read of it.
            let _ = life_line::own(life_line, pid.cast_signed());
        }
        let pidfd = PrivateFd::open(|| Ok(pidfd)).inspect_err(|_| end_unwatched(pid))?;
        let (child, link) = parent.with(pid, Some(pidfd));
        Ok((child, link.take_descriptors()))
    }
}

/// Puts the first message into the link, where it waits for the child.
fn give_orders(
    parent: &mut ParentSide,
    child: &ChildSide,
    name: String,
    in_test: bool,
) -> io::Result<()> {
    let own_stdout = io::stdout();
    let own_stdout = in_test.then(|| own_stdout.as_fd());
    let life_line = child.life_line.as_ref().map(|fd| fd.get()).transpose()?;
    let stdout = child.stdout.as_ref().map(|fd| fd.get()).transpose()?;
    let stdout = stdout.or(own_stdout);
    let stderr = child.stderr.as_ref().map(|fd| fd.get()).transpose()?;
    let orders = Orders {
        name,
        life_line: life_line.is_some(),
        stdout: stdout.is_some(),
        stderr: stderr.is_some(),
    };
    let descriptors: Vec<BorrowedFd<'_>> =
        [life_line, stdout, stderr].into_iter().flatten().collect();
    parent.link.send_first(&orders, &descriptors)
}

/// The given one, or that of the program.
fn process_name(given: &str) -> String {
    if !given.is_empty() {
        return given.to_owned();
    }
    let program = env::args_os().next().map(PathBuf::from);
    let name = program.as_deref().and_then(Path::file_name);
    name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Those of this program, or those by which a harness runs one test alone.
fn arguments(test: Option<&str>) -> io::Result<Vec<CString>> {
    let mut own = env::args_os();
    let program = own
        .next()
        .unwrap_or_else(|| OsString::from("/proc/self/exe"));
    let of_test = test.map(|name| {
        [
            name,
            "--exact",
            "--nocapture",
            "--include-ignored",
            "--test-threads=1",
        ]
        .map(OsString::from)
    });
    let arguments: Vec<OsString> = of_test.map_or_else(|| own.collect(), Vec::from);
    let arguments = [program].into_iter().chain(arguments);
    let arguments = arguments.map(|argument| CString::new(argument.into_vec()));
    Ok(arguments.collect::<Result<_, _>>()?)
}
