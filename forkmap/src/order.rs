//! Which item stands at which position of a run.

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
    use super::Settled;

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
