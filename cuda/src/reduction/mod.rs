//! Kernels for one's own reductions: Python's `reduction`.
//!
//! ```no_run
//! use cuda::gpuarray::GpuArray;
//! use cuda::reduction::ReductionKernel;
//!
//! # fn main() -> cuda::Result<()> {
//! let dot = ReductionKernel::<f32>::new("0", "a+b", "x[i]*y[i]", "const float *x, const float *y")?;
//! let (x, y) = (GpuArray::from_slice(&[1.0f32, 2.0])?, GpuArray::from_slice(&[10.0f32, 20.0])?);
//! assert_eq!(dot.call((&x, &y))?.item()?, 50.0);
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::marker::PhantomData;

use bytemuck::Pod;

use crate::driver::DeviceBuffer;
use crate::elementwise::{Bound, KernelOperands, UserKernel, closed, launch};
use crate::error::Result;
use crate::gpuarray::engine::{Block, MAX_BLOCKS, THREADS, Untyped};
use crate::gpuarray::{Element, GpuArray};

/// How the kernels join what their threads have.
pub(crate) const SOURCE: &str = include_str!("reduction.cuh");

/// A reduction of elements to one value of type `T`, from its parts in CUDA C++: PyCUDA's `ReductionKernel`.
///
/// `map` makes a value of the elements number `i`, `reduce` one of two values `a` and `b`, and `neutral` is a value
/// that changes none. The arguments are as an [`ElementwiseKernel`](crate::elementwise::ElementwiseKernel)'s.
/// `reduce` must be associative and commutative; for sums of floating-point numbers that holds nearly, and which meet
/// in which order depends on their number alone, so that the result is the same each time.
pub struct ReductionKernel<T> {
    kernel: UserKernel,
    parts: Parts,
    value: PhantomData<T>,
}

#[derive(Debug)]
struct Parts {
    c_type: String,
    neutral: String,
    reduce: String,
    map: String,
    /// Bytes of a value, where the type is the user's.
    size: Option<usize>,
}

impl<T: Element> ReductionKernel<T> {
    /// A reduction to an element of an array.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for arguments that cannot be read; the message says why.
    pub fn new(
        neutral: &str,
        reduce: &str,
        map: &str,
        arguments: &str,
    ) -> Result<ReductionKernel<T>> {
        let mut kernel = ReductionKernel::of(T::DTYPE.c_type(), neutral, reduce, map, arguments)?;
        kernel.kernel.use_type(T::DTYPE);
        Ok(kernel)
    }

    /// Reduces the operands' elements, in the stream of the first array, to an array without dimensions.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if the operands do not fit the arguments,
    /// [`Code::Compilation`](crate::Code::Compilation) if the texts do not compile; those of the launch.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as arguments are given to a function"
    )]
    pub fn call(&self, operands: impl KernelOperands) -> Result<GpuArray<T>> {
        let bound = self.kernel.bind(&operands)?;
        let out = GpuArray::empty_in(bound.first().placement(), (), Default::default())?;
        self.run(&bound, out.raw.bytes().ptr())?;
        Ok(out)
    }

    /// The same into an array that exists, of one element: PyCUDA's `out`. The array's stream waits for it.
    ///
    /// # Errors
    /// As for [`call`](ReductionKernel::call); [`Code::InvalidValue`](crate::Code::InvalidValue) if the array has
    /// more elements or none.
    pub fn call_into(&self, operands: impl KernelOperands, out: &mut GpuArray<T>) -> Result<()> {
        let result = self.call(operands)?;
        out.assign(&result.reshape(out.shape())?)
    }
}

impl<T: Pod> ReductionKernel<T> {
    /// A reduction to a value of any type that is plain data; `c_type` is its name in the kernel, which the preamble
    /// may define. There it must have as many bytes as `T`: otherwise the kernel does not compile.
    ///
    /// # Errors
    /// As for [`new`](ReductionKernel::new).
    pub fn of_type(
        c_type: &str,
        neutral: &str,
        reduce: &str,
        map: &str,
        arguments: &str,
    ) -> Result<ReductionKernel<T>> {
        let mut kernel = ReductionKernel::of(c_type, neutral, reduce, map, arguments)?;
        kernel.parts.size = Some(size_of::<T>());
        Ok(kernel)
    }

