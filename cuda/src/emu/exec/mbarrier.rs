//! Barriers in shared memory, of which each is a word of 64 bits.
//!
//! In it are the arrivals that are awaited in this phase, how many are awaited in each, the number of the phase, and a mark
//! that it is a barrier at all. Who arrives keeps the word that was there as its state, by which it can ask whether the phase
//! has ended.

use super::fault::FaultKind;
use super::frame::lanes_of;
use super::site::Site;
use super::trouble::{Outcome, Trouble};
use crate::emu::memory::window;
use crate::emu::program::op::{MbarrierKind, MbarrierOp, MemorySpace};

/// Arrivals that a barrier awaits at most.
const MOST: u64 = (1 << 20) - 1;
const MARK: u64 = 1 << 63;

/// What the word says.
#[derive(Debug, Clone, Copy)]
struct Barrier {
    pending: u64,
    expected: u64,
    phase: u64,
}

impl Barrier {
    fn of_word(word: u64) -> Option<Barrier> {
        (word & MARK != 0).then_some(Barrier {
            pending: word & MOST,
            expected: word >> 20 & MOST,
            phase: phase_of(word),
        })
    }

    fn word(self) -> u64 {
        // Phases are counted around.
        MARK | (self.phase << 40 & !MARK) | self.expected << 20 | self.pending
    }

    /// Some arrive. False if that are more than are awaited.
    fn arrive(&mut self, count: u64) -> bool {
        let Some(left) = self.pending.checked_sub(count) else {
            return false;
        };
        self.pending = left;
        if left == 0 {
            self.phase += 1;
            self.pending = self.expected;
        }
        true
    }
}

fn phase_of(word: u64) -> u64 {
    (word & !MARK) >> 40
}

impl Site<'_> {
    pub(super) fn mbarrier(&self, op: &MbarrierOp, lanes: u32) -> Outcome {
        let addresses = self.addresses(&op.address);
        for lane in lanes_of(lanes) {
            let at = self.mbarrier_place(op, addresses[lane], lane)?;
            let value = op.value.map(|reg| self.view.get(reg, lane));
            let trouble = |detail: String| {
                Trouble::new(FaultKind::IllegalInstruction, lane, detail)
                    .at(window::SHARED + at as u64)
            };
            let count = value.unwrap_or(1);
            if op.kind == MbarrierKind::Init {
                if !(1..=MOST).contains(&count) {
                    let detail = format!("a barrier for {count} arrivals; 1 to {MOST} are allowed");
                    return Err(trouble(detail));
                }
                let new = Barrier {
                    pending: count,
                    expected: count,
                    phase: 0,
                };
                self.block.shared().write(at, 8, new.word());
                continue;
            }
            self.check_shared(at, 8, lane)?;
            let word = self.block.shared().read(at, 8);
            let Some(mut barrier) = Barrier::of_word(word) else {
                return Err(trouble(
                    "what is there is no barrier, or no more".to_owned(),
                ));
            };
            let result = match op.kind {
                MbarrierKind::Init | MbarrierKind::Look => continue,
                MbarrierKind::Invalidate => {
                    self.block.shared().write(at, 8, 0);
                    continue;
                }
                MbarrierKind::Test => u64::from(phase_of(count) != barrier.phase),
                MbarrierKind::TestParity => u64::from(count & 1 != barrier.phase & 1),
                MbarrierKind::Arrive { drops, completes } => {
                    if drops {
                        barrier.expected = barrier.expected.saturating_sub(count);
                    }
                    if !completes && count >= barrier.pending || !barrier.arrive(count) {
                        let pending = barrier.pending;
                        let detail = format!(
                            "{count} arrive at a barrier that awaits {pending} in this phase"
                        );
                        return Err(trouble(detail));
                    }
                    self.block.shared().write(at, 8, barrier.word());
                    word
                }
            };
            if let Some(dst) = op.dst {
                self.view.set(dst, lane, result);
            }
        }
        Ok(())
    }

    fn mbarrier_place(&self, op: &MbarrierOp, address: u64, lane: usize) -> Outcome<usize> {
        let is_shared =
            op.address.space == MemorySpace::Shared || window::of(address) == window::SHARED;
        if !is_shared {
            let detail = "a barrier that is not in shared memory";
            return Err(Trouble::new(FaultKind::IllegalAddress, lane, detail).at(address));
        }
        self.shared_place(address, 8, lane, "a use")
    }
}
