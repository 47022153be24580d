//! Arrays on a device, with NumPy's ways: Python's `gpuarray`.
//!
//! ```no_run
//! use cuda::gpuarray::{GpuArray, to_gpu};
//! use ndarray::array;
//!
//! # fn main() -> cuda::Result<()> {
//! let context = cuda::autoinit()?;
//! let a = to_gpu(&array![[1.0f32, 2.0], [3.0, 4.0]])?;
//! let doubled = 2.0 * &a;
//! assert_eq!(doubled.get()?, array![[2.0f32, 4.0], [6.0, 8.0]].into_dyn());
//! let row_and_column = &a + &a.t().slice(0)?;
//! assert_eq!(row_and_column.sum()?.item()?, 18.0);
//! # Ok(())
//! # }
//! ```
//!
//! Operators panic where something fails, such as shapes that do not fit; the methods `try_add` and so on give
//! errors. They take arrays by reference or by value, and numbers on either side. Types that differ are brought to a
//! common one, as NumPy does; see [`result_type`]. A number takes the type of the array beside it.

mod arithmetic;
mod array;
mod collapse;
mod comparison;
mod copy;
mod create;
mod dtype;
mod element;
pub(crate) mod engine;
mod indexing;
mod join;
mod layout;
mod operands;
mod operators;
mod placement;
mod promote;
mod reductions;
pub(crate) mod shape;
mod slicing;
mod transfer;
mod transfer_async;
mod views;

pub use self::arithmetic::{Bits, Division};
pub use self::array::GpuArray;
pub(crate) use self::array::word;
pub use self::comparison::{Choice, if_positive, where_};
pub use self::create::arange;
pub use self::dtype::{Dtype, Kind};
pub use self::element::{ComplexElement, Element, Float, Inexact, Integer, Number, Ordered};
pub(crate) use self::engine::Library;
pub use self::indexing::{multi_put, multi_take, multi_take_put};
pub use self::join::{concatenate, stack};
pub use self::layout::Order;
pub use self::operands::Rhs;
pub use self::placement::Placement;
pub use self::promote::{Promote, result_type};
pub use self::reductions::{dot, subset_dot};
pub use self::shape::IntoShape;
pub use self::slicing::{Ellipsis, IntoItems, Item, NewAxis, Slice};
pub use self::transfer::to_gpu;
pub use self::transfer_async::to_gpu_async;

use self::engine::{Family, Operand};
use crate::error::Result;

/// An array for what comes of operands of one type: broadcast, in the placement of the first.
pub(crate) fn elementwise_result<T: Element>(
    call: &'static str,
    first: &GpuArray<T>,
    operands: &[Operand<'_>],
) -> Result<GpuArray<T>> {
    Ok(GpuArray::of(copy::result_of(
        call,
        &first.raw,
        operands,
        T::DTYPE,
    )?))
}

/// Runs a kernel for arrays of any strides.
pub(crate) fn run_strided<T: Element>(
    call: &'static str,
    family: Family,
    kernel: &'static str,
    out: &GpuArray<T>,
    operands: &[Operand<'_>],
) -> Result<()> {
    arithmetic::strided_only(call, family, kernel, &out.raw, operands, T::DTYPE)
}
