//! The parameter block of a launch, for kernels whose parameters this crate knows.

use smallvec::SmallVec;

use crate::backend::DevicePtr;

/// The bytes of a value of any element type, zeros after its end.
pub(crate) type Word = [u8; 16];

/// Arguments one after another, each at the next multiple of its alignment: as C++ lays out the members of a
/// structure.
#[derive(Debug, Default)]
pub(crate) struct Block {
    bytes: SmallVec<[u8; 512]>,
}

impl Block {
    pub(crate) fn push(&mut self, bytes: &[u8], align: usize) {
        self.align(align);
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn align(&mut self, align: usize) {
        let end = self.bytes.len().next_multiple_of(align);
        self.bytes.resize(end, 0);
    }

    pub(crate) fn pointer(&mut self, pointer: DevicePtr) {
        self.push(&pointer.0.to_le_bytes(), 8);
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.push(&value.to_le_bytes(), 8);
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.push(&value.to_le_bytes(), 4);
    }

    /// A value of an element type of `size` bytes, which is also its alignment.
    pub(crate) fn element(&mut self, value: &Word, size: usize) {
        self.push(&value[..size], size);
    }

    /// `struct Operand { const T* data; T value; }` for elements of `size` bytes.
    pub(crate) fn operand(&mut self, data: DevicePtr, value: &Word, size: usize) {
        let align = size.max(8);
        self.align(align);
        self.pointer(data);
        self.element(value, size);
        self.align(align);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_lie_as_in_a_structure() {
        let mut block = Block::default();
        block.i32(1);
        block.operand(DevicePtr(2), &[3; 16], 4);
        block.operand(DevicePtr(4), &[5; 16], 16);
        assert_eq!(block.bytes().len(), 64);
        assert_eq!(block.bytes()[8], 2);
        assert_eq!(block.bytes()[16..24], [3, 3, 3, 3, 0, 0, 0, 0]);
        assert_eq!(block.bytes()[32], 4);
        assert_eq!(block.bytes()[48..64], [5; 16]);
    }
}
