//! How a thread of this crate sleeps: the one way, for all types.
//!
//! A [`WaitQueue`] has a mutex, some state `S` of its owner's under it, and a line of waiting threads.
//!
//! ```text
//! let mut queue = self.queue.lock();      // the mutex
//! if queue.state_allows() { return Ok(()) }    // Deref to S
//! match queue.enqueue().wait(limit) {     // joins the line and unlocks, in one step; sleeps
//!     Ok(message) => ...                  // somebody chose this waiter and left a message
//!     Err(left) => ...                    // left.why: timed out or cancelled; left.queue: locked again
//! }
//!
//! let mut queue = self.queue.lock();
//! queue.notify_one(MESSAGE);              // chooses the first in line; it is woken after the unlock
//! ```
//!
//! # Contract
//!
//! - **Who may call.** Any thread, at any time, destructors of thread-locals included. A thread may be in several
//!   lines at once (it joins a second one before it waits in the first); it sleeps in one of them.
//!   Nothing here calls code of users, and nothing may call it while a queue is locked: a [`Locked`] is held for a
//!   few instructions, and never while waiting.
//! - **Order.** Waiters are chosen in the order in which they joined ([`Locked::enqueue`]). One that was chosen
//!   but found nothing to take may join at the head ([`Locked::enqueue_first`]).
//! - **Once.** All joining, choosing and leaving happens under the mutex. A waiter that is chosen returns `Ok`, once, with
//!   the message that was meant for it, even if its time is up or its token is cancelled at the same moment. A
//!   waiter that leaves returns `Err` with the queue locked: from the moment at which it left until then,
//!   nobody has chosen it, and nobody else has had the queue. So no notification is lost on a thread that has given up.
//! - **Passing on.** What is chosen must make use of the choice, or choose another. [`Waiting::give_up`] says whether
//!   its waiter was chosen meanwhile; a [`Waiting`] that is dropped, by a panic say, passes its message on by itself.
//! - **Memory.** What a thread wrote before it locked the queue to notify is seen by the one that it notified. A waiter joins,
//!   then looks at atomics; a notifier changes these, then calls [`WaitQueue::has_waiters`]: at least one of
//!   the two sees the other (both have a sequentially consistent fence), which is what a lock-free fast path
//!   needs:
//!
//!   ```text
//!   let waiting = queue.lock().enqueue();          ring.push(item);
//!   if ring.has_items() { waiting.give_up() }      if queue.has_waiters() {
//!   else { waiting.wait(limit) }                       queue.lock().notify_one(MESSAGE);
//!                                                  }
//!   ```
//! - **Limits.** A token that was cancelled before ends a wait at once, unless the waiter was chosen already. Types look at
//!   [`Limit::check_token`] first, so that a cancelled token makes even calls fail that need not wait. Time
//!   counts from [`Limit::start`]: call it once, before the first of several waits.
//! - **Cost.** No allocation once a thread has waited before, and the queue's token has had as many waiters before. A
//!   waiter spins a few microseconds before it sleeps, if there is more than one processor.
//!   Joining, leaving and choosing are O(1); cancelling is O(waiters of the token).
//!
//! # Files
//!
//! `parker` is a thread's bed, `node` a waiter (a parker, its message, its place in line), `cell` the line, `queue` the
//! protocol, `limit` and `cancel` what ends a wait, `spin` the time before sleep, `turn` fairness.

mod cancel;
mod cell;
mod limit;
#[cfg(all(test, loom))]
mod model;
mod node;
mod parker;
mod queue;
mod spin;
#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
mod turn;

pub use self::{
    cancel::CancelToken,
    limit::{Limit, WaitError},
};
pub(crate) use self::{
    node::{Hold, hold},
    queue::{Left, Locked, WaitQueue, Waiting},
    spin::Spin,
    turn::Turn,
};
