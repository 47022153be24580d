//! What can be said instead of "it is yours".

use std::time::{Duration, Instant};
use std::{error, fmt};

use manyways_shared_memory::{self as memory, EnqueueError, LifeError, PlaceError, WaitError};
pub use manyways_shared_memory::{BarrierError, Death, Misuse, Taken};

/// Why a synchronisation object could not be made or used.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncError {
    /// The time was up; from a `try_` call, it would have had to wait.
    TimedOut,
    /// This process cannot take part, since others could not know of its death: it has no descriptor left, or 1024 processes
    /// take part already.
    Unavailable(LifeError),
    /// There is no shared memory for it.
    NoMemory(PlaceError),
}

impl SyncError {
    /// Whether the time was up.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        matches!(self, SyncError::TimedOut)
    }
}

impl From<WaitError> for SyncError {
    fn from(error: WaitError) -> SyncError {
        match error {
            WaitError::TimedOut => SyncError::TimedOut,
            WaitError::NoLife(error) => SyncError::Unavailable(error),
        }
    }
}

impl From<PlaceError> for SyncError {
    fn from(error: PlaceError) -> SyncError {
        SyncError::NoMemory(error)
    }
}

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SyncError::TimedOut => f.write_str("it could not be had in time"),
            SyncError::Unavailable(error) => error.fmt(f),
            SyncError::NoMemory(error) => write!(f, "there is no shared memory for it: {error}"),
        }
    }
}

impl error::Error for SyncError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            SyncError::TimedOut => None,
            SyncError::Unavailable(error) => Some(error),
            SyncError::NoMemory(error) => Some(error),
        }
    }
}

/// The lock is the caller's, and was a dead process's: what it guards may be half changed.
///
/// Repair that through the [guard](Self::into_guard), or take it as it is.
#[derive(Debug)]
#[must_use = "the lock is held, and what it guards may be half changed"]
pub struct OwnerDied<G> {
    guard: G,
    death: Death,
}

impl<G> OwnerDied<G> {
    pub(crate) fn new(guard: G, death: Death) -> OwnerDied<G> {
        OwnerDied { guard, death }
    }

    /// Who died.
    #[must_use]
    pub fn death(&self) -> Death {
        self.death
    }

    /// The guard of the lock, which is held.
    pub fn into_guard(self) -> G {
        self.guard
    }
}

/// Why a call to take a lock did not simply give a guard `G`.
#[derive(Debug)]
#[must_use = "the lock may be held"]
pub enum LockError<G> {
    /// The lock is taken all the same.
    OwnerDied(OwnerDied<G>),
    /// The lock is not taken.
    Failed(SyncError),
}

impl<G> LockError<G> {
    /// The guard, if the only trouble is that the owner before died.
    ///
    /// ```
    /// use multiprocessing::{Lock, LockError};
    ///
    /// let lock = Lock::new()?;
    /// let guard = lock.lock().or_else(LockError::recover)?;
    /// # drop(guard);
    /// # Ok::<(), multiprocessing::SyncError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the lock is not taken.
    pub fn recover(self) -> Result<G, SyncError> {
        match self {
            LockError::OwnerDied(died) => Ok(died.into_guard()),
            LockError::Failed(error) => Err(error),
        }
    }

    pub(crate) fn map<H>(self, map: impl FnOnce(G) -> H) -> LockError<H> {
        match self {
            LockError::OwnerDied(OwnerDied { guard, death }) => {
                LockError::OwnerDied(OwnerDied::new(map(guard), death))
            }
            LockError::Failed(error) => LockError::Failed(error),
        }
    }

    /// Whether the time was up.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        matches!(self, LockError::Failed(error) if error.is_timed_out())
    }

    /// Who died, if that is the trouble.
    #[must_use]
    pub fn death(&self) -> Option<Death> {
        match self {
            LockError::OwnerDied(died) => Some(died.death()),
            LockError::Failed(_) => None,
        }
    }
}

impl<G> From<SyncError> for LockError<G> {
    fn from(error: SyncError) -> LockError<G> {
        LockError::Failed(error)
    }
}

impl<G> fmt::Display for OwnerDied<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lock is taken, but ")?;
        match self.death.pid() {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("a process")?,
        }
        f.write_str(" held it and died: what it guards may be half changed")
    }
}

impl<G> fmt::Display for LockError<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockError::OwnerDied(died) => fmt::Display::fmt(died, f),
            LockError::Failed(error) => write!(f, "the lock is not taken: {error}"),
        }
    }
}

impl<G: fmt::Debug> error::Error for OwnerDied<G> {}

impl<G: fmt::Debug> error::Error for LockError<G> {}

/// Why permits were not released. None was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReleaseError {
    /// None were to be.
    Nothing,
    /// There would be more than there may be.
    TooMany,
    /// This process cannot take part.
    Unavailable(LifeError),
}

impl From<memory::ReleaseError> for ReleaseError {
    fn from(error: memory::ReleaseError) -> ReleaseError {
        match error {
            memory::ReleaseError::TooMany => ReleaseError::TooMany,
            memory::ReleaseError::NoLife(error) => ReleaseError::Unavailable(error),
        }
    }
}

impl fmt::Display for ReleaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot release permits: ")?;
        match self {
            ReleaseError::Nothing => f.write_str("none are to be released; release one at least"),
            ReleaseError::TooMany => f.write_str("there would be more than there may be"),
            ReleaseError::Unavailable(error) => error.fmt(f),
        }
    }
}

impl error::Error for ReleaseError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            ReleaseError::Unavailable(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a condition could not be waited for, or notified.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConditionError {
    /// The lock is not held: by this thread, or if anyone may release it, by anybody.
    NotHeld,
    /// As many wait already as there is room for.
    TooMany,
    /// The lock could not be taken again, or this process cannot take part.
    Failed(SyncError),
}

impl From<Misuse> for ConditionError {
    fn from(_: Misuse) -> ConditionError {
        ConditionError::NotHeld
    }
}

impl From<SyncError> for ConditionError {
    fn from(error: SyncError) -> ConditionError {
        ConditionError::Failed(error)
    }
}

impl From<LifeError> for ConditionError {
    fn from(error: LifeError) -> ConditionError {
        SyncError::Unavailable(error).into()
    }
}

impl From<EnqueueError> for ConditionError {
    fn from(error: EnqueueError) -> ConditionError {
        match error {
            EnqueueError::Full => ConditionError::TooMany,
            EnqueueError::NoLife(error) => error.into(),
        }
    }
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot use the condition: ")?;
        match self {
            ConditionError::NotHeld => f.write_str("its lock is not held; take it first"),
            ConditionError::TooMany => f.write_str("256 wait already"),
            ConditionError::Failed(error) => error.fmt(f),
        }
    }
}

impl error::Error for ConditionError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            ConditionError::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// When a time limit ends; `None` if never.
pub(crate) fn deadline(limit: Duration) -> Option<Instant> {
    Instant::now().checked_add(limit)
}

/// A guard or the news, from a lock that was just taken.
pub(super) fn guarded<G>(taken: Taken, guard: G) -> Result<G, LockError<G>> {
    match taken {
        Taken::Clean => Ok(guard),
        Taken::OwnerDied(death) => Err(LockError::OwnerDied(OwnerDied::new(guard, death))),
    }
}
