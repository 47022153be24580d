//! Limits for decoding what a stranger sent.
//!
//! postcard trusts a message in two ways. It follows any depth of nesting, so that a few kilobytes of "and in it another
//! one" overflow the stack where the type is recursive; and elements that take no byte (`()`, or a struct whose fields are
//! all skipped) cost the sender nothing, so that a nine-byte `Vec<()>` keeps the receiver busy for centuries. A [`Guard`]
//! keeps count; `guarded.rs` puts it between serde and the deserializer.
//!
//! What a message may cost is then bounded by its length: reservations are granted from a pool of as many elements as the
//! message has bytes, and more than that no honest message needs.

use serde::de::Error;
use std::cell::Cell;

/// Levels of options, structs, enums, tuples, sequences and maps inside each other.
pub(crate) const MAX_DEPTH: usize = 256;

/// What the elements that take no byte may cost a message: one each, or their size in memory if that is more.
pub(crate) const MAX_FREE: usize = 16 << 20;

/// The limit that a message exceeded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    Depth,
    Free,
}

/// More elements are announced than an honest message has left.
pub(crate) struct Ungranted;

/// The count of one message.
pub(crate) struct Guard<'a> {
    pub(crate) bytes: &'a [u8],
    /// How many of the bytes are decoded.
    pub(crate) at: Cell<usize>,
    pub(crate) exceeded: Cell<Option<Limit>>,
    depth: Cell<usize>,
    free: Cell<usize>,
    reservable: Cell<usize>,
}

impl<'a> Guard<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Guard {
            bytes,
            at: Cell::new(0),
            exceeded: Cell::new(None),
            depth: Cell::new(MAX_DEPTH),
            free: Cell::new(MAX_FREE),
            reservable: Cell::new(bytes.len()),
        }
    }

    #[inline(always)]
    fn spend<E: Error>(&self, budget: &Cell<usize>, cost: usize, limit: Limit) -> Result<(), E> {
        match budget.get().checked_sub(cost) {
            Some(left) => {
                budget.set(left);
                Ok(())
            }
            None => Err(self.refuse(limit)),
        }
    }

    #[cold]
    fn refuse<E: Error>(&self, limit: Limit) -> E {
        self.exceeded.set(Some(limit));
        E::custom(format_args!("{limit:?}"))
    }

    /// Opens a level.
    #[inline(always)]
    pub(crate) fn enter<E: Error>(&self) -> Result<(), E> {
        self.spend(&self.depth, 1, Limit::Depth)
    }

    #[inline(always)]
    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get() + 1);
    }

    /// How many elements a visitor may reserve. None for a fixed number (it is in the type), and the announced number
    /// where the pool has that many left.
    #[inline(always)]
    pub(crate) fn grant(
        &self,
        counted: bool,
        announced: Option<usize>,
    ) -> Result<Option<usize>, Ungranted> {
        if !counted {
            return Ok(None);
        }
        let left = announced.and_then(|number| self.reservable.get().checked_sub(number));
        self.reservable.set(left.ok_or(Ungranted)?);
        Ok(announced)
    }

    #[inline(always)]
    pub(crate) fn position(&self) -> usize {
        self.at.get()
    }

    /// Charges an element of this size in memory if nothing was read since `before`.
    #[inline(always)]
    pub(crate) fn charge<E: Error>(&self, before: usize, size: usize) -> Result<(), E> {
        if self.position() == before {
            self.spend(&self.free, size.max(1), Limit::Free)?;
        }
        Ok(())
    }
}
