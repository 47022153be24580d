//! What stands in the brackets of `array[...]` in Python: ranges with steps, indices, new axes, an ellipsis.

use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// Every `step`th index from `start` on and before `stop`, as Python's `start:stop:step`.
///
/// Negative bounds count from the end, bounds beyond the ends are cut, and with a negative step the indices go down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The first index; where it is missing, the first or, with a negative step, the last that there is.
    pub start: Option<isize>,
    /// The index before which it ends.
    pub stop: Option<isize>,
    /// The distance of two indices, which is not zero.
    pub step: isize,
}

/// One of the things that may stand in the brackets of `array[...]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// Several indices of a dimension.
    Slice(Slice),
    /// One index of a dimension, which disappears by it.
    Index(isize),
    /// A new dimension of length 1: Python's `None`, or `numpy.newaxis`.
    NewAxis,
    /// As many full dimensions as are left: Python's `...`.
    Ellipsis,
}

/// A new dimension of length 1 in a [`slice`](super::GpuArray::slice).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAxis;

/// As many full dimensions as are left, in a [`slice`](super::GpuArray::slice).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ellipsis;

impl Slice {
    /// Python's `start:stop:step`.
    #[must_use]
    pub fn new(
        start: impl Into<Option<isize>>,
        stop: impl Into<Option<isize>>,
        step: isize,
    ) -> Slice {
        Slice {
            start: start.into(),
            stop: stop.into(),
            step,
        }
    }

    /// First index and number of indices in a dimension of `length`. The step is not zero.
    pub(crate) fn resolve(self, length: usize) -> (usize, usize) {
        let length = length.cast_signed();
        let (low, high) = if self.step > 0 {
            (0, length)
        } else {
            (-1, length - 1)
        };
        let bound = |bound: Option<isize>, default: isize| match bound {
            None => default,
            Some(index) if index < 0 => index.saturating_add(length).max(low),
            Some(index) => index.min(high),
        };
        let (first, last) = if self.step > 0 {
            (low, high)
        } else {
            (high, low)
        };
        let (start, stop) = (bound(self.start, first), bound(self.stop, last));
        let distance = if self.step > 0 {
            stop - start
        } else {
            start - stop
        };
        match usize::try_from(distance) {
            Ok(distance) if distance > 0 => (
                start.unsigned_abs(),
                distance.div_ceil(self.step.unsigned_abs()),
            ),
            _ => (0, 0),
        }
    }
}

impl From<Slice> for Item {
    fn from(slice: Slice) -> Item {
        Item::Slice(slice)
    }
}

impl From<NewAxis> for Item {
    fn from(_: NewAxis) -> Item {
        Item::NewAxis
    }
}

impl From<Ellipsis> for Item {
    fn from(_: Ellipsis) -> Item {
        Item::Ellipsis
    }
}

impl From<RangeFull> for Item {
    fn from(_: RangeFull) -> Item {
        Slice::new(None, None, 1).into()
    }
}

/// The integers that may stand for an index. `i32` is what a literal is that nothing else determines.
macro_rules! indices {
    ($($integer:ty),*) => {
        $(
            impl From<$integer> for Item {
                fn from(index: $integer) -> Item {
                    Item::Index(signed(index))
                }
            }

            impl From<Range<$integer>> for Item {
                fn from(range: Range<$integer>) -> Item {
                    Slice::new(signed(range.start), signed(range.end), 1).into()
                }
            }

            impl From<RangeFrom<$integer>> for Item {
                fn from(range: RangeFrom<$integer>) -> Item {
                    Slice::new(signed(range.start), None, 1).into()
                }
            }

            impl From<RangeTo<$integer>> for Item {
                fn from(range: RangeTo<$integer>) -> Item {
                    Slice::new(None, signed(range.end), 1).into()
                }
            }

            impl From<RangeInclusive<$integer>> for Item {
                fn from(range: RangeInclusive<$integer>) -> Item {
                    Slice::new(signed(*range.start()), after(signed(*range.end())), 1).into()
                }
            }

            impl From<RangeToInclusive<$integer>> for Item {
                fn from(range: RangeToInclusive<$integer>) -> Item {
                    Slice::new(None, after(signed(range.end)), 1).into()
                }
            }
        )*
    };
}

