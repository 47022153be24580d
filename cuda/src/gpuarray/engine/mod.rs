//! What runs the kernels of arrays, whatever their elements' type.

mod block;
mod elementwise;
mod library;
mod reduce;
mod untyped;

pub(crate) use self::block::{Block, Word};
pub(crate) use self::elementwise::{Elementwise, MAX_RANK, Operand, walk_of};
#[cfg(test)]
pub(crate) use self::library::names_of_operations;
pub(crate) use self::library::{Family, Library};
pub(crate) use self::reduce::{Chosen, MAX_BLOCKS, Reduction, THREADS, check_wrong};
pub(crate) use self::untyped::Untyped;
