//! Kernels for one's own operations, element by element: Python's `elementwise`.
//!
//! ```no_run
//! use cuda::elementwise::ElementwiseKernel;
//! use cuda::gpuarray::GpuArray;
//!
//! # fn main() -> cuda::Result<()> {
//! let lincomb = ElementwiseKernel::new(
//!     "float a, const float *x, float b, const float *y, float *z",
//!     "z[i] = a*x[i] + b*y[i]",
//! )?;
//! let (x, y) = (GpuArray::from_slice(&[1.0f32, 2.0])?, GpuArray::from_slice(&[10.0f32, 20.0])?);
//! let mut z = x.empty_like()?;
//! lincomb.call((5.0f32, &x, 6.0f32, &y, &mut z))?;
//! assert_eq!(z.to_vec()?, [65.0, 130.0]);
//! # Ok(())
//! # }
//! ```

mod arguments;
mod given;
mod kernel;
mod source;

use std::fmt;

pub(crate) use self::given::Bound;
pub use self::given::{GivenOperand, KernelOperand, KernelOperands};
pub(crate) use self::kernel::{UserKernel, launch};
pub(crate) use self::source::{closed, head};
use crate::error::Result;
use crate::gpuarray::Slice;
use crate::gpuarray::engine::Block;
use crate::gpuarray::shape::refuse;

const THREADS: u32 = 256;

/// An operation on elements, from its text in CUDA C++: PyCUDA's `ElementwiseKernel`.
///
/// The arguments are written as in C, arrays as pointers. The operation is done for each `i` from 0 to the number of
/// elements, `n`, of the first array among the operands. `i` counts the elements in memory if all arrays of that
/// shape lie there in the same order without gaps, and in C's order otherwise: then `x[i]` finds its element by the
/// strides. Arrays of other shapes are plain pointers.
///
/// Names of arguments are any but `i`, `n`, those that end with an underscore, and those that mean something else in CUDA C++
/// (`for`, `threadIdx`). `half`, and `complex` with its
/// functions, are known where the arguments have them.
///
/// It is compiled when it is first called in a context. It keeps the contexts in which it has been called.
pub struct ElementwiseKernel {
    kernel: UserKernel,
    operation: String,
    loop_prep: String,
    after_loop: String,
}

impl ElementwiseKernel {
    /// An operation with these arguments.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for arguments that cannot be read; the message says why.
    pub fn new(arguments: &str, operation: impl Into<String>) -> Result<ElementwiseKernel> {
        Ok(ElementwiseKernel {
            kernel: UserKernel::new("ElementwiseKernel::new", arguments)?,
            operation: operation.into(),
            loop_prep: String::new(),
            after_loop: String::new(),
        })
    }

    /// The kernel's name, in messages and profilers; `kernel` if it has none.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if it is no name of C.
    pub fn name(mut self, name: &str) -> Result<ElementwiseKernel> {
        self.kernel.set_name("ElementwiseKernel::name", name)?;
        Ok(self)
    }

    /// Text before the kernel: functions, types, includes. `Walk` and `Strided` are names of the kernel's own.
    #[must_use]
    pub fn preamble(mut self, preamble: impl Into<String>) -> ElementwiseKernel {
        self.kernel.set_preamble(preamble.into());
        self
    }

    /// An option for the compiler.
    #[must_use]
    pub fn option(mut self, option: impl Into<String>) -> ElementwiseKernel {
        self.kernel.add_option(option.into());
        self
    }

    /// Statements that each thread does before its elements.
    #[must_use]
    pub fn loop_prep(mut self, statements: impl Into<String>) -> ElementwiseKernel {
        self.loop_prep = statements.into();
        self
    }

    /// Statements that each thread does after its elements.
    #[must_use]
    pub fn after_loop(mut self, statements: impl Into<String>) -> ElementwiseKernel {
        self.after_loop = statements.into();
        self
    }

    /// Does the operation for all elements, in the stream of the first array.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if the operands do not fit the arguments,
    /// [`Code::Compilation`](crate::Code::Compilation) if the text does not compile; those of the launch.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as arguments are given to a function"
    )]
    pub fn call(&self, operands: impl KernelOperands) -> Result<()> {
        let bound = self.kernel.bind(&operands)?;
        let count = bound.first().len();
        self.run(&bound, 0, 1, count)
    }

    /// Does the operation for the indices of a slice only: PyCUDA's `range` and `slice`.
    ///
    /// # Errors
    /// As for [`call`](ElementwiseKernel::call), and for a step of zero.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as arguments are given to a function"
    )]
    pub fn call_slice(&self, operands: impl KernelOperands, slice: Slice) -> Result<()> {
        if slice.step == 0 {
            return Err(refuse(
                "ElementwiseKernel::call_slice",
                "the step of a slice is zero",
            ));
        }
        let bound = self.kernel.bind(&operands)?;
        let (first, count) = slice.resolve(bound.first().len());
        self.run(&bound, first, slice.step, count)
    }

    fn run(&self, bound: &Bound<'_>, first: usize, step: isize, count: usize) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let (array, is_packed) = (bound.first(), bound.is_packed());
        let own = "const long long first_, const long long step_, const long long count_, const long long n";
        let function = self
            .kernel
            .function(array.context(), is_packed, "", own, &self.body())?;
        let mut block = Block::default();
        for number in [
            first as u64,
            step.cast_unsigned() as u64,
            count as u64,
            array.len() as u64,
        ] {
            block.u64(number);
        }
        bound.push(&mut block, !is_packed);
        let blocks = count.div_ceil(THREADS as usize).min(1 << 20) as u32;
        array.in_order("ElementwiseKernel::call", bound.arrays(), |stream| {
            launch(&function, stream, blocks, THREADS, &block)
        })
    }

    fn body(&self) -> String {
        format!(
            "    const long long threads_ = (long long)gridDim.x * blockDim.x;
    {};
    for (long long k_ = (long long)blockIdx.x * blockDim.x + threadIdx.x; k_ < count_; k_ += threads_) {{
        const long long i = first_ + k_ * step_;
        {};
    }}
    {};
",
            closed(&self.loop_prep),
            closed(&self.operation),
            closed(&self.after_loop)
        )
    }
}

impl fmt::Debug for ElementwiseKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ElementwiseKernel")
            .field("kernel", &self.kernel)
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}
