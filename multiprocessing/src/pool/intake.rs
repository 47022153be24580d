//! Whether a pool takes tasks, and when it may be joined.

use super::error::PoolError;
use super::failure::Failure;

/// What a pool takes: anything, only what is part of something that had begun, or nothing.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// Why nothing new is taken any more.
    refusal: Option<Failure>,
    /// Sequences of tasks that are not at their end.
    sequences: usize,
}

impl Intake {
    /// Begins a sequence of tasks, which may go on after the pool was closed.
    pub(crate) fn begin_sequence(&mut self) -> Result<(), Failure> {
        if let Some(why) = &self.refusal {
            return Err(why.clone());
        }
        self.sequences += 1;
        Ok(())
    }

    pub(crate) fn end_sequence(&mut self) {
        self.sequences -= 1;
    }

    /// Whether a task of a sequence is taken.
    pub(crate) fn admit(&self) -> Result<(), Failure> {
        match &self.refusal {
            None | Some(Failure::Closed) => Ok(()),
            Some(why) => Err(why.clone()),
        }
    }

    /// Nothing new is taken any more.
    pub(crate) fn close(&mut self) {
        self.refusal.get_or_insert(Failure::Closed);
    }

    /// Nothing at all is taken any more.
    pub(crate) fn end(&mut self, why: Failure) {
        self.refusal = Some(why);
    }

    /// Why nothing new is taken, if nothing is.
    pub(crate) fn refusal(&self) -> Option<&Failure> {
        self.refusal.as_ref()
    }

    /// Whether nothing will be taken any more, be it part of a sequence or not.
    pub(crate) fn is_over(&self) -> bool {
        self.refusal.is_some() && self.sequences == 0
    }

    /// Whether the end of the pool will come without the caller, who is perhaps one of the pool's threads.
    pub(crate) fn check_join(&self, is_within: bool) -> Result<(), PoolError> {
        match &self.refusal {
            None => Err(PoolError::still_open()),
            Some(_) if is_within => Err(PoolError::join_from_within()),
            Some(Failure::Closed) if self.sequences > 0 => Err(PoolError::still_iterated()),
            Some(_) => Ok(()),
        }
    }
}
