//! A process with what it returns.

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

use manyways_wire::task::Task;
use serde::{Serialize, de::DeserializeOwned};

use super::context::Context;
use super::error::{JoinError, Reason, StartError, Why};
use super::family::{self, Family, Identity};
use super::handle::{End, ProcessHandle, Remains};
use super::job::Job;
use super::start_method::StartMethod;

/// A process: a closure or a registered function that runs in it, and what it returns.
///
/// ```
/// use multiprocessing::Process;
///
/// let words = vec!["inherited", "not sent"];
/// let mut process = Process::new(|| words.join(", ")).name("joiner");
/// process.start()?;
/// assert_eq!(process.join()?, "inherited, not sent");
/// assert_eq!(process.exitcode()?, Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Its end
///
/// | the process | exit code | [`join`](Self::join) gives |
/// |---|---|---|
/// | returns | 0 | the value |
/// | panics | 1; the panic is printed on stderr | the panic with place and backtrace |
/// | calls [`exit`](crate::exit) | that code, lowest eight bits | an error with the code; `()` for code 0 |
/// | is killed by a signal | the signal's number, negative | an error that names the signal |
/// | returns what cannot be encoded | 0 | an error with the reason |
///
/// No process outlives the one that started it, however that ends. Where Python leaves orphans, here the kernel kills
/// them. So a program waits for its processes, by joins, or all at once by [`shutdown`](crate::shutdown) or
/// [`run_main`](crate::run_main). Dropping a `Process` ends nothing; one that has not ended by then is reaped by the next start,
/// by [`active_children`](crate::active_children) or at the program's end, as in Python.
///
/// Where Python's child waits for the threads that it has started, here they end with it, as in all programs of Rust; join
/// them, or have an [`at_exit`](crate::at_exit) hook do so. Standard input is empty.
pub struct Process<'a, T> {
    name: String,
    daemon: bool,
    path: Vec<u32>,
    /// That of the process that made it.
    family: &'static Family,
    state: State<'a>,
    value: PhantomData<fn() -> T>,
}

enum State<'a> {
    New(Job<'a>),
    Started(Started),
    Closed,
}

/// The handle of a process that nobody may ask after any more once this is dropped: if it has ended by then, it is reaped.
struct Started(ProcessHandle);

impl Drop for Started {
    fn drop(&mut self) {
        // In a process that did not start it there is nothing to reap.
        let _ = self.0.is_alive();
    }
}

impl<'a, T: Serialize + DeserializeOwned> Process<'a, T> {
    /// A process that will run `body`, by fork: it inherits all that the closure has captured and everything else. Nothing is
    /// sent but the returned value. Borrowed data may be captured.
    ///
    /// What a forked child may not do, [`StartMethod`] says.
    pub fn new<F: FnOnce() -> T + 'a>(body: F) -> Process<'a, T> {
        Process::with_job(Job::of_closure(body))
    }
}

impl<T: Serialize> Process<'static, T> {
    /// A process that will call `task` with `arguments`, started as [`get_start_method`](crate::get_start_method) says; see
    /// [`Context::process`].
    pub fn task<A, F>(task: F, arguments: A) -> Process<'static, T>
    where
        A: Serialize + DeserializeOwned + 'static,
        F: Task<A, Output = T>,
    {
        Context::current().process(task, arguments)
    }

    pub(super) fn of_task<A, F>(method: StartMethod, task: F, arguments: A) -> Process<'static, T>
    where
        A: Serialize + DeserializeOwned + 'static,
        F: Task<A, Output = T>,
    {
        Process::with_job(Job::of_task(method, task, arguments))
    }
}

impl<'a, T> Process<'a, T> {
    fn with_job(job: Job<'a>) -> Process<'a, T> {
        let family = family::state();
        let path = family.next_path();
        Process {
            name: family::default_name(&path),
            daemon: false,
            path,
            family,
            state: State::New(job),
            value: PhantomData,
        }
    }

    /// Names it; by default "Process-1" and so on, and "Process-1:1" the first child of that one. Must be done before the
    /// start.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Process<'a, T> {
        self.name = name.into();
        self
    }

