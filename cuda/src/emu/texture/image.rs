//! What CUDA calls an array: texels in one, two or three dimensions, or in layers.

use std::fmt;

use super::words::Words;
use crate::backend::ArrayDescriptor;

/// The memory of an array. It lies apart from the memory that pointers reach, as on a GPU.
pub(crate) struct Image {
    descriptor: ArrayDescriptor,
    words: Words,
}

impl Image {
    /// An image of zeros; none if there is no memory for it.
    pub(crate) fn zeroed(descriptor: ArrayDescriptor) -> Option<Image> {
        let row = descriptor.width.checked_mul(descriptor.element_size())?;
        let rows = descriptor
            .height
            .max(1)
            .checked_mul(descriptor.depth.max(1))?;
        let words = Words::zeroed(row.checked_mul(rows)?)?;
        Some(Image { descriptor, words })
    }

    pub(crate) fn descriptor(&self) -> &ArrayDescriptor {
        &self.descriptor
    }

    /// The bytes of a row.
    pub(crate) fn row_bytes(&self) -> usize {
        self.descriptor.width * self.descriptor.element_size()
    }

    /// Rows of a slice or layer.
    pub(crate) fn rows(&self) -> usize {
        self.descriptor.height.max(1)
    }

    /// Slices, layers or faces.
    pub(crate) fn slices(&self) -> usize {
        self.descriptor.depth.max(1)
    }

    /// Copies bytes of a row out. They must exist.
    pub(crate) fn read_row(&self, x_byte: usize, y: usize, z: usize, into: &mut [u8]) {
        self.words.read(self.offset(x_byte, y, z), into);
    }

    /// Copies bytes into a row. They must exist.
    pub(crate) fn write_row(&self, x_byte: usize, y: usize, z: usize, from: &[u8]) {
        self.words.write(self.offset(x_byte, y, z), from);
    }

    /// The bits of a texel's channels; those that it lacks are 0. The place must exist.
    pub(super) fn texel(&self, x: usize, y: usize, z: usize) -> [u32; 4] {
        let size = self.descriptor.format.size();
        let start = self.offset(x * self.descriptor.element_size(), y, z);
        let mut channels = [0; 4];
        let present = &mut channels[..self.descriptor.channels as usize];
        for (index, channel) in present.iter_mut().enumerate() {
            *channel = self.words.load(start + index * size, size);
        }
        channels
    }

    fn offset(&self, x_byte: usize, y: usize, z: usize) -> usize {
        debug_assert!(x_byte <= self.row_bytes() && y < self.rows() && z < self.slices());
        (z * self.rows() + y) * self.row_bytes() + x_byte
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Image").field(&self.descriptor).finish()
    }
}
