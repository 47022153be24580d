//! Named blocks of memory that any process of the same user can open: Python's `multiprocessing.shared_memory`.
//!
//! ```
//! use multiprocessing::shared_memory::SharedMemory;
//!
//! let block = SharedMemory::create(1000)?;
//! block.write(0, b"hello");
//!
//! let same = SharedMemory::open(block.name())?; // in this process or another
//! let mut bytes = [0; 5];
//! same.read(0, &mut bytes);
//! assert_eq!(&bytes, b"hello");
//! block.unlink()?;
//! # Ok::<(), multiprocessing::shared_memory::Error>(())
//! ```
//!
//! # How long a block lives
//!
//! Until somebody [unlinks](SharedMemory::unlink) its name; else until the process that created it has ended and nobody
//! has it open any more, however they ended. Python leaves a block behind when the creator is killed together with
//! Python's own tracker, and destroys it under its users when a process ends that had merely opened it.
//!
//! Whoever has a block open holds a shared `flock` on it, which the kernel gives up when the process ends. A background
//! process, one for each process that creates blocks, is told of each before it has a name; when the creator is gone it
//! removes what nobody has open, and looks twice a second at the rest. So there is no moment in which a block exists that
//! nobody will remove. Should that process be killed, the next block starts another, which takes over. What is left when both
//! are killed and none was started in between, only `unlink` removes.
//!
//! The background process is forked when the first block is created. As it is a copy, memory that its creator writes to later is
//! there twice until both have ended: a program with a large heap creates its first block early.
//!
//! Blocks are made of POSIX shared memory directly. The crate `shared_memory` would do the mapping; but it unlinks in forked
//! children what their parent owns, reserves no memory (where `/dev/shm` is full, the first write ends the process), and does
//! not let anyone lock what it opens.
//!
//! # Without locks
//!
//! As in Python, nothing keeps two processes from writing the same place at once. [`read`](SharedMemory::read) and
//! [`write`](SharedMemory::write) are sound all the same, as they go word by word; what one reads while
//! another writes is some mixture of old and new bytes. A [`Lock`](crate::Lock) beside the block orders them.

mod cell;
mod copy;
mod error;
mod file;
mod item;
mod list;
mod manager;
#[cfg(all(test, loom))]
mod model;
mod segment;
mod slot;
mod sync;
mod tracker;
mod travel;

pub use error::{Error, Result};
pub use item::Item;
pub use list::ShareableList;
pub use manager::SharedMemoryManager;
pub use segment::SharedMemory;
