//! PyCUDA's layer in Rust: kernels in CUDA C++, on NVIDIA hardware or on an emulated device.

mod backend;
mod emu;
mod error;

pub use self::error::{Code, Error, Result};
