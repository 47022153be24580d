//! A meeting point.

mod error;
mod state;

use std::fmt;
use std::time::Instant;

pub use self::error::BarrierError;
use self::state::State;
use crate::error::{LifeError, PlaceError};
use crate::life::{Death, Identity};
use crate::lock::RawLock;
use crate::place::Place;
use crate::seam::{At, Ordering, Word, Word64};
use crate::wait::Wait;

/// A meeting point in shared memory: a wait ends when as many as there are parties wait.
///
/// If one that waits dies, or its time is up, the barrier is broken: all who wait learn it, and so does everybody until it is
/// [`reset`](Barrier::reset). One that dies before it comes is not known: a deadline bounds the wait for it.
///
/// ```
/// use manyways_shared_memory::Barrier;
///
/// let barrier = Barrier::new(2)?;
/// let (one, two) = std::thread::scope(|scope| {
///     let other = scope.spawn(|| barrier.wait(None, || println!("all are here")));
///     (barrier.wait(None, || println!("all are here")), other.join().unwrap())
/// });
/// assert_eq!(one? + two?, 0 + 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Barrier {
    at: At<BarrierState>,
}

/// The state is one word, changed under the lock: a process that dies leaves a change done or not. Behind it stands who has come.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct BarrierState {
    lock: RawLock,
    /// On which those sleep who wait. Changes after the state.
    signal: Word,
    state: Word64,
    /// Whose death broke the barrier; 0 if none did.
    dead: Word,
}

/// What to do next.
enum Step {
    Wait(u32),
    Act(u32),
    /// All have come, and one acts.
    LetGo(u32),
}

impl Barrier {
    /// The highest number of parties.
    pub const MAX_PARTIES: usize = 10_000;

    /// A barrier for so many.
    ///
    /// # Errors
    ///
    /// If there is no room for it.
    ///
    /// # Panics
    ///
    /// If there are no parties, or more than [`MAX_PARTIES`](Barrier::MAX_PARTIES).
    pub fn new(parties: usize) -> Result<Barrier, PlaceError> {
        assert!(
            (1..=Barrier::MAX_PARTIES).contains(&parties),
            "{parties} parties"
        );
        Ok(Barrier {
            at: At::new(parties)?,
        })
    }

    /// The barrier that is there.
    ///
    /// # Errors
    ///
    /// If there is none ([`is_foreign`](PlaceError::is_foreign)).
    pub fn at(place: Place) -> Result<Barrier, PlaceError> {
        let at = At::<BarrierState>::open(place)?;
        let is_right = (1..=Barrier::MAX_PARTIES).contains(&at.items().len());
        is_right
            .then_some(Barrier { at })
            .ok_or(PlaceError::object("its parties are not those of a barrier"))
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.at.place()
    }

