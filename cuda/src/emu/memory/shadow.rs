//! Which bytes have been written: a bit each.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::cell::Bytes;

/// One bit for each byte of an allocation.
///
/// Setting a bit is not ordered with the write that it stands for: a kernel that reads what another thread writes at the same
/// time may be told that the byte is unwritten, which is then as true as the contrary.
#[derive(Debug)]
pub(crate) struct Shadow {
    /// None where all bytes count as written from the start.
    bits: Option<Bytes>,
    len: usize,
    /// All are known to be written.
    full: AtomicBool,
}

/// Bits `from..to` of a word.
fn span(from: usize, to: usize) -> u64 {
    debug_assert!(from < to && to <= 64);
    (!0 << from) & (!0 >> (64 - to))
}

impl Shadow {
    /// No byte is written. None if there is no memory for it.
    pub(crate) fn unwritten(len: usize) -> Option<Shadow> {
        Some(Shadow {
            bits: Some(Bytes::zeroed(len.div_ceil(64) * 8)?),
            len,
            full: AtomicBool::new(false),
        })
    }

    /// All bytes are written.
    pub(crate) fn written(len: usize) -> Shadow {
        Shadow {
            bits: None,
            len,
            full: AtomicBool::new(true),
        }
    }

    /// The words that hold the bits of a range that is not empty, with the bits that belong to it.
    fn words(at: usize, len: usize) -> impl Iterator<Item = (usize, u64)> {
        let end = at + len;
        (at / 64..end.div_ceil(64)).map(move |word| {
            let from = at.max(word * 64) - word * 64;
            let to = end.min(word * 64 + 64) - word * 64;
            (word * 8, span(from, to))
        })
    }

    /// Whether all bytes of a range are written.
    #[inline(always)]
    pub(crate) fn covers(&self, at: usize, len: usize) -> bool {
        self.full.load(Relaxed) || self.covers_by_bits(at, len)
    }

    fn covers_by_bits(&self, at: usize, len: usize) -> bool {
        let Some(bits) = &self.bits else { return true };
        Shadow::words(at, len).all(|(word, wanted)| bits.u64(word).load(Relaxed) & wanted == wanted)
    }

    /// The bytes of a range are written now.
    #[inline(always)]
    pub(crate) fn mark(&self, at: usize, len: usize) {
        if !self.full.load(Relaxed) {
            self.mark_bits(at, len);
        }
    }

    fn mark_bits(&self, at: usize, len: usize) {
        let Some(bits) = &self.bits else { return };
        for (word, wanted) in Shadow::words(at, len) {
            let word = bits.u64(word);
            if wanted == !0 {
                word.store(!0, Relaxed);
            } else if word.load(Relaxed) & wanted != wanted {
                word.fetch_or(wanted, Relaxed);
            }
        }
        if at == 0 && len == self.len {
            self.full.store(true, Relaxed);
        }
    }

    /// Takes over which bytes of a range of another are written.
    pub(crate) fn copy(&self, at: usize, from: &Shadow, from_at: usize, len: usize) {
        if from.covers(from_at, len) {
            return self.mark(at, len);
        }
        let known: Vec<bool> = (0..len)
            .map(|index| from.covers(from_at + index, 1))
            .collect();
        for (index, written) in known.into_iter().enumerate() {
            if written {
                self.mark(at + index, 1);
            } else {
                self.unmark(at + index);
            }
        }
    }

    fn unmark(&self, at: usize) {
        if let Some(bits) = &self.bits {
            self.full.store(false, Relaxed);
            bits.u64(at / 64 * 8).fetch_and(!(1 << (at % 64)), Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Shadow;

    proptest! {
        #[test]
        fn as_an_array_of_flags(ranges in prop::collection::vec((0usize..300, 1usize..200), 0..12)) {
            let shadow = Shadow::unwritten(500).unwrap();
            let mut flags = [false; 500];
            for (at, len) in ranges {
                shadow.mark(at, len);
                flags[at..at + len].fill(true);
                for (start, flag) in flags.iter().enumerate() {
                    prop_assert_eq!(shadow.covers(start, 1), *flag);
                }
                let whole = flags[at.saturating_sub(1)..at + len].iter().all(|flag| *flag);
                let start = at.saturating_sub(1);
                prop_assert_eq!(shadow.covers(start, at + len - start), whole);
            }
        }
    }

    #[test]
    fn a_copy_takes_holes_over() {
        let from = Shadow::unwritten(100).unwrap();
        from.mark(10, 20);
        let to = Shadow::unwritten(100).unwrap();
        to.mark(0, 100);
        to.copy(50, &from, 0, 40);
        let written: Vec<usize> = (0..100).filter(|at| to.covers(*at, 1)).collect();
        let wanted: Vec<usize> = (0..50).chain(60..80).chain(90..100).collect();
        assert_eq!(written, wanted);
    }
}
