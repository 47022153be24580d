//! Where an array's elements lie: shape, strides and offset. Beside it stand the views that need no copy.

mod axes;
mod reshaped;
mod resized;
mod sliced;

use super::shape::Dims;

/// The order of the elements in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The last index changes fastest, as in C.
    #[default]
    C,
    /// The first index changes fastest, as in Fortran.
    F,
}

/// Shape, strides and offset, all in elements.
///
/// All elements lie in the buffer that the layout was made for: whoever makes one from another keeps it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    shape: Dims<usize>,
    strides: Dims<isize>,
    offset: usize,
}

impl Layout {
    /// Elements without gaps.
    pub(crate) fn packed(shape: Dims<usize>, order: Order) -> Layout {
        let axes = 0..shape.len();
        match order {
            Order::C => Layout::packed_by(shape, axes.rev()),
            Order::F => Layout::packed_by(shape, axes),
        }
    }

    /// Elements without gaps, where `axes` has the axes from the fastest on.
    fn packed_by(shape: Dims<usize>, axes: impl Iterator<Item = usize>) -> Layout {
        let mut strides = Dims::from_elem(0, shape.len());
        let mut stride = 1;
        for axis in axes {
            strides[axis] = stride;
            stride *= shape[axis].max(1).cast_signed();
        }
        Layout {
            shape,
            strides,
            offset: 0,
        }
    }

    /// Elements without gaps, in the order of this layout: NumPy's order `K`.
    pub(crate) fn packed_like(&self, shape: Dims<usize>) -> Layout {
        if shape.len() != self.rank() {
            return Layout::packed(shape, Order::C);
        }
        Layout::packed_by(shape, self.axes_by_stride().into_iter())
    }

    /// The axes from the fastest on; of equal ones the last first.
    fn axes_by_stride(&self) -> Dims<usize> {
        let mut axes: Dims<usize> = (0..self.rank()).rev().collect();
        // An axis that is not walked along says nothing about the order.
        axes.sort_by_key(
            |axis| match (self.strides[*axis].unsigned_abs(), self.shape[*axis]) {
                (0, _) | (_, 0 | 1) => (usize::MAX, self.rank() - axis),
                (stride, _) => (stride, 0),
            },
        );
        axes
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    pub(crate) fn strides(&self) -> &[isize] {
        &self.strides
    }

    /// The element of the buffer at which the array begins.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn rank(&self) -> usize {
        self.shape.len()
    }

    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    pub(crate) fn is_contiguous(&self, order: Order) -> bool {
        let axes = 0..self.rank();
        match order {
            Order::C => self.is_packed_by(axes.rev()),
            Order::F => self.is_packed_by(axes),
        }
    }

    /// Whether the elements fill a piece of memory without gaps, in whichever order of the axes.
    pub(crate) fn is_packed(&self) -> bool {
        self.is_packed_by(self.axes_by_stride().into_iter())
    }

    fn is_packed_by(&self, axes: impl Iterator<Item = usize>) -> bool {
        let mut expected = 1;
        for axis in axes.filter(|axis| self.shape[*axis] != 1) {
            if self.strides[axis] != expected && self.len() != 0 {
                return false;
            }
            expected *= self.shape[axis].cast_signed();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::slicing::{IntoItems, Slice};
    use super::*;

    pub(super) fn packed(shape: &[usize]) -> Layout {
        Layout::packed(Dims::from_slice(shape), Order::C)
    }

    /// The places of all elements, in C's order.
    pub(super) fn places(layout: &Layout) -> Vec<isize> {
        let mut places = vec![layout.offset().cast_signed()];
        for (length, stride) in layout.shape().iter().zip(layout.strides()) {
            let along = |from: isize| (0..length.cast_signed()).map(move |n| from + n * stride);
            places = places.into_iter().flat_map(along).collect();
        }
        places
    }

    #[test]
    fn contiguous_is_what_has_no_gaps() {
        let c = packed(&[2, 1, 3]);
        assert!(c.is_contiguous(Order::C) && !c.is_contiguous(Order::F) && c.is_packed());
        let f = c.reversed();
        assert!(f.is_contiguous(Order::F) && !f.is_contiguous(Order::C) && f.is_packed());
        let turned = packed(&[2, 3, 4]).permuted("test", &[1, 0, -1]).unwrap();
        assert!(
            !turned.is_contiguous(Order::C)
                && !turned.is_contiguous(Order::F)
                && turned.is_packed()
        );
        let cut = c.sliced("test", &(.., .., ..2).into_items()).unwrap();
        assert!(!cut.is_packed());
        assert!(packed(&[0, 3]).is_contiguous(Order::F));
    }

    #[test]
    fn packed_like_keeps_the_order_of_the_axes() {
        let turned = packed(&[2, 3, 4]).permuted("test", &[2, 0, 1]).unwrap();
        assert_eq!(turned.packed_like(turned.shape.clone()), turned);
        let backwards = packed(&[5])
            .sliced("test", &Slice::new(None, None, -1).into_items())
            .unwrap();
        assert_eq!(backwards.packed_like(backwards.shape.clone()), packed(&[5]));
        let repeated = packed(&[3]).broadcast_to("test", &[2, 3]).unwrap();
        assert_eq!(
            repeated.packed_like(repeated.shape.clone()),
            packed(&[2, 3])
        );
    }
}
