//! Memory that processes share, with locks that outlive their holders and a ring of messages.
//!
//! This is mechanism, without a system's names, defaults and errors. What it promises is one thing: whatever process dies, at
//! whatever moment, killed, stopped and killed, by itself or by becoming another program, nobody who lives hangs, and who
//! needs to know of it learns it within 100 ms.
//!
//! # Places
//!
//! A [`Place`] is a piece of anonymous memory. Forked children have their parent's places; any process can be sent one, as a
//! descriptor and two numbers. The memory goes with the last process that has it, so nothing is ever left behind.
//!
//! ```
//! use manyways_shared_memory::{Lock, Place};
//!
//! let lock = Lock::new()?;
//! let (descriptor, offset, len) = lock.place().parts();
//! // In a process that was sent these:
//! let same = Lock::at(Place::from_parts(descriptor.try_clone_to_owned()?, offset, len)?)?;
//! let _ = same.acquire(None)?;
//! assert!(lock.is_held());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Locks
//!
//! A [`Lock`] may be released by any process, an [`RLock`] by the thread that holds it, which may take it again. Waits take a
//! deadline. A lock whose holder died is given to the next, with the news; what it guards may be half changed:
//!
//! ```
//! use manyways_shared_memory::{Lock, Taken};
//! use std::time::{Duration, Instant};
//!
//! let lock = Lock::new()?;
//! match lock.acquire(Some(Instant::now() + Duration::from_secs(1)))? {
//!     Taken::Clean => {}
//!     Taken::OwnerDied(death) => println!("process {:?} died; checking the data", death.pid()),
//! }
//! lock.release()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Meetings
//!
//! An [`Event`] is a flag to wait for. A [`Semaphore`] has permits; those of the dead come back. A [`Condition`] has a line of
//! waiters and no lock of its own; what a dead one was told goes to the next. A [`Barrier`] is a meeting point; a dead party breaks it.
//!
//! ```
//! use manyways_shared_memory::{Event, Permits, Semaphore};
//!
//! let (seats, full) = (Semaphore::new(2, Some(2), Permits::Returned)?, Event::new()?);
//! std::thread::scope(|scope| {
//!     scope.spawn(|| {
//!         let _ = (seats.acquire(None), seats.acquire(None));
//!         full.set();
//!     });
//!     assert!(full.wait(None));
//! });
//! assert_eq!(seats.value(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Messages
//!
//! A [`Ring`] is a queue of messages between any number of processes. A message is there whole or not at all.
//!
//! ```
//! use manyways_shared_memory::{GetError, Ring};
//!
//! let ring = Ring::new(Ring::CAPACITY, None)?;
//! std::thread::scope(|scope| {
//!     scope.spawn(|| {
//!         for number in 0..1000_u32 {
//!             ring.put(&[&number.to_le_bytes()], None).unwrap();
//!         }
//!         ring.close();
//!     });
//!     let mut message = Vec::new();
//!     let mut sum = 0;
//!     while ring.get(&mut message, None) != Err(GetError::Closed) {
//!         sum += u32::from_le_bytes(message[..].try_into().unwrap());
//!         message.clear();
//!     }
//!     assert_eq!(sum, 499_500);
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How death is known
//!
//! Each process that takes part in a segment holds a lock of the kernel's on a byte of it, through a descriptor of its own, and
//! the kernel gives the lock up when the process is gone: no process ids, which are used again, and no guesses by time. A word that
//! says who holds something has the holder's identity in it. Whoever waits for another process looks every 50 ms whether it
//! lives, and at what it waits for: a wake-up that a killed process owed is made good in that time too.
//!
//! Changes are made so that they cannot be left half done: of one word, or published by the store of one word. So whoever comes after a
//! death has nothing to repair.
//!
//! # How it waits
//!
//! Uncontended calls are a few atomic operations and no system call. Otherwise a thread spins, if there is more than one processor, and
//! then sleeps on a futex: for some microseconds for a lock, and for a message up to 50 of them, unless others want its processor.
//! Who sleeps elsewhere, in `poll`, is woken by way of a [`Doorbell`].
//!
//! # Limits
//!
//! - 1024 processes take part in a segment at a time, each with two descriptors; objects of up to 16 KiB share segments.
//! - Identities are used again after a million owners of one of the 1024 slots.
//! - 256 threads wait on a condition; permits are known of 64 processes; a barrier has 10 000 parties.
//! - `/proc` must be mounted. A process must be forked by the C library's `fork`, which runs the handlers by which children part from
//!   their parent's identity. Linux only.
//! - A process that closes descriptors which are not its own, to become a daemon, say, is dead for the others.
//! - Who sleeps wakes 20 times a second to look around.
//! - A process that is stopped within the few instructions in which it changes a semaphore, condition or barrier holds the others up,
//!   deadline or not, until it goes on or dies. Locks, events and rings keep their deadlines even then.
//! - The processes trust each other: one that writes into a segment what it likes can hold others up, though not make them read or
//!   write outside of it.
//!
//! # Modules
//!
//! `segment`, `place`, `life`: memory, and who takes part. `lock`, `event`, `semaphore`, `condition`, `barrier`, `ring`, `doorbell`: a
//! type or two each. `spin` and `wait`: how threads wait. `seam`: what the model checker replaces. Unsafe code is in files named `sys` (system
//! calls) and `cell` (what lies in shared memory).

#![cfg_attr(loom, allow(dead_code, reason = "models have no places"))]

mod barrier;
mod cell;
mod condition;
mod doorbell;
mod error;
mod event;
mod life;
mod lock;
#[cfg(all(test, loom))]
mod model;
mod place;
mod ring;
mod seam;
mod segment;
mod semaphore;
mod spin;
mod wait;

pub use self::{
    barrier::{Barrier, BarrierError},
    condition::{Condition, EnqueueError, Waiter},
    doorbell::{Doorbell, Listening},
    error::{LifeError, Misuse, PlaceError, WaitError},
    event::Event,
    life::Death,
    lock::{Lock, RLock, Taken},
    place::Place,
    ring::{DoneError, GetError, JoinError, Pieces, PutError, Ring, TaskRing},
    semaphore::{Permits, ReleaseError, Semaphore},
};
