//! An error before it is known whose it is.

use super::fault::FaultKind;
use crate::emu::memory::MemoryError;

/// What one lane did wrong.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) kind: FaultKind,
    pub(super) detail: String,
    pub(super) lane: usize,
    pub(super) address: Option<u64>,
    pub(super) allocation: Option<(u64, u64)>,
}

/// Boxed, so that what succeeds pays nothing for it.
pub(super) type Outcome<T = ()> = Result<T, Box<Trouble>>;

impl Trouble {
    pub(super) fn new(kind: FaultKind, lane: usize, detail: impl Into<String>) -> Box<Trouble> {
        Box::new(Trouble {
            kind,
            detail: detail.into(),
            lane,
            address: None,
            allocation: None,
        })
    }

    pub(super) fn at(mut self: Box<Trouble>, address: u64) -> Box<Trouble> {
        self.address = Some(address);
        self
    }

    /// An access to global memory that is refused.
    pub(super) fn of_memory(error: &MemoryError, lane: usize, access: &str) -> Box<Trouble> {
        let (kind, address, allocation) = match *error {
            MemoryError::UseAfterFree {
                address,
                allocation,
            } => (FaultKind::UseAfterFree, Some(address), Some(allocation)),
            MemoryError::IllegalAddress {
                address,
                allocation,
                ..
            } => (FaultKind::IllegalAddress, Some(address), allocation),
            _ => (FaultKind::IllegalAddress, None, None),
        };
        let detail = match kind {
            FaultKind::UseAfterFree => format!("{access} that has been freed"),
            _ => format!("{access} is out of bounds"),
        };
        Box::new(Trouble {
            kind,
            detail,
            lane,
            address,
            allocation,
        })
    }
}
