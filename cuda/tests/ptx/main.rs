//! The emulator from PTX: what NVRTC makes of real kernels, and each instruction for itself.

mod calls;
mod extremes;
mod faults;
mod gangs;
mod kernels;
mod machine;
mod math;
mod mbarriers;
mod ops;
mod padding;
mod rows;
mod scaling;
mod sys;
mod textures;
mod warps;
