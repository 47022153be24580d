//! One side of a copy of a box, and whether the box lies in it.

use crate::backend::{HostBlock, Memory, Place};
use crate::context::Context;
use crate::driver::Array;

/// One side of a copy.
#[derive(Clone)]
pub(super) struct Side {
    pub(super) memory: Memory<HostBlock>,
    /// Bytes in a row and rows in a slice, as the memory is laid out.
    pub(super) pitch: usize,
    pub(super) rows: usize,
    /// The memory's size: bytes for linear memory; for arrays bytes of a row, rows, slices.
    pub(super) size: Size,
    pub(super) origin: (usize, usize, usize),
    pub(super) context: Option<Context>,
}

#[derive(Clone, Copy)]
pub(super) enum Size {
    Linear(usize),
    Array(usize, usize, usize),
}

impl Side {
    /// Whether the box lies in the memory. `None` if a number is too large for that.
    pub(super) fn holds(&self, width: usize, height: usize, depth: usize) -> Option<bool> {
        let (x, y, z) = self.origin;
        let (end_x, end_y, end_z) = (
            x.checked_add(width)?,
            y.checked_add(height)?,
            z.checked_add(depth)?,
        );
        match self.size {
            Size::Array(row, rows, slices) => {
                Some(end_x <= row && end_y <= rows && end_z <= slices)
            }
            Size::Linear(_) if width == 0 || height == 0 || depth == 0 => Some(true),
            Size::Linear(bytes) => {
                let rows = (end_z - 1).checked_mul(self.rows)?.checked_add(end_y - 1)?;
                let end = rows.checked_mul(self.pitch)?.checked_add(end_x)?;
                let one_row = height == 1 && depth == 1 && y == 0 && z == 0;
                let one_slice = depth == 1 && z == 0;
                Some(
                    end <= bytes
                        && (one_row || end_x <= self.pitch)
                        && (one_slice || end_y <= self.rows),
                )
            }
        }
    }

    pub(super) fn place<H>(
        &self,
        context: &Context,
        host: impl FnOnce(HostBlock) -> H,
    ) -> Place<H> {
        let memory = match self.memory {
            Memory::Host(block) => Memory::Host(host(block)),
            Memory::Device(pointer) => Memory::Device(pointer),
            Memory::Array(array) => Memory::Array(array),
        };
        let elsewhere = self.context.as_ref().filter(|owner| *owner != context);
        let (x, y, z) = self.origin;
        Place {
            memory,
            x,
            y,
            z,
            pitch: self.pitch,
            height: self.rows,
            context: elsewhere.map(Context::handle),
        }
    }
}

impl Size {
    pub(super) fn of_array(array: &Array) -> Size {
        let descriptor = array.get_descriptor();
        let row = descriptor.width * descriptor.element_size();
        Size::Array(row, descriptor.height.max(1), descriptor.depth.max(1))
    }
}
