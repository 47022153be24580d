//! PTX text to a tree. Bounded in size and nesting; a text that is no PTX is an error with line and column.

mod error;

pub use self::error::PtxError;

/// A parsed module. Borrows from the text.
#[derive(Debug, Clone)]
pub struct Tree<'a> {
    text: &'a str,
}

/// Parses a module.
///
/// # Errors
///
/// If the text is no PTX, or is larger than the limits.
pub fn parse(text: &str) -> Result<Tree<'_>, PtxError> {
    let _ = text;
    unimplemented!()
}
