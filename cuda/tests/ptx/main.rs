//! The emulator from PTX: what NVRTC makes of real kernels, and each instruction for itself.

mod kernels;
mod machine;
