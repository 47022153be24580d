//! Queues between processes.
//!
//! A queue is a ring of encoded items in shared memory. A put costs no system call unless somebody sleeps who waits for an item,
//! a get none unless somebody waits for room.
//!
//! | Python | here |
//! |---|---|
//! | an item is encoded later, by a feeder thread; one that cannot be is lost, with a traceback on stderr | [`put`](Queue::put) encodes, and its error says why |
//! | what is changed after `put` may or may not arrive changed | what was put arrives |
//! | a process does not end before its items are taken: `join` before `get` hangs | an item that was put stays in the queue when its process ends, and so does one that is killed |
//! | a reader killed in `get` keeps the others out for ever | the next `get` gets the same item |
//! | `JoinableQueue.join` hangs when a process was killed that had taken an item | it says who died, and with how many |
//! | `empty` may be true right after `put` | it tells what is there |
//!
//! Items of one thread arrive in the order in which it put them. An item as large as half the ring's memory or more goes through
//! in pieces: so there is no limit, but putting it takes as long as a reader takes to get it; and a get that has begun to take one goes
//! on to its end, or its putter's, whatever its own limit is.

mod bytes;
mod error;
mod fifo;
mod item;
mod joinable;
mod simple;

pub use bytes::Bytes;
pub use error::{GetError, JoinError, PutError, TaskDoneError};
pub use fifo::{Queue, QueueBuilder};
pub use joinable::JoinableQueue;
pub use simple::SimpleQueue;
