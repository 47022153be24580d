//! The secret that both ends of an encrypted link share.

use crate::error::{Error, Result};
use crate::kind::SecretFault;
use argon2::{Algorithm, Argon2, Params, Version};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a key.
const KEY: usize = 32;

/// Memory of one derivation in KiB, passes over it, and lanes: 64 MiB, 3, 1.
const COST: (u32, u32, u32) = (64 << 10, 3, 1);

/// Both ends must derive the same key before they can talk, so the salt cannot be random.
const SALT: &[u8] = b"manyways-wire passphrase, version 1";

/// The fewest characters of a passphrase.
const SHORTEST: usize = 8;

/// A 256-bit key that both ends of a [`SecureStream`](crate::SecureStream) hold.
///
/// The key lies in one place on the heap and is overwritten when the `Secret` is dropped; `Debug` shows nothing of it.
/// During a handshake the Noise implementation holds a copy that it does not overwrite.
///
/// There is no default secret. Make one with [`generate`](Self::generate), hand it to the other machine with
/// [`to_file`](Self::to_file) or [`to_hex`](Self::to_hex), and load it there.
///
/// ```
/// use manyways_wire::Secret;
///
/// let secret = Secret::generate()?;
/// let same = Secret::from_hex(&secret.to_hex())?;
/// assert_eq!(secret.to_hex(), same.to_hex());
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// # Ok::<(), manyways_wire::Error>(())
/// ```
#[derive(Clone)]
pub struct Secret {
    key: Box<Zeroizing<[u8; KEY]>>,
}

impl Secret {
    /// A new key from the operating system's random source.
    ///
    /// # Errors
    ///
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self> {
        let mut secret = Secret::zero();
        getrandom::fill(secret.key.as_mut_slice()).map_err(|error| {
            Error::io("asking the operating system for random bytes", error.into())
        })?;
        Ok(secret)
    }

    /// The key that a passphrase stands for, the same on every machine.
    ///
    /// Derived with Argon2id (64 MiB of memory, 3 passes, 1 lane). That takes tenths of a second, and many times that
    /// without optimisation, so derive once and keep the `Secret`.
    ///
    /// Whoever records a handshake can try passphrases on it at that price, and the salt is the same for everyone, so a
    /// passphrase protects only as far as it cannot be guessed. Where strangers can reach the link, prefer
    /// [`generate`](Self::generate).
    ///
    /// # Errors
    ///
    /// [`is_secret`](Error::is_secret) when the passphrase has fewer than eight characters, or when there is no memory
    /// for the derivation.
    pub fn from_passphrase(passphrase: &str) -> Result<Self> {
        let length = passphrase.chars().count();
        if length < SHORTEST {
            return Err(Error::secret(SecretFault::Short {
                length,
                least: SHORTEST,
            }));
        }
        let mut secret = Secret::zero();
        let (memory, passes, lanes) = COST;
        Params::new(memory, passes, lanes, Some(KEY))
            .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
            .and_then(|argon2| {
                argon2.hash_password_into(passphrase.as_bytes(), SALT, secret.key.as_mut_slice())
            })
            .map_err(|error| Error::secret(SecretFault::Derivation(error)))?;
        Ok(secret)
    }

    /// A key from elsewhere. All of its 256 bits should be unknown to everyone else.
    pub fn from_key(mut key: [u8; KEY]) -> Self {
        let mut secret = Secret::zero();
        secret.key.copy_from_slice(&key);
        key.zeroize();
        secret
    }

    /// The key in the notation of [`to_hex`](Self::to_hex): 64 hexadecimal digits, white space around them ignored.
    ///
    /// # Errors
    ///
    /// [`is_secret`](Error::is_secret) when `digits` is anything else. The text is not shown.
    pub fn from_hex(digits: &str) -> Result<Self> {
        let digits = digits.trim().as_bytes();
        let fault = || {
            Error::secret(SecretFault::NotHex {
                length: digits.len(),
            })
        };
        if digits.len() != 2 * KEY {
            return Err(fault());
        }
        let value = |digit: u8| char::from(digit).to_digit(16).ok_or_else(fault);
        let mut secret = Secret::zero();
        for (byte, pair) in secret.key.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = (value(pair[0])? << 4 | value(pair[1])?) as u8;
        }
        Ok(secret)
    }

    /// The key as 64 hexadecimal digits. Treat the text as the secret itself.
    pub fn to_hex(&self) -> String {
        let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
        let mut digits = String::with_capacity(2 * KEY);
        digits.extend(
            self.key
                .iter()
                .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]),
        );
        digits
    }

    /// Reads a key that [`to_file`](Self::to_file) wrote.
    ///
    /// # Errors
    ///
    /// [`is_secret`](Error::is_secret): the group or others may do anything with the file, or it is no regular file, or
    /// it holds anything but 64 hexadecimal digits, or it cannot be read ([`io_kind`](Error::io_kind) says why).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |source| {
            Error::secret(SecretFault::File {
                path: path.into(),
                source,
            })
        };
        // Opening a named pipe would wait for its writer.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            return Err(Error::secret(SecretFault::NoFile { path: path.into() }));
        }
        let file = File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(Error::secret(SecretFault::Readable {
                path: path.into(),
                mode,
            }));
        }
        // With its full size from the beginning, the buffer leaves no copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(8 * KEY));
        file.take(4 * KEY as u64)
            .read_to_end(&mut text)
            .map_err(failed)?;
        let digits = std::str::from_utf8(&text).unwrap_or_default();
        Secret::from_hex(digits)
            .map_err(|_| Error::secret(SecretFault::NoKey { path: path.into() }))
    }

    /// Writes the key into a new file that only its owner can read (mode 600). One that could not be written whole is
    /// removed.
    ///
    /// # Errors
    ///
    /// [`is_secret`](Error::is_secret) when the file exists or cannot be written; [`io_kind`](Error::io_kind) says which.
    pub fn to_file(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        self.write_new(path).map_err(|source| {
            Error::secret(SecretFault::File {
                path: path.into(),
                source,
            })
        })
    }

    fn write_new(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        let line = Zeroizing::new(self.to_hex() + "\n");
        // A full disk may be told of only as the file is put there.
        let written = file
            .write_all(line.as_bytes())
            .and_then(|()| file.sync_all());
        written.inspect_err(|_| {
            let _ = fs::remove_file(path);
        })
    }

    pub(crate) fn key(&self) -> &[u8; KEY] {
        &self.key
    }

    fn zero() -> Self {
        Secret {
            key: Box::default(),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