    /// Makes it a daemon, or none: the program's end does not wait for a daemon but ends it, and a daemon may have no
    /// children. Must be done before the start.
    #[must_use]
    pub fn daemon(mut self, daemon: bool) -> Process<'a, T> {
        self.daemon = daemon;
        self
    }

    /// Its name.
    #[must_use]
    pub fn get_name(&self) -> &str {
        &self.name
    }

    /// Whether it is a daemon.
    #[must_use]
    pub fn is_daemon(&self) -> bool {
        self.daemon
    }

    /// Its process id; `None` before the start.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        match &self.state {
            State::Started(Started(handle)) => Some(handle.pid()),
            State::New(_) | State::Closed => None,
        }
    }

    /// Starts it. Children that have ended are reaped on the way.
    ///
    /// # Errors
    ///
    /// See the predicates of [`StartError`]. It may be tried again, unless it was started before.
    pub fn start(&mut self) -> Result<(), StartError> {
        let family = family::state();
        family.active();
        let failed = |why| StartError::new(&self.name, why);
        if !matches!(self.state, State::New(_)) {
            return Err(failed(Why::AlreadyStarted));
        }
        if !std::ptr::eq(self.family, family) {
            return Err(failed(Why::Foreign));
        }
        if family.is_daemon() {
            return Err(failed(Why::Daemonic));
        }
        let identity = self.identity().map_err(failed)?;
        let State::New(job) = &mut self.state else {
            return Err(failed(Why::AlreadyStarted));
        };
        let launched = job.launch(identity).map_err(failed)?;
        let handle = ProcessHandle::new(self.name.clone(), self.daemon, launched);
        let handle = handle.map_err(|error| failed(Why::System(error)))?;
        family.children.lock().push(handle.clone());
        self.state = State::Started(Started(handle));
        Ok(())
    }

    fn identity(&self) -> Result<Identity, Why> {
        let identity = self
            .family
            .child(self.name.clone(), self.daemon, self.path.clone());
        identity.map_err(|error| Why::System(io::Error::other(error)))
    }

    /// The process without the type of its value; `None` before the start.
    ///
    /// # Errors
    ///
    /// When it was not started, or closed.
    pub fn handle(&self) -> Result<&ProcessHandle, JoinError> {
        match &self.state {
            State::New(_) => Err(JoinError::new(&self.name, Reason::NotStarted)),
            State::Started(Started(handle)) => Ok(handle),
            State::Closed => Err(JoinError::new(&self.name, Reason::Closed)),
        }
    }

    /// As [`ProcessHandle::sentinel`].
    ///
    /// # Errors
    ///
    /// When it was not started, or closed, or in a process that did not start it.
    pub fn sentinel(&self) -> Result<BorrowedFd<'_>, JoinError> {
        self.handle()?.sentinel()
    }

    /// Whether it runs: not before the start, and not once it has ended.
    ///
    /// # Errors
    ///
    /// When it was closed, or in a process that did not start it.
    pub fn is_alive(&self) -> Result<bool, JoinError> {
        match &self.state {
            State::New(_) => Ok(false),
            _ => self.handle()?.is_alive(),
        }
    }

    /// As [`ProcessHandle::exitcode`]; `None` also before the start.
    ///
    /// # Errors
    ///
    /// When it was closed, or in a process that did not start it.
    pub fn exitcode(&self) -> Result<Option<i32>, JoinError> {
        match &self.state {
            State::New(_) => Ok(None),
            _ => self.handle()?.exitcode(),
        }
    }

    /// As [`ProcessHandle::terminate`].
    ///
    /// # Errors
    ///
    /// When it was not started, or closed, or in a process that did not start it.
    pub fn terminate(&self) -> Result<(), JoinError> {
        self.handle()?.terminate()
    }

    /// As [`ProcessHandle::kill`].
    ///
    /// # Errors
    ///
    /// As [`terminate`](Self::terminate).
    pub fn kill(&self) -> Result<(), JoinError> {
        self.handle()?.kill()
    }

    /// As [`ProcessHandle::interrupt`].
    ///
    /// # Errors
    ///
    /// As [`terminate`](Self::terminate).
    pub fn interrupt(&self) -> Result<(), JoinError> {
        self.handle()?.interrupt()
    }

    /// Gives up what it holds of the process: three descriptors, and the value. Every later call is an error but that for its
    /// name. Dropping does the same once the process has ended.
    ///
    /// # Errors
    ///
    /// While the process runs, or in a process that did not start it.
    pub fn close(&mut self) -> Result<(), JoinError> {
        if self.is_alive()? {
            return Err(JoinError::new(&self.name, Reason::Running));
        }
        self.state = State::Closed;
        Ok(())
    }
}

impl<T: DeserializeOwned> Process<'_, T> {
    /// Waits for its end and gives what it returned. A further join gives the same again: the value is kept, encoded, until
    /// this is dropped or closed.
    ///
    /// # Errors
    ///
    /// When it did not return, see the table above; see also the predicates of [`JoinError`].
    pub fn join(&self) -> Result<T, JoinError> {
        loop {
            if let Some(end) = self.handle()?.await_end(None)? {
                return self.value(&end);
            }
        }
    }

    /// Waits at most for `timeout`; `None` if it still runs then. With zero it only asks.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    pub fn join_timeout(&self, timeout: Duration) -> Result<Option<T>, JoinError> {
        let end = self.handle()?.await_end(Some(timeout))?;
        end.map(|end| self.value(&end)).transpose()
    }

    fn value(&self, end: &Arc<End>) -> Result<T, JoinError> {
        let pid = self.handle()?.pid();
        let failed = |reason| JoinError::new(&format!("{} (process {pid})", self.name), reason);
        match &end.remains {
            Remains::Value(value) => value.decode().map_err(|error| failed(Reason::Lost(error))),
            Remains::Failure(reason) => Err(failed(reason.clone())),
            // As the end of a Python function that returns nothing: it takes no byte.
            Remains::Nothing if end.exitcode == 0 => {
                manyways_wire::decode(&[]).map_err(|_| failed(Reason::Ended(0)))
            }
            Remains::Nothing => Err(failed(Reason::Ended(end.exitcode))),
        }
    }
}

impl<T> fmt::Debug for Process<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::New(_) => "initial".to_owned(),
            State::Closed => "closed".to_owned(),
            State::Started(_) => match self.exitcode() {
                Ok(None) => "started".to_owned(),
                Ok(Some(code)) => format!("stopped exitcode={code}"),
                Err(_) => "of another process".to_owned(),
            },
        };
        f.debug_struct("Process")
            .field("name", &self.name)
            .field("pid", &self.pid())
            .field("daemon", &self.daemon)
            .field("state", &format_args!("{state}"))
            .finish()
    }
}
