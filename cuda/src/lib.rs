//! PyCUDA's layer in Rust: kernels in CUDA C++, on NVIDIA hardware or on an emulated device.

mod backend;
pub mod compiler;
mod context;
pub mod driver;
pub mod emu;
pub mod emulator;
mod error;
pub mod gl;
pub mod tools;

pub use cuda_macros::KernelArg;

pub use self::context::{Context, Live, autoinit};
pub use self::error::{Code, Error, Result};
