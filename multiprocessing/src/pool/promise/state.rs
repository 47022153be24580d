//! What a promise knows of its result so far.

use std::mem;
use std::sync::Arc;

use super::listeners::Listener;
use crate::pool::engine::Piece;
use crate::pool::error::PoolError;
use crate::pool::watch::Watch;

/// How a result is made of pieces, as they come.
pub(crate) trait Assembly<T>: Send {
    /// Takes pieces in, of a result of so many items. Says how many bytes of them have to wait for others.
    fn add(&mut self, pieces: Vec<Piece>, items: usize) -> usize;

    /// All have come.
    fn result(self: Box<Self>) -> Result<T, PoolError>;
}

/// Whoever waits for the result takes pieces in meanwhile when they are so many bytes: many small ones cost one wake-up.
const WORTHWHILE: usize = 32 << 10;

pub(super) struct State<T> {
    /// Items without outcome, and one more until all have been sent.
    pub(super) left: usize,
    /// All items.
    pub(super) items: usize,
    /// Those that were not taken in, and how many bytes they are.
    pieces: Vec<Piece>,
    bytes: usize,
    /// How many are worth while to be taken in.
    worthwhile: usize,
    /// Somebody takes pieces in while they come, and waits for more.
    pub(super) is_assembling: bool,
    /// Absent if there are no pieces, while it takes some in, and once it has given the result.
    assembly: Option<Box<dyn Assembly<T>>>,
    pub(super) result: Option<Result<T, PoolError>>,
    pub(super) is_taken: bool,
    pub(super) listeners: Vec<Listener<T>>,
    /// The listeners are being told.
    pub(super) is_announcing: bool,
    pub(super) watches: Vec<(Arc<Watch>, usize)>,
}

impl<T> State<T> {
    pub(super) fn new(assembly: Option<Box<dyn Assembly<T>>>) -> State<T> {
        State {
            left: 1,
            items: 0,
            pieces: Vec::new(),
            bytes: 0,
            worthwhile: WORTHWHILE,
            is_assembling: false,
            assembly,
            result: None,
            is_taken: false,
            listeners: Vec::new(),
            is_announcing: false,
            watches: Vec::new(),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.left == 0 && !self.is_announcing
    }

    pub(super) fn add(&mut self, piece: Piece) {
        self.bytes += piece.size();
        self.pieces.push(piece);
    }

    /// Whether pieces should be taken in before all have come. Of a result for listeners their thread takes all.
    pub(super) fn is_worthwhile(&self) -> bool {
        self.bytes >= self.worthwhile && self.listeners.is_empty() && self.assembly.is_some()
    }

    /// What the result is made of, to be made outside of the lock.
    pub(super) fn take_parts(&mut self) -> Parts<T> {
        self.bytes = 0;
        Parts {
            pieces: mem::take(&mut self.pieces),
            items: self.items,
            assembly: self.assembly.take(),
            result: self.result.take(),
        }
    }

    /// Gives the assembly back that has taken pieces in, of which so many bytes wait for others.
    pub(super) fn put_back(&mut self, assembly: Option<Box<dyn Assembly<T>>>, waiting: usize) {
        self.worthwhile = waiting.max(WORTHWHILE);
        self.assembly = assembly;
    }
}

/// What a result is made of.
pub(super) struct Parts<T> {
    pieces: Vec<Piece>,
    items: usize,
    assembly: Option<Box<dyn Assembly<T>>>,
    result: Option<Result<T, PoolError>>,
}

impl<T> Parts<T> {
    /// Takes the pieces in. Gives the assembly, and how many bytes in it wait for others.
    pub(super) fn assemble(mut self) -> (Option<Box<dyn Assembly<T>>>, usize) {
        let assembly = self.assembly.as_mut();
        let waiting = assembly.map_or(0, |assembly| assembly.add(self.pieces, self.items));
        (self.assembly, waiting)
    }

    pub(super) fn into_result(self) -> Result<T, PoolError> {
        match (self.result, self.assembly) {
            (Some(result), _) => result,
            (None, Some(mut assembly)) => {
                assembly.add(self.pieces, self.items);
                assembly.result()
            }
            (None, None) => Err(PoolError::taken()),
        }
    }
}
