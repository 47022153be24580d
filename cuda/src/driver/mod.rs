//! The driver's objects: devices, streams, events, memory, modules, kernels and graphs.

mod device;
mod event;
mod function;
mod graph;
mod ipc;
mod linker;
mod memory;
mod module;
mod pool;
pub mod profiler;
mod ptx_parameters;
mod stream;
mod texture;

pub use self::device::{Device, get_driver_version};
pub use self::event::{Event, EventFlags};
pub(crate) use self::function::Kernel;
pub use self::function::{
    ArgumentWriter, Arguments, Function, In, InOut, KernelArg, KernelValue, Launch, Out,
    PreparedFunction,
};
pub use self::graph::{Graph, GraphExec, GraphNode};
pub use self::ipc::{IpcEventHandle, IpcMemHandle};
pub use self::linker::Linker;
pub use self::memory::{
    Allocator, AttachFlags, DeviceAllocation, DeviceBuffer, DeviceSlice, HostMemory, HostMemoryMut,
    ManagedBuffer, Memcpy3D, Pending, PinnedBuffer, PitchedBuffer, RegisteredHostMemory,
    StreamScope,
};
pub(crate) use self::memory::{Reclaim, ReclaimHost, Release, allocate_in_stream, bytes_of};
pub use self::module::Module;
pub use self::pool::{MemoryPool, PooledStream};
pub use self::stream::{Stream, StreamFlags};
pub use self::texture::{Array, ArrayElement, SurfaceObject, TextureObject};
pub use crate::backend::{
    AddressMode, ArrayDescriptor, ArrayFormat, ArrayKind, BackendKind, CachePreference,
    DeviceAttribute, DevicePtr, Dim3, FilterMode, FunctionAttribute, HostFlags, JitOptions, Limit,
    LinkInputKind, MemoryAdvice, PeerAttribute, RegisterFlags, TextureDescriptor,
};
pub use crate::context::{Context, ContextFlags, Current, Live};
pub use cuda_macros::KernelArg;
