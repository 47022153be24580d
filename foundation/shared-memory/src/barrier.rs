//! A meeting point.

use std::time::Instant;
use std::{error, fmt};

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

/// What the state's word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// How many have come. When all have, one of them runs the action.
    count: u16,
    /// How often the parties have met, or the barrier was reset, with wrap-around at [`GENERATIONS`].
    generation: u32,
    is_broken: bool,
    /// How many generations ago one ended by a reset; [`LONG_AGO`] if that is more than can be counted. 0 at first, which
    /// stands for that too, as memory is zeroed.
    since_reset: u32,
}

const GENERATIONS: u32 = 1 << 24;
const LONG_AGO: u32 = (1 << 23) - 1;

impl State {
    fn from_word(word: u64) -> State {
        State {
            count: word as u16,
            generation: (word >> 16) as u32 % GENERATIONS,
            is_broken: word >> 40 & 1 != 0,
            since_reset: (word >> 41) as u32,
        }
    }

    fn word(self) -> u64 {
        let upper = self.since_reset << 1 | u32::from(self.is_broken);
        u64::from(upper) << 40 | u64::from(self.generation) << 16 | u64::from(self.count)
    }

    fn next_generation(self, is_reset: bool) -> State {
        let since_reset = match self.since_reset {
            _ if is_reset => 1,
            0 | LONG_AGO => LONG_AGO,
            since => since + 1,
        };
        State {
            count: 0,
            generation: (self.generation + 1) % GENERATIONS,
            is_broken: false,
            since_reset,
        }
    }

    /// How a wait in a generation ends: `None` if it goes on, else whether all had come. One that has not returned when the
    /// barrier is reset counts as broken.
    fn end_of(self, generation: u32) -> Option<bool> {
        match self.generation.wrapping_sub(generation) % GENERATIONS {
            0 => self.is_broken.then_some(false),
            age => Some(self.since_reset == LONG_AGO || self.since_reset > age),
        }
    }
}

/// Why a wait did not end with a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarrierError {
    /// The barrier is broken: by an abort, another's deadline, a reset, or the death of one that waited.
    Broken(Option<Death>),
    /// The time was up. The barrier is now broken.
    TimedOut,
    /// This process cannot take part.
    NoLife(LifeError),
}

impl From<LifeError> for BarrierError {
    fn from(error: LifeError) -> BarrierError {
        BarrierError::NoLife(error)
    }
}

impl fmt::Display for BarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BarrierError::Broken(None) => {
                f.write_str("the barrier is broken; reset it when nobody relies on it")
            }
            BarrierError::Broken(Some(death)) => {
                f.write_str("the barrier is broken by the death of one that waited")?;
                death
                    .pid()
                    .map_or(Ok(()), |pid| write!(f, " (process id {pid})"))
            }
            BarrierError::TimedOut => {
                f.write_str("not all came to the barrier in time; it is broken now")
            }
            BarrierError::NoLife(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl error::Error for BarrierError {}

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
        self.change(State {
            is_broken: true,
            ..state
        });
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn states_fit_into_a_word() {
        let mut state = State {
            count: u16::MAX,
            generation: GENERATIONS - 1,
            is_broken: true,
            since_reset: LONG_AGO - 1,
        };
        assert_eq!(State::from_word(state.word()), state);
        state = state.next_generation(false).next_generation(false);
        let State {
            count,
            generation,
            is_broken,
            since_reset,
        } = state;
        assert_eq!(
            (count, generation, is_broken, since_reset),
            (0, 1, false, LONG_AGO)
        );
        assert_eq!(State::from_word(state.word()), state);
    }

    #[test]
    fn a_late_waiter_learns_how_its_generation_ended() {
        let first = State::from_word(0);
        assert_eq!(first.end_of(0), None);
        let met = (0..1000).fold(first, |state, _| state.next_generation(false));
        assert!((0..1000).all(|generation| met.end_of(generation) == Some(true)));
        let reset = met.next_generation(true);
        assert!((0..=1000).all(|generation| reset.end_of(generation) == Some(false)));
        let later = reset.next_generation(false);
        assert_eq!(
            [1000, 1001].map(|generation| later.end_of(generation)),
            [Some(false), Some(true)]
        );
    }
}
