//! Functions by their names.
//!
//! A function cannot be sent to another process; its name can, where the other process is the same program. An attribute
//! macro of `manyways-task-macro`, re-exported by each system as `#[task]`, leaves the function as it is and submits an
//! [`Entry`]. All entries of a program, those of its libraries included, form one list, which is made before `main`.
//!
//! The caller names the function itself, and the trait [`Task`] checks number and types of the arguments:
//!
//! ```
//! use manyways_wire::task::{self, Entry, Task};
//!
//! fn add(a: u32, b: u32) -> u32 {
//!     a + b
//! }
//!
//! // What `#[task]` makes of it:
//! inventory::submit! {
//!     Entry::new(|| std::any::type_name_of_val(&add), |args| task::prepare::<(u32, u32), _>(add, args))
//! }
//!
//! fn remotely<A, T>(function: T, arguments: A) -> Result<T::Output, Box<dyn std::error::Error>>
//! where
//!     A: serde::Serialize,
//!     T: Task<A>,
//!     T::Output: serde::de::DeserializeOwned,
//! {
//!     let entry = task::entry_of(&function)?; // Or an error here, before anything is sent.
//!     let (name, arguments) = (entry.name(), manyways_wire::encode(&arguments)?);
//!     // These two travel.
//!     let value = task::find(name)?.call(&arguments)?;
//!     Ok(manyways_wire::decode(&value)?)
//! }
//! assert_eq!(remotely(add, (20, 22))?, 42);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod entry;
mod function;
mod lookup;

pub use entry::{Call, Entry, Returned, prepare};
pub use function::Task;
pub use lookup::{LookupError, entry_of, find};
