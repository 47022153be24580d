//! Launches of the reductions.

use super::super::collapse::Collapsed;
use super::super::dtype::Dtype;
use super::super::layout::{Layout, Order};
use super::super::shape::{Dims, refuse};
use super::block::Block;
use super::elementwise::{flat_walk, walk};
use super::library::{Family, Library};
use super::untyped::Untyped;
use crate::backend::DevicePtr;
use crate::driver::DeviceBuffer;
use crate::error::{Error, Result};

pub(crate) const THREADS: u32 = 512;
/// Two waves of blocks on a device with 132 multiprocessors. It is the same on all devices, so that sums are.
pub(crate) const MAX_BLOCKS: u64 = 1056;

/// Indices of the elements that are meant, instead of all.
pub(crate) struct Chosen<'a> {
    pub(crate) indices: &'a Untyped,
}

/// A reduction of an array, or of the pairs of elements of two, to one element.
pub(crate) struct Reduction<'a> {
    /// What errors say was tried.
    pub(crate) call: &'static str,
    pub(crate) kernel: &'static str,
    pub(crate) a: &'a Untyped,
    /// Of the same shape and type as the first.
    pub(crate) b: &'a Untyped,
    pub(crate) out: Dtype,
    pub(crate) chosen: Option<Chosen<'a>>,
}

impl Reduction<'_> {
    /// Queues it, and gives the array of no dimensions that will have the result.
    pub(crate) fn run(&self) -> Result<Untyped> {
        let out = self
            .a
            .result(self.out, Layout::packed(Dims::new(), Order::C))?;
        let collapsed = Collapsed::of(self.call, &[self.a.layout(), self.b.layout()])?;
        let count = self
            .chosen
            .as_ref()
            .map_or(self.a.len(), |chosen| chosen.indices.len());
        let blocks = self.blocks(count);
        // Room for the blocks' results, for their counter, and for a place of an index that is wrong.
        let placement = self.a.placement();
        let room =
            DeviceBuffer::<u8>::from_allocation(placement.allocate(16 + blocks as usize * 16)?);
        let mut block = Block::default();
        block.pointer(out.pointer());
        block.pointer(self.a.pointer());
        block.pointer(self.b.pointer());
        block.pointer(room.ptr().offset(16));
        block.pointer(room.ptr());
        block.pointer(
            self.chosen
                .as_ref()
                .map_or(DevicePtr::NULL, |chosen| chosen.indices.pointer()),
        );
        block.u64(self.a.len() as u64);
        block.pointer(room.ptr().offset(8));
        self.walk(&mut block, &collapsed, count);
        let kernel = Library::kernel(
            self.a.context(),
            Family::Reduction,
            self.a.dtype(),
            self.kernel,
        )?;
        let others = [
            Some(self.b),
            self.chosen.as_ref().map(|chosen| chosen.indices),
        ];
        self.a
            .in_order(self.call, others.into_iter().flatten(), |stream| {
                room.slice(..8)?.fill_async(0, stream)?;
                room.slice(8..16)?.fill_async(0xff, stream)?;
                kernel.launch(stream, blocks, THREADS, &block)
            })?;
        if self.chosen.is_some() {
            self.check_indices(&room)?;
        }
        Ok(out)
    }

    /// A rank of 0 tells the kernel that there are no gaps.
    fn walk(&self, block: &mut Block, collapsed: &Collapsed, count: usize) {
        if self.chosen.is_some() || collapsed.is_contiguous() {
            flat_walk(block, count);
        } else {
            walk(block, collapsed, &[Some(0), Some(1)]);
        }
    }

    fn check_indices(&self, room: &DeviceBuffer<u8>) -> Result<()> {
        self.a.stream().synchronize()?;
        let mut wrong = [0; 8];
        room.slice(8..16)?.copy_to(&mut wrong)?;
        check_wrong(self.call, u64::from_le_bytes(wrong), self.a.len())
    }

    /// A thread takes sixteen vectors or more before there are further blocks.
    fn blocks(&self, count: usize) -> u32 {
        let each = u64::from(THREADS) * 16 * 16 / self.a.dtype().size() as u64;
        (count as u64).div_ceil(each).clamp(1, MAX_BLOCKS) as u32
    }
}

/// The error of an index that names no element, if there was one.
pub(crate) fn check_wrong(call: &'static str, place: u64, length: usize) -> Result<()> {
    match place {
        u64::MAX => Ok(()),
        place => Err(wrong_index(call, place, length)),
    }
}

fn wrong_index(call: &'static str, place: u64, length: usize) -> Error {
    refuse(
        call,
        format_args!("index number {place} is outside of an array of {length} elements"),
    )
}
