//! What the engine deals with: items that are sent together, and what becomes of them.

use std::time::Duration;

use crate::pool::failure::Failure;
use crate::pool::records::Items;

/// Whom the items of a chunk belong to.
pub(crate) trait Owner: Clone {
    /// A chunk is about to be sent. False if nobody wants it any more.
    fn begin(&self) -> bool;
}

/// How a chunk's items are treated.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rules {
    /// How often an item is tried again whose worker died.
    pub(crate) retries: u32,
    /// How long an item may take.
    pub(crate) limit: Option<Duration>,
}

/// Items that are sent together.
#[derive(Debug)]
pub(crate) struct Chunk<O> {
    pub(crate) owner: O,
    /// The position of the first item among its owner's.
    pub(crate) first: usize,
    pub(crate) items: Items,
    pub(crate) rules: Rules,
    /// How many workers have died of the first item.
    pub(crate) deaths: u32,
}

/// What has become of some items.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) first: usize,
    pub(crate) count: usize,
    pub(crate) outcome: Outcome,
}

impl Piece {
    /// How many bytes it is.
    pub(crate) fn size(&self) -> usize {
        match &self.outcome {
            Outcome::Records(bytes) => bytes.len(),
            Outcome::Failed(_) => 0,
        }
    }
}

/// The outcome of a piece's items.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A record of each.
    Records(Vec<u8>),
    /// It is the same for all.
    Failed(Failure),
}

impl<O: Owner> Chunk<O> {
    /// Keeps so many items, and gives a chunk of the others.
    pub(super) fn split_off(&mut self, count: usize) -> Chunk<O> {
        let deaths = if count == 0 { self.deaths } else { 0 };
        Chunk {
            owner: self.owner.clone(),
            first: self.first + count,
            items: self.items.split_off(count),
            rules: self.rules,
            deaths,
        }
    }
}
