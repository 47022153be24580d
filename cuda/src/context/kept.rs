//! Errors that nobody could be told of when they came.

use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::error::{Code, Error, Result};

/// The first of the errors that could not be returned, until a call that can returns it.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    error: Mutex<Option<Error>>,
    /// Whether there is one: what each call looks at.
    is_some: AtomicBool,
}

impl Kept {
    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        match self.is_some.load(Ordering::Relaxed) {
            false => Ok(()),
            true => self.take(),
        }
    }

    #[cold]
    fn take(&self) -> Result<()> {
        let mut error = self.error.lock();
        // Under the lock, so that an error which comes meanwhile is not forgotten.
        self.is_some.store(false, Ordering::Relaxed);
        error.take().map_or(Ok(()), Err)
    }

    pub(crate) fn keep(&self, result: Result<()>) {
        if let Err(new) = result {
            let mut error = self.error.lock();
            error.get_or_insert(new);
            self.is_some.store(true, Ordering::Relaxed);
        }
    }

    /// Keeps a panic as an error: the message of one that is text.
    pub(crate) fn keep_panic(&self, what: &'static str, payload: Box<dyn Any + Send>) {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        let text = text.unwrap_or_else(|| "what it said is no text".to_owned());
        self.keep(Err(
            Error::new(Code::Unknown, what).because(format_args!("it panicked: {text}"))
        ));
        // Dropping a payload may panic in turn, and this is called where nothing may.
        std::mem::forget(payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_is_told_once() {
        let kept = Kept::default();
        kept.keep(Ok(()));
        assert_eq!(kept.check(), Ok(()));
        kept.keep(Err(Error::new(Code::Assert, "first")));
        kept.keep(Err(Error::new(Code::Unknown, "second")));
        assert_eq!(kept.check().unwrap_err().call(), "first");
        assert_eq!(kept.check(), Ok(()));
    }

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        let kept = Kept::default();
        for (payload, text) in [
            (Box::new("one") as Box<dyn Any + Send>, "panicked: one"),
            (Box::new("two".to_owned()), "panicked: two"),
            (Box::new(3), "no text"),
        ] {
            kept.keep_panic("a callback", payload);
            let error = kept.check().unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}
