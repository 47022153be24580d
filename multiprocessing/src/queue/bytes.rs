//! Items that are bytes, to and from memory of the caller's.

use std::time::{Duration, Instant};

use manyways_shared_memory::Pieces;
use manyways_wire as wire;
use serde_bytes::ByteBuf;

use super::error::{GetError, PutError};
use super::fifo::Queue;
use super::item::with_bytes;
use crate::sync::deadline;

mod sealed {
    pub trait Sealed {}
}

/// Items that are bytes: `Vec<u8>`, and `ByteBuf` of the crate `serde_bytes`. Both look the same in a queue.
pub trait Bytes: sealed::Sealed {}

impl sealed::Sealed for Vec<u8> {}
impl sealed::Sealed for ByteBuf {}
impl Bytes for Vec<u8> {}
impl Bytes for ByteBuf {}

/// Bytes without memory of their own: what is put is copied once, into the queue, and once out of it. (Python's queues have nothing
/// like it; its connections do, with `recv_bytes_into`.)
///
/// ```
/// use multiprocessing::Queue;
///
/// let queue = Queue::<Vec<u8>>::new()?;
/// queue.put_bytes(b"hello")?;
/// let mut buffer = [b'.'; 8];
/// assert_eq!(queue.get_into(&mut buffer)?, 5);
/// assert_eq!(&buffer, b"hello...");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<T: Bytes> Queue<T> {
    /// As [`put`](Self::put), of bytes that lie anywhere.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn put_bytes(&self, item: &[u8]) -> Result<(), PutError> {
        self.put_bytes_until(item, None)
    }

    /// As [`try_put`](Self::try_put), of bytes that lie anywhere.
    ///
    /// # Errors
    ///
    /// As [`try_put`](Self::try_put).
    pub fn try_put_bytes(&self, item: &[u8]) -> Result<(), PutError> {
        self.put_bytes_until(item, Some(Instant::now()))
    }

    /// As [`put_timeout`](Self::put_timeout), of bytes that lie anywhere.
    ///
    /// # Errors
    ///
    /// As [`put_timeout`](Self::put_timeout).
    pub fn put_bytes_timeout(&self, item: &[u8], timeout: Duration) -> Result<(), PutError> {
        self.put_bytes_until(item, deadline(timeout))
    }

    /// As [`get`](Self::get), into the front of `buffer`: how many bytes the item has.
    ///
    /// # Errors
    ///
    /// [`GetError::BufferTooShort`], which has the item; the buffer is as before then. Else as [`get`](Self::get); then the buffer may
    /// hold the beginning of an item that was not there whole.
    pub fn get_into(&self, buffer: &mut [u8]) -> Result<usize, GetError> {
        self.get_into_until(buffer, None)
    }

    /// As [`get_into`](Self::get_into), if there is an item.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`], and as [`get_into`](Self::get_into).
    pub fn try_get_into(&self, buffer: &mut [u8]) -> Result<usize, GetError> {
        self.get_into_until(buffer, Some(Instant::now()))
    }

    /// As [`get_into`](Self::get_into), waiting at most so long.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`], and as [`get_into`](Self::get_into).
    pub fn get_into_timeout(
        &self,
        buffer: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, GetError> {
        self.get_into_until(buffer, deadline(timeout))
    }

    fn put_bytes_until(&self, item: &[u8], deadline: Option<Instant>) -> Result<(), PutError> {
        with_bytes(|prefix| {
            let length = item.len() as u64;
            wire::encode_into(&length, prefix).map_err(PutError::Encode)?;
            Ok(self.ring().put(&[prefix, item], deadline)?)
        })
    }

    fn get_into_until(
        &self,
        buffer: &mut [u8],
        deadline: Option<Instant>,
    ) -> Result<usize, GetError> {
        let mut fill = Fill::new(buffer);
        self.ring().get_pieces(&mut fill, deadline)?;
        fill.finish()
    }
}

/// The length that stands before an item's bytes: seven bits a byte, the lowest first, and the eighth for more to come.
#[derive(Debug, Clone, Copy)]
enum Length {
    Begun { value: u64, bits: u32 },
    Known(u64),
    Wrong,
}

impl Length {
    const NOTHING: Length = Length::Begun { value: 0, bits: 0 };

