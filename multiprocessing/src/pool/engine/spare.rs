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