    /// How many must come.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.at.items().len()
    }

    /// How many wait for others to come: none where the barrier is broken.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let state = self.state();
        let count = usize::from(state.count);
        if state.is_broken || count >= self.parties() {
            return 0;
        }
        count
    }

    /// Whether it is broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.state().is_broken
    }

    /// Waits until all have come, by the deadline if there is one. The last that comes runs its `action` while the others wait on.
    /// Gives in which place this one came, from 0.
    ///
    /// If all have come and the action of the last still runs, one more waits for that first.
    ///
    /// # Errors
    ///
    /// If the barrier is broken or the time is up; or this process cannot take part.
    ///
    /// # Panics
    ///
    /// If the action does; the barrier is broken then.
    pub fn wait(
        &self,
        deadline: Option<Instant>,
        action: impl FnOnce(),
    ) -> Result<usize, BarrierError> {
        let me = self.at.life().me()?;
        loop {
            let (step, place) = self.come(me)?;
            match step {
                Step::LetGo(generation) => match self.await_end(generation, deadline) {
                    Ok(()) | Err(BarrierError::Broken(_)) => {}
                    Err(error) => return Err(error),
                },
                Step::Wait(generation) => {
                    self.await_end(generation, deadline)?;
                    return Ok(place);
                }
                Step::Act(generation) => {
                    self.act(generation, action)?;
                    return Ok(place);
                }
            }
        }
    }

    fn come(&self, me: Identity) -> Result<(Step, usize), BarrierError> {
        let _hold = self.at.lock.hold(self.at.life())?;
        let mut state = self.state();
        if state.is_broken {
            return Err(self.broken());
        }
        let place = usize::from(state.count);
        let Some(entry) = self.at.items().get(place) else {
            return Ok((Step::LetGo(state.generation), place));
        };
        entry.store(me.word(), Ordering::Relaxed);
        state.count += 1;
        self.at.state.store(state.word(), Ordering::Release);
        let is_last = place + 1 == self.parties();
        let step = if is_last { Step::Act } else { Step::Wait };
        Ok((step(state.generation), place))
    }

    fn act(&self, generation: u32, action: impl FnOnce()) -> Result<(), BarrierError> {
        let unfinished = Unfinished(self);
        action();
        std::mem::forget(unfinished);
        let _hold = self.at.lock.hold(self.at.life())?;
        let state = self.state();
        if state.end_of(generation).is_some() {
            return Err(self.broken());
        }
        self.change(state.next_generation(false));
        Ok(())
    }

    fn await_end(&self, generation: u32, deadline: Option<Instant>) -> Result<(), BarrierError> {
        let mut wait = Wait::for_message(deadline);
        loop {
            let signal = self.at.signal.load(Ordering::Acquire);
            match self.state().end_of(generation) {
                Some(true) => return Ok(()),
                Some(false) => return Err(self.broken()),
                None if wait.spin() => continue,
                None => {}
            }
            self.look_for_dead(generation)?;
            if wait.is_over() {
                self.give_up(generation)?;
                continue;
            }
            if self.state().end_of(generation).is_none() {
                self.at.signal.sleep(signal, deadline);
            }
        }
    }

    /// Breaks the barrier if one that has come is dead.
    fn look_for_dead(&self, generation: u32) -> Result<(), BarrierError> {
        let _hold = self.at.lock.hold(self.at.life())?;
        let state = self.state();
        if state.end_of(generation).is_none()
            && let Some(dead) = self.first_dead(state)
        {
            self.at.dead.store(dead.word(), Ordering::Relaxed);
            self.break_now(state);
        }
        Ok(())
    }

    fn first_dead(&self, state: State) -> Option<Identity> {
        let come = self.at.items().iter().take(state.count.into());
        let mut come = come.filter_map(|entry| Identity::in_word(entry.load(Ordering::Relaxed)));
        come.find(|identity| self.at.life().death(*identity).is_some())
    }

    /// Breaks the barrier, since the time is up, unless the wait has ended.
    fn give_up(&self, generation: u32) -> Result<(), BarrierError> {
        let _hold = self.at.lock.hold(self.at.life())?;
        let state = self.state();
        if state.end_of(generation).is_some() {
            return Ok(());
        }
        self.break_now(state);
        Err(BarrierError::TimedOut)
    }

    /// Breaks the barrier: those who wait learn it, and all who come.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    pub fn abort(&self) -> Result<(), LifeError> {
        let _hold = self.at.lock.hold(self.at.life())?;
        self.break_now(self.state());
        Ok(())
    }

    /// Makes it as new. Those whose wait has not returned learn that it is broken.
    ///
    /// # Errors
    ///
    /// If this process cannot take part.
    pub fn reset(&self) -> Result<(), LifeError> {
        let _hold = self.at.lock.hold(self.at.life())?;
        self.at.dead.store(0, Ordering::Relaxed);
        self.change(self.state().next_generation(true));
        Ok(())
    }

    fn state(&self) -> State {
        State::from_word(self.at.state.load(Ordering::Acquire))
    }

    /// With the lock.
    fn break_now(&self, state: State) {
        self.change(state.broken());
    }

    /// With the lock.
    fn change(&self, state: State) {
        self.at.state.store(state.word(), Ordering::Release);
        self.at.signal.fetch_add(1, Ordering::AcqRel);
        self.at.signal.wake(u32::MAX);
    }

    fn broken(&self) -> BarrierError {
        let dead = Identity::in_word(self.at.dead.load(Ordering::Relaxed));
        BarrierError::Broken(dead.map(|dead| Death {
            pid: self.at.life().pid_of(dead),
        }))
    }
}

/// Breaks the barrier when dropped: the action did not return.
struct Unfinished<'a>(&'a Barrier);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        // It could take part when it came.
        let _ = self.0.abort();
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties())
            .field("waiting", &self.waiting())
            .field("broken", &self.is_broken())
            .finish()
    }
}
