//! Messages as bytes: postcard, appended to a `Vec`.

use crate::error::{Error, Result};
use crate::guard::Guard;
use crate::guarded::Guarded;
use crate::quick::{self, Output};
use postcard::Deserializer;
use postcard::Error::DeserializeUnexpectedEnd;
use postcard::{de_flavors, ser_flavors};
use serde::{Serialize, de::DeserializeOwned};

/// The message as bytes.
///
/// # Errors
///
/// [`is_encode`](Error::is_encode) when the type's `Serialize` fails or asks for something that postcard lacks, such as a
/// sequence whose length is not known beforehand.
pub fn encode<T: Serialize + ?Sized>(message: &T) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    encode_into(message, &mut buffer)?;
    Ok(buffer)
}

/// Appends the message's bytes to `buffer`. After an error `buffer` has its old content.
///
/// # Errors
///
/// As [`encode`].
pub fn encode_into<T: Serialize + ?Sized>(message: &T, buffer: &mut Vec<u8>) -> Result<()> {
    let before = buffer.len();
    quick::write(message, Append(buffer)).map_err(|error| {
        buffer.truncate(before);
        Error::encode::<T>(error)
    })
}

/// A whole message of at most eight bytes: most numbers are. It need never be in memory, where what was just written byte
/// by byte could be read as a word only some twenty cycles later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short {
    bits: u64,
    length: u8,
}

impl Short {
    /// The bytes, the first in the lowest bits; those beyond the length are 0.
    #[inline]
    pub fn bits(self) -> u64 {
        self.bits
    }

    /// How many bytes, up to 8.
    #[inline]
    pub fn length(self) -> usize {
        self.length.into()
    }
}

/// The message as a [`Short`] if it is that short; else its bytes are appended to `buffer`, as by [`encode_into`].
///
/// # Errors
///
/// As [`encode`].
#[inline]
pub fn encode_short_or_into<T: Serialize + ?Sized>(
    message: &T,
    buffer: &mut Vec<u8>,
) -> Result<Option<Short>> {
    let before = buffer.len();
    let spill = Spill {
        short: Some(Short { bits: 0, length: 0 }),
        buffer,
    };
    quick::write(message, spill).map_err(|error| {
        buffer.truncate(before);
        Error::encode::<T>(error)
    })
}

/// The message that these bytes are, all of them.
///
/// The bytes may come from a stranger. What decoding costs is bounded by their number: nothing is reserved that they
/// cannot fill, nesting ends at 256 levels (an option, struct, enum, tuple, sequence or map inside another is one; without
/// optimisation so many take under 700 KiB of stack, for types that are small themselves), and the elements of sequences
/// and maps that take no byte, such as `()`, are at most 16 777 216, or 16 MiB in memory, a message.
///
/// # Errors
///
/// [`is_decode`](Error::is_decode) when the bytes are no `T` or exceed those limits; [`is_garbage`](Error::is_garbage) too
/// when the only fault is that bytes are left over.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    match decode_prefix(bytes)? {
        (message, []) => Ok(message),
        (_, rest) => Err(Error::left_over::<T>(rest, bytes.len())),
    }
}

/// The message at the beginning of these bytes, and the bytes behind it. The limits are those of [`decode`].
///
/// # Errors
///
/// [`is_decode`](Error::is_decode) when the bytes do not begin with a `T`.
pub fn decode_prefix<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8])> {
    let guard = Guard::new(bytes);
    let mut deserializer = Deserializer::from_flavor(Take(&guard));
    match T::deserialize(Guarded::new(&mut deserializer, &guard)) {
        Ok(message) => Ok((message, &bytes[guard.at.get()..])),
        Err(error) => Err(Error::decode::<T>(bytes.len(), &guard, error)),
    }
}

/// Output at the end of a `Vec` that keeps its memory.
struct Append<'a>(&'a mut Vec<u8>);

