//! What is wrong with a text, and where.

use std::fmt;

/// A text is not PTX that this crate runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PtxError {
    line: u32,
    column: u32,
    message: String,
}

impl PtxError {
    pub(crate) fn new(line: u32, column: u32, message: impl Into<String>) -> PtxError {
        PtxError {
            line,
            column,
            message: message.into(),
        }
    }

    /// The line, counted from one.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column in bytes, counted from one.
    #[must_use]
    pub fn column(&self) -> u32 {
        self.column
    }

    /// Whether it stands before another in the text.
    pub(super) fn is_before(&self, other: &PtxError) -> bool {
        (self.line, self.column) < (other.line, other.column)
    }

    /// What is wrong there.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for PtxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PTX, line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl std::error::Error for PtxError {}
