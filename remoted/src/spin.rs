//! Waiting awake for a moment before going to sleep.
//!
//! To wake a sleeping processor takes tens of microseconds on virtual machines, several times what a round trip
//! takes otherwise. So whoever expects an answer soon looks for it some time first. That is worth nothing on one
//! processor, and little where there are more processes than processors; so after a vain spin the next few waits
//! sleep at once, and more of them the longer that goes on.

use std::time::{Duration, Instant};

/// About what falling asleep and being woken costs.
const LIMIT: Duration = Duration::from_micros(50);

/// So many waits are without a spin at most, after a row of vain ones.
const MOST_SKIPPED: u32 = 64;

/// When and how long to spin.
#[derive(Debug)]
pub(crate) struct Spin {
    /// Zero on one processor.
    limit: Duration,
    /// Waits still to go without a spin.
    skip: u32,
    /// How many waits go without after the next vain spin.
    next_skip: u32,
}

impl Spin {
    pub(crate) fn new() -> Spin {
        let processors = std::thread::available_parallelism();
        let several = processors.is_ok_and(|processors| processors.get() > 1);
        Spin {
            limit: if several { LIMIT } else { Duration::ZERO },
            skip: 0,
            next_skip: 1,
        }
    }

    /// Tries until there is a result or it is time to sleep.
    pub(crate) fn until<T>(&mut self, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
        if self.limit.is_zero() {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        let began = Instant::now();
        loop {
            let result = attempt();
            if result.is_some() {
                self.next_skip = 1;
                return result;
            }
            if began.elapsed() >= self.limit {
                self.skip = self.next_skip;
                self.next_skip = (2 * self.next_skip).min(MOST_SKIPPED);
                return None;
            }
            std::hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spin() -> Spin {
        Spin {
            limit: Duration::from_micros(1),
            ..Spin::new()
        }
    }

    /// How many waits go by until one spins.
    fn waits_without_spin(spin: &mut Spin) -> u32 {
        let mut waits = 0;
        loop {
            let mut tried = false;
            let result: Option<()> = spin.until(|| {
                tried = true;
                None
            });
            assert!(result.is_none());
            if tried {
                return waits;
            }
            waits += 1;
        }
    }

    #[test]
    fn vain_spins_become_rare() {
        let mut spin = spin();
        let waits: Vec<u32> = (0..9).map(|_| waits_without_spin(&mut spin)).collect();
        assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 64, 64]);
    }

    #[test]
    fn a_result_brings_them_back() {
        let mut spin = spin();
        assert_eq!(
            (0..4).map(|_| waits_without_spin(&mut spin)).sum::<u32>(),
            7
        );
        while spin.until(|| Some(7)).is_none() {}
        assert_eq!(spin.until(|| Some(7)), Some(7));
        assert_eq!(waits_without_spin(&mut spin), 0);
        assert_eq!(waits_without_spin(&mut spin), 1);
    }

    #[test]
    fn there_is_no_spin_on_one_processor() {
        let mut spin = Spin {
            limit: Duration::ZERO,
            ..Spin::new()
        };
        assert_eq!(spin.until(|| Some(7)), None);
    }
}
