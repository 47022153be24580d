//! PyCUDA's layer in Rust: kernels in CUDA C++, on NVIDIA hardware or on an emulated device.

mod backend;
pub mod compiler;
mod context;
pub mod cumath;
pub mod curandom;
pub mod driver;
mod error;
pub mod elementwise;
pub mod emu;
pub mod emulator;
pub mod gl;
pub mod gpuarray;
pub mod reduction;
pub mod scan;
pub mod tools;

pub use cuda_macros::KernelArg;

pub use self::context::{Context, Live, autoinit};
pub use self::error::{Code, Error, Result};
