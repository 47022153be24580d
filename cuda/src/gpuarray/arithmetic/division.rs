//! Division as NumPy's `/`, which makes floating-point numbers of integers.

use super::{Arithmetic, binary};
use crate::error::Result;
use crate::gpuarray::array::GpuArray;
use crate::gpuarray::element::Element;
use crate::gpuarray::operands::{Operands, Rhs, Side, SideKind, whole};
use crate::gpuarray::promote::Promote;

impl<T: Element> GpuArray<T> {
    /// `self / other` in floating-point numbers, `f64` where both are integers: NumPy's `/`.
    ///
    /// # Errors
    /// As for [`try_add`](GpuArray::try_add).
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as operators take their operands"
    )]
    pub fn true_divide<R: Rhs<T>>(
        &self,
        other: R,
    ) -> Result<GpuArray<<T::Output as Division>::Output>>
    where
        T: Promote<R::Element, Output: Division>,
    {
        let call = "GpuArray::true_divide";
        let meet = <T as Promote<R::Element>>::Output::DTYPE;
        let dtype = <<T as Promote<R::Element>>::Output as Division>::Output::DTYPE;
        if meet == dtype {
            return Ok(GpuArray::of(binary(
                call,
                Arithmetic::Divide,
                &self.side(),
                &other.operand(),
                dtype,
            )?));
        }
        let operands = Operands::new(call, &self.side(), &other.operand(), meet)?;
        let [left, right] = operands
            .both()
            .map(|operand| whole(call, operand, &self.raw, dtype));
        let (left, right) = (left?, right?);
        let sides = [&left, &right].map(|side| Side(SideKind::Array(side)));
        Ok(GpuArray::of(binary(
            call,
            Arithmetic::Divide,
            &sides[0],
            &sides[1],
            dtype,
        )?))
    }
}

/// What the division of two numbers of a type gives in NumPy.
pub trait Division: Element {
    /// `f64` for integers, else the type itself.
    type Output: Element;
}

macro_rules! division {
    ($($type:ty => $output:ty),*) => { $(impl Division for $type { type Output = $output; })* };
}

division!(i8 => f64, i16 => f64, i32 => f64, i64 => f64, u8 => f64, u16 => f64, u32 => f64, u64 => f64, bool => f64);
division!(half::f16 => half::f16, f32 => f32, f64 => f64);
division!(num_complex::Complex<f32> => num_complex::Complex<f32>, num_complex::Complex<f64> => num_complex::Complex<f64>);
