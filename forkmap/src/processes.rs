//! How many processes to use.

use std::env;
use std::num::NonZeroUsize;
use std::thread;

/// The environment variable that overrides the default number of processes.
pub const PROCESSES_VARIABLE: &str = "FORKMAP_PROCESSES";

/// How many processes a map uses unless told otherwise: the value of the environment variable
/// `FORKMAP_PROCESSES` if it is a positive number, else the number of processors that this process may
/// really use, by its affinity mask and its cgroup's quota, and 1 if that cannot be learnt.
///
/// A map whose environment has something else in that variable fails with an error that says so; here
/// it is passed over.
///
/// The original's `nprocessors()` counts the machine's processors once, at import; in a container with
/// two of 64 it starts 64 processes.
#[must_use]
pub fn nprocessors() -> NonZeroUsize {
    configured().unwrap_or_else(|_| usable())
}

/// As [`nprocessors`], or what is wrong with the environment variable.
pub(crate) fn configured() -> Result<NonZeroUsize, String> {
    match env::var(PROCESSES_VARIABLE) {
        Err(env::VarError::NotPresent) => Ok(usable()),
        Ok(value) => parse(&value),
        Err(error) => Err(format!("{PROCESSES_VARIABLE}: {error}")),
    }
}

fn parse(value: &str) -> Result<NonZeroUsize, String> {
    let number = value.trim().parse();
    number.map_err(|_| format!("{PROCESSES_VARIABLE} is {value:?}; it must be a positive number"))
}

fn usable() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_override_is_a_positive_number() {
        assert_eq!(parse(" 12 ").unwrap().get(), 12);
        for value in ["0", "-1", "many", ""] {
            assert!(
                parse(value)
                    .unwrap_err()
                    .contains("must be a positive number")
            );
        }
    }
}
