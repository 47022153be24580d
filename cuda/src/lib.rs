//! CUDA kernels on NVIDIA hardware or on an emulated device.

pub mod emu;
