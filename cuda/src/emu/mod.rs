//! A CUDA device on the CPU: what runs PTX where there is no GPU, and finds the errors that a GPU keeps to itself.
//!
//! A kernel takes four steps:
//!
//! 1. [`ptx::parse`] makes a [`Tree`](ptx::Tree) of the text that NVRTC wrote;
//! 2. [`Program::load`](program::Program::load) resolves its names and decodes its instructions;
//! 3. [`Image::place`](program::Image::place) gives its variables addresses in a [`GlobalMemory`](memory::GlobalMemory);
//! 4. [`exec::launch`] runs an entry, 32 lanes at a time, blocks in parallel, every access checked.
//!
//! Nothing here knows of contexts, streams or modules: the device does.

pub(crate) mod device;
pub mod exec;
pub mod memory;
mod processor;
pub mod program;
pub mod ptx;
mod texture;
