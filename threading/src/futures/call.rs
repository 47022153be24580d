//! The functions that are submitted, and what they give.

use std::error::Error;

use super::cell::Call;
use super::error::{FutureError, Outcome};

/// One whose result is the future's.
pub(super) struct Plain<F>(pub(super) F);

impl<T, F: FnOnce() -> T + Send> Call<T> for Plain<F> {
    fn call(self) -> Outcome<T> {
        Ok(self.0())
    }
}

/// One that may fail.
pub(super) struct Fallible<F>(pub(super) F);

impl<T, E, F> Call<T> for Fallible<F>
where
    E: Into<Box<dyn Error + Send + Sync>>,
    F: FnOnce() -> Result<T, E> + Send,
{
    fn call(self) -> Outcome<T> {
        self.0().map_err(|error| FutureError::raised(error.into()))
    }
}