    /// Reduces the operands' elements, waits for the result, and gives it.
    ///
    /// # Errors
    /// As for [`call`](ReductionKernel::call), and the failure of the kernel.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as arguments are given to a function"
    )]
    pub fn call_value(&self, operands: impl KernelOperands) -> Result<T> {
        let bound = self.kernel.bind(&operands)?;
        let array = bound.first();
        let out = DeviceBuffer::<T>::from_allocation(array.placement().allocate(size_of::<T>())?);
        self.run(&bound, out.ptr())?;
        array.stream().synchronize()?;
        let mut value = [T::zeroed()];
        out.copy_to(&mut value)?;
        Ok(value[0])
    }
}

impl<T> ReductionKernel<T> {
    fn of(
        c_type: &str,
        neutral: &str,
        reduce: &str,
        map: &str,
        arguments: &str,
    ) -> Result<ReductionKernel<T>> {
        let parts = [c_type, neutral, reduce, map].map(str::to_owned);
        let [c_type, neutral, reduce, map] = parts;
        Ok(ReductionKernel {
            kernel: UserKernel::new("ReductionKernel::new", arguments)?,
            parts: Parts {
                c_type,
                neutral,
                reduce,
                map,
                size: None,
            },
            value: PhantomData,
        })
    }

    /// The kernel's name, in messages and profilers; `kernel` if it has none.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if it is no name of C.
    pub fn name(mut self, name: &str) -> Result<ReductionKernel<T>> {
        self.kernel.set_name("ReductionKernel::name", name)?;
        Ok(self)
    }

    /// Text before the kernel: functions, types, includes. `join_block`, `join_grid`, `shuffle_down` and what ends with an
    /// underscore are names of the kernel's own.
    #[must_use]
    pub fn preamble(mut self, preamble: impl Into<String>) -> ReductionKernel<T> {
        self.kernel.set_preamble(preamble.into());
        self
    }

    /// An option for the compiler.
    #[must_use]
    pub fn option(mut self, option: impl Into<String>) -> ReductionKernel<T> {
        self.kernel.add_option(option.into());
        self
    }

    fn run(&self, bound: &Bound<'_>, out: crate::backend::DevicePtr) -> Result<()> {
        let (array, is_packed) = (bound.first(), bound.is_packed());
        let own = "Value_* out_, Value_* partial_, unsigned int* arrived_, const long long n";
        let function = self.kernel.function(
            array.context(),
            is_packed,
            &self.parts.prelude(),
            own,
            &self.parts.body(),
        )?;
        let blocks = blocks(array);
        let room = DeviceBuffer::<u8>::from_allocation(
            array
                .placement()
                .allocate(16 + blocks as usize * size_of::<T>())?,
        );
        let mut block = Block::default();
        block.pointer(out);
        block.pointer(room.ptr().offset(16));
        block.pointer(room.ptr());
        block.u64(array.len() as u64);
        bound.push(&mut block, !is_packed);
        array.in_order("ReductionKernel::call", bound.arrays(), |stream| {
            room.slice(..4)?.fill_async(0, stream)?;
            launch(&function, stream, blocks, THREADS, &block)
        })
    }
}

/// A thread takes sixteen elements before there are further blocks.
fn blocks(array: &Untyped) -> u32 {
    (array.len() as u64)
        .div_ceil(u64::from(THREADS) * 16)
        .clamp(1, MAX_BLOCKS) as u32
}

/// Has the kernel not compile if a value is not as the host's: it would be written beyond its memory.
fn check_of_size(size: usize) -> String {
    format!(
        " static_assert(sizeof(Value_) == {size} && alignof(Value_) <= 16, \"the value has {size} bytes on the host\");"
    )
}

impl Parts {
    fn prelude(&self) -> String {
        format!(
            "typedef {} Value_;{}
{SOURCE}struct Join_ {{
    __device__ Value_ operator()(Value_ a, Value_ b) const {{ return {}; }}
}};
struct Store_ {{
    Value_* out;
    __device__ void operator()(Value_ value) const {{ *out = value; }}
}};
",
            self.c_type,
            self.size.map(check_of_size).unwrap_or_default(),
            closed(&self.reduce)
        )
    }

    fn body(&self) -> String {
        format!(
            "    const long long threads_ = (long long)gridDim.x * blockDim.x;
    const Value_ neutral_ = {};
    Value_ value_ = neutral_;
#pragma unroll 4
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads_) {{
        value_ = Join_()(value_, {});
    }}
    join_grid(value_, neutral_, partial_, arrived_, Join_(), Store_{{out_}});
",
            closed(&self.neutral),
            closed(&self.map)
        )
    }
}

impl<T> fmt::Debug for ReductionKernel<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReductionKernel")
            .field("kernel", &self.kernel)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}
