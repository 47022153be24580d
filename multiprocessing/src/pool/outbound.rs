//! Items on their way to workers: encoded, cut into chunks, handed over.

use std::sync::Arc;

use manyways_process::catch_panic;
use serde::Serialize;

use super::door::{AnyChunk, Sequence, Task};
use super::engine::{Chunk, Outcome, Piece, Rules};
use super::failure::Failure;
use super::records::Items;

/// Cuts items into chunks.
pub(crate) struct Outbound<'a> {
    sequence: &'a Sequence,
    task: &'a Arc<dyn Task>,
    rules: Rules,
    /// The position of the first item of the chunk that is being made.
    first: usize,
    items: Items,
    /// Bytes of whole items.
    valid: usize,
    /// Bytes of the last chunk.
    last_size: usize,
}

impl<'a> Outbound<'a> {
    /// For items from this position on.
    pub(crate) fn new(
        sequence: &'a Sequence,
        task: &'a Arc<dyn Task>,
        rules: Rules,
        first: usize,
    ) -> Outbound<'a> {
        Outbound {
            sequence,
            task,
            rules,
            first,
            items: Items::default(),
            valid: 0,
            last_size: 0,
        }
    }

    /// Adds the items to the chunk that is being made. One that cannot be encoded fails alone, and those before it are sent.
    pub(crate) fn add<A: Serialize>(&mut self, items: impl IntoIterator<Item = A>) {
        let mut items = items.into_iter().fuse();
        if self.items.count == 0 {
            // As long as it was before, in all likelihood.
            self.items.bytes.reserve(self.last_size);
        }
        while self.fill(&mut items) {}
    }

    /// Encodes items until there are none, or one of them cannot be encoded. Whether there may be more.
    fn fill<A: Serialize>(&mut self, items: &mut impl Iterator<Item = A>) -> bool {
        let run = catch_panic(|| self.encode(items));
        let failure = match run {
            Ok(Ok(())) => return false,
            Ok(Err(error)) => error.to_string(),
            Err(report) => report.to_string(),
        };
        self.items.bytes.truncate(self.valid);
        self.send();
        let why = Failure::Unencodable("the argument could not be encoded", failure.into());
        self.task.deliver(Piece {
            first: self.first,
            count: 1,
            outcome: Outcome::Failed(why),
        });
        self.first += 1;
        true
    }

    fn encode<A: Serialize>(
        &mut self,
        items: &mut impl Iterator<Item = A>,
    ) -> manyways_wire::Result<()> {
        for item in items {
            self.items.push(&item)?;
            self.valid = self.items.bytes.len();
        }
        Ok(())
    }

    /// Sends what was added, if that is anything, as one chunk.
    pub(crate) fn send(&mut self) {
        let items = std::mem::take(&mut self.items);
        self.valid = 0;
        if items.count == 0 {
            return;
        }
        self.last_size = items.bytes.len();
        let chunk: AnyChunk = Chunk {
            owner: self.task.clone(),
            first: self.first,
            rules: self.rules,
            deaths: 0,
            items,
        };
        self.first += chunk.items.count;
        self.sequence.door().run(chunk);
    }
}

/// Python's: four chunks for each worker.
pub(crate) fn default_chunksize(items: usize, workers: usize) -> usize {
    items.div_ceil(4 * workers).max(1)
}
