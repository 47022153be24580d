//! Plain values in memory that processes share: Python's `Value` and `Array`.

mod array;
mod cell;
mod guarded;
mod header;
mod raw;
mod travel;
mod value;

pub use array::{Array, ArrayGuard};
pub use bytemuck::Pod;
pub use raw::{RawArray, RawValue};
pub use value::{Value, ValueGuard};
