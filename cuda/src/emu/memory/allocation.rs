//! A range of addresses with its bytes.

use std::sync::atomic::Ordering::Relaxed;

use super::cell::Bytes;
use super::shadow::Shadow;

/// Bytes that kernels and the host reach at an address.
#[derive(Debug)]
pub(crate) struct Allocation {
    base: u64,
    bytes: Bytes,
    shadow: Shadow,
    is_host: bool,
    /// Kernels may not write it.
    is_constant: bool,
}

impl Allocation {
    pub(super) fn new(base: u64, bytes: Bytes, shadow: Shadow, is_host: bool) -> Allocation {
        Allocation {
            base,
            bytes,
            shadow,
            is_host,
            is_constant: false,
        }
    }

    /// The same, but kernels may not write it.
    pub(super) fn constant(self) -> Allocation {
        Allocation {
            is_constant: true,
            ..self
        }
    }

    pub(crate) fn is_constant(&self) -> bool {
        self.is_constant
    }

    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(crate) fn range(&self) -> (u64, u64) {
        (self.base, self.len())
    }

    pub(crate) fn is_host(&self) -> bool {
        self.is_host
    }

    #[inline(always)]
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    #[inline(always)]
    pub(crate) fn shadow(&self) -> &Shadow {
        &self.shadow
    }

    /// Where a range of addresses starts in the bytes, if all of it is in them.
    #[inline(always)]
    pub(crate) fn offset(&self, address: u64, len: u64) -> Option<usize> {
        let offset = address.wrapping_sub(self.base);
        let inside = offset <= self.len() && len <= self.len() - offset;
        inside.then_some(offset as usize)
    }

    pub(super) fn write(&self, at: usize, from: &[u8]) {
        self.bytes.write(at, from);
        if !from.is_empty() {
            self.shadow.mark(at, from.len());
        }
    }

    pub(super) fn fill(&self, at: usize, pattern: &[u8], len: usize) {
        // Long pieces, because each costs a call.
        let mut piece = Vec::with_capacity(len.min(64 << 10));
        while piece.len() < piece.capacity() && piece.len() + pattern.len() <= len {
            piece.extend_from_slice(pattern);
            if piece.len() + pattern.len() > 64 << 10 {
                break;
            }
        }
        let mut done = 0;
        while done < len {
            let now = piece.len().min(len - done);
            self.bytes.write(at + done, &piece[..now]);
            done += now;
        }
        self.shadow.mark(at, len);
    }

    /// Copies a range of another allocation, or of this one, that may overlap.
    pub(super) fn copy(&self, at: usize, from: &Allocation, from_at: usize, len: usize) {
        const PIECE: usize = 16 << 10;
        let mut buffer = [0; PIECE];
        let pieces = len.div_ceil(PIECE);
        for index in 0..pieces {
            // From the end, where the target begins within the source.
            let index = if at > from_at {
                pieces - 1 - index
            } else {
                index
            };
            let start = index * PIECE;
            let piece = &mut buffer[..PIECE.min(len - start)];
            from.bytes.read(from_at + start, piece);
            self.bytes.write(at + start, piece);
        }
        self.shadow.copy(at, &from.shadow, from_at, len);
    }

    /// An atomic read-modify-write of four bytes: the old value.
    #[inline]
    pub(crate) fn update32(&self, at: usize, new: impl Fn(u32) -> u32) -> u32 {
        let word = self.bytes.u32(at);
        let result = word.fetch_update(Relaxed, Relaxed, |old| Some(new(old)));
        result.unwrap_or_else(|old| old)
    }

    /// An atomic read-modify-write of eight bytes: the old value.
    #[inline]
    pub(crate) fn update64(&self, at: usize, new: impl Fn(u64) -> u64) -> u64 {
        let word = self.bytes.u64(at);
        let result = word.fetch_update(Relaxed, Relaxed, |old| Some(new(old)));
        result.unwrap_or_else(|old| old)
    }

    /// An atomic read-modify-write of two bytes: the old value.
    #[inline]
    pub(crate) fn update16(&self, at: usize, new: impl Fn(u16) -> u16) -> u16 {
        let word = self.bytes.u16(at);
        let result = word.fetch_update(Relaxed, Relaxed, |old| Some(new(old)));
        result.unwrap_or_else(|old| old)
    }
}
