//! Kernels for prefix sums of any operation: Python's `scan`.
//!
//! ```no_run
//! use cuda::gpuarray::GpuArray;
//! use cuda::scan::{ExclusiveScanKernel, InclusiveScanKernel};
//!
//! # fn main() -> cuda::Result<()> {
//! let numbers = GpuArray::from_slice(&[3_i32, 1, 4, 1, 5])?;
//! let sums = InclusiveScanKernel::<i32>::new("a+b").call(&numbers)?;
//! assert_eq!(sums.to_vec()?, [3, 4, 8, 9, 14]);
//! let highest_before = ExclusiveScanKernel::<i32>::new("max(a, b)", "0").call(&numbers)?;
//! assert_eq!(highest_before.to_vec()?, [0, 3, 3, 4, 4]);
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::marker::PhantomData;

use parking_lot::Mutex;

use crate::compiler::SourceModule;
use crate::context::Context;
use crate::driver::{DeviceBuffer, Function};
use crate::elementwise::{closed, launch};
use crate::error::Result;
use crate::gpuarray::engine::{Block, MAX_BLOCKS};
use crate::gpuarray::shape::refuse;
use crate::gpuarray::{Dtype, Element, GpuArray, Kind, Order};

const THREADS: u32 = 256;
const ITEMS: usize = 7;
const SOURCE: &str = include_str!("scan.cuh");
/// Partial results without bytes that nobody writes: the compiler reads those of complex numbers in one piece.
const WHOLE: &str = "template <>
struct Partial<complex<float> > {
    complex<float> value;
    long long is_set;
};
template <>
struct Partial<complex<double> > {
    complex<double> value;
    long long is_set, unused;
};
";

/// What the two kinds have in common.
struct Scan {
    dtype: Dtype,
    operation: String,
    /// What an exclusive scan begins with.
    neutral: Option<String>,
    preamble: String,
    options: Vec<String>,
    loaded: Mutex<Vec<Loaded>>,
}

struct Loaded {
    context: Context,
    phases: [Function; 3],
}

impl Scan {
    fn new(dtype: Dtype, operation: &str, neutral: Option<&str>) -> Scan {
        Scan {
            dtype,
            operation: operation.to_owned(),
            neutral: neutral.map(str::to_owned),
            preamble: String::new(),
            options: Vec::new(),
            loaded: Mutex::default(),
        }
    }

    fn source(&self) -> String {
        let (c_type, preamble) = (self.dtype.c_type(), &self.preamble);
        let operation = closed(&self.operation);
        let head = crate::elementwise::head([self.dtype]);
        let is_exclusive = self.neutral.is_some();
        let begin = self
            .neutral
            .as_ref()
            .map_or("{Value(), 0}".to_owned(), |neutral| {
                format!("{{Value({}), 1}}", closed(neutral))
            });
        let whole = match self.dtype.kind() {
            Kind::Complex => WHOLE,
            _ => "",
        };
        format!(
            "{head}{preamble}
typedef {c_type} Value;
{SOURCE}{whole}struct Join {{
    __device__ Value operator()(Value a, Value b) const {{ return {operation}; }}
}};
typedef Partial<Value> Part;
extern \"C\" __global__ void __launch_bounds__({THREADS})
    scan_join(const Value* in, Part* parts, long long count, long long range) {{
    const long long begin = blockIdx.x * range, end = begin + range < count ? begin + range : count;
    const Part whole = scan_range<{THREADS}, {ITEMS}, false>(in, (Value*)nullptr, begin, end, Part{{Value(), 0}}, Join());
    if (threadIdx.x == 0) parts[blockIdx.x] = whole;
}}
extern \"C\" __global__ void __launch_bounds__({THREADS}) scan_parts(Part* parts, int count) {{
    const int each = (count + {THREADS} - 1) / {THREADS}, first = threadIdx.x * each;
    Part mine = {{Value(), 0}}, total;
    for (int k = first; k < first + each && k < count; ++k) mine = join_partials(mine, parts[k], Join());
    Part before = join_partials(Part{begin}, scan_block<{THREADS}>(mine, total, Join()), Join());
    for (int k = first; k < first + each && k < count; ++k) {{
        const Part part = parts[k];
        parts[k] = before;
        before = join_partials(before, part, Join());
    }}
}}
extern \"C\" __global__ void __launch_bounds__({THREADS})
    scan_finish(const Value* in, Value* out, const Part* parts, long long count, long long range) {{
    const long long begin = blockIdx.x * range, end = begin + range < count ? begin + range : count;
    scan_range<{THREADS}, {ITEMS}, {is_exclusive}>(in, out, begin, end, parts[blockIdx.x], Join());
}}
"
        )
    }

    fn phases(&self, context: &Context) -> Result<[Function; 3]> {
        let mut loaded = self.loaded.lock();
        if let Some(known) = loaded.iter().find(|known| known.context == *context) {
            return Ok(known.phases.clone());
        }
        let builder = SourceModule::builder(self.source())
            .name("scan.cu")
            .no_extern_c();
        let builder = self
            .options
            .iter()
            .fold(builder, |builder, option| builder.option(option.as_str()));
        let module = builder.build_in(context)?;
        let phase = |name| module.get_function(name);
        let phases = [
            phase("scan_join")?,
            phase("scan_parts")?,
            phase("scan_finish")?,
        ];
        loaded.push(Loaded {
            context: context.clone(),
            phases: phases.clone(),
        });
        Ok(phases)
    }

    fn call<T: Element>(&self, call: &'static str, array: &GpuArray<T>) -> Result<GpuArray<T>> {
        let out = GpuArray::empty_in(array.placement(), array.shape(), Order::C)?;
        if array.size() == 0 {
            return Ok(out);
        }
        let packed = if array.is_c_contiguous() {
            array.alias()
        } else {
            array.ravel()?
        };
        let [join, parts, finish] = self.phases(array.context())?;
        let plan = Plan::of(array.size());
        let part = (size_of::<T>().max(4) * 2) as u64;
        let room = DeviceBuffer::<u8>::from_allocation(
            array
                .placement()
                .allocate(plan.blocks as usize * part as usize)?,
        );
        let (count, range) = (array.size() as u64, plan.range as u64);
        out.raw
            .in_order(call, [&packed.raw].into_iter(), |stream| {
                let mut block = Block::default();
                block.pointer(packed.ptr());
                block.pointer(room.ptr());
                block.u64(count);
                block.u64(range);
                launch(&join, stream, plan.blocks, THREADS, &block)?;
                let mut block = Block::default();
                block.pointer(room.ptr());
                block.i32(plan.blocks as i32);
                launch(&parts, stream, 1, THREADS, &block)?;
                let mut block = Block::default();
                block.pointer(packed.ptr());
                block.pointer(out.ptr());
                block.pointer(room.ptr());
                block.u64(count);
                block.u64(range);
                launch(&finish, stream, plan.blocks, THREADS, &block)
            })?;
        Ok(out)
    }
}

