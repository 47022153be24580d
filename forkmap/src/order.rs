//! Which item stands at which position of a run.

use std::ops::Range;

/// A first run goes over all items; a run for items that were lost goes over those.
#[derive(Debug)]
pub(crate) enum Order {
    All(usize),
    Some(Vec<usize>),
}

impl Order {
    pub(crate) fn len(&self) -> usize {
        match self {
            Order::All(items) => *items,
            Order::Some(indexes) => indexes.len(),
        }
    }

    /// The item at a position that the board gave out. Ascending positions have ascending indexes.
    pub(crate) fn index(&self, position: u64) -> usize {
        match self {
            Order::All(_) => position as usize,
            Order::Some(indexes) => indexes[position as usize],
        }
    }

    /// As [`index`](Self::index), for a position that a child claims to have: `None` beyond the end.
    #[inline]
    pub(crate) fn get(&self, position: u64) -> Option<usize> {
        (position < self.len() as u64).then(|| self.index(position))
    }

    /// The parts of a piece whose items are neighbours in the input: a reduction combines no others,
    /// as what lies between them is combined elsewhere.
    pub(crate) fn runs(&self, mut piece: Range<u64>) -> impl Iterator<Item = Range<u64>> {
        std::iter::from_fn(move || {
            let start = piece.next()?;
            match self {
                Order::All(_) => piece.start = piece.end,
                Order::Some(indexes) => {
                    let after = |at: u64| indexes[at as usize - 1] + 1;
                    while !piece.is_empty() && self.index(piece.start) == after(piece.start) {
                        piece.start += 1;
                    }
                }
            }
            Some(start..piece.start)
        })
    }

    /// The item at a position, or for the position after the last one, a number above all items.
    pub(crate) fn floor(&self, position: u64) -> usize {
        match self {
            Order::All(_) => position as usize,
            Order::Some(indexes) => indexes
                .get(position as usize)
                .copied()
                .unwrap_or(usize::MAX),
        }
    }
}

/// Which items are settled: have a result, or have failed for good.
#[derive(Debug)]
pub(crate) struct Settled {
    bits: Vec<u64>,
    left: usize,
}

impl Settled {
    pub(crate) fn none_of(items: usize) -> Settled {
        Settled {
            bits: vec![0; items.div_ceil(64)],
            left: items,
        }
    }

    pub(crate) fn settle(&mut self, index: usize) {
        let (word, bit) = (&mut self.bits[index / 64], 1 << (index % 64));
        self.left -= usize::from(*word & bit == 0);
        *word |= bit;
    }

    /// How many are not settled.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Those that are not settled, of `items`, in ascending order.
    pub(crate) fn unsettled(&self, items: usize) -> Vec<usize> {
        let is_open = |index: &usize| self.bits[index / 64] & 1 << (index % 64) == 0;
        (0..items).filter(is_open).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, Settled};

    #[test]
    fn pieces_are_cut_where_items_are_missing() {
        let order = Order::Some(vec![2, 3, 4, 9, 11, 12]);
        assert!(order.runs(0..6).eq([0..3, 3..4, 4..6]));
        assert!(order.runs(1..5).eq([1..3, 3..4, 4..5]));
        assert!(order.runs(5..5).eq([]));
        assert!(Order::All(9).runs(2..7).eq(std::iter::once(2..7)));
        assert_eq!((order.get(5), order.get(6)), (Some(12), None));
    }

    #[test]
    fn settled_items_are_counted_once() {
        let mut settled = Settled::none_of(130);
        for index in [0, 64, 129, 64] {
            settled.settle(index);
        }
        assert_eq!(settled.left(), 127);
        let unsettled = settled.unsettled(130);
        assert_eq!(unsettled.len(), 127);
        assert!(![0, 64, 129].iter().any(|index| unsettled.contains(index)));
    }
}
