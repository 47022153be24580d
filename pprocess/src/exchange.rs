//! Processes whose messages the program itself stores.

use std::convert::Infallible;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::Channel;
use crate::background::{PersistentCallable, connect_persistent};
use crate::callable::Callable;
use crate::error::Result;
use crate::managed::ManagedCallable;
use crate::pool::{Job, News, PoolOwner};
use crate::time::deadline;

/// Runs processes and hands their channels to a function of the program as messages arrive. Maps and
/// queues are ready-made ones; this is for everything else, such as rows that go to their places in a
/// matrix:
///
/// ```
/// use pprocess::{Channel, Exchange, MakeParallel};
///
/// let mut matrix = vec![vec![0; 3]; 3];
/// let mut exchange = Exchange::new(|channel: &mut Channel<(), (usize, Vec<usize>)>| {
///     let (i, row) = channel.receive()?;
///     matrix[i] = row;
///     Ok(())
/// })
/// .limit(2);
/// let row = exchange.manage(MakeParallel::new(|i: usize| {
///     (i, (0..3).map(|j| i * j).collect())
/// }));
/// for i in 0..3 {
///     row.call(i)?;
/// }
/// exchange.finish()?;
/// drop((row, exchange));
/// assert_eq!(matrix, [[0, 0, 0], [0, 1, 2], [0, 2, 4]]);
/// # Ok::<(), pprocess::Error>(())
/// ```
///
/// In Python one derives a class and overrides `store_data(channel)`; here the method is the closure.
/// It is called once for each message (call [`receive`](Channel::receive) in it, once), and once for each
/// process that ended before its message was sent: then `receive` is the error. It may make calls of
/// managed callables.
///
/// `R` is what the processes send, `S` what is sent to them.
pub struct Exchange<'a, R, S = ()> {
    pool: PoolOwner<'a, R, S>,
    store: StoreData<'a, R, S>,
}

type StoreData<'a, R, S> = Box<dyn FnMut(&mut Channel<S, R>) -> Result<()> + 'a>;

