//! A meeting point.

use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;
use std::{error, fmt};

use crate::seam::const_fn;
use crate::wait::{Left, Limit, Locked, WaitError, WaitQueue};

/// The message that all have come.
const PASSED: u32 = 1;
/// The message that the barrier is broken, or was reset.
const BROKEN: u32 = 2;
/// The message to those at the door.
const COME_IN: u32 = 3;

/// Threads wait until a fixed number of them have come, and go on together, any number of times.
///
/// ```
/// use threading::Barrier;
///
/// static START: Barrier = Barrier::new(3);
///
/// let threads = [(); 3].map(|()| std::thread::spawn(|| START.wait().unwrap()));
/// let mut places = threads.map(|thread| thread.join().unwrap());
/// places.sort();
/// assert_eq!(places, [0, 1, 2]);
/// ```
///
/// An [action](Barrier::with_action) is run by exactly one of the threads when all have come, before any goes on.
///
/// # When one does not come
///
/// A wait whose limit is over, a panic of the action, or [`abort`](Barrier::abort) *breaks* the barrier: all who wait
/// return with an error, and so does everybody who comes later, until [`reset`](Barrier::reset). So nobody waits for
/// one that will never come. A thread that dies elsewhere does not break it by itself: give the waits a limit, or
/// abort in the destructor of something that the thread owns.
pub struct Barrier {
    parties: usize,
    action: Option<Action>,
    timeout: Option<Duration>,
    /// Those of this round.
    queue: WaitQueue<Round>,
    /// Those who have come while the action of the round before is being run. Locked, if both are, after `queue`.
    door: WaitQueue,
}

type Action = Box<dyn Fn() + Send + Sync>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Round {
    /// Changes with each reset, so that an action notices one.
    resets: u64,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Waits for those who have not come.
    Filling,
    /// All have come: one runs the action, the others are in line.
    Acting {
        /// Somebody at the door has given up: the next round will not be complete.
        then_broken: bool,
    },
    Broken,
}

impl Round {
    fn is_acting(&self) -> bool {
        matches!(self.phase, Phase::Acting { .. })
    }
}

impl Barrier {
    const_fn! {
        /// A barrier for so many threads.
        ///
        /// # Panics
        ///
        /// For none.
        #[must_use]
        #[track_caller]
        pub const fn new(parties: usize) -> Barrier {
            assert!(parties > 0, "a barrier is for at least one thread");
            Barrier {
                parties,
                action: None,
                timeout: None,
                queue: WaitQueue::new(Round {
                    resets: 0,
                    phase: Phase::Filling,
                }),
                door: WaitQueue::new(()),
            }
        }
    }

    /// A barrier at which one of the threads runs an action when all have come, before any goes on.
    ///
    /// The action must not use the barrier's waits: all would wait for it.
    ///
    /// # Panics
    ///
    /// For no threads.
    #[must_use]
    #[track_caller]
    pub fn with_action(parties: usize, action: impl Fn() + Send + Sync + 'static) -> Barrier {
        Barrier {
            action: Some(Box::new(action)),
            ..Barrier::new(parties)
        }
    }

