//! What stands at the start of every segment.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::life::{Identity, SLOTS};

/// Says that this is a segment, and of which layout.
const MAGIC: u64 = u64::from_le_bytes(*b"manyway1");

/// Only atomics: other processes see and change it at any time.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Header {
    magic: AtomicU64,
    len: AtomicU64,
    /// How many bytes from the start are given away. It only grows: room is never used twice, so that what is
    /// given away is zeroed.
    used: AtomicU64,
    /// Where the search for a free slot begins, so that slots are used again as late as possible.
    next_slot: AtomicU32,
    _reserved: AtomicU32,
    /// A slot's last owner: generation above, process id below.
    slots: [AtomicU64; SLOTS as usize],
}

impl Header {
    /// In memory that is zeroed and that no other process has.
    pub(super) fn initialise(&self, len: usize) {
        self.len.store(len as u64, Ordering::Relaxed);
        self.used
            .store(size_of::<Header>() as u64, Ordering::Relaxed);
        self.magic.store(MAGIC, Ordering::Relaxed);
    }

    /// Whether this is the header of a segment of this length.
    pub(super) fn is_of(&self, len: usize) -> bool {
        let magic = self.magic.load(Ordering::Relaxed);
        magic == MAGIC && self.len.load(Ordering::Relaxed) == len as u64
    }

    /// Gives away room in a segment of `limit` bytes; its offset, if there is enough. The alignment is a power of two.
    pub(super) fn take_room(&self, limit: usize, len: usize, align: usize) -> Option<usize> {
        let range_from = |used: u64| {
            let start = usize::try_from(used)
                .ok()?
                .checked_next_multiple_of(align)?;
            let end = start.checked_add(len).filter(|end| *end <= limit)?;
            Some((start, end))
        };
        let used = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                range_from(used).map(|(_, end)| end as u64)
            });
        used.ok().and_then(range_from).map(|(start, _)| start)
    }

    pub(super) fn next_slot(&self) -> u16 {
        (self.next_slot.fetch_add(1, Ordering::Relaxed) % u32::from(SLOTS)) as u16
    }

    /// Writes down a slot's new owner, who has locked it.
    pub(super) fn enter(&self, slot: u16, pid: u32) -> Identity {
        let word = &self.slots[usize::from(slot)];
        let last = (word.load(Ordering::Relaxed) >> 32) as u32;
        let identity = Identity::after(slot, last);
        let generation = u64::from(identity.generation());
        word.store(generation << 32 | u64::from(pid), Ordering::Release);
        identity
    }

    /// The process id of a slot's last owner, if that has this identity.
    pub(super) fn pid_of(&self, identity: Identity) -> Option<u32> {
        let word = self.slots[usize::from(identity.slot())].load(Ordering::Acquire);
        let is_last = (word >> 32) as u32 == identity.generation();
        is_last.then_some(word as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(len: usize) -> Box<Header> {
        let header = Box::new(Header {
            magic: AtomicU64::new(0),
            len: AtomicU64::new(0),
            used: AtomicU64::new(0),
            next_slot: AtomicU32::new(0),
            _reserved: AtomicU32::new(0),
            slots: [const { AtomicU64::new(0) }; SLOTS as usize],
        });
        header.initialise(len);
        header
    }

    #[test]
    fn room_is_given_once_and_aligned() {
        let header = header(1 << 16);
        let mut end = size_of::<Header>();
        for (len, align) in [(1, 1), (8, 64), (3, 2), (0, 8), (100, 4)] {
            let start = header.take_room(1 << 16, len, align).unwrap();
            assert!(
                start >= end && start.is_multiple_of(align),
                "{start} for {len} aligned to {align}"
            );
            end = start + len;
        }
        assert_eq!(header.take_room(1 << 16, (1 << 16) - end + 1, 1), None);
        assert_eq!(header.take_room(1 << 16, usize::MAX, 8), None);
        assert_eq!(header.take_room(1 << 16, (1 << 16) - end, 1), Some(end));
    }

    #[test]
    fn an_owner_is_known_until_the_next() {
        let header = header(1 << 16);
        let first = header.enter(3, 17);
        assert_eq!(header.pid_of(first), Some(17));
        let second = header.enter(3, 18);
        assert_ne!(first, second);
        assert_eq!(
            (header.pid_of(first), header.pid_of(second)),
            (None, Some(18))
        );
    }
}
