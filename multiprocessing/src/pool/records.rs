//! How items and their outcomes lie one behind the other in bytes.
//!
//! A record is a byte, whose upper three bits are its kind, and a payload. Of a payload of up to eight bytes, as most
//! numbers have, the lower five bits are the length; of a longer one they are [`LONG`], and the length follows, in
//! eight bytes.

use manyways_process::PanicReport;
use manyways_wire as wire;
use serde::Serialize;

use crate::short::Short;

/// What a record is.
pub(crate) mod kind {
    /// An item for a worker, or an item's result from it.
    pub(crate) const VALUE: u8 = 0;
    /// The report of a panic in the function.
    pub(crate) const PANICKED: u8 = 1;
    /// Why the result could not be encoded (text).
    pub(crate) const UNENCODABLE: u8 = 2;
    /// Why the item could not be decoded (text).
    pub(crate) const UNDECODABLE: u8 = 3;
    /// Why the function could not be found in the worker (text).
    pub(crate) const UNKNOWN_FUNCTION: u8 = 4;
    /// Not about an item: the initializer is through.
    pub(crate) const READY: u8 = 5;
    /// Not about an item: why the initializer failed (text). The worker ends.
    pub(crate) const NOT_INITIALIZED: u8 = 6;
    /// Not about an item: the worker was dismissed and ends.
    pub(crate) const LEAVING: u8 = 7;
}

const KIND_SHIFT: u32 = 5;
const LONG: u8 = 31;
const LONG_HEADER: usize = 9;

/// The first byte of a short record.
#[inline]
pub(crate) fn short_header(kind: u8, length: usize) -> u8 {
    debug_assert!(length <= 8);
    kind << KIND_SHIFT | length as u8
}

/// Appends a record of bytes.
pub(crate) fn push(kind: u8, payload: &[u8], into: &mut Vec<u8>) {
    if payload.len() <= 8 {
        into.push(short_header(kind, payload.len()));
    } else {
        into.extend_from_slice(&long_header(kind, payload.len()));
    }
    into.extend_from_slice(payload);
}

/// Appends a panic's report.
pub(crate) fn push_panic(report: &PanicReport, into: &mut Vec<u8>) {
    // It is made of strings, so it always encodes.
    let encoded = wire::encode(report).unwrap_or_default();
    push(kind::PANICKED, &encoded, into);
}

/// Appends a value. After an error `into` is as before.
#[inline]
pub(crate) fn push_value<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) -> wire::Result<()> {
    match Short::encode(value) {
        Some(short) => {
            push_short(short, into);
            Ok(())
        }
        None => push_other_value(value, into),
    }
}

/// As [`push_value`], for what is most likely no [`Short`].
#[inline(never)]
pub(crate) fn push_other_value<T: Serialize + ?Sized>(
    value: &T,
    into: &mut Vec<u8>,
) -> wire::Result<()> {
    let start = into.len();
    into.extend_from_slice(&[0; LONG_HEADER]);
    if let Err(error) = wire::encode_into(value, into) {
        into.truncate(start);
        return Err(error);
    }
    let length = into.len() - start - LONG_HEADER;
    if length <= 8 {
        into[start + LONG_HEADER - 1] = short_header(kind::VALUE, length);
        into.drain(start..start + LONG_HEADER - 1);
    } else {
        into[start..start + LONG_HEADER].copy_from_slice(&long_header(kind::VALUE, length));
    }
    Ok(())
}

/// A known number of bytes is stored at once, so what is too much is cut off afterwards.
#[inline]
fn push_short(short: Short, into: &mut Vec<u8>) {
    let end = into.len() + 1 + short.length();
    let mut record = [0; LONG_HEADER];
    record[0] = short_header(kind::VALUE, short.length());
    record[1..].copy_from_slice(&short.bits().to_le_bytes());
    into.extend_from_slice(&record);
    into.truncate(end);
}

fn long_header(kind: u8, length: usize) -> [u8; LONG_HEADER] {
    let mut header = [0; LONG_HEADER];
    header[0] = kind << KIND_SHIFT | LONG;
    header[1..].copy_from_slice(&(length as u64).to_le_bytes());
    header
}

/// One record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) kind: u8,
    pub(crate) payload: &'a [u8],
    /// How many bytes the record takes in all.
    pub(crate) size: usize,
}

/// The record that the bytes begin with, if the whole of it is there.
#[inline]
pub(crate) fn first(bytes: &[u8]) -> Option<Record<'_>> {
    let (first, rest) = bytes.split_first()?;
    let (kind, length) = (first >> KIND_SHIFT, first & LONG);
    if length == LONG {
        return first_long(kind, rest);
    }
    let payload = rest.get(..usize::from(length))?;
    let size = 1 + payload.len();
    Some(Record {
        kind,
        payload,
        size,
    })
}

/// The value in the record that the bytes begin with, if that is a short one and followed by so many bytes that its own can be
/// had as a word. The record takes a byte more than the value.
#[inline(always)]
pub(crate) fn first_short(bytes: &[u8]) -> Option<(Short, usize)> {
    let (header, rest) = bytes.split_first()?;
    let word = rest.first_chunk()?;
    // The kind of a value is 0.
    (*header <= 8).then(|| (Short::new(*word, *header), 1 + usize::from(*header)))
}

