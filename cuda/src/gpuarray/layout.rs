//! Where an array's elements lie: shape, strides and offset, and the views that need no copy.

use super::shape::{self, Dims, refuse};
use super::slicing::{Item, Slice};
use crate::error::Result;

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

    /// The same elements repeated so that they have `shape`.
    pub(crate) fn broadcast_to(&self, call: &'static str, shape: &[usize]) -> Result<Layout> {
        let new = shape.len().checked_sub(self.rank());
        let fits = |from: usize, to: usize| from == to || from == 1;
        let Some(new) = new.filter(|new| {
            self.shape
                .iter()
                .zip(&shape[*new..])
                .all(|(from, to)| fits(*from, *to))
        }) else {
            let why = format_args!(
                "an array of shape {:?} cannot be repeated to have shape {shape:?}",
                self.shape
            );
            return Err(refuse(call, why));
        };
        let repeated = |axis: usize| axis < new || self.shape[axis - new] != shape[axis];
        Ok(Layout {
            shape: Dims::from_slice(shape),
            strides: (0..shape.len())
                .map(|axis| {
                    if repeated(axis) {
                        0
                    } else {
                        self.strides[axis - new]
                    }
                })
                .collect(),
            offset: self.offset,
        })
    }

    /// The axes in another order: axis `n` of the result is axis `axes[n]` of this.
    pub(crate) fn permuted(&self, call: &'static str, axes: &[isize]) -> Result<Layout> {
        let rank = self.rank();
        let axes: Dims<usize> = axes
            .iter()
            .map(|axis| shape::axis(call, *axis, rank))
            .collect::<Result<_>>()?;
        let mut seen = axes.clone();
        seen.sort_unstable();
        if !seen.iter().copied().eq(0..rank) {
            return Err(refuse(
                call,
                format_args!("{axes:?} does not name each of {rank} axes once"),
            ));
        }
        Ok(self.with_axes(&axes))
    }

    /// The axes in reverse order.
    pub(crate) fn reversed(&self) -> Layout {
        self.with_axes(&(0..self.rank()).rev().collect::<Dims<usize>>())
    }

    fn with_axes(&self, axes: &[usize]) -> Layout {
        Layout {
            shape: axes.iter().map(|axis| self.shape[*axis]).collect(),
            strides: axes.iter().map(|axis| self.strides[*axis]).collect(),
            offset: self.offset,
        }
    }

    /// Without the dimensions of length 1.
    pub(crate) fn squeezed(&self) -> Layout {
        let axes: Dims<usize> = (0..self.rank())
            .filter(|axis| self.shape[*axis] != 1)
            .collect();
        self.with_axes(&axes)
    }

    /// With a dimension of length 1 before `axis`.
    pub(crate) fn with_new_axis(&self, axis: usize) -> Layout {
        let mut layout = self.clone();
        layout.shape.insert(axis, 1);
        layout.strides.insert(axis, 0);
        layout
    }

    /// The elements that the items name.
    pub(crate) fn sliced(&self, call: &'static str, items: &[Item]) -> Result<Layout> {
        let mut layout = Layout {
            shape: Dims::new(),
            strides: Dims::new(),
            offset: self.offset,
        };
        let mut axis = 0;
        let mut left_out = Some(self.left_out(call, items)?);
        let full = [Item::Ellipsis];
        let ends_early = !items.contains(&Item::Ellipsis);
        for item in items.iter().chain(full.iter().filter(|_| ends_early)) {
            axis += match item {
                Item::NewAxis => layout.push(1, 0),
                Item::Ellipsis => {
                    let count = left_out.take().unwrap_or(0);
                    (axis..axis + count)
                        .map(|axis| layout.push(self.shape[axis], self.strides[axis]) + 1)
                        .sum()
                }
                Item::Index(index) => {
                    layout.pick(call, self.shape[axis], self.strides[axis], *index)?
                }
                Item::Slice(slice) => {
                    layout.cut(call, self.shape[axis], self.strides[axis], *slice)?
                }
            };
        }
        Ok(layout)
    }

    /// How many dimensions the items say nothing about.
    fn left_out(&self, call: &'static str, items: &[Item]) -> Result<usize> {
        let named = items
            .iter()
            .filter(|item| matches!(item, Item::Index(_) | Item::Slice(_)))
            .count();
        if items.iter().filter(|item| **item == Item::Ellipsis).count() > 1 {
            return Err(refuse(call, "there may be only one ellipsis"));
        }
        self.rank().checked_sub(named).ok_or_else(|| {
            refuse(
                call,
                format_args!(
                    "there are {named} indices for an array of {} dimensions",
                    self.rank()
                ),
            )
        })
    }

    /// Appends a dimension that is not one of the original's, of which it uses up none.
    fn push(&mut self, length: usize, stride: isize) -> usize {
        self.shape.push(length);
        self.strides.push(stride);
        0
    }

    fn pick(
        &mut self,
        call: &'static str,
        length: usize,
        stride: isize,
        index: isize,
    ) -> Result<usize> {
        let from_end = if index < 0 { length } else { 0 };
        let found = index
            .checked_add_unsigned(from_end)
            .and_then(|index| usize::try_from(index).ok());
        let found = found.filter(|found| *found < length).ok_or_else(|| {
            refuse(
                call,
                format_args!("index {index} is outside of a dimension of length {length}"),
            )
        })?;
        self.advance(found, stride);
        Ok(1)
    }

    fn cut(
        &mut self,
        call: &'static str,
        length: usize,
        stride: isize,
        slice: Slice,
    ) -> Result<usize> {
        if slice.step == 0 {
            return Err(refuse(call, "the step of a slice is zero"));
        }
        let (first, count) = slice.resolve(length);
        self.advance(first, stride);
        // With one element or none the stride is not used, and the product might not fit.
        let stride = if count > 1 { stride * slice.step } else { 1 };
        self.push(count, stride);
        Ok(1)
    }

    fn advance(&mut self, count: usize, stride: isize) {
        self.offset = self
            .offset
            .wrapping_add_signed(count.cast_signed() * stride);
    }

    /// The same elements in the same order (C's) in another shape, if strides can say that.
    pub(crate) fn reshaped(&self, shape: &[usize]) -> Option<Layout> {
        let mut layout = Layout::packed(Dims::from_slice(shape), Order::C);
        layout.offset = self.offset;
        if self.is_contiguous(Order::C) {
            return Some(layout);
        }
        layout.strides = self.reshaped_strides(shape)?;
        Some(layout)
    }

    /// Groups of old and new dimensions of the same product, from the first on: within a group, the old ones must
    /// lie one within the other without gaps.
    fn reshaped_strides(&self, shape: &[usize]) -> Option<Dims<isize>> {
        let old = self.squeezed();
        let mut strides = Dims::from_elem(1, shape.len());
        let (mut from, mut to) = (0, 0);
        while from < old.rank() {
            let (old_end, new_end) = group(&old.shape[from..], &shape[to..])?;
            let (old_end, new_end) = (from + old_end, to + new_end);
            let nested = (from..old_end - 1).all(|axis| {
                old.strides[axis] == old.strides[axis + 1] * old.shape[axis + 1].cast_signed()
            });
            if !nested {
                return None;
            }
            let mut stride = old.strides[old_end - 1];
            for axis in (to..new_end).rev() {
                strides[axis] = stride;
                stride *= shape[axis].cast_signed();
            }
            (from, to) = (old_end, new_end);
        }
        Some(strides)
    }

    /// The elements as `factor` smaller ones each, of which the view has the `part`th: parts of complex numbers.
    pub(crate) fn part(&self, factor: usize, part: usize) -> Layout {
        Layout {
            shape: self.shape.clone(),
            strides: self
                .strides
                .iter()
                .map(|stride| stride * factor.cast_signed())
                .collect(),
            offset: self.offset * factor + part,
        }
    }

    /// The last dimension reinterpreted: its elements of `from` bytes as ones of `to` bytes.
    pub(crate) fn resized(&self, call: &'static str, from: usize, to: usize) -> Result<Layout> {
        let bytes = self.shape.last().map_or(from, |length| length * from);
        let begin = self.offset * from;
        if !self.is_contiguous(Order::C)
            || !bytes.is_multiple_of(to)
            || !begin.is_multiple_of(to)
            || (self.rank() == 0 && from != to)
        {
            let why = format_args!(
                "elements of {from} bytes in shape {:?} cannot be seen as elements of {to} bytes",
                self.shape
            );
            return Err(refuse(call, why).advise(
                "the array must be contiguous, and its rows and its begin multiples of the size",
            ));
        }
        let mut shape = self.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = bytes / to;
        }
        let mut layout = Layout::packed(shape, Order::C);
        layout.offset = begin / to;
        Ok(layout)
    }
}

