//! What holds a queue's items.

use std::panic::{self, AssertUnwindSafe};

/// Why an item was not let in; gives it back.
#[derive(Debug)]
pub(super) enum Rejected<T> {
    Full(T),
    Closed(T),
}

/// Why there is nothing to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nothing {
    Empty,
    /// And nothing will come.
    Closed,
}

/// A store of items, shared by threads, in which nobody sleeps.
///
/// It knows whether somebody sleeps elsewhere. A getter that finds nothing calls [`expect_item`](Store::expect_item);
/// from the moment at which this says yes, every [`push`](Store::push) says that somebody waits, until
/// [`forget_getters`](Store::forget_getters). The same with putters and room. So whoever changes something learns by the change
/// itself whether there is somebody to wake: there is no second word to look at, and no fence between the two.
pub(super) trait Store {
    type Item;

    /// Puts an item in. True if somebody waits for items.
    fn push(&self, item: Self::Item) -> Result<bool, Rejected<Self::Item>>;

    /// Takes an item out. True if somebody waits for room.
    fn pop(&self) -> Result<(Self::Item, bool), Nothing>;

    /// Says that somebody is about to wait for an item. False if there is no reason to: there is one, or none will
    /// come.
    fn expect_item(&self) -> bool;

    /// Nobody waits for items any more.
    fn forget_getters(&self);

    /// Says that somebody is about to wait for room. False if there is no reason to: there is room, or nothing is
    /// let in.
    fn expect_room(&self) -> bool;

    /// Nobody waits for room any more.
    fn forget_putters(&self);

    /// Lets nothing in any more.
    fn close(&self);

    fn is_closed(&self) -> bool;

    /// After [`close`](Store::close): lets nothing out any more. How many items this call has locked in, which
    /// [`pop_sealed`](Store::pop_sealed) gives.
    fn seal(&self) -> u64;

    /// An item of a sealed store.
    fn pop_sealed(&self) -> Option<Self::Item>;

    /// How many items there are for getters.
    fn len(&self) -> usize;

    /// How many items were ever let in.
    fn puts(&self) -> u64;

    /// How many items fit. 0 is no limit.
    fn capacity(&self) -> usize;
}

/// Drops all that `take` gives. A drop that panics keeps no other item from its own; the first panic goes on
/// afterwards.
pub(super) fn discard<T>(mut take: impl FnMut() -> Option<T>) {
    let mut panic = None;
    while let Some(item) = take() {
        let dropped = panic::catch_unwind(AssertUnwindSafe(|| drop(item)));
        panic = panic.or(dropped.err());
    }
    if let Some(panic) = panic {
        panic::resume_unwind(panic);
    }
}
