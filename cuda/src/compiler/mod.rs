//! CUDA C++ to code for a device, inside of this process: Python's `pycuda.compiler`, with NVRTC in place of nvcc.
//!
//! A [`SourceModule`] compiles a source for the device of a context, and loads it:
//!
//! ```
//! use cuda::compiler::SourceModule;
//! use cuda::driver::{InOut, Launch};
//!
//! let _context = cuda::autoinit()?;
//! let module = SourceModule::new("__global__ void halve(float *data) { data[threadIdx.x] /= 2; }")?;
//! let mut data = [1.0_f32, 2.0, 3.0];
//! module.get_function("halve")?.call((InOut(&mut data),), Launch::block(3))?;
//! assert_eq!(data, [0.5, 1.0, 1.5]);
//! # Ok::<(), cuda::Error>(())
//! ```
//!
//! Its [builder](SourceModuleBuilder) takes options, headers and name expressions, by which templates are found:
//!
//! ```
//! use cuda::compiler::{CompileOptions, SourceModule};
//! use cuda::driver::{Launch, Out};
//!
//! let _context = cuda::autoinit()?;
//! let source = "
//!     #include \"shape.h\"
//!     template <class T> __global__ void fill(T *to) { to[threadIdx.x] = T(WIDTH * HEIGHT); }";
//! let module = SourceModule::builder(source)
//!     .header("shape.h", "#define HEIGHT 5")
//!     .options(CompileOptions::new().define("WIDTH", 4))
//!     .name_expression("fill<double>")
//!     .build()?;
//! let mut to = [0.0_f64; 2];
//! module.get_function("fill<double>")?.call((Out(&mut to),), Launch::block(2))?;
//! assert_eq!(to, [20.0, 20.0]);
//! # Ok::<(), cuda::Error>(())
//! ```
//!
//! # Without a GPU, and without a compiler
//!
//! [`SourceModuleBuilder::compile`] needs no device. The compiler is NVRTC, a library of NVIDIA's that needs no GPU and no
//! other part of CUDA: `pip install nvidia-cuda-nvrtc-cu12` is enough. It is opened when something has to be compiled. It is
//! looked for under its name where the system looks for libraries, in installed toolkits, and in the folders of Python's packages; the variable
//! `MANYWAYS_NVRTC` names another file, or says `off`.
//!
//! What was compiled is kept, under the hash of all that the result depends on: source, headers, the contents of included
//! files, options, architecture and the version of NVRTC. The places are, in the order in which they are asked:
//!
//! 1. the memory of the process;
//! 2. PTX that is kept with the sources of this crate, for the emulated device: that of the crate's own kernels is part of every
//!    program, packed, and is unpacked when it is first asked for; that of its tests and examples is read from `cuda/ptx`. Hardware
//!    is given it too where there is no NVRTC: the driver (of CUDA 12.9 or later) compiles it, for devices of compute capability
//!    8.0 or later;
//! 3. the user's folder, `manyways/cuda` in `$XDG_CACHE_HOME` or `~/.cache`. `MANYWAYS_CUDA_CACHE` names another, or says
//!    `off`; `MANYWAYS_CUDA_CACHE_MB` bounds it, to 256 MB if it is not set. What was not used for longest goes first. Programs may share the folder.
//!    A broken file in it is as good as none, and a folder that cannot be written to costs time only.
//!
//! So the second start of a program compiles nothing, and a program whose kernels are kept runs where there is no NVRTC. For a
//! source that nobody compiled before there is an error then, which says what to install.
//!
//! # Headers
//!
//! NVRTC has no headers of the C and C++ libraries, nor of the toolkit. In their place there are some of this crate's:
//! `assert.h`, `float.h`, `limits.h`, `math.h`, `stdbool.h`, `stddef.h`, `stdint.h`, `stdio.h`, `stdlib.h`, `string.h` and those of C++ for them;
//! of `algorithm`, `limits`, `type_traits` and `utility` what kernels use; `cuComplex.h`, `cuda_fp16.h`, `cuda_bf16.h`, `math_constants.h`; empty ones
//! where NVRTC knows the content anyway (`cuda_runtime.h`, `vector_types.h`, ...); and `manyways/complex.cuh`, complex numbers
//! with operators and functions. A header that the builder is given, or that is in one of its include directories, comes before
//! these. Where an include is named by a macro, it is not known what the result depends on, so it is not kept.
//!
//! # What differs from Python on purpose
//!
//! - NVRTC compiles device code only: no host functions, no `<<<...>>>`.
//! - Line information is kept unless it is switched off, since the emulated device names lines with it.
//! - With name expressions the source is not put into `extern "C"`, as if [`no_extern_c`](SourceModuleBuilder::no_extern_c) had been called.
//! - Included files count with their contents, also where there is no preprocessor to ask.
//! - A source has no folder, and the current one is not searched for its includes. A header that the builder was given as text
//!   stands, for includes in quotes, where its name says from the current folder on.

mod arch;
mod builder;
mod cache;
mod compiled;
mod diagnostic;
mod error;
mod headers;
mod includes;
mod nvrtc;
mod options;
mod request;
mod source_module;
mod target;

pub use self::arch::Arch;
pub use self::builder::SourceModuleBuilder;
#[doc(hidden)]
pub use self::cache::{Drift, verify};
pub use self::compiled::{Compiled, Image};
pub use self::diagnostic::{Diagnostic, Severity};
pub use self::error::CompileError;
pub use self::options::{CompileOptions, Standard};
pub use self::source_module::SourceModule;
