//! PTX text to a tree. Bounded in size and nesting; a text that is no PTX is an error with line and column.

mod body;
mod error;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;
mod tree;
mod variables;

pub use self::error::PtxError;
pub use self::parser::parse;
pub use self::tree::Tree;
pub(crate) use self::tree::{
    Address, Function, Init, Instruction, Linkage, Operand, Place, Registers, Space, Statement,
    Variable,
};