impl<'a, R, S> Exchange<'a, R, S>
where
    R: DeserializeOwned + 'a,
    S: DeserializeOwned + 'a,
{
    /// An exchange with no limit that stores what arrives with `store_data`.
    #[must_use]
    pub fn new(store_data: impl FnMut(&mut Channel<S, R>) -> Result<()> + 'a) -> Self {
        let pool = PoolOwner::new();
        pool.get().eager = false;
        Exchange {
            pool,
            store: Box::new(store_data),
        }
    }

    /// At most this many processes at a time; see [`Map::limit`](crate::Map::limit). Channels that were
    /// added do not count.
    ///
    /// # Panics
    ///
    /// If the limit is 0.
    #[must_use]
    pub fn limit(self, limit: impl Into<Option<usize>>) -> Self {
        self.pool.get().set_limit(limit.into());
        self
    }

    /// Whether the processes of [`MakeReusable`](crate::MakeReusable) callables serve several calls.
    #[must_use]
    pub fn reuse(self, reuse: bool) -> Self {
        self.pool.get().reuse = reuse;
        self
    }

    /// Whether a channel stays active after a message, until its process ends.
    #[must_use]
    pub fn continuous(self, continuous: bool) -> Self {
        self.pool.get().continuous = continuous;
        self
    }

    /// Whether a channel is closed when its message has been stored (that is so at the beginning).
    /// Otherwise it is kept for [`take_removed`](Self::take_removed).
    #[must_use]
    pub fn autoclose(self, autoclose: bool) -> Self {
        self.pool.get().autoclose = autoclose;
        self
    }

    /// A handle that makes calls of `callable`; see [`Map::manage`](crate::Map::manage).
    #[must_use]
    pub fn manage<A: 'a>(
        &self,
        callable: impl Callable<A, R, S> + 'a,
    ) -> ManagedCallable<'a, A, R, S> {
        ManagedCallable::new(&self.pool, callable)
    }

    /// Starts a process, or queues it. Returns its number, as [`ManagedCallable::call`].
    ///
    /// # Errors
    ///
    /// In a process that this exchange started.
    pub fn start(&self, body: impl FnOnce(&mut Channel<R, S>) + 'a) -> Result<usize> {
        let job = Job::Fresh(Some(Box::new(body)));
        Ok(self.pool.open()?.enqueue(job))
    }

    /// As [`start`](Self::start), for a body that leaves by [`exit`](crate::exit); see
    /// [`create`](crate::create).
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn create(
        &self,
        body: impl FnOnce(&mut Channel<R, S>) -> Infallible + 'a,
    ) -> Result<usize> {
        self.start(|channel| match body(channel) {})
    }

    /// Adds a channel that was made elsewhere.
    pub fn add(&mut self, channel: Channel<S, R>) {
        self.pool.get().add(channel);
    }

    /// A handle that starts `callable` in a background process at `address`, with its messages stored here.
    #[must_use]
    pub fn manage_persistent<A>(
        &self,
        address: impl AsRef<Path>,
        callable: impl Callable<A, R, S> + 'a,
    ) -> PersistentCallable<'a, A, R, S> {
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

    /// The processes, by pid, whose messages are awaited.
    #[must_use]
    pub fn active(&self) -> Vec<u32> {
        self.pool.get().active_pids()
    }

    /// Takes the channel to a process out of the exchange.
    pub fn remove(&mut self, pid: u32) -> Option<Channel<S, R>> {
        self.pool.get().remove(pid)
    }

    /// The channels that were done with and not closed, see [`autoclose`](Self::autoclose).
    #[must_use]
    pub fn take_removed(&mut self) -> Vec<Channel<S, R>> {
        std::mem::take(&mut self.pool.get().removed)
    }

    /// Waits at most `timeout` (`None`: for ever) and returns the channels that have a message or have
    /// ended. They are the caller's from now on: [`add`](Self::add) those back from which more is
    /// expected. Calls that wait are started. A process that would have served further calls (see
    /// [`reuse`](Self::reuse)) serves none when its channel has been taken.
    ///
    /// The time is a [`Duration`]; in the original it is milliseconds, and documented as seconds.
    ///
    /// # Errors
    ///
    /// When the system refuses to wait, or a call that waited cannot be started at all.
    pub fn ready(&mut self, timeout: impl Into<Option<Duration>>) -> Result<Vec<Channel<S, R>>> {
        let mut pool = self.pool.get();
        let mut channels = Vec::new();
        let mut until = deadline(timeout.into());
        while let Some(news) = pool.next_news(until)? {
            match news {
                News::Ready(member) => channels.push(member.channel),
                News::NotStarted(error) if channels.is_empty() => return Err(error),
                News::NotStarted(error) => {
                    pool.not_started_later(error);
                    break;
                }
            }
            until = Some(Instant::now());
        }
        Ok(channels)
    }

    /// Whether anything is still to come: a message, or a call that waits.
    #[must_use]
    pub fn unfinished(&self) -> bool {
        self.pool.get().unfinished()
    }

    /// Whether as many processes run as the limit allows.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.pool.get().busy()
    }

    /// Stores what arrives until the exchange is no longer [`busy`](Self::busy).
    ///
    /// # Errors
    ///
    /// The first error of `store_data`. Call again to go on.
    pub fn wait(&mut self) -> Result<()> {
        while self.busy() && self.unfinished() {
            self.store(None)?;
        }
        Ok(())
    }

    /// Stores what arrives until nothing is left to come, and waits until the processes have ended.
    ///
    /// # Errors
    ///
    /// The first error of `store_data`. What has arrived since is kept; call again to go on with it.
    pub fn finish(&mut self) -> Result<()> {
        while self.unfinished() {
            self.store(None)?;
        }
        self.pool.get().wind_up()
    }

    /// Waits for something to store, at most `timeout` (`None`: for ever), then stores all that is
    /// there. Calls that wait are started. Returns how many channels were stored from.
    ///
    /// # Errors
    ///
    /// The first error of `store_data`, or of a call that cannot be started at all. The channels that
    /// are ready behind it are kept for the next call of this function.
    pub fn store(&mut self, timeout: impl Into<Option<Duration>>) -> Result<usize> {
        let mut until = deadline(timeout.into());
        let mut stored = 0;
        loop {
            let news = self.pool.get().next_news(until)?;
            match news {
                None => return Ok(stored),
                Some(News::NotStarted(error)) => return Err(error),
                Some(News::Ready(mut member)) => {
                    // The pool is not in use here: the closure may make calls.
                    let outcome = (self.store)(&mut member.channel);
                    self.pool.get().put_back(member);
                    outcome?;
                }
            }
            stored += 1;
            until = Some(Instant::now());
        }
    }

    /// Starts calls that wait, as far as the limit allows. All functions that wait do it too.
    pub fn start_waiting(&mut self) {
        self.pool.get().start_waiting();
    }
}

impl<R, S> fmt::Debug for Exchange<'_, R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}

/// An [`Exchange`] whose channels come from background processes, by the original's name. Here an
/// exchange may have channels of both kinds, so it is the same type.
pub type PersistentExchange<'a, R, S = ()> = Exchange<'a, R, S>;
