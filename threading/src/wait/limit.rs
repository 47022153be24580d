//! How long to wait.

use std::time::{Duration, Instant};
use std::{error, fmt};

use super::cancel::{CancelToken, Registration};
use super::parker::Parker;
use crate::seam::has_passed;

/// How long a call may wait: a time, a token that cancels it, both, or neither.
///
/// Every call of this crate that may wait has a form that takes `impl Into<Limit>`:
///
/// | what is given | ends the wait |
/// |---|---|
/// | a [`Duration`] | when so much time has passed since the call |
/// | an [`Instant`] | then |
/// | a [`&CancelToken`](CancelToken) | when the token is cancelled |
/// | [`token.within(duration)`](CancelToken::within), [`token.until(instant)`](CancelToken::until) | whichever comes first |
/// | [`Limit::NEVER`] | never |
///
/// A time that is over lets a call do what it can do without waiting; with a cancelled token a call fails at once,
/// whatever it could do. Time is that of the monotonic clock. A duration that is too long for it (hundreds of years)
/// never ends.
///
/// ```
/// use std::time::Duration;
/// use threading::{CancelToken, Event, WaitError};
///
/// let event = Event::new();
/// assert_eq!(event.wait_timeout(Duration::from_millis(2)), Err(WaitError::TimedOut));
///
/// let token = CancelToken::new();
/// token.cancel();
/// assert_eq!(event.wait_timeout(&token), Err(WaitError::Cancelled));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Limit<'a> {
    time: Time,
    token: Option<&'a CancelToken>,
}

#[derive(Debug, Clone, Copy)]
enum Time {
    Endless,
    Lasts(Duration),
    Ends(Instant),
}

impl<'a> Limit<'a> {
    /// No limit.
    pub const NEVER: Limit<'static> = Limit {
        time: Time::Endless,
        token: None,
    };

    pub(super) fn new(time: Option<Duration>, token: Option<&'a CancelToken>) -> Limit<'a> {
        let time = time.map_or(Time::Endless, Time::Lasts);
        Limit { time, token }
    }

    pub(super) fn until(instant: Instant, token: Option<&'a CancelToken>) -> Limit<'a> {
        let time = Time::Ends(instant);
        Limit { time, token }
    }

    /// Whether nothing ends a wait under this limit.
    pub(crate) fn is_never(&self) -> bool {
        self.token.is_none() && matches!(self.time, Time::Endless)
    }

    /// What every call looks at first.
    ///
    /// # Errors
    ///
    /// If the token is cancelled.
    pub(crate) fn check_token(&self) -> Result<(), WaitError> {
        match self.token {
            Some(token) if token.is_cancelled() => Err(WaitError::Cancelled),
            _ => Ok(()),
        }
    }

    /// From now on, time is counted.
    pub(crate) fn start(self) -> Limit<'a> {
        let Time::Lasts(duration) = self.time else {
            return self;
        };
        let end = Instant::now().checked_add(duration);
        Limit {
            time: end.map_or(Time::Endless, Time::Ends),
            ..self
        }
    }

    /// Why to wait no more, if so. For limits that were started.
    pub(crate) fn is_over(&self) -> Option<WaitError> {
        if self.check_token().is_err() {
            return Some(WaitError::Cancelled);
        }
        let over = self.deadline().is_some_and(has_passed);
        over.then_some(WaitError::TimedOut)
    }

    /// For limits that were started.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.time {
            Time::Ends(instant) => Some(instant),
            Time::Endless | Time::Lasts(_) => None,
        }
    }

    /// Has the token call a parker, until the end of what is returned.
    pub(super) fn register(&self, parker: &'static Parker) -> Option<Registration<'a>> {
        self.token.map(|token| token.register(parker))
    }
}

impl From<Duration> for Limit<'_> {
    fn from(duration: Duration) -> Self {
        Limit::new(Some(duration), None)
    }
}

impl From<Instant> for Limit<'_> {
    fn from(instant: Instant) -> Self {
        Limit::until(instant, None)
    }
}

/// As Python's timeouts: none is no limit.
impl From<Option<Duration>> for Limit<'_> {
    fn from(duration: Option<Duration>) -> Self {
        Limit::new(duration, None)
    }
}

impl<'a> From<&'a CancelToken> for Limit<'a> {
    fn from(token: &'a CancelToken) -> Self {
        Limit::new(None, Some(token))
    }
}

/// Why a call with a [`Limit`] gave up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitError {
    /// The time was over before it could be done.
    TimedOut,
    /// The token was cancelled.
    Cancelled,
}

impl WaitError {
    /// Whether the time was over.
    #[must_use]
    pub fn is_timed_out(self) -> bool {
        self == WaitError::TimedOut
    }

    /// Whether the token was cancelled.
    #[must_use]
    pub fn is_cancelled(self) -> bool {
        self == WaitError::Cancelled
    }
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WaitError::TimedOut => "the wait timed out: its time was over before what it was for",
            WaitError::Cancelled => "the wait was cancelled through its token",
        })
    }
}

impl error::Error for WaitError {}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_duration_counts_from_the_start() {
        let limit = Limit::from(Duration::ZERO);
        assert_eq!(limit.is_over(), None);
        assert_eq!(limit.start().is_over(), Some(WaitError::TimedOut));
    }

    #[test]
    fn a_time_beyond_the_clock_is_endless() {
        let limit = Limit::from(Duration::MAX).start();
        assert!(limit.is_never());
        assert_eq!(limit.is_over(), None);
    }

    #[test]
    fn cancellation_is_told_before_time() {
        let token = CancelToken::new();
        let limit = token.within(Duration::ZERO).start();
        assert_eq!(limit.is_over(), Some(WaitError::TimedOut));
        token.cancel();
        assert_eq!(limit.is_over(), Some(WaitError::Cancelled));
    }

    #[test]
    fn no_limit() {
        assert!(Limit::NEVER.is_never());
        assert!(Limit::from(None).is_never());
        assert!(!Limit::from(Some(Duration::ZERO)).is_never());
        assert!(!Limit::from(&CancelToken::new()).is_never());
    }
}
