//! What a builder sets.

use std::time::Duration;

/// The number of children where none is said, as in the original.
pub const DEFAULT_CHILDREN: usize = 6;

/// The time that the original's `timeout` allows where none is said: 2 seconds.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a process that was told to end may take where nothing else is said, until it is killed.
pub const DEFAULT_GRACE: Duration = Duration::from_millis(500);

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) children: usize,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retries: u32,
    pub(crate) grace: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            children: DEFAULT_CHILDREN,
            timeout: None,
            retries: 0,
            grace: DEFAULT_GRACE,
        }
    }
}
