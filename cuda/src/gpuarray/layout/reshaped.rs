//! Views in another shape.

use super::{Layout, Order};
use crate::gpuarray::shape::Dims;

impl Layout {
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
    use proptest::prelude::*;

    use super::super::tests::{packed, places};
    use super::*;
    use crate::gpuarray::slicing::{IntoItems, Slice};

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