    fn and(self, byte: u8) -> Length {
        match self {
            Length::Begun { value, bits } if bits < u64::BITS => {
                let value = value | u64::from(byte & 0x7f) << bits;
                match byte & 0x80 {
                    0 => Length::Known(value),
                    _ => Length::Begun {
                        value,
                        bits: bits + 7,
                    },
                }
            }
            _ => Length::Wrong,
        }
    }
}

/// Takes an item into a buffer; into memory of its own, if the buffer is too short.
struct Fill<'a> {
    buffer: &'a mut [u8],
    length: Length,
    /// How many bytes have come behind the length.
    filled: usize,
    instead: Vec<u8>,
}

impl<'a> Fill<'a> {
    fn new(buffer: &'a mut [u8]) -> Fill<'a> {
        Fill {
            buffer,
            length: Length::NOTHING,
            filled: 0,
            instead: Vec::new(),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let Length::Known(length) = self.length else {
            return;
        };
        let end = self.filled + bytes.len();
        if length > self.buffer.len() as u64 {
            self.instead.extend_from_slice(bytes);
        } else if let Some(place) = self.buffer.get_mut(self.filled..end) {
            place.copy_from_slice(bytes);
        }
        self.filled = end;
    }

    fn finish(self) -> Result<usize, GetError> {
        match self.length {
            Length::Known(length) if length != self.filled as u64 => Err(no_bytes()),
            Length::Known(_) if self.filled > self.buffer.len() => Err(GetError::BufferTooShort {
                item: self.instead,
                room: self.buffer.len(),
            }),
            Length::Known(_) => Ok(self.filled),
            _ => Err(no_bytes()),
        }
    }
}

impl Pieces for Fill<'_> {
    fn piece(&mut self, mut bytes: &[u8]) {
        while let (Length::Begun { .. }, [first, rest @ ..]) = (self.length, bytes) {
            self.length = self.length.and(*first);
            bytes = rest;
        }
        self.take(bytes);
    }

    fn forget(&mut self) {
        self.length = Length::NOTHING;
        self.filled = 0;
        self.instead.clear();
    }
}

/// As the decoding of an item says that has not the bytes that it announces.
fn no_bytes() -> GetError {
    let decoded = wire::decode::<ByteBuf>(&[1]);
    decoded.map_or_else(GetError::Decode, |_| GetError::Corrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(pieces: &[&[u8]], room: usize) -> Result<Vec<u8>, GetError> {
        let mut buffer = vec![9; room];
        let mut fill = Fill::new(&mut buffer);
        pieces.iter().for_each(|piece| fill.piece(piece));
        let length = fill.finish()?;
        buffer.truncate(length);
        Ok(buffer)
    }

    #[test]
    fn an_item_is_what_serde_makes_of_it() {
        for length in [0, 1, 127, 128, 300, 16_384, 70_000] {
            let item: Vec<u8> = (0..length).map(|at| at as u8).collect();
            let whole = wire::encode(&item).unwrap();
            assert_eq!(whole, wire::encode(&ByteBuf::from(item.clone())).unwrap());
            for cut in [0, 1, 2, 3, whole.len() / 2, whole.len()] {
                let (one, other) = whole.split_at(cut.min(whole.len()));
                assert_eq!(pieces(&[one, other], item.len()).unwrap(), item);
                assert_eq!(pieces(&[one, other], 80_000).unwrap(), item);
            }
        }
    }

    #[test]
    fn what_is_too_long_is_kept_and_what_is_no_item_is_said() {
        let whole = wire::encode(&vec![7_u8; 10]).unwrap();
        match pieces(&[&whole[..4], &whole[4..]], 9) {
            Err(GetError::BufferTooShort { item, room: 9 }) => assert_eq!(item, [7; 10]),
            other => panic!("{other:?}"),
        }
        let wrong: [&[u8]; 5] = [&[], &[0x80], &[3, 1, 1], &[1, 1, 1], &[0xff; 11]];
        for wrong in wrong {
            let error = pieces(&[wrong], 2).unwrap_err();
            assert!(matches!(error, GetError::Decode(_)), "{wrong:?}: {error}");
        }
    }

    #[test]
    fn an_item_that_was_begun_and_never_was_leaves_nothing() {
        let mut buffer = [0; 4];
        let mut fill = Fill::new(&mut buffer);
        fill.piece(&[3, 9, 9]);
        fill.forget();
        fill.piece(&[2, 5, 6]);
        assert_eq!(fill.finish().unwrap(), 2);
        assert_eq!(buffer[..2], [5, 6]);
    }
}
