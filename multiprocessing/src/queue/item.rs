//! An item on its way into a queue and out of it.

use std::cell::Cell;

use manyways_shared_memory::Pieces;
use manyways_wire as wire;
use serde::{Serialize, de::DeserializeOwned};

use super::error::{GetError, PutError};
use crate::attachments::{self, Carrier};
use crate::short::Short;

/// One huge item must not cost its memory for ever: a larger buffer is given back. New memory costs more than the copies of what is
/// put into it.
const LARGEST_KEPT: usize = 8 << 20;

thread_local! {
    /// Where a thread encodes what it puts, and takes what it gets.
    static BYTES: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The item, encoded, if it takes no more than a register. What lives in an open file does not; it is to be refused with a reason.
#[inline]
pub(super) fn short<T: Serialize>(item: &T) -> Option<Short> {
    // Inside of a message that takes open files, such an item would put its own beside that.
    if attachments::is_open() {
        return None;
    }
    Short::encode(item)
}

/// Calls with the thread's buffer, emptied; with a new one where an item's own code uses a queue, or the thread is at its end.
pub(super) fn with_bytes<R>(call: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    let mut bytes = take_kept();
    let result = call(&mut bytes);
    keep(bytes);
    result
}

fn take_kept() -> Vec<u8> {
    let mut bytes = BYTES.try_with(Cell::take).unwrap_or_default();
    bytes.clear();
    bytes
}

fn keep(bytes: Vec<u8>) {
    if bytes.capacity() <= LARGEST_KEPT {
        let _ = BYTES.try_with(|kept| kept.set(bytes));
    }
}

pub(super) fn encode<T: Serialize>(item: &T, bytes: &mut Vec<u8>) -> Result<(), PutError> {
    let carrier = Carrier::Refuses("what lives in an open file does not travel through a queue");
    let (encoded, collected) = attachments::collect(carrier, || wire::encode_into(item, bytes));
    match (encoded, collected.refusal) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(refusal)) => Err(PutError::Carries(refusal.to_string())),
        (Err(error), None) => Err(PutError::Encode(error)),
    }
}

/// An item that is taken out of a queue. It is decoded afterwards: that may take long, use the same queue, or panic.
#[derive(Default)]
pub(super) struct Arriving {
    /// All that has come, unless it is more than that.
    short: Option<Short>,
    bytes: Vec<u8>,
}

impl Arriving {
    #[inline]
    pub(super) fn decode<T: DeserializeOwned>(self) -> Result<T, GetError> {
        match self.short.and_then(Short::decode) {
            Some(item) => Ok(item),
            None => self.decode_long(),
        }
    }

    #[inline(never)]
    fn decode_long<T: DeserializeOwned>(mut self) -> Result<T, GetError> {
        self.lengthen();
        let item = wire::decode(&self.bytes).map_err(GetError::Decode);
        keep(self.bytes);
        item
    }

    #[inline(never)]
    fn append(&mut self, bytes: &[u8]) {
        self.lengthen();
        self.bytes.extend_from_slice(bytes);
    }

    /// Has what has come so far in the thread's buffer.
    fn lengthen(&mut self) {
        if self.bytes.capacity() == 0 {
            self.bytes = take_kept();
        }
        if let Some(short) = self.short.take() {
            let bytes = short.bits().to_le_bytes();
            self.bytes.extend_from_slice(&bytes[..short.length()]);
        }
    }
}

impl Pieces for Arriving {
    #[inline]
    fn piece(&mut self, bytes: &[u8]) {
        let is_first = self.short.is_none() && self.bytes.is_empty();
        match Short::from_slice(bytes).filter(|_| is_first) {
            Some(short) => self.short = Some(short),
            None => self.append(bytes),
        }
    }

    fn forget(&mut self) {
        self.short = None;
        self.bytes.clear();
    }
}

#[cfg(test)]
mod tests {
    use manyways_testkit::guarded;

    use super::*;
    use crate::connection::pipe;

    #[test]
    fn an_item_puts_no_files_beside_the_message_that_it_is_put_within() {
        guarded(|| {
            let (end, _other) = pipe().unwrap();
            let ((), collected) = attachments::collect(Carrier::Takes, || {
                assert_eq!(short(&end), None);
                let refused = encode(&end, &mut Vec::new());
                assert!(matches!(refused, Err(PutError::Carries(_))), "{refused:?}");
            });
            assert_eq!(collected.descriptors.len(), 0);
            assert_eq!(short(&end), None);
            assert_eq!(short(&7_u32), Some(Short::new([7; 8], 1)));
        });
    }

    fn arrive(pieces: &[&[u8]]) -> Arriving {
        let mut item = Arriving::default();
        pieces.iter().for_each(|piece| item.piece(piece));
        item
    }

    #[test]
    fn an_item_arrives_in_any_pieces() {
        let text = "of more than eight bytes".to_owned();
        let bytes = wire::encode(&text).unwrap();
        for (first, second) in [(0, 0), (0, 5), (3, 8), (8, 8), (8, 9), (9, 12)] {
            let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
            assert_eq!(arrive(&pieces).decode::<String>().unwrap(), text);
        }
        assert_eq!(arrive(&[&[7]]).decode::<u32>().unwrap(), 7);
        let error = arrive(&[&[7, 7]]).decode::<u32>().unwrap_err();
        assert!(matches!(error, GetError::Decode(_)), "{error}");
    }

    #[test]
    fn what_came_before_a_message_was_given_up_is_forgotten() {
        let mut item = arrive(&[&[1; 7], &[2; 20]]);
        item.forget();
        item.piece(&[7]);
        assert_eq!(item.decode::<u32>().unwrap(), 7);
    }
}
