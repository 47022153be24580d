//! Several slices written as one.

use std::io::{ErrorKind, IoSlice, Result, Write};

/// Slices handed to one vectored write. Linux takes 1024; filling so many costs more than it saves.
const BATCH: usize = 32;

/// What is still to be written: `head`, then `parts`.
pub(crate) struct Gather<'a> {
    head: &'a [u8],
    parts: &'a [&'a [u8]],
}

impl<'a> Gather<'a> {
    pub(crate) fn new(head: &'a [u8], parts: &'a [&'a [u8]]) -> Self {
        let mut gather = Gather { head, parts };
        gather.skip_empty();
        gather
    }

    /// Bytes still to be written.
    pub(crate) fn len(&self) -> usize {
        self.head.len() + self.parts.iter().map(|part| part.len()).sum::<usize>()
    }

    /// Writes everything, again when interrupted. After an error [`len`](Self::len) says how much is left.
    pub(crate) fn write_all_to(&mut self, inner: &mut impl Write) -> Result<()> {
        while !self.head.is_empty() {
            match self.write_to(inner) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.advance(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn write_to(&self, inner: &mut impl Write) -> Result<usize> {
        match self.parts {
            [] => inner.write(self.head),
            [part] => inner.write_vectored(&[IoSlice::new(self.head), IoSlice::new(part)]),
            parts => {
                let mut slices = [IoSlice::new(&[]); BATCH];
                let all = [self.head].into_iter().chain(parts.iter().copied());
                let used = slices
                    .iter_mut()
                    .zip(all)
                    .map(|(slot, part)| *slot = IoSlice::new(part))
                    .count();
                inner.write_vectored(&slices[..used])
            }
        }
    }

    fn advance(&mut self, mut count: usize) {
        while count > self.head.len() {
            count -= self.head.len();
            self.next_part();
        }
        self.head = &self.head[count..];
        self.skip_empty();
    }

    /// Makes `head` empty only when nothing is left.
    fn skip_empty(&mut self) {
        while self.head.is_empty() && !self.parts.is_empty() {
            self.next_part();
        }
    }

    /// A writer that claims to have taken more than it was given ends on the panic of this slice.
    fn next_part(&mut self) {
        self.head = self.parts[0];
        self.parts = &self.parts[1..];
    }
}
