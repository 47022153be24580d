//! Why there is no secret, and the text that says so.

use std::fmt;
use std::io;
use std::path::PathBuf;

#[derive(Debug)]
pub(crate) enum SecretFault {
    Short { length: usize, least: usize },
    Derivation(argon2::Error),
    NotHex { length: usize },
    File { path: PathBuf, source: io::Error },
    NoFile { path: PathBuf },
    Readable { path: PathBuf, mode: u32 },
    NoKey { path: PathBuf },
}

impl fmt::Display for SecretFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretFault::Short { length, least } => write!(
                f,
                "a passphrase of {length} characters is no secret, {least} are the least: take several words, or \
                 Secret::generate"
            ),
            SecretFault::Derivation(source) => {
                write!(f, "deriving a key from a passphrase: {source}")
            }
            SecretFault::NotHex { length } => {
                write!(
                    f,
                    "a key is 64 hexadecimal digits; these {length} bytes are something else"
                )
            }
            SecretFault::File { path, source } => {
                write!(f, "the file of a secret, {}: {source}", path.display())
            }
            SecretFault::NoFile { path } => {
                write!(
                    f,
                    "a secret is read from a regular file, which {} is not",
                    path.display()
                )
            }
            SecretFault::Readable { path, mode } => write!(
                f,
                "{} holds a secret and has mode {mode:03o}, so that others can use it: chmod 600, and make a new one",
                path.display()
            ),
            SecretFault::NoKey { path } => write!(
                f,
                "{} does not hold a key, which is 64 hexadecimal digits as Secret::to_file writes them",
                path.display()
            ),
        }
    }
}