impl ser_flavors::Flavor for Append<'_> {
    type Output = ();

    /// The lengths of short integers are told apart because storing a known number of bytes takes a fraction of the time
    /// of a call to `memcpy`. Sequences of integers gain threefold by it, over `to_stdvec` as well.
    #[inline(always)]
    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        match *data {
            [a] => self.0.push(a),
            [a, b] => self.0.extend_from_slice(&[a, b]),
            [a, b, c] => self.0.extend_from_slice(&[a, b, c]),
            [a, b, c, d] => self.0.extend_from_slice(&[a, b, c, d]),
            [a, b, c, d, e] => self.0.extend_from_slice(&[a, b, c, d, e]),
            _ => self.0.extend_from_slice(data),
        }
        Ok(())
    }

    #[inline(always)]
    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

impl Output for Append<'_> {
    #[inline(always)]
    fn put(&mut self, bytes: u64, count: u8) -> postcard::Result<()> {
        // A known number of bytes is stored at once, so what is too much is cut off afterwards.
        let end = self.0.len() + usize::from(count);
        self.0.extend_from_slice(&bytes.to_le_bytes());
        self.0.truncate(end);
        Ok(())
    }
}

/// Output that stays out of memory while it is short.
struct Spill<'a> {
    short: Option<Short>,
    buffer: &'a mut Vec<u8>,
}

impl Spill<'_> {
    /// Appends the `count` lowest bytes of `bits`, whose others are 0. Whether there was room.
    #[inline(always)]
    fn keep(&mut self, bits: u64, count: u8) -> bool {
        match &mut self.short {
            Some(Short { bits: kept, length }) if *length + count <= 8 => {
                // In two shifts, as there may be 64 to shift by.
                *kept |= (bits << (4 * *length)) << (4 * *length);
                *length += count;
                true
            }
            _ => false,
        }
    }

    #[cold]
    fn spill(&mut self, data: &[u8]) {
        if let Some(short) = self.short.take() {
            let bytes = short.bits.to_le_bytes();
            self.buffer.extend_from_slice(&bytes[..short.length()]);
        }
        self.buffer.extend_from_slice(data);
    }
}

impl ser_flavors::Flavor for Spill<'_> {
    type Output = Option<Short>;

    #[inline(always)]
    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        let word = |bytes: [u8; 8]| u64::from_le_bytes(bytes);
        let kept = match *data {
            [] => true,
            [a] => self.keep(a.into(), 1),
            [a, b] => self.keep(word([a, b, 0, 0, 0, 0, 0, 0]), 2),
            [a, b, c] => self.keep(word([a, b, c, 0, 0, 0, 0, 0]), 3),
            [a, b, c, d] => self.keep(word([a, b, c, d, 0, 0, 0, 0]), 4),
            [a, b, c, d, e] => self.keep(word([a, b, c, d, e, 0, 0, 0]), 5),
            [a, b, c, d, e, f, g, h] => self.keep(word([a, b, c, d, e, f, g, h]), 8),
            _ => false,
        };
        if !kept {
            self.spill(data);
        }
        Ok(())
    }

    #[inline(always)]
    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        if !self.keep(data.into(), 1) {
            self.spill(&[data]);
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Option<Short>> {
        Ok(self.short)
    }
}

impl Output for Spill<'_> {
    #[inline(always)]
    fn put(&mut self, bytes: u64, count: u8) -> postcard::Result<()> {
        if !self.keep(bytes, count) {
            self.spill(&bytes.to_le_bytes()[..usize::from(count)]);
        }
        Ok(())
    }
}

/// Input whose position the guard knows.
struct Take<'a>(&'a Guard<'a>);

impl<'a> de_flavors::Flavor<'a> for Take<'a> {
    type Remainder = ();
    type Source = ();

    #[inline(always)]
    fn pop(&mut self) -> postcard::Result<u8> {
        let at = self.0.at.get();
        let byte = *self.0.bytes.get(at).ok_or(DeserializeUnexpectedEnd)?;
        self.0.at.set(at + 1);
        Ok(byte)
    }

    #[inline(always)]
    fn size_hint(&self) -> Option<usize> {
        Some(self.0.bytes.len() - self.0.at.get())
    }

    #[inline(always)]
    fn try_take_n(&mut self, count: usize) -> postcard::Result<&'a [u8]> {
        let rest = &self.0.bytes[self.0.at.get()..];
        let taken = rest.get(..count).ok_or(DeserializeUnexpectedEnd)?;
        self.0.at.set(self.0.at.get() + count);
        Ok(taken)
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}
