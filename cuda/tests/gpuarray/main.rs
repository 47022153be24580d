//! Arrays on the devices. The names of PyCUDA's own tests (`test_gpuarray.py`) are the list of what must hold.

#[path = "../support/mod.rs"]
mod support;

mod arithmetic;
mod comparison;
mod creation;
mod extremes;
mod indexing;
mod kernels;
mod properties;
mod reductions;
mod scans;
mod streams;
mod types;
mod views;

use cuda::Result;
use cuda::driver::Context;
use cuda::gpuarray::{Element, GpuArray};

/// An array of one dimension in a context.
pub(crate) fn array<T: Element>(context: &Context, values: &[T]) -> Result<GpuArray<T>> {
    GpuArray::from_slice_in(context, values)
}

/// Numbers from 0 on.
pub(crate) fn count(context: &Context, count: usize) -> Result<GpuArray<f32>> {
    GpuArray::sequence_in(context, 0.0, 1.0, count)
}
