//! PyCUDA's layer in Rust: kernels in CUDA C++, on NVIDIA hardware or on an emulated device.
//!
//! A kernel is CUDA C++ in a string. It is compiled in this process, by NVRTC, and runs on the GPU if there is one; else on a
//! device that this crate emulates on the processor, from the same source:
//!
//! ```
//! use cuda::compiler::SourceModule;
//! use cuda::driver::{In, Launch, Out};
//!
//! let context = cuda::autoinit()?;
//! println!("on {context}");
//! let module = SourceModule::new("
//!     __global__ void multiply_them(float *dest, float *a, float *b)
//!     {
//!         const int i = threadIdx.x;
//!         dest[i] = a[i] * b[i];
//!     }")?;
//! let multiply_them = module.get_function("multiply_them")?;
//!
//! let (a, b) = ([2.0_f32; 400], [0.5_f32; 400]);
//! let mut dest = [0.0_f32; 400];
//! multiply_them.call((Out(&mut dest), In(&a), In(&b)), Launch::block(400).grid(1))?;
//! assert_eq!(dest, [1.0; 400]);
//! # Ok::<(), cuda::Error>(())
//! ```
//!
//! The number, sizes and types of arguments are checked before the kernel is launched. What was compiled is kept, so the second
//! start of a program compiles nothing; see [`compiler`], also for what is needed where there is no NVRTC.
//!
//! # Memory and streams
//!
//! [`In`](driver::In) and [`Out`](driver::Out) copy for one call. What is used again stays on the device, in a
//! [`DeviceBuffer`](driver::DeviceBuffer). Work in one [`Stream`](driver::Stream) runs in order, that in different ones at the same time:
//!
//! ```
//! use cuda::compiler::SourceModule;
//! use cuda::driver::{DeviceBuffer, EventFlags, Launch, Stream, StreamFlags};
//!
//! let context = cuda::autoinit()?;
//! let module = SourceModule::new("__global__ void add(int *to, int number) { to[threadIdx.x] += number; }")?;
//! let add = module.get_function("add")?;
//! let numbers = DeviceBuffer::from_slice(&context, &[1, 2, 3])?;
//!
//! let first = Stream::new(&context, StreamFlags::NON_BLOCKING)?;
//! let second = Stream::new(&context, StreamFlags::NON_BLOCKING)?;
//! add.call((&numbers, 10), Launch::block(3).stream(&first))?;
//! second.wait_for_event(&first.record(EventFlags::default())?)?;
//! add.call((&numbers, 100), Launch::block(3).stream(&second))?;
//! second.synchronize()?;
//! assert_eq!(numbers.to_vec()?, [111, 112, 113]);
//! # Ok::<(), cuda::Error>(())
//! ```
//!
//! Every object holds its context, and every call finds it: there is no stack of contexts to keep in order, and nothing to clean
//! up. An error in a `Drop` is kept in the context and told by the next call.
//!
//! # Arrays
//!
//! [`gpuarray`] has arrays with NumPy's ways, and [`elementwise`], [`reduction`] and [`scan`] make kernels of one line for them:
//!
//! ```
//! use cuda::elementwise::ElementwiseKernel;
//! use cuda::gpuarray::GpuArray;
//!
//! let _context = cuda::autoinit()?;
//! let x = GpuArray::from_slice(&[1.0_f32, 4.0, 9.0])?;
//! let mut roots = x.empty_like()?;
//! let root = ElementwiseKernel::new("float *to, const float *from", "to[i] = sqrtf(from[i])")?;
//! root.call((&mut roots, &x))?;
//! assert_eq!((2.0 * &roots + 1.0).to_vec()?, [3.0, 5.0, 7.0]);
//! # Ok::<(), cuda::Error>(())
//! ```
//!
//! # The emulated device
//!
//! It runs the same PTX that a GPU is given, blocks in parallel on all cores, and checks every access: what is out of bounds, misaligned, freed or
//! never written, two threads at one place without a barrier, a barrier that not all reach. The error names kernel, block, thread and
//! line, where a GPU would go on with wrong numbers:
//!
//! ```
//! use cuda::compiler::SourceModule;
//! use cuda::driver::{Context, ContextFlags, Device, DeviceBuffer, Launch};
//!
//! let context = Context::create(Device::emulated(0)?, ContextFlags::default())?;
//! let source = "__global__ void fill(int *to) { to[threadIdx.x] = 7; }";
//! let fill = SourceModule::new_in(&context, source)?.get_function("fill")?;
//! let numbers = DeviceBuffer::<i32>::uninit(&context, 100)?;
//! fill.call((&numbers,), Launch::block(101))?; // one thread too many
//! let error = context.synchronize().unwrap_err();
//! assert!(error.is_kernel_failure());
//! assert!(error.to_string().contains("fill"), "{error}");
//! # Ok::<(), cuda::Error>(())
//! ```
//!
//! `MANYWAYS_CUDA=emu` chooses it also where there is a GPU; see [`autoinit`].
//!
//! # Modules
//!
//! | module | Python | what it has |
//! |---|---|---|
//! | [`driver`] | `pycuda.driver` | devices, contexts, streams, events, memory, textures, modules, kernels, graphs |
//! | [`compiler`] | `pycuda.compiler` | CUDA C++ to code, and its cache |
//! | [`gpuarray`], [`cumath`] | the same | arrays and their functions |
//! | [`elementwise`], [`reduction`], [`scan`] | the same | kernels from one line |
//! | [`curandom`] | the same | random numbers |
//! | [`tools`] | the same | pools of memory, occupancy |
//! | [`gl`] | the same | memory shared with OpenGL |
//! | [`emulator`] | | settings of the emulated device |

mod backend;
pub mod compiler;
mod context;
pub mod cumath;
pub mod curandom;
pub mod driver;
pub mod elementwise;
pub mod emu;
pub mod emulator;
mod error;
pub mod gl;
pub mod gpuarray;
pub mod reduction;
pub mod scan;
pub mod tools;

pub use cuda_macros::KernelArg;

pub use self::context::{Context, Live, autoinit};
pub use self::error::{Code, Error, Result};