/// How many of the old and of the new dimensions have the same product: the shortest such heads.
fn group(old: &[usize], new: &[usize]) -> Option<(usize, usize)> {
    let (mut from, mut to) = (1, 1);
    let (mut old_product, mut new_product) = (*old.first()?, *new.first()?);
    while old_product != new_product {
        if old_product < new_product {
            old_product *= old.get(from)?;
            from += 1;
        } else {
            new_product *= new.get(to)?;
            to += 1;
        }
    }
    // Trailing dimensions of length 1 go with the last group.
    if from == old.len() {
        to = new.len();
    }
    Some((from, to))
}

#[cfg(test)]
mod tests {
    use super::super::slicing::IntoItems;
    use super::*;
    use proptest::prelude::*;

    fn packed(shape: &[usize]) -> Layout {
        Layout::packed(Dims::from_slice(shape), Order::C)
    }

    /// The places of all elements, in C's order.
    fn places(layout: &Layout) -> Vec<isize> {
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

    #[test]
    fn what_cannot_be_broadcast_is_refused() {
        let column = packed(&[3, 1]);
        assert_eq!(
            places(&column.broadcast_to("test", &[3, 2]).unwrap()),
            [0, 0, 1, 1, 2, 2]
        );
        assert!(column.broadcast_to("test", &[2, 3]).is_err());
        assert!(column.broadcast_to("test", &[3]).is_err());
    }

    proptest! {
        #[test]
        fn a_reshaped_view_has_the_same_elements(
            factors in prop::collection::vec(1..4_usize, 1..6),
            cuts in prop::collection::vec(any::<bool>(), 6),
            step in prop_oneof![Just(-1_isize), Just(1), Just(2)],
            turned in any::<bool>(),
        ) {
            let layout = packed(&factors);
            let layout = if turned { layout.reversed() } else { layout };
            let layout = layout.sliced("test", &Slice::new(None, None, step).into_items()).unwrap();
            // The same factors in other groups.
            let mut shape = vec![1];
            for (length, cut) in layout.shape().iter().zip(cuts) {
                if cut { shape.push(*length) } else { *shape.last_mut().unwrap() *= length }
            }
            if let Some(reshaped) = layout.reshaped(&shape) {
                prop_assert_eq!(places(&reshaped), places(&layout));
                prop_assert_eq!(reshaped.shape(), shape.as_slice());
            } else {
                prop_assert!(!layout.is_contiguous(Order::C));
            }
        }
    }
}
