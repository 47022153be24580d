//! Launches of the kernels that make one array of others, element by element.

use super::super::collapse::Collapsed;
pub(crate) use super::super::collapse::MAX_RANK;
use super::super::dtype::Dtype;
use super::super::layout::Layout;
use super::super::shape::Dims;
use super::block::{Block, Word};
use super::library::{Family, Library};
use super::untyped::Untyped;
use crate::backend::DevicePtr;
use crate::error::Result;

const THREADS: u32 = 256;
/// Blocks beyond these find their work in further turns of the kernels' loops.
const MAX_BLOCKS: u64 = 1 << 20;

/// What a kernel reads: an array, or the same value everywhere.
#[derive(Clone, Copy)]
pub(crate) enum Operand<'a> {
    Array(&'a Untyped),
    Value(Word, Dtype),
}

impl<'a> Operand<'a> {
    pub(crate) fn array(self) -> Option<&'a Untyped> {
        match self {
            Operand::Array(array) => Some(array),
            Operand::Value(..) => None,
        }
    }

    fn dtype(self) -> Dtype {
        match self {
            Operand::Array(array) => array.dtype(),
            Operand::Value(_, dtype) => dtype,
        }
    }

    fn push(self, block: &mut Block) {
        match self {
            Operand::Array(array) => block.operand(array.pointer(), &[0; 16], array.dtype().size()),
            Operand::Value(value, dtype) => block.operand(DevicePtr::NULL, &value, dtype.size()),
        }
    }
}

/// A kernel with a form for arrays without gaps and one for arrays of any strides.
pub(crate) struct Elementwise<'a> {
    /// What errors say was tried.
    pub(crate) call: &'static str,
    pub(crate) family: Family,
    /// The element type for which the source is compiled.
    pub(crate) of: Dtype,
    /// The name of the form for arrays without gaps, if there is one.
    pub(crate) packed: Option<&'static str>,
    pub(crate) strided: &'static str,
    pub(crate) out: &'a Untyped,
    /// They are broadcast to the result's shape.
    pub(crate) operands: &'a [Operand<'a>],
    /// Whether operands are passed as bare pointers.
    pub(crate) bare: bool,
}

impl Elementwise<'_> {
    /// Queues it in the result's stream. `more` adds what the kernel takes after its operands.
    pub(crate) fn run(&self, more: impl FnOnce(&mut Block)) -> Result<()> {
        if self.out.len() == 0 {
            return Ok(());
        }
        let arrays = || self.operands.iter().filter_map(|operand| operand.array());
        let collapsed = self.collapse()?;
        let packed = self.packed.filter(|_| collapsed.is_contiguous());
        let kernel = Library::kernel(
            self.out.context(),
            self.family,
            self.of,
            packed.unwrap_or(self.strided),
        )?;
        let mut block = Block::default();
        block.pointer(self.out.pointer());
        for operand in self.operands {
            match operand {
                Operand::Array(array) if self.bare => block.pointer(array.pointer()),
                operand => operand.push(&mut block),
            }
        }
        more(&mut block);
        match packed {
            Some(_) => block.u64(self.out.len() as u64),
            None => walk(&mut block, &collapsed, &self.places()),
        }
        let blocks = self.blocks(packed.is_some());
        self.out.in_order(self.call, arrays(), |stream| {
            kernel.launch(stream, blocks, THREADS, &block)
        })
    }

    /// Whether the arrays have no gaps, so that the form for such is what would run.
    pub(crate) fn is_packed(&self) -> Result<bool> {
        Ok(self.packed.is_some() && self.collapse()?.is_contiguous())
    }

    fn collapse(&self) -> Result<Collapsed> {
        let layouts: Dims<Layout> = self
            .operands
            .iter()
            .filter_map(|operand| operand.array())
            .map(|array| array.layout().broadcast_to(self.call, self.out.shape()))
            .collect::<Result<_>>()?;
        let all: Dims<&Layout> = [self.out.layout()].into_iter().chain(&layouts).collect();
        Collapsed::of(self.call, &all)
    }

    /// For each of the kernel's arrays, counted from the result, its place among the collapsed ones.
    fn places(&self) -> Dims<Option<usize>> {
        let mut next = 0;
        let mut place = |is_array: bool| {
            next += usize::from(is_array);
            is_array.then(|| next - 1)
        };
        let mut places = Dims::from_elem(place(true), 1);
        places.extend(
            self.operands
                .iter()
                .map(|operand| place(operand.array().is_some())),
        );
        places
    }

    /// A thread makes 16 bytes of the widest of the arrays, or one element where there are gaps.
    fn blocks(&self, packed: bool) -> u32 {
        let widest = self
            .operands
            .iter()
            .map(|operand| operand.dtype().size())
            .chain([self.out.dtype().size()])
            .max();
        let each = if packed { 16 / widest.unwrap_or(16) } else { 1 };
        let blocks = (self.out.len() as u64).div_ceil(u64::from(THREADS) * each as u64);
        blocks.clamp(1, MAX_BLOCKS) as u32
    }
}

/// Adds `struct Walk`. What has no place in `collapsed` is not walked through.
pub(crate) fn walk(block: &mut Block, collapsed: &Collapsed, places: &[Option<usize>]) {
    let sizes = &collapsed.sizes;
    block.u64(sizes.iter().product::<usize>() as u64);
    block.u64(sizes.len() as u64);
    walk_axes(block, collapsed, places);
}

fn walk_axes(block: &mut Block, collapsed: &Collapsed, places: &[Option<usize>]) {
    let sizes = &collapsed.sizes;
    (0..MAX_RANK).for_each(|axis| block.u64(sizes.get(axis).map_or(1, |size| *size as u64)));
    for operand in 0..4 {
        let strides = places
            .get(operand)
            .copied()
            .flatten()
            .map(|place| &collapsed.strides[place]);
        for axis in 0..MAX_RANK {
            let stride = strides
                .and_then(|strides| strides.get(axis))
                .map_or(0, |stride| *stride as i64);
            block.u64(stride.cast_unsigned());
        }
    }
}

/// Adds `struct Walk` for a kernel that needs the number of elements only.
pub(crate) fn flat_walk(block: &mut Block, count: usize) {
    let nothing = Collapsed {
        sizes: Dims::from_elem(count, 1),
        strides: Dims::new(),
    };
    block.u64(count as u64);
    block.u64(0);
    walk_axes(block, &nothing, &[]);
}

/// Adds the `Walk` of users' kernels: the shape, and for each array the strides, or that it is reached directly.
pub(crate) fn walk_of(block: &mut Block, shape: &[usize], arrays: &[(&Layout, bool)]) {
    let pad = MAX_RANK.saturating_sub(shape.len());
    block.u64(shape.len() as u64);
    shape.iter().for_each(|length| block.u64(*length as u64));
    (0..pad).for_each(|_| block.u64(1));
    let is_plain = arrays
        .iter()
        .enumerate()
        .filter(|(_, (_, is_counted))| !is_counted);
    block.u64(is_plain.fold(0, |bits, (which, _)| bits | 1 << which));
    for (layout, is_counted) in arrays {
        let strides: &[isize] = if *is_counted { layout.strides() } else { &[] };
        (0..MAX_RANK).for_each(|axis| {
            let stride = strides.get(axis).copied().unwrap_or(0) as i64;
            block.u64(stride.cast_unsigned());
        });
    }
}
