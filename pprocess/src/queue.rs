//! Results in the order of their arrival.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::Channel;
use crate::background::{PersistentCallable, connect_persistent};
use crate::callable::Callable;
use crate::error::Result;
use crate::managed::ManagedCallable;
use crate::pool::{Job, PoolOwner};
use crate::time::deadline;

/// Runs calls in processes and gives their results as they arrive.
///
/// ```
/// use pprocess::{MakeReusable, Queue};
///
/// let queue = Queue::new().limit(2).reuse(true);
/// let square = queue.manage(MakeReusable::new(|x: u32| (x, x * x)));
/// for x in 0..10 {
///     square.call(x)?;
/// }
/// for result in queue {
///     let (x, squared) = result?;
///     assert_eq!(squared, x * x);
/// }
/// # Ok::<(), pprocess::Error>(())
/// ```
///
/// Every call has one result; with [`continuous`](Queue::continuous) every process has as many as it
/// sends. A process that was killed or panicked leaves an error in the queue, which names its pid, its
/// end and its call. (In the original its results are missing, without a word.)
///
/// Iterating waits for the next result and starts calls that are waiting. It ends when nothing is left
/// to come; the processes have ended then. Dropping the queue kills the processes that still work.
#[derive(Debug)]
pub struct Queue<'a, R> {
    pool: PoolOwner<'a, R, ()>,
}

impl<'a, R: DeserializeOwned + 'a> Queue<'a, R> {
    /// A queue with no limit: every call gets its process at once.
    #[must_use]
    pub fn new() -> Queue<'a, R> {
        Queue {
            pool: PoolOwner::new(),
        }
    }

    /// At most this many processes at a time; see [`Map::limit`](crate::Map::limit).
    ///
    /// # Panics
    ///
    /// If the limit is 0.
    #[must_use]
    pub fn limit(self, limit: impl Into<Option<usize>>) -> Queue<'a, R> {
        self.pool.get().set_limit(limit.into());
        self
    }

    /// Whether the processes of [`MakeReusable`](crate::MakeReusable) callables serve several calls.
    #[must_use]
    pub fn reuse(self, reuse: bool) -> Queue<'a, R> {
        self.pool.get().reuse = reuse;
        self
    }

    /// Whether a process may send more than one message. It is listened to until it ends, and its end
    /// in good order is no result.
    #[must_use]
    pub fn continuous(self, continuous: bool) -> Queue<'a, R> {
        self.pool.get().continuous = continuous;
        self
    }

    /// A handle that makes calls of `callable` with their results in this queue; see
    /// [`Map::manage`](crate::Map::manage).
    #[must_use]
    pub fn manage<A: 'a>(&self, callable: impl Callable<A, R> + 'a) -> ManagedCallable<'a, A, R> {
        ManagedCallable::new(&self.pool, callable)
    }

    /// Starts a process, or queues it, whose messages go into the queue. Returns its number, as
    /// [`ManagedCallable::call`].
    ///
    /// # Errors
    ///
    /// In a process that this queue started.
    pub fn start(&self, body: impl FnOnce(&mut Channel<R>) + 'a) -> Result<usize> {
        let job = Job::Fresh(Some(Box::new(body)));
        Ok(self.pool.open()?.enqueue(job))
    }

    /// As [`start`](Self::start), for a body that leaves by [`exit`](crate::exit); see
    /// [`create`](crate::create).
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn create(&self, body: impl FnOnce(&mut Channel<R>) -> Infallible + 'a) -> Result<usize> {
        self.start(|channel| match body(channel) {})
    }

    /// Adds a channel that was made elsewhere, whose messages shall go into the queue.
    pub fn add(&mut self, channel: Channel<(), R>) {
        self.pool.get().add(channel);
    }

    /// A handle that starts `callable` in a background process at `address`, with its messages in this queue.
    #[must_use]
    pub fn manage_persistent<A>(
        &self,
        address: impl AsRef<Path>,
        callable: impl Callable<A, R> + 'a,
    ) -> PersistentCallable<'a, A, R> {
        PersistentCallable::new(&self.pool, address.as_ref(), callable)
    }

    /// Connects to the background process at `address`, whose messages then come here too, until it
    /// ends.
    ///
    /// # Errors
    ///
    /// As [`connect_persistent`].
    pub fn connect(&mut self, address: impl AsRef<Path>) -> Result<()> {
        self.add(connect_persistent(address)?);
        Ok(())
    }

    /// Waits until a result is at hand, at most `timeout` (`None`: for ever), and says how many are.
    /// 0 means that the time is over or nothing is left to come.
    pub fn ready(&mut self, timeout: impl Into<Option<Duration>>) -> usize {
        let mut pool = self.pool.get();
        if pool.at_hand() == 0 {
            pool.wait_for_arrival(deadline(timeout.into()));
        }
        pool.catch_up();
        pool.at_hand()
    }

    /// How many results are at hand, without waiting. A background process counts for at most one: its
    /// next result is fetched when that has been taken, so that none is lost with this program.
    #[must_use]
    pub fn len(&self) -> usize {
        let mut pool = self.pool.get();
        pool.catch_up();
        pool.at_hand()
    }

    /// Whether no result is at hand. More may come: see [`unfinished`](Self::unfinished).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether results are at hand or still to come.
    #[must_use]
    pub fn unfinished(&self) -> bool {
        let pool = self.pool.get();
        pool.at_hand() > 0 || pool.unfinished()
    }
}

impl<'a, R: DeserializeOwned + 'a> Iterator for Queue<'a, R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        let mut pool = self.pool.get();
        let arrival = pool.next_arrival(None);
        if arrival.is_none() {
            // They have nothing left to say; that the wait for their end fails concerns no call.
            let _ = pool.wind_up();
        }
        arrival.map(|(_, result)| result)
    }
}

impl<'a, R: DeserializeOwned + 'a> Default for Queue<'a, R> {
    fn default() -> Self {
        Queue::new()
    }
}

/// A [`Queue`] whose results come from background processes, by the original's name. Here a queue may
/// have results of both kinds, so it is the same type.
pub type PersistentQueue<'a, R> = Queue<'a, R>;
