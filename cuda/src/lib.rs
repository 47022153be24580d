//! PyCUDA's layer in Rust: kernels in CUDA C++, on NVIDIA hardware or on an emulated device.

#[allow(unreachable_pub, dead_code)]
mod backend;
mod context;
pub mod driver;
mod error;

pub use self::context::{Context, Live, autoinit};
pub use self::error::{Code, Error, Result};
pub mod gpuarray;
