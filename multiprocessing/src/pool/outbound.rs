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
        }
    }

    /// Sends all items in chunks of this size. One that cannot be encoded fails alone.
    pub(crate) fn send_all<A: Serialize>(mut self, items: Vec<A>, chunksize: usize) {
        let mut items = items.into_iter();
        while !items.as_slice().is_empty() {
            self.fill(&mut items, chunksize);
            self.send();
        }
    }

    /// Sends the items as one chunk.
    pub(crate) fn send_chunk<A: Serialize>(mut self, items: Vec<A>) {
        let mut items = items.into_iter();
        while !items.as_slice().is_empty() {
            self.fill(&mut items, usize::MAX);
        }
        self.send();
    }

    /// Encodes items until the chunk is full, or one of them cannot be encoded.
    fn fill<A: Serialize>(&mut self, items: &mut std::vec::IntoIter<A>, chunksize: usize) {
        let run = catch_panic(|| self.encode(items, chunksize));
        let failure = match run {
            Ok(Ok(())) => return,
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
    }

    fn encode<A: Serialize>(
        &mut self,
        items: &mut std::vec::IntoIter<A>,
        chunksize: usize,
    ) -> manyways_wire::Result<()> {
        while self.items.count < chunksize {
            let Some(item) = items.next() else { break };
            self.items.push(&item)?;
            self.valid = self.items.bytes.len();
        }
        Ok(())
    }

    fn send(&mut self) {
        let items = std::mem::take(&mut self.items);
        self.valid = 0;
        if items.count == 0 {
            return;
        }
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
