//! The driver's objects: devices, streams, events, memory, modules and kernels.

mod device;
mod event;
mod function;
mod memory;
mod module;
mod ptx_parameters;
mod stream;

pub use self::device::{Device, get_driver_version};
pub use self::event::{Event, EventFlags};
pub use self::function::{
    ArgumentWriter, Arguments, Function, In, InOut, KernelArg, KernelValue, Launch, Out,
    PreparedFunction,
};
pub use self::memory::{Allocator, DeviceAllocation, DeviceBuffer, DeviceSlice};
pub(crate) use self::memory::{Reclaim, Release, allocate_in_stream, bytes_of};
pub use self::module::Module;
pub use self::stream::{Stream, StreamFlags};
pub use crate::backend::{
    AddressMode, ArrayDescriptor, ArrayFormat, ArrayKind, BackendKind, CachePreference,
    DeviceAttribute, DevicePtr, Dim3, FilterMode, FunctionAttribute, HostFlags, JitOptions, Limit,
    LinkInputKind, MemoryAdvice, PeerAttribute, RegisterFlags, TextureDescriptor,
};
pub use crate::context::{Context, ContextFlags, Current, Live};
pub use cuda_macros::KernelArg;
