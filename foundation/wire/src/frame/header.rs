//! The twelve bytes in front of every payload.
//!
//! | bytes | content |
//! |---|---|
//! | 0 | `F5`: stands in no UTF-8 text, so that no text protocol is ever taken for frames |
//! | 1, 2 | `4D 57`, "MW" |
//! | 3 | `01`, the version of this format |
//! | 4 to 11 | length of the payload in bytes, unsigned 64-bit, little endian |
//! | 12 and on | the payload |
//!
//! Nothing follows the payload: the next byte is the next frame's `F5`, or the end of the stream.

use crate::error::{Error, Result};

/// The largest payload, in bytes, that a [`FrameReader`](crate::FrameReader) accepts and a
/// [`FrameWriter`](crate::FrameWriter) sends until told otherwise: 64 MiB.
///
/// It fits links to other machines. Links to one's own children raise it with `max_frame`.
pub const DEFAULT_MAX_FRAME: u64 = 64 << 20;

/// Length of the header in bytes.
pub(crate) const HEADER: usize = 12;

/// The first four bytes of every frame; the last of them is the version of the format.
pub(crate) const MAGIC: [u8; 4] = [0xF5, b'M', b'W', 1];

/// The header of a payload of `length` bytes.
pub(crate) fn header(length: u64) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..4].copy_from_slice(&MAGIC);
    bytes[4..].copy_from_slice(&length.to_le_bytes());
    bytes
}

/// The payload's length, `None` while the header is incomplete, or the error that these bytes start no frame.
///
/// Even a single byte is compared, so that a peer that says three letters and waits is found out at once.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<u64>> {
    let known = bytes.len().min(MAGIC.len());
    if bytes[..known] != MAGIC[..known] {
        return Err(Error::garbage(bytes));
    }
    Ok(bytes
        .get(4..HEADER)
        .and_then(|length| length.try_into().ok())
        .map(u64::from_le_bytes))
}