/// How the elements are dealt out: it depends on their number alone, so that results do.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    blocks: u32,
    /// Elements for each block, a multiple of what it takes at once.
    range: usize,
}

impl Plan {
    fn of(count: usize) -> Plan {
        let tile = THREADS as usize * ITEMS;
        let tiles = count.div_ceil(tile);
        let range = tiles.div_ceil(MAX_BLOCKS as usize) * tile;
        Plan {
            blocks: count.div_ceil(range) as u32,
            range,
        }
    }
}

/// Adds constructors' options and calls to both kinds.
macro_rules! scan_kernel {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<T> {
            scan: Scan,
            element: PhantomData<T>,
        }

        impl<T: Element> $name<T> {
            /// Text before the kernels: functions, types, includes. `Value` (the element), `Partial`, `Part`, `Join` and what
            /// begins with `scan_`, `join_` or `shuffle_` are names of the kernels' own.
            #[must_use]
            pub fn preamble(mut self, preamble: impl Into<String>) -> $name<T> {
                self.scan.preamble = preamble.into();
                self
            }

            /// An option for the compiler.
            #[must_use]
            pub fn option(mut self, option: impl Into<String>) -> $name<T> {
                self.scan.options.push(option.into());
                self
            }

            /// Scans the elements in C's order, in the array's stream, into a new array of the same shape.
            ///
            /// # Errors
            /// [`Code::Compilation`](crate::Code::Compilation) if the texts do not compile; those of the launch.
            pub fn call(&self, array: &GpuArray<T>) -> Result<GpuArray<T>> {
                self.scan.call(concat!(stringify!($name), "::call"), array)
            }

            /// The same into an array that exists and has the same shape, which may be the input.
            ///
            /// # Errors
            /// As for [`call`](Self::call); [`Code::InvalidValue`](crate::Code::InvalidValue) if the shapes differ.
            pub fn call_into(&self, array: &GpuArray<T>, out: &mut GpuArray<T>) -> Result<()> {
                let call = concat!(stringify!($name), "::call_into");
                if array.shape() != out.shape() {
                    let why = format_args!("shapes {:?} and {:?} differ", array.shape(), out.shape());
                    return Err(refuse(call, why));
                }
                out.assign(&self.scan.call(call, array)?)
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("dtype", &self.scan.dtype)
                    .field("operation", &self.scan.operation)
                    .finish_non_exhaustive()
            }
        }
    };
}

scan_kernel! {
    /// Element `i` of the result is what an associative operation makes of elements 0 to `i`, in their order.
    ///
    /// It keeps the contexts in which it has been called.
    InclusiveScanKernel
}

scan_kernel! {
    /// Element `i` of the result is what an associative operation makes of a neutral value and the elements before
    /// `i`, in their order.
    ///
    /// It keeps the contexts in which it has been called.
    ExclusiveScanKernel
}

impl<T: Element> InclusiveScanKernel<T> {
    /// A scan by an expression of `a` and `b` in CUDA C++, such as `a+b`.
    #[must_use]
    pub fn new(operation: &str) -> InclusiveScanKernel<T> {
        InclusiveScanKernel {
            scan: Scan::new(T::DTYPE, operation, None),
            element: PhantomData,
        }
    }
}

impl<T: Element> ExclusiveScanKernel<T> {
    /// A scan by an expression of `a` and `b` in CUDA C++, such as `a+b`, from a neutral value, such as `0`.
    #[must_use]
    pub fn new(operation: &str, neutral: &str) -> ExclusiveScanKernel<T> {
        ExclusiveScanKernel {
            scan: Scan::new(T::DTYPE, operation, Some(neutral)),
            element: PhantomData,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_all_elements_once() {
        for count in [1, 255, 1792, 1793, 1792 * 1056, 1792 * 1056 + 1, 1 << 30] {
            let plan = Plan::of(count);
            assert!(
                u64::from(plan.blocks) <= MAX_BLOCKS && plan.range.is_multiple_of(1792),
                "{count}: {plan:?}"
            );
            let before_last = (plan.blocks as usize - 1) * plan.range;
            assert!(
                before_last < count && count <= before_last + plan.range,
                "{count}: {plan:?}"
            );
        }
    }
}
