//! From names to entries.

use std::any::type_name;
use std::{error, fmt};

use super::{Entry, Task};

/// Why there is no function of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupError {
    name: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    NotRegistered,
    Ambiguous,
}

impl LookupError {
    /// The name that was looked for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether two functions have this name, which can be only in two versions of one library.
    pub fn is_ambiguous(&self) -> bool {
        self.kind == Kind::Ambiguous
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.kind {
            Kind::Ambiguous => write!(
                f,
                "two functions are registered as `{name}`: the program holds two versions of its crate; rename one"
            ),
            Kind::NotRegistered if name.contains("{{closure}}") => write!(
                f,
                "`{name}` is a closure, which another process cannot find by its name; make it a function and put \
                 #[task] before it"
            ),
            Kind::NotRegistered => write!(
                f,
                "the function `{name}` is not registered in this program; put #[task] before it"
            ),
        }
    }
}

impl error::Error for LookupError {}

/// The entry of this name. The time is linear in the number of entries; nothing is locked, so it works in any forked
/// child.
///
/// # Errors
///
/// When there is none, or more than one.
pub fn find(name: &str) -> Result<&'static Entry, LookupError> {
    let mut found = inventory::iter::<Entry>
        .into_iter()
        .filter(|entry| entry.name() == name);
    let failed = |kind| LookupError {
        name: name.to_owned(),
        kind,
    };
    let entry = found.next().ok_or_else(|| failed(Kind::NotRegistered))?;
    match found.next() {
        None => Ok(entry),
        Some(_) => Err(failed(Kind::Ambiguous)),
    }
}

/// The entry of this very function.
///
/// # Errors
///
/// As [`find`].
pub fn entry_of<A, T: Task<A>>(_: &T) -> Result<&'static Entry, LookupError> {
    find(type_name::<T>())
}
