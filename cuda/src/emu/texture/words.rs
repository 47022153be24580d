//! Bytes that the threads of kernels, copies and the host reach at once.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Zeroed bytes, shared. Each access to an aligned 1, 2 or 4 bytes is whole; longer ones are made of those, in no
/// order that another thread could rely on, as on a GPU.
pub(crate) struct Words(Box<[AtomicU32]>);

impl Words {
    /// So many bytes of zeros; none if the memory is not to be had.
    pub(crate) fn zeroed(bytes: usize) -> Option<Words> {
        let cells = bytemuck::try_zeroed_slice_box(bytes.div_ceil(4));
        cells.ok().map(Words)
    }

    /// The little-endian number of 1, 2 or 4 bytes at a multiple of its size.
    #[inline]
    pub(crate) fn load(&self, at: usize, size: usize) -> u32 {
        let word = self.0[at / 4].load(Relaxed);
        word >> shift(at) & mask(size)
    }

    /// Stores a byte, and leaves its neighbours to those who store them meanwhile.
    fn store_byte(&self, at: usize, byte: u8) {
        let insert = |word: u32| Some(word & !(0xff << shift(at)) | u32::from(byte) << shift(at));
        // The closure never gives up.
        let _ = self.0[at / 4].fetch_update(Relaxed, Relaxed, insert);
    }

    /// Copies bytes out.
    pub(crate) fn read(&self, at: usize, into: &mut [u8]) {
        let (head, rest) = into.split_at_mut(head(at, into.len()));
        for (offset, byte) in head.iter_mut().enumerate() {
            *byte = self.load(at + offset, 1) as u8;
        }
        let aligned = at + head.len();
        let (words, tail) = rest.as_chunks_mut::<4>();
        for (word, cell) in words.iter_mut().zip(&self.0[aligned / 4..]) {
            *word = cell.load(Relaxed).to_le_bytes();
        }
        let aligned = aligned + 4 * words.len();
        for (offset, byte) in tail.iter_mut().enumerate() {
            *byte = self.load(aligned + offset, 1) as u8;
        }
    }

    /// Copies bytes in.
    pub(crate) fn write(&self, at: usize, from: &[u8]) {
        let (head, rest) = from.split_at(head(at, from.len()));
        for (offset, byte) in head.iter().enumerate() {
            self.store_byte(at + offset, *byte);
        }
        let aligned = at + head.len();
        let (words, tail) = rest.as_chunks::<4>();
        for (word, cell) in words.iter().zip(&self.0[aligned / 4..]) {
            cell.store(u32::from_le_bytes(*word), Relaxed);
        }
        let aligned = aligned + 4 * words.len();
        for (offset, byte) in tail.iter().enumerate() {
            self.store_byte(aligned + offset, *byte);
        }
    }
}

/// How many of `len` bytes lie before the next whole word.
fn head(at: usize, len: usize) -> usize {
    (at.next_multiple_of(4) - at).min(len)
}

fn shift(at: usize) -> u32 {
    8 * (at as u32 & 3)
}

fn mask(size: usize) -> u32 {
    u32::MAX >> (32 - 8 * size)
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn any_range_of_bytes_can_be_copied() {
        let data: Vec<u8> = (1..=32).collect();
        for at in 0..8 {
            for len in 0..20 {
                let words = Words::zeroed(32).unwrap();
                words.write(at, &data[..len]);
                let mut all = [0xff; 32];
                words.read(0, &mut all);
                assert_eq!(&all[at..at + len], &data[..len]);
                assert!(
                    all[..at]
                        .iter()
                        .chain(&all[at + len..])
                        .all(|byte| *byte == 0)
                );
                let mut part = vec![0; len];
                words.read(at, &mut part);
                assert_eq!(part, &data[..len]);
            }
        }
    }

    #[test]
    fn numbers_are_little_endian() {
        let words = Words::zeroed(8).unwrap();
        words.write(3, &[0x11, 0x22, 0x33, 0x44]);
        assert_eq!(words.load(0, 4), 0x1100_0000);
        assert_eq!(words.load(4, 2), 0x3322);
        assert_eq!(words.load(6, 1), 0x44);
    }

    #[test]
    fn neighbouring_bytes_of_several_threads_are_all_kept() {
        let words = Words::zeroed(4).unwrap();
        std::thread::scope(|scope| {
            for lane in 0..4 {
                let words = &words;
                scope.spawn(move || {
                    for byte in 0..=200 {
                        words.write(lane, &[byte]);
                    }
                });
            }
        });
        assert_eq!(words.load(0, 4), 0xc8c8_c8c8);
    }
}