    /// The same with a time after which [`wait`](Barrier::wait) gives up: Python's `Barrier(timeout=...)`.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Barrier {
        Barrier {
            timeout: Some(timeout),
            ..self
        }
    }

    /// Waits until all have come. Gives this thread's place in the round: 0 for the first that came, the number of
    /// parties less one for the last.
    ///
    /// # Errors
    ///
    /// If the barrier is or gets broken or is reset, or after its [`timeout`](Barrier::timeout), which breaks it.
    ///
    /// # Panics
    ///
    /// With the panic of the action, in the thread that runs it.
    pub fn wait(&self) -> Result<usize, BarrierError> {
        self.wait_timeout(self.timeout)
    }

    /// As [`wait`](Barrier::wait), within a limit in the place of the barrier's own.
    ///
    /// # Errors
    ///
    /// If the barrier is or gets broken or is reset; or when the limit is over and not all have come, which breaks
    /// it.
    ///
    /// # Panics
    ///
    /// With the panic of the action, in the thread that runs it.
    pub fn wait_timeout<'l>(&self, limit: impl Into<Limit<'l>>) -> Result<usize, BarrierError> {
        let limit = limit.into().start();
        let mut round = self.come_in(limit)?;
        if let Err(why) = limit.check_token() {
            self.break_up(&mut round);
            return Err(why.into());
        }
        let place = round.waiters();
        if place + 1 == self.parties {
            self.complete(round)?;
        } else {
            self.wait_for_rest(round, limit)?;
        }
        Ok(place)
    }

    /// Waits until no action is running.
    fn come_in(&self, limit: Limit<'_>) -> Result<Locked<'_, Round>, BarrierError> {
        loop {
            let round = self.queue.lock();
            match round.phase {
                Phase::Filling => return Ok(round),
                Phase::Broken => return Err(BarrierError::Broken),
                Phase::Acting { .. } => {}
            }
            let waiting = self.door.lock().enqueue();
            drop(round);
            // The door is unlocked before the round is locked.
            if let Err(why) = waiting.wait(limit).map_err(|left| left.why) {
                self.break_next();
                return Err(why.into());
            }
        }
    }

    /// Breaks the barrier, but not for a round that is complete.
    fn break_next(&self) {
        let mut round = self.queue.lock();
        match &mut round.phase {
            Phase::Acting { then_broken } => *then_broken = true,
            Phase::Filling | Phase::Broken => self.break_up(&mut round),
        }
    }

    fn wait_for_rest(
        &self,
        mut round: Locked<'_, Round>,
        limit: Limit<'_>,
    ) -> Result<(), BarrierError> {
        let mut limit = limit;
        loop {
            match round.enqueue().wait(limit) {
                Ok(PASSED) => return Ok(()),
                Ok(_) => return Err(BarrierError::Broken),
                // All have come, so nobody is late any more.
                Err(Left { queue, .. }) if queue.is_acting() => {
                    round = queue;
                    limit = Limit::NEVER;
                }
                Err(Left { why, mut queue }) => {
                    self.break_up(&mut queue);
                    return Err(why.into());
                }
            }
        }
    }

    /// The last one's part.
    fn complete(&self, mut round: Locked<'_, Round>) -> Result<(), BarrierError> {
        let Some(action) = &self.action else {
            round.notify_all(PASSED);
            return Ok(());
        };
        round.phase = Phase::Acting { then_broken: false };
        let resets = round.resets;
        drop(round);
        let outcome = catch_unwind(AssertUnwindSafe(action));
        let round = self.queue.lock();
        let goes_on = round.is_acting() && round.resets == resets;
        match outcome {
            Ok(()) if goes_on => self.let_pass(round),
            Ok(()) => return Err(BarrierError::Broken),
            Err(panic) => {
                let mut round = round;
                if goes_on {
                    self.break_up(&mut round);
                }
                drop(round);
                resume_unwind(panic);
            }
        }
        Ok(())
    }

    fn let_pass(&self, mut round: Locked<'_, Round>) {
        let then_broken = round.phase == Phase::Acting { then_broken: true };
        round.phase = if then_broken {
            Phase::Broken
        } else {
            Phase::Filling
        };
        round.notify_all(PASSED);
        self.door.lock().notify_all(COME_IN);
    }

    /// Breaks the barrier: all who wait at it, and all who come later, return with an error. Python's `abort`.
    pub fn abort(&self) {
        self.break_up(&mut self.queue.lock());
    }

    /// Makes the barrier as new, and mends it if it is broken. Those who wait return with an error.
    pub fn reset(&self) {
        let mut round = self.queue.lock();
        self.break_up(&mut round);
        round.phase = Phase::Filling;
        round.resets += 1;
    }

    fn break_up(&self, round: &mut Locked<'_, Round>) {
        round.phase = Phase::Broken;
        round.notify_all(BROKEN);
        self.door.lock().notify_all(COME_IN);
    }

    /// How many threads pass together.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// How many wait at this moment: Python's `n_waiting`.
    #[must_use]
    pub fn n_waiting(&self) -> usize {
        self.queue.waiters()
    }

    /// Whether the barrier is broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.queue.lock().phase == Phase::Broken
    }
}

/// A panic of the action breaks the barrier, which all see.
impl UnwindSafe for Barrier {}
impl RefUnwindSafe for Barrier {}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties)
            .field("n_waiting", &self.n_waiting())
            .field("phase", &self.queue.peek(|round| round.phase))
            .finish_non_exhaustive()
    }
}

/// Why a thread did not pass a [`Barrier`]. In each case the barrier is broken, or has been reset since: Python's
/// `BrokenBarrierError`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BarrierError {
    /// Another thread's wait ended, the action panicked, or somebody called [`Barrier::abort`] or
    /// [`Barrier::reset`].
    Broken,
    /// This wait's time was over before all had come.
    TimedOut,
    /// This wait's token was cancelled.
    Cancelled,
}

impl From<WaitError> for BarrierError {
    fn from(why: WaitError) -> BarrierError {
        match why {
            WaitError::TimedOut => BarrierError::TimedOut,
            WaitError::Cancelled => BarrierError::Cancelled,
        }
    }
}

impl fmt::Display for BarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BarrierError::Broken => {
                "the barrier is broken, or was reset while this thread waited; `reset` makes it usable again"
            }
            BarrierError::TimedOut => {
                "not all had come to the barrier in time, which broke it; `reset` makes it usable again"
            }
            BarrierError::Cancelled => {
                "the wait at the barrier was cancelled, which broke it; `reset` makes it usable again"
            }
        })
    }
}

impl error::Error for BarrierError {}
