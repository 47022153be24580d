//! Arithmetic of one side.

use super::binary::Bits;
use super::{Arithmetic, strided_only};
use crate::error::Result;
use crate::gpuarray::array::GpuArray;
use crate::gpuarray::dtype::Dtype;
use crate::gpuarray::element::{ComplexElement, Inexact, Number, Ordered};
use crate::gpuarray::engine::{Family, Operand};

impl<T: Number> GpuArray<T> {
    /// `-self`. Integers wrap around.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
    pub fn try_neg(&self) -> Result<GpuArray<T>> {
        self.unary("GpuArray::try_neg", Arithmetic::Negate)
    }
}

impl<T: Number + Ordered> GpuArray<T> {
    /// The numbers without their sign. The smallest integer, which has no opposite, stays.
    ///
    /// # Errors
    /// As for [`try_neg`](GpuArray::try_neg).
    pub fn abs(&self) -> Result<GpuArray<T>> {
        self.unary("GpuArray::abs", Arithmetic::Absolute)
    }

    /// 1 for numbers above zero, -1 for ones below; zeros, and what is not a number, stay.
    ///
    /// # Errors
    /// As for [`try_neg`](GpuArray::try_neg).
    pub fn sign(&self) -> Result<GpuArray<T>> {
        self.unary("GpuArray::sign", Arithmetic::Sign)
    }
}

impl<T: Bits> GpuArray<T> {
    /// `!self`: all bits turned.
    ///
    /// # Errors
    /// As for [`try_neg`](GpuArray::try_neg).
    pub fn try_not(&self) -> Result<GpuArray<T>> {
        if T::DTYPE == Dtype::Bool {
            let not = self.logical_not()?;
            return Ok(GpuArray::of(not.raw.clone()));
        }
        self.unary("GpuArray::try_not", Arithmetic::BitNot)
    }
}

impl<T: ComplexElement> GpuArray<T> {
    /// The complex conjugates.
    ///
    /// # Errors
    /// As for [`try_neg`](GpuArray::try_neg).
    pub fn conj(&self) -> Result<GpuArray<T>> {
        self.unary("GpuArray::conj", Arithmetic::Conjugate)
    }

    /// The distances from zero: what Python's `abs` gives for complex numbers.
    ///
    /// # Errors
    /// As for [`try_neg`](GpuArray::try_neg).
    pub fn norm(&self) -> Result<GpuArray<<T as Inexact>::Real>> {
        let call = "GpuArray::norm";
        let layout = self.raw.layout().packed_like(self.raw.shape_owned());
        let out = self.raw.result(T::DTYPE.real_type(), layout)?;
        strided_only(
            call,
            Family::Arithmetic,
            "absolute_strided",
            &out,
            &[Operand::Array(&self.raw)],
            T::DTYPE,
        )?;
        Ok(GpuArray::of(out))
    }
}