indices!(i32, isize, usize);

/// The index; one that is too large for a memory's addresses is as the largest.
fn signed(index: impl TryInto<isize>) -> isize {
    index.try_into().unwrap_or(isize::MAX)
}

/// The bound after `last`; after the very last one, -1, there is none.
fn after(last: isize) -> Option<isize> {
    last.checked_add(1).filter(|stop| *stop != 0 || last >= 0)
}

/// What may stand in the brackets: one item, or a tuple, an array or a slice of items.
pub trait IntoItems {
    /// The items, one after another.
    fn into_items(self) -> Vec<Item>;
}

impl<I: Into<Item>> IntoItems for I {
    fn into_items(self) -> Vec<Item> {
        vec![self.into()]
    }
}

impl IntoItems for &[Item] {
    fn into_items(self) -> Vec<Item> {
        self.to_vec()
    }
}

macro_rules! tuples {
    ($($name:ident),*) => {
        impl<$($name: Into<Item>),*> IntoItems for ($($name,)*) {
            #[expect(non_snake_case, reason = "a type's name serves for its value")]
            fn into_items(self) -> Vec<Item> {
                let ($($name,)*) = self;
                vec![$($name.into()),*]
            }
        }
    };
}

tuples!(A);
tuples!(A, B);
tuples!(A, B, C);
tuples!(A, B, C, D);
tuples!(A, B, C, D, E);
tuples!(A, B, C, D, E, F);
tuples!(A, B, C, D, E, F, G);
tuples!(A, B, C, D, E, F, G, H);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What Python's `slice(start, stop, step).indices(length)` goes through, said naively.
    fn indices(slice: Slice, length: isize) -> Vec<isize> {
        let wrap = |index: isize| if index < 0 { index + length } else { index };
        let inside = |index: isize| match slice.step > 0 {
            true => slice.stop.is_none_or(|stop| index < wrap(stop)),
            false => slice.stop.is_none_or(|stop| index > wrap(stop).max(-1)),
        };
        let start = slice
            .start
            .map_or(if slice.step > 0 { 0 } else { length - 1 }, wrap);
        let start = if slice.step > 0 {
            start.max(0)
        } else {
            start.min(length - 1)
        };
        std::iter::successors(Some(start), |index| Some(index + slice.step))
            .take_while(|index| (0..length).contains(index) && inside(*index))
            .collect()
    }

    proptest! {
        #[test]
        fn slices_are_pythons(
            start in proptest::option::of(-12..12_isize),
            stop in proptest::option::of(-12..12_isize),
            step in prop_oneof![-4..=-1_isize, 1..=4_isize],
            length in 0..9_usize,
        ) {
            let slice = Slice { start, stop, step };
            let (first, count) = slice.resolve(length);
            let got: Vec<isize> = (0..count.cast_signed()).map(|n| first.cast_signed() + n * step).collect();
            prop_assert_eq!(got, indices(slice, length.cast_signed()));
        }
    }

    #[test]
    #[expect(clippy::reversed_empty_ranges, reason = "-1 is the last")]
    fn ranges_are_slices() {
        let resolve = |item: Item, length| match item {
            Item::Slice(slice) => slice.resolve(length),
            other => panic!("{other:?}"),
        };
        assert_eq!(resolve((..).into(), 5), (0, 5));
        assert_eq!(resolve((1..-1).into(), 5), (1, 3));
        assert_eq!(resolve((1..=-1).into(), 5), (1, 4));
        assert_eq!(resolve((..=2).into(), 5), (0, 3));
        assert_eq!(resolve((isize::MIN..isize::MAX).into(), 5), (0, 5));
    }
}
