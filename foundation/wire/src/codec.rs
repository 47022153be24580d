//! Messages as bytes: postcard, appended to a `Vec`.

use crate::error::{Error, Result};
use postcard::ser_flavors::Flavor;
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
    postcard::serialize_with_flavor(message, Append(buffer)).map_err(|error| {
        buffer.truncate(before);
        Error::encode::<T>(error)
    })
}

/// The message that these bytes are, all of them.
///
/// # Errors
///
/// [`is_decode`](Error::is_decode) when the bytes are no `T`; [`is_garbage`](Error::is_garbage) when bytes are left over.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    match decode_prefix(bytes)? {
        (message, []) => Ok(message),
        (_, rest) => Err(Error::left_over::<T>(rest, bytes.len())),
    }
}

/// The message at the beginning of these bytes, and the bytes behind it.
///
/// # Errors
///
/// [`is_decode`](Error::is_decode) when the bytes do not begin with a `T`.
pub fn decode_prefix<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8])> {
    postcard::take_from_bytes(bytes).map_err(|error| Error::decode::<T>(bytes, error))
}

/// Most bytes of an encoded 64-bit number.
const LONGEST_NUMBER: usize = 10;

/// Output at the end of a `Vec` that keeps its memory.
///
/// `postcard::to_extend` would do the same through an iterator over bytes; this copies whole slices.
struct Append<'a>(&'a mut Vec<u8>);

impl Flavor for Append<'_> {
    type Output = ();

    #[inline]
    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        if data.len() <= LONGEST_NUMBER {
            // Numbers come here one by one; for them a call of memcpy costs more than a short loop.
            data.iter().for_each(|byte| self.0.push(*byte));
        } else {
            self.0.extend_from_slice(data);
        }
        Ok(())
    }

    #[inline]
    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}
