//! Who takes part in a segment, and whether it still lives.
//!
//! Each process that takes part has a slot of the segment's table and a lock of the kernel's on that slot: an "open
//! file description" lock, on a byte of the segment's file, through a description that the process alone has. The
//! kernel gives it up when the process is killed, exits, or replaces its program; it does so before the process is
//! a zombie. A stopped process keeps it. Process ids play no part, so it does not matter that they are used again.

/// How many processes can take part in a segment at a time.
pub(crate) const SLOTS: u16 = 1024;

const SLOT_BITS: u32 = SLOTS.trailing_zeros();
const GENERATION_BITS: u32 = 20;
const GENERATIONS: u32 = 1 << GENERATION_BITS;

/// The bits of a word that an identity leaves free.
pub(crate) const FLAGS: u32 = !(GENERATIONS * SLOTS as u32 - 1);

/// One life of one process in one segment: a slot, and a generation that each new owner of the slot raises. Never 0
/// as a word, of which it leaves the two highest bits free.
///
/// A dead owner's identity is that of a living one again only after the slot has had a million owners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity(u32);

impl Identity {
    /// The one in a word, without regard to flags; `None` if there is none.
    #[inline]
    pub(crate) fn in_word(word: u32) -> Option<Identity> {
        let identity = word & !FLAGS;
        (identity != 0).then_some(Identity(identity))
    }

    /// Of a slot's owner after that of generation `last`. No owner's generation is 0.
    pub(crate) fn after(slot: u16, last: u32) -> Identity {
        let generation = (last % GENERATIONS + 1) % GENERATIONS;
        Identity(generation.max(1) << SLOT_BITS | u32::from(slot % SLOTS))
    }

    #[inline]
    pub(crate) fn word(self) -> u32 {
        self.0
    }

    pub(crate) fn slot(self) -> u16 {
        (self.0 % u32::from(SLOTS)) as u16
    }

    pub(crate) fn generation(self) -> u32 {
        self.0 >> SLOT_BITS
    }
}

/// A process that died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    pub(crate) pid: Option<u32>,
}

impl Death {
    /// Of this process, for those who pass the news on.
    #[must_use]
    pub fn of(pid: Option<u32>) -> Death {
        Death { pid }
    }

    /// Its process id, for messages: it may be another's by now. `None` if that was forgotten since.
    #[must_use]
    pub fn pid(self) -> Option<u32> {
        self.pid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_fit_into_words_beside_two_flags() {
        assert_eq!(FLAGS, 3 << 30);
        for (slot, last) in [
            (0, 0),
            (1023, GENERATIONS - 1),
            (5, GENERATIONS - 2),
            (0, u32::MAX),
        ] {
            let identity = Identity::after(slot, last);
            assert_eq!(identity.slot(), slot);
            assert!(identity.generation() != 0 && identity.generation() != last);
            assert_eq!(identity.word() & FLAGS, 0);
            assert_eq!(Identity::in_word(identity.word() | FLAGS), Some(identity));
        }
        assert_eq!(Identity::in_word(FLAGS), None);
    }
}
