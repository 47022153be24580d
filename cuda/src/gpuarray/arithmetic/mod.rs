//! Arithmetic, element by element: what the methods here and the operators in `operators.rs` stand on.

mod binary;
mod division;
mod unary;

pub use self::binary::Bits;
pub use self::division::Division;
use super::array::{GpuArray, scalar};
use super::copy::{converted, copy_into};
use super::dtype::Dtype;
use super::element::Element;
use super::engine::{Elementwise, Family, Operand, Untyped};
use super::operands::{Operands, Rhs, Side, SideKind, new_result, separate};
use super::promote::Promote;
use crate::error::Result;

/// The operations of the kernel `arithmetic`, by the numbers that they have there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Minimum,
    Maximum,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Negate,
    Absolute,
    Sign,
    BitNot,
    Conjugate,
}

/// `left operation right` in a new array.
pub(crate) fn binary(
    call: &'static str,
    operation: Arithmetic,
    left: &Side<'_>,
    right: &Side<'_>,
    dtype: Dtype,
) -> Result<Untyped> {
    let operands = Operands::new(call, left, right, dtype)?;
    let out = new_result(call, &operands, dtype)?;
    run(call, operation, &out, &operands.both())?;
    Ok(out)
}

/// Writes what an operation makes of operands of `out`'s type to `out`.
fn run(
    call: &'static str,
    operation: Arithmetic,
    out: &Untyped,
    operands: &[Operand<'_>; 2],
) -> Result<()> {
    let elementwise = Elementwise {
        call,
        family: Family::Arithmetic,
        of: out.dtype(),
        packed: Some("arithmetic"),
        strided: "arithmetic_strided",
        out,
        operands,
        bare: false,
    };
    elementwise.run(|block| block.i32(operation as i32))
}

/// `out = out operation right`, converted to the type of `out`.
pub(crate) fn in_place(
    call: &'static str,
    operation: Arithmetic,
    out: &Untyped,
    right: &Side<'_>,
    meet: Dtype,
) -> Result<()> {
    let own = separate(out, right)?;
    let right = own
        .as_ref()
        .map_or(Side(right.0.copied()), |own| Side(SideKind::Array(own)));
    let operands = Operands::new(call, &Side(SideKind::Array(out)), &right, meet)?;
    if meet == out.dtype() {
        return run(call, operation, out, &operands.both());
    }
    let result = new_result(call, &operands, meet)?;
    run(call, operation, &result, &operands.both())?;
    copy_into(
        call,
        out,
        Operand::Array(&converted(call, &result, out.dtype())?),
    )
}

/// One of the kernels that have a form for any strides only.
pub(crate) fn strided_only(
    call: &'static str,
    family: Family,
    kernel: &'static str,
    out: &Untyped,
    operands: &[Operand<'_>],
    of: Dtype,
) -> Result<()> {
    let elementwise = Elementwise {
        call,
        family,
        of,
        packed: None,
        strided: kernel,
        out,
        operands,
        bare: false,
    };
    elementwise.run(|_| {})
}

impl<T: Element> GpuArray<T> {
    pub(crate) fn side(&self) -> Side<'_> {
        Side(SideKind::Array(&self.raw))
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "as operators take their operands"
    )]
    fn binary<R: Rhs<T>>(
        &self,
        call: &'static str,
        operation: Arithmetic,
        other: R,
    ) -> Result<GpuArray<T::Output>>
    where
        T: Promote<R::Element>,
    {
        let dtype = <T as Promote<R::Element>>::Output::DTYPE;
        Ok(GpuArray::of(binary(
            call,
            operation,
            &self.side(),
            &other.operand(),
            dtype,
        )?))
    }

    fn unary(&self, call: &'static str, operation: Arithmetic) -> Result<GpuArray<T>> {
        let out = self.empty_like()?;
        run(
            call,
            operation,
            &out.raw,
            &[Operand::Array(&self.raw), scalar(T::zeroed())],
        )?;
        Ok(out)
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "as operators take their operands"
    )]
    fn apart<R: Rhs<T>>(
        &self,
        call: &'static str,
        kernel: &'static str,
        other: R,
    ) -> Result<GpuArray<T::Output>>
    where
        T: Promote<R::Element>,
    {
        let dtype = <T as Promote<R::Element>>::Output::DTYPE;
        Ok(GpuArray::of(apart(
            call,
            kernel,
            &self.side(),
            &other.operand(),
            dtype,
        )?))
    }
}

/// The operations that have a kernel each.
pub(crate) fn apart(
    call: &'static str,
    kernel: &'static str,
    left: &Side<'_>,
    right: &Side<'_>,
    dtype: Dtype,
) -> Result<Untyped> {
    let operands = Operands::new(call, left, right, dtype)?;
    let out = new_result(call, &operands, dtype)?;
    strided_only(
        call,
        Family::Arithmetic,
        kernel,
        &out,
        &operands.both(),
        dtype,
    )?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::engine::names_of_operations;
    use super::Arithmetic::*;
    use super::*;

    #[test]
    fn the_kernel_has_the_same_numbers() {
        let all = [
            Add, Subtract, Multiply, Divide, Minimum, Maximum, BitAnd, BitOr, BitXor, ShiftLeft,
            ShiftRight, Negate, Absolute, Sign, BitNot, Conjugate,
        ];
        let names = names_of_operations(Family::Arithmetic);
        assert_eq!(names.len(), all.len());
        for (name, operation) in names.iter().zip(all) {
            assert_eq!(*name, format!("{operation:?}").to_lowercase());
            assert_eq!(names[operation as usize], *name);
        }
    }
}
