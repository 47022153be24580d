//! Blocks that a pool holds, by their size.

use std::collections::BTreeMap;

/// Sizes between a power of two and the next.
const STEPS: u32 = 8;

/// The smallest size of a block.
const SMALLEST: usize = 256;

/// A size of blocks. There are eight between a power of two and the next, so that at most an eighth of a block is waste,
/// but for blocks of less than 256 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Bin(u32);

impl Bin {
    /// The smallest size that holds so many bytes. `None` if none does.
    pub(super) fn holding(bytes: usize) -> Option<Bin> {
        let bytes = bytes.max(SMALLEST);
        let exponent = bytes.ilog2();
        let step = 1usize << (exponent - STEPS.ilog2());
        let above = (bytes - (1 << exponent)).div_ceil(step);
        let bin = Bin(exponent * STEPS + above as u32);
        (bin.0 < isize::MAX.ilog2() * STEPS).then_some(bin)
    }

    /// Bytes of a block of this size.
    pub(super) fn size(self) -> usize {
        let (exponent, above) = (self.0 / STEPS, self.0 % STEPS);
        let power = 1usize << exponent;
        power + (power >> STEPS.ilog2()) * above as usize
    }
}

/// The blocks that a pool holds, and what it has given out.
#[derive(Debug)]
pub(super) struct Bins<B> {
    held: BTreeMap<Bin, Vec<B>>,
    pub(super) holding: bool,
    pub(super) counts: Counts,
}

/// How much a pool has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) held_blocks: usize,
    pub(super) active_blocks: usize,
    /// Of both kinds.
    pub(super) managed_bytes: usize,
    pub(super) active_bytes: usize,
}

impl<B> Bins<B> {
    pub(super) fn new() -> Bins<B> {
        Bins {
            held: BTreeMap::new(),
            holding: true,
            counts: Counts::default(),
        }
    }

    /// Takes a held block of this size: the newest that suits best, by the number that `rank` gives; 0 is taken at once.
    pub(super) fn take(&mut self, bin: Bin, mut rank: impl FnMut(&B) -> u32) -> Option<B> {
        let blocks = self.held.get_mut(&bin)?;
        let mut best = None;
        for (position, block) in blocks.iter().enumerate().rev() {
            let rank = rank(block);
            if best.is_none_or(|(least, _)| rank < least) {
                best = Some((rank, position));
            }
            if rank == 0 {
                break;
            }
        }
        let block = blocks.swap_remove(best?.1);
        self.counts.held_blocks -= 1;
        self.given(bin);
        Some(block)
    }

    /// A new block of this size was given out.
    pub(super) fn add(&mut self, bin: Bin) {
        self.counts.managed_bytes += bin.size();
        self.given(bin);
    }

    fn given(&mut self, bin: Bin) {
        self.counts.active_blocks += 1;
        self.counts.active_bytes += bin.size();
    }

    /// A block comes back: it is held, or given back to be freed.
    pub(super) fn put(&mut self, bin: Bin, block: B) -> Option<B> {
        self.counts.active_blocks -= 1;
        self.counts.active_bytes -= bin.size();
        if !self.holding {
            self.counts.managed_bytes -= bin.size();
            return Some(block);
        }
        self.held.entry(bin).or_default().push(block);
        self.counts.held_blocks += 1;
        None
    }

    /// All held blocks, to be freed.
    pub(super) fn drain(&mut self) -> Vec<B> {
        let mut all = Vec::new();
        while let Some(blocks) = self.drain_largest() {
            all.extend(blocks);
        }
        all
    }

    /// The held blocks of the largest size, to be freed.
    pub(super) fn drain_largest(&mut self) -> Option<Vec<B>> {
        loop {
            let (bin, blocks) = self.held.pop_last()?;
            self.counts.held_blocks -= blocks.len();
            self.counts.managed_bytes -= bin.size() * blocks.len();
            if !blocks.is_empty() {
                return Some(blocks);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_large_enough_and_wastes_at_most_an_eighth() {
        let mut bytes = SMALLEST;
        while bytes < 1 << 40 {
            for bytes in [bytes - 1, bytes, bytes + 1] {
                let size = Bin::holding(bytes).unwrap().size();
                assert!(size >= bytes, "{bytes} in {size}");
                assert!(
                    bytes < SMALLEST || (size - bytes) * 8 <= size,
                    "{bytes} in {size}"
                );
            }
            bytes += bytes / 7;
        }
    }

    #[test]
    fn a_blocks_size_is_of_its_own_bin() {
        for number in SMALLEST.ilog2() * STEPS..48 * STEPS {
            assert_eq!(Bin::holding(Bin(number).size()), Some(Bin(number)));
        }
    }

    #[test]
    fn what_no_memory_can_hold_has_no_bin() {
        assert_eq!(Bin::holding(usize::MAX), None);
        assert_eq!(Bin::holding(isize::MAX as usize), None);
        assert!(Bin::holding(0).is_some_and(|bin| bin.size() == SMALLEST));
    }

    #[test]
    fn counts_follow_the_blocks() {
        let (mut bins, bin) = (Bins::new(), Bin::holding(1000).unwrap());
        assert_eq!(bins.take(bin, |_| 0), None);
        bins.add(bin);
        bins.add(bin);
        assert_eq!(bins.put(bin, 'a'), None);
        assert_eq!(bins.counts.held_blocks, 1);
        assert_eq!(
            (bins.counts.active_blocks, bins.counts.managed_bytes),
            (1, 2 * bin.size())
        );
        assert_eq!(bins.take(bin, |_| 0), Some('a'));
        assert_eq!(bins.put(bin, 'a').or(bins.put(bin, 'b')), None);
        assert_eq!(bins.take(bin, |block| u32::from(*block == 'b')), Some('a'));
        assert_eq!(bins.drain(), ['b']);
        bins.holding = false;
        assert_eq!(bins.put(bin, 'a'), Some('a'));
        assert_eq!(bins.counts, Counts::default());
    }
}
