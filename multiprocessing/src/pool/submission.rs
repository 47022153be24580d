//! The items of a call or a map, taken from their iterator and sent.

use std::sync::Arc;

use serde::Serialize;

use super::door::{Sequence, Task};
use super::engine::Rules;
use super::outbound::Outbound;
use super::promise::{Collected, Promise};

/// So many items are taken before they are encoded: few enough to be still near when that is done.
const BATCH: usize = 256;

/// Sends the items in chunks of this size. What they are made by runs outside of all that would take its panics for
/// something else.
pub(crate) fn send<T: Send + 'static, Args: Serialize>(
    collected: Collected<T>,
    sequence: &Sequence,
    rules: Rules,
    items: impl Iterator<Item = Args>,
    chunksize: usize,
) {
    let submission = Submission(collected.promise.clone());
    let task: Arc<dyn Task> = Arc::new(collected);
    let mut outbound = Outbound::new(sequence, &task, rules, 0);
    let mut items = items.fuse();
    let mut batch = Vec::new();
    let mut left = chunksize;
    loop {
        batch.extend(items.by_ref().take(left.min(BATCH)));
        if batch.is_empty() {
            outbound.send();
            return;
        }
        left -= batch.len();
        submission.0.expect(batch.len());
        outbound.add(batch.drain(..));
        if left == 0 {
            outbound.send();
            left = chunksize;
        }
    }
}

/// A promise whose items are being sent. Its end is that of the sending, be it by a panic in the iterator that makes the items:
/// then nobody waits for the promise.
struct Submission<T: Send + 'static>(Arc<Promise<T>>);

impl<T: Send + 'static> Drop for Submission<T> {
    fn drop(&mut self) {
        self.0.expect_no_more();
    }
}
