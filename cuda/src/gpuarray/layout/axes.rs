//! Views with the axes in another order, repeated, left out or added.

use super::Layout;
use crate::error::Result;
use crate::gpuarray::shape::{self, Dims, refuse};

impl Layout {
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
}

#[cfg(test)]
mod tests {
    use super::super::tests::{packed, places};

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
}
