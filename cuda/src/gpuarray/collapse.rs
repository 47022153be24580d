//! Fewer dimensions for the same elements: what a kernel over arrays of any strides walks through.

use super::layout::Layout;
use super::shape::{Dims, refuse};
use crate::error::Result;

/// The dimensions that a kernel can walk through.
pub(crate) const MAX_RANK: usize = 8;

/// Layouts of one shape, simplified together. The first dimension is the fastest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Collapsed {
    pub(crate) sizes: Dims<usize>,
    /// For each operand its strides in elements, one a dimension.
    pub(crate) strides: Dims<Dims<isize>>,
}

impl Collapsed {
    /// Simplifies layouts that all have the first one's shape: axes are put in the order of the first one's strides,
    /// ones of length 1 go, and ones that follow each other without a gap in all operands become one.
    ///
    /// The elements are visited in another order by it, by all operands in the same.
    pub(crate) fn of(call: &'static str, operands: &[&Layout]) -> Result<Collapsed> {
        let first = operands[0];
        let mut axes: Dims<usize> = (0..first.rank())
            .rev()
            .filter(|axis| first.shape()[*axis] != 1)
            .collect();
        axes.sort_by_key(|axis| first.strides()[*axis].unsigned_abs());
        let mut result = Collapsed {
            sizes: Dims::new(),
            strides: Dims::from_elem(Dims::new(), operands.len()),
        };
        for axis in axes {
            result.add(first.shape()[axis], operands, axis);
        }
        if result.sizes.len() > MAX_RANK {
            let why = format_args!(
                "arrays of {} dimensions with gaps between them; a kernel walks through {MAX_RANK}",
                result.sizes.len()
            );
            return Err(refuse(call, why).advise("copy() them first"));
        }
        Ok(result)
    }

    fn add(&mut self, length: usize, operands: &[&Layout], axis: usize) {
        let follows = |last: usize| {
            let end = self.sizes[last].cast_signed();
            operands
                .iter()
                .zip(&self.strides)
                .all(|(layout, strides)| layout.strides()[axis] == strides[last] * end)
        };
        match self
            .sizes
            .len()
            .checked_sub(1)
            .filter(|last| follows(*last))
        {
            Some(last) => self.sizes[last] *= length,
            None => {
                self.sizes.push(length);
                for (strides, layout) in self.strides.iter_mut().zip(operands) {
                    strides.push(layout.strides()[axis]);
                }
            }
        }
    }

    /// Whether each operand is one piece of memory without gaps, which all walk through in the same order.
    pub(crate) fn is_contiguous(&self) -> bool {
        match self.sizes.len() {
            0 => true,
            1 => self.strides.iter().all(|strides| strides[0] == 1),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::Order;
    use super::super::slicing::{IntoItems, Slice};
    use super::*;
    use proptest::prelude::*;

    fn packed(shape: &[usize], order: Order) -> Layout {
        Layout::packed(Dims::from_slice(shape), order)
    }

    #[test]
    fn arrays_of_one_order_are_one_dimension() {
        for order in [Order::C, Order::F] {
            let layout = packed(&[3, 1, 4, 5], order);
            let collapsed = Collapsed::of("test", &[&layout, &layout]).unwrap();
            assert_eq!(collapsed.sizes.as_slice(), [60]);
            assert!(collapsed.is_contiguous());
        }
    }

    #[test]
    fn a_repeated_row_is_two_dimensions() {
        let matrix = packed(&[3, 4], Order::C);
        let row = packed(&[4], Order::C)
            .broadcast_to("test", &[3, 4])
            .unwrap();
        let collapsed = Collapsed::of("test", &[&matrix, &row]).unwrap();
        assert_eq!(collapsed.sizes.as_slice(), [4, 3]);
        assert_eq!(collapsed.strides[1].as_slice(), [1, 0]);
        assert!(!collapsed.is_contiguous());
    }

    #[test]
    fn too_many_gaps_are_refused() {
        let every_other = [Slice::new(None, None, 2).into(); 9];
        let layout = packed(&[4; 9], Order::C)
            .sliced("test", &every_other)
            .unwrap();
        let error = Collapsed::of("test", &[&layout]).unwrap_err().to_string();
        assert!(error.contains("9 dimensions with gaps"), "{error}");
    }

    /// The places of all elements, in the order in which a kernel visits them.
    fn visited(collapsed: &Collapsed, operand: usize) -> Vec<isize> {
        let count: usize = collapsed.sizes.iter().product();
        let place = |mut index: usize| {
            let mut place = 0;
            for (size, stride) in collapsed.sizes.iter().zip(&collapsed.strides[operand]) {
                place += (index % size).cast_signed() * stride;
                index /= size;
            }
            place
        };
        (0..count).map(place).collect()
    }

    /// The places of all elements in C's order.
    fn places(layout: &Layout) -> Vec<isize> {
        let mut places = vec![0];
        for (length, stride) in layout.shape().iter().zip(layout.strides()) {
            places = places
                .iter()
                .flat_map(|from| (0..length.cast_signed()).map(move |n| from + n * stride))
                .collect();
        }
        places
    }

    proptest! {
        #[test]
        fn the_same_pairs_of_elements_meet(
            shape in prop::collection::vec(1..5_usize, 0..4),
            order in prop::sample::select(vec![Order::C, Order::F]),
            turned in any::<bool>(),
        ) {
            let first = packed(&shape, order);
            let second = packed(&shape, Order::C);
            let second = if turned { packed(&shape, Order::C).reversed().reversed() } else { second };
            let second = second.sliced("test", &Slice::new(None, None, -1).into_items()[..shape.len().min(1)]).unwrap();
            let collapsed = Collapsed::of("test", &[&first, &second]).unwrap();
            let mut expected: Vec<_> = places(&first).into_iter().zip(places(&second)).collect();
            let mut got: Vec<_> = visited(&collapsed, 0).into_iter().zip(visited(&collapsed, 1)).collect();
            expected.sort_unstable();
            got.sort_unstable();
            prop_assert_eq!(got, expected);
        }
    }
}
