//! How the items are cut into the pieces that a process takes at a time.

use std::num::NonZeroUsize;
use std::ops::Range;

/// How many items a process takes at a time.
///
/// A process that is done with its piece takes the next one, with one atomic operation on memory that
/// all processes share; no system call is made and the parent is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Chunks {
    /// Large pieces first, small ones at the end: each is the remaining items divided by twice the
    /// number of processes (guided self-scheduling). Few pieces, and even load at the end.
    #[default]
    Guided,
    /// Pieces of this many items.
    Fixed(NonZeroUsize),
    /// One contiguous piece a process, fixed beforehand, as the original forkmap. A process that is
    /// done early takes over no work from others.
    Static,
}

impl Chunks {
    /// Pieces of `items` items; 0 counts as 1.
    #[must_use]
    pub fn fixed(items: usize) -> Chunks {
        Chunks::Fixed(NonZeroUsize::new(items).unwrap_or(NonZeroUsize::MIN))
    }

    /// The piece that begins at `cursor`, and the cursor for the one after. `None` when all is taken.
    ///
    /// The cursor counts items, except for static pieces, where it counts pieces (from 1 after the
    /// first, so that 0 always means that nothing is taken).
    pub(crate) fn cut(self, cursor: u64, total: u64, processes: u64) -> Option<(Range<u64>, u64)> {
        if self == Chunks::Static {
            let piece = cursor;
            let bound = |piece: u64| u128::from(piece) * u128::from(total) / u128::from(processes);
            let bound = |piece| u64::try_from(bound(piece)).unwrap_or(total);
            return (piece < processes).then(|| (bound(piece)..bound(piece + 1), piece + 1));
        }
        let left = total.checked_sub(cursor).filter(|left| *left > 0)?;
        let size = match self {
            Chunks::Fixed(items) => items.get() as u64,
            _ => left.div_ceil(2 * processes),
        };
        let end = cursor + size.min(left);
        Some((cursor..end, end))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Chunks;

    fn pieces(chunks: Chunks, total: u64, processes: u64) -> Vec<std::ops::Range<u64>> {
        let mut cursor = 0;
        std::iter::from_fn(|| {
            let (piece, next) = chunks.cut(cursor, total, processes)?;
            cursor = next;
            Some(piece)
        })
        .collect()
    }

    #[test]
    fn guided_pieces_shrink_to_one() {
        let sizes: Vec<u64> = pieces(Chunks::Guided, 20, 2)
            .iter()
            .map(|p| p.end - p.start)
            .collect();
        assert_eq!(sizes, [5, 4, 3, 2, 2, 1, 1, 1, 1]);
    }

    #[test]
    fn static_pieces_are_those_of_the_original() {
        assert_eq!(pieces(Chunks::Static, 10, 4), [0..2, 2..5, 5..7, 7..10]);
        assert_eq!(
            pieces(Chunks::Static, u64::MAX, 2).last().unwrap().end,
            u64::MAX
        );
    }

    proptest! {
        #[test]
        fn every_item_is_in_exactly_one_piece(
            total in 0u64..5000, processes in 1u64..20, fixed in 0usize..6000
        ) {
            for chunks in [Chunks::Guided, Chunks::Static, Chunks::fixed(fixed)] {
                let mut expected = 0;
                for piece in pieces(chunks, total, processes) {
                    prop_assert_eq!(piece.start, expected);
                    expected = piece.end;
                }
                prop_assert_eq!(expected, total);
            }
        }
    }
}
