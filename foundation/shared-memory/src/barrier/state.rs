//! The state of a barrier, as a word.

/// What the state's word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// How many have come. When all have, one of them runs the action.
    pub(super) count: u16,
    /// How often the parties have met, or the barrier was reset, with wrap-around at [`GENERATIONS`].
    pub(super) generation: u32,
    pub(super) is_broken: bool,
    /// How many generations ago one ended by a reset; [`LONG_AGO`] if that is more than can be counted. 0 at first, which
    /// stands for that too, as memory is zeroed.
    since_reset: u32,
}

const GENERATIONS: u32 = 1 << 24;
const LONG_AGO: u32 = (1 << 23) - 1;

impl State {
    pub(super) fn from_word(word: u64) -> State {
        State {
            count: word as u16,
            generation: (word >> 16) as u32 % GENERATIONS,
            is_broken: word >> 40 & 1 != 0,
            since_reset: (word >> 41) as u32,
        }
    }

    pub(super) fn word(self) -> u64 {
        let upper = self.since_reset << 1 | u32::from(self.is_broken);
        u64::from(upper) << 40 | u64::from(self.generation) << 16 | u64::from(self.count)
    }

    pub(super) fn next_generation(self, is_reset: bool) -> State {
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

    pub(super) fn broken(self) -> State {
        State {
            is_broken: true,
            ..self
        }
    }

    /// How a wait in a generation ends: `None` if it goes on, else whether all had come. One that has not returned when the
    /// barrier is reset counts as broken.
    pub(super) fn end_of(self, generation: u32) -> Option<bool> {
        match self.generation.wrapping_sub(generation) % GENERATIONS {
            0 => self.is_broken.then_some(false),
            age => Some(self.since_reset == LONG_AGO || self.since_reset > age),
        }
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
