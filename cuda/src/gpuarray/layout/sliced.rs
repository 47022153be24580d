//! Views of some of the elements: what stands in the brackets of `array[...]`.

use super::Layout;
use crate::error::Result;
use crate::gpuarray::shape::{Dims, refuse};
use crate::gpuarray::slicing::{Item, Slice};

impl Layout {
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
}
