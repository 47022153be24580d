//! Callables that run in background processes.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::connect::connect_persistent;
use super::launch::{BackgroundProcess, Launch, launch};
use crate::callable::Callable;
use crate::error::Result;
use crate::pool::{PoolOwner, SharedPool, open};

/// A callable that runs in a background process: one that goes on when the program that started it has
/// ended, and keeps its results until a program fetches them, perhaps much later, with a
/// [`BackgroundQueue`](crate::BackgroundQueue).
///
/// ```
/// use pprocess::{BackgroundCallable, BackgroundQueue, MakeParallel};
/// # let folder = tempfile::tempdir().unwrap();
/// # let address = folder.path().join("task.socket");
///
/// let answer = BackgroundCallable::new(&address, MakeParallel::new(|x: u32| 6 * x));
/// answer.call(7)?;
///
/// // Later, in another program:
/// let results = BackgroundQueue::<u32>::connect(&address)?;
/// assert_eq!(results.collect::<Result<Vec<_>, _>>()?, [42]);
/// # Ok::<(), pprocess::Error>(())
/// ```
///
/// # What it is
///
/// Two processes: one runs the callable; the other, its supervisor, owns the socket file, keeps what the
/// first has sent and knows how it ended. Both are in a session of their own and children of init, read
/// nothing and write nowhere (see [`output`](Self::output)). They inherit the open files and the
/// memory of the program as every forked process does.
///
/// # Who may connect
///
/// Processes of the same user: the socket file has mode 0600, and each side asks the kernel for the other
/// side's user before it reads a byte.
///
/// # How much it keeps
///
/// Up to 1024 messages or 64 MiB, whichever comes first; a single message may be larger. Beyond that the
/// callable waits in `send`. A message is kept until a client has received it, and sent again to the next
/// client if the first went away before; so one may come twice to programs that die between receiving and
/// acknowledging, and none is lost.
///
/// # How it ends
///
/// When all has been fetched: the processes end and the file is removed. A panic or a death of the
/// callable is kept like a result, for the first client. If the supervisor is killed, the callable is
/// killed with it; who connects then is told that the process died. What nobody fetches is kept for ever,
/// as in the original, unless a [`lifetime`](Self::lifetime) is set.
pub struct BackgroundCallable<C> {
    callable: C,
    launch: Launch,
}

impl<C> BackgroundCallable<C> {
    /// Will run `callable` (a [`MakeParallel`](crate::MakeParallel), or a function of a channel and
    /// arguments) at `address`: the path of a socket file that does not exist yet.
    pub fn new(address: impl AsRef<Path>, callable: C) -> BackgroundCallable<C> {
        BackgroundCallable {
            callable,
            launch: Launch::at(address.as_ref()),
        }
    }

    /// Ends the process, whatever it is doing, and removes the socket file, when no client has been
    /// connected for so long: since its start, or since the last one left.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.launch.lifetime = Some(lifetime);
        self
    }

    /// Where the standard output and the standard error of the process go. Without a file, nowhere: a
    /// pipe of the program's own would stay open as long as the process lives.
    #[must_use]
    pub fn output(mut self, file: File) -> Self {
        self.launch.output = Some(file);
        self
    }

    /// Starts the process. When this returns, it can be connected to, and does not depend on this
    /// program any more.
    ///
    /// # Errors
    ///
    /// `is_in_use` if a background process lives at the address (the socket file of a dead one is
    /// replaced). An error also when the path is longer than the 107 bytes that a socket's may have, is a
    /// file of another kind, or cannot be made; and when the system has no room for the processes.
    pub fn call<A, R>(&self, arguments: A) -> Result<BackgroundProcess>
    where
        C: Callable<A, R>,
    {
        launch(&self.launch, |channel| {
            self.callable.run(channel, arguments);
        })
    }
}

/// A callable that runs in a background process, with its results in a queue or an exchange of this
/// program, and, should the program end before, of a later one. Made by
/// [`Queue::manage_persistent`](crate::Queue::manage_persistent) and
/// [`Exchange::manage_persistent`](crate::Exchange::manage_persistent).
pub struct PersistentCallable<'a, A, R, S = ()> {
    pool: SharedPool<'a, R, S>,
    address: PathBuf,
    callable: Box<dyn Callable<A, R, S> + 'a>,
}

impl<'a, A, R: DeserializeOwned + 'a, S: DeserializeOwned + 'a> PersistentCallable<'a, A, R, S> {
    pub(crate) fn new(
        pool: &PoolOwner<'a, R, S>,
        address: &Path,
        callable: impl Callable<A, R, S> + 'a,
    ) -> PersistentCallable<'a, A, R, S> {
        PersistentCallable {
            pool: pool.share(),
            address: address.to_owned(),
            callable: Box::new(callable),
        }
    }

    /// Starts the background process and connects the queue or exchange to it. An address serves one
    /// process at a time, so call again only when the results have been fetched.
    ///
    /// # Errors
    ///
    /// As [`BackgroundCallable::call`] and [`connect_persistent`]; or when the queue or exchange is gone.
    pub fn call(&self, arguments: A) -> Result<BackgroundProcess> {
        let mut pool = open(&self.pool)?;
        let started = launch(&Launch::at(&self.address).connects(), |channel| {
            self.callable.run(channel, arguments);
        })?;
        pool.add(connect_persistent(&self.address)?);
        Ok(started)
    }
}

impl<C> fmt::Debug for BackgroundCallable<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackgroundCallable")
            .field("launch", &self.launch)
            .finish_non_exhaustive()
    }
}

impl<A, R, S> fmt::Debug for PersistentCallable<'_, A, R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersistentCallable")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
