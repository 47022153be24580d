//! Memory that has served, and serves again: the system takes longer to provide a page of new memory than it takes to fill it.

use super::Chunk;

/// Buffers of items that were run, for the results of others.
#[derive(Debug, Default)]
pub(super) struct Spare {
    buffers: Vec<Vec<u8>>,
}

const MOST: usize = 8;
const LARGEST: usize = 1 << 20;

impl Spare {
    pub(super) fn put(&mut self, mut buffer: Vec<u8>) {
        if self.buffers.len() < MOST && (1..=LARGEST).contains(&buffer.capacity()) {
            buffer.clear();
            self.buffers.push(buffer);
        }
    }

    /// An empty buffer for a chunk's results. It is not much larger than they will be, as it goes with them.
    pub(super) fn take<O>(&mut self, chunk: &Chunk<O>) -> Vec<u8> {
        let most = 16 * chunk.items.count;
        let fits = |buffer: &mut Vec<u8>| buffer.capacity() <= most;
        let spare = self.buffers.pop_if(fits);
        // Results are about as large as their items, in a chunk of many.
        spare.unwrap_or_else(|| Vec::with_capacity(chunk.items.bytes.len().min(most)))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::{Chunk, Rules};
    use super::{LARGEST, MOST, Spare};
    use crate::pool::records::Items;

    fn chunk(count: usize) -> Chunk<()> {
        let bytes = vec![1; 4 * count];
        Chunk {
            owner: (),
            first: 0,
            items: Items { bytes, count },
            rules: Rules::default(),
            deaths: 0,
        }
    }

    #[test]
    fn a_buffer_serves_again_if_it_is_not_much_too_large() {
        let mut spare = Spare::default();
        spare.put(vec![7; 4096]);
        let small = spare.take(&chunk(10));
        assert!(small.is_empty() && small.capacity() <= 160, "{small:?}");
        let same = spare.take(&chunk(1000));
        assert!(same.is_empty() && same.capacity() == 4096);
        assert!(spare.take(&chunk(1000)).capacity() < 4096, "it is gone");
    }

    #[test]
    fn not_much_is_kept() {
        let mut spare = Spare::default();
        spare.put(Vec::new());
        spare.put(vec![7; LARGEST + 1]);
        assert!(spare.buffers.is_empty());
        (0..2 * MOST).for_each(|_| spare.put(vec![7; 10]));
        assert_eq!(spare.buffers.len(), MOST);
    }
}
