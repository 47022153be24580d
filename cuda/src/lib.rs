//! PyCUDA's layer in Rust: kernels in CUDA C++, on NVIDIA hardware or on an emulated device.

#[allow(unreachable_pub, dead_code)]
mod backend;
mod error;

pub use self::error::{Code, Error, Result};
pub mod gpuarray;
