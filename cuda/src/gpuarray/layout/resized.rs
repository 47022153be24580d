//! Views of the same bytes as elements of another size.

use super::{Layout, Order};
use crate::error::Result;
use crate::gpuarray::shape::refuse;

impl Layout {
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