fn first_long(kind: u8, rest: &[u8]) -> Option<Record<'_>> {
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let payload = rest.get(..length)?;
    let size = LONG_HEADER + length;
    Some(Record {
        kind,
        payload,
        size,
    })
}

/// How many bytes the first outcomes of items take, at most so many of them, and how many these are.
pub(crate) fn outcomes(bytes: &[u8], most: usize) -> (usize, usize) {
    let (mut size, mut count) = (0, 0);
    while count < most {
        size += match bytes.get(size) {
            // Nearly all: a short value.
            Some(&length) if length <= 8 && usize::from(length) < bytes.len() - size => {
                1 + usize::from(length)
            }
            _ => match first(&bytes[size..]) {
                Some(record) if record.kind < kind::READY => record.size,
                _ => break,
            },
        };
        count += 1;
    }
    (size, count)
}

/// The items of a chunk, one record each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Items {
    pub(crate) bytes: Vec<u8>,
    pub(crate) count: usize,
}

impl Items {
    /// Appends an item. After an error they are as before.
    #[inline]
    pub(crate) fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> wire::Result<()> {
        push_value(item, &mut self.bytes)?;
        self.count += 1;
        Ok(())
    }

    /// Keeps so many, and gives the others.
    pub(crate) fn split_off(&mut self, count: usize) -> Items {
        let mut at = 0;
        for _ in 0..count {
            at += first(&self.bytes[at..]).map_or(0, |record| record.size);
        }
        let rest = Items {
            bytes: self.bytes.split_off(at),
            count: self.count - count,
        };
        self.count = count;
        rest
    }
}

#[cfg(test)]
mod tests {
    use manyways_testkit::guarded;
    use proptest::prelude::*;

    use super::{Items, Record, first, kind, outcomes, push, push_value};

    #[test]
    fn records_are_read_as_they_were_written() {
        guarded(|| {
            proptest!(|(
                records in prop::collection::vec((0u8..8, prop_oneof![0usize..12, 0usize..300]), 0..20)
            )| {
                let mut bytes = Vec::new();
                for (kind, length) in &records {
                    push(*kind, &vec![*kind; *length], &mut bytes);
                }
                let mut rest = &bytes[..];
                for (expected, length) in &records {
                    for cut in 0..rest.len().min(20) {
                        if let Some(record) = first(&rest[..cut]) {
                            prop_assert_eq!(record.payload.len(), *length);
                        }
                    }
                    let Record { kind, payload, size } = first(rest).unwrap();
                    prop_assert_eq!((kind, payload), (*expected, &vec![*expected; *length][..]));
                    rest = &rest[size..];
                }
                prop_assert!(rest.is_empty() && first(rest).is_none());
            });
        });
    }

    #[test]
    fn outcomes_are_counted_up_to_the_first_that_is_none_or_not_whole() {
        guarded(|| {
            proptest!(|(
                lengths in prop::collection::vec((0u8..5, 0usize..12), 0..20), most in 0usize..25, cut in 0usize..12,
            )| {
                let mut bytes = Vec::new();
                let mut ends = vec![0];
                for (kind, length) in &lengths {
                    push(*kind, &vec![7; *length], &mut bytes);
                    ends.push(bytes.len());
                }
                push(kind::LEAVING, &[], &mut bytes);
                let whole = &bytes[..bytes.len() - cut.min(bytes.len())];
                let count = ends.iter().rposition(|end| *end <= whole.len()).unwrap().min(most);
                prop_assert_eq!(outcomes(whole, most), (ends[count], count));
            });
        });
    }

    #[test]
    fn values_are_records_of_their_encoding() {
        guarded(|| {
            proptest!(|(value in any::<(u64, Vec<u8>)>(), small in any::<i16>())| {
                let mut bytes = Vec::new();
                push_value(&value, &mut bytes).unwrap();
                push_value(&small, &mut bytes).unwrap();
                let long = first(&bytes).unwrap();
                prop_assert_eq!(long.kind, kind::VALUE);
                prop_assert_eq!(manyways_wire::decode::<(u64, Vec<u8>)>(long.payload).unwrap(), value);
                let short = first(&bytes[long.size..]).unwrap();
                prop_assert_eq!(manyways_wire::decode::<i16>(short.payload).unwrap(), small);
            });
        });
    }

    #[test]
    fn items_are_split_between_items() {
        guarded(|| {
            proptest!(|(lengths in prop::collection::vec(0usize..40, 1..10), at in any::<prop::sample::Index>())| {
                let mut items = Items::default();
                for length in &lengths {
                    items.push(&"x".repeat(*length)).unwrap();
                }
                let whole = items.bytes.clone();
                let kept = at.index(lengths.len() + 1);
                let rest = items.split_off(kept);
                prop_assert_eq!((items.count, rest.count), (kept, lengths.len() - kept));
                if let Some(length) = lengths.get(kept) {
                    let item = first(&rest.bytes).unwrap();
                    prop_assert_eq!(manyways_wire::decode::<String>(item.payload).unwrap().len(), *length);
                }
                prop_assert_eq!([items.bytes, rest.bytes].concat(), whole);
            });
        });
    }

    #[test]
    fn a_length_beyond_memory_is_an_unfinished_record() {
        let mut bytes = vec![0xff];
        bytes.extend([0xff; 8]);
        bytes.extend([1; 100]);
        assert_eq!(first(&bytes), None);
    }
}
