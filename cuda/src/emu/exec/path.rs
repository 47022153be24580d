//! Lanes that are at the same place.

use std::rc::Rc;

/// Where a frame's rows start, among those of the warp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Frame {
    pub(super) narrow: usize,
    pub(super) wide: usize,
    pub(super) preds: usize,
    /// Rows of four bytes of local memory.
    pub(super) local: usize,
}

/// A call that has not returned.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) function: u32,
    /// The instruction behind the call.
    pub(super) pc: u32,
    /// The call's index among its function's.
    pub(super) call: u32,
    pub(super) frame: Frame,
    pub(super) above: Option<Rc<Caller>>,
}

impl Drop for Caller {
    /// Without recursion: calls nest deep.
    fn drop(&mut self) {
        let mut above = self.above.take();
        while let Some(caller) = above {
            above = Rc::into_inner(caller).and_then(|mut caller| caller.above.take());
        }
    }
}

/// What a path waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    /// For lanes that a `.sync` instruction's mask names.
    Members(u32),
    /// For a barrier of the block, by its number.
    Barrier(u32),
}

/// Lanes that execute the same instruction of the same call.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) lanes: u32,
    pub(super) function: u32,
    pub(super) pc: u32,
    pub(super) frame: Frame,
    pub(super) caller: Option<Rc<Caller>>,
    pub(super) depth: u32,
    pub(super) state: State,
    /// It has run for long while others could have run: their turn.
    pub(super) has_yielded: bool,
}

impl Path {
    /// Whether two paths are in the same call, so that they may become one.
    pub(super) fn is_beside(&self, other: &Path) -> bool {
        let same_caller = match (&self.caller, &other.caller) {
            (None, None) => true,
            (Some(one), Some(another)) => Rc::ptr_eq(one, another),
            _ => false,
        };
        self.function == other.function && self.frame == other.frame && same_caller
    }

    /// Whether two paths are at the same place.
    pub(super) fn meets(&self, other: &Path) -> bool {
        self.pc == other.pc && self.is_beside(other)
    }
}
