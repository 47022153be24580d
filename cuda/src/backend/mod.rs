//! What a driver is: the calls that everything public stands on, and the plain data that they exchange.
//!
//! There are two: `nvidia`, over the CUDA driver, and `emu::device`, a device that this process runs itself. Both keep the
//! semantics of the CUDA driver API; a method's documentation names the call that it mirrors where the name does not.
//!
//! No method depends on a current context: each takes the context that it is for. An implementation that needs one
//! current (NVIDIA's) binds it. All methods may be called from any thread, and a handle may be used from several at
//! once. Sizes and pitches are in bytes and `u64` handles are opaque: only the backend that made one may interpret it.

mod attributes;
pub(crate) mod calls;
pub(crate) mod cell;
mod copy;
mod handles;
mod launch;
mod module;
mod nvidia;
mod select;
mod texture;

use std::fmt;

pub use self::attributes::{
    CachePreference, DeviceAttribute, FunctionAttribute, HostFlags, Limit, MemoryAdvice,
    PeerAttribute, RegisterFlags,
};
pub(crate) use self::attributes::{CaptureStatus, PoolAttribute};
pub(crate) use self::calls::{
    ContextCalls, CopyCalls, DeviceCalls, GraphCalls, GraphicsCalls, IpcCalls, MemoryCalls,
    ModuleCalls, StreamCalls, TextureCalls,
};
pub(crate) use self::cell::{HostBlock, HostSource, HostTarget};
pub(crate) use self::copy::{Copy, Fill, Memory, Place};
pub use self::handles::DevicePtr;
pub(crate) use self::handles::{
    ArrayHandle, ContextHandle, EventHandle, FunctionHandle, GraphExecHandle, GraphHandle,
    GraphNodeHandle, GraphicsHandle, ModuleHandle, PoolHandle, StreamHandle, SurfaceHandle,
    TextureHandle,
};
pub use self::launch::Dim3;
pub(crate) use self::launch::{HostCallback, LaunchDescriptor, Parameter};
pub(crate) use self::module::{Image, JitLog, LinkInput, Loaded};
pub use self::module::{JitOptions, LinkInputKind};
pub(crate) use self::select::{emulated, hardware};
pub use self::texture::{
    AddressMode, ArrayDescriptor, ArrayFormat, ArrayKind, FilterMode, TextureDescriptor,
};
pub(crate) use self::texture::{TextureRequest, TextureResource};

use crate::error::{Code, Error, Result};

/// Which of the two drivers it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BackendKind {
    /// NVIDIA hardware through the CUDA driver.
    Cuda,
    /// The emulated device of this crate.
    Emulated,
}

impl fmt::Display for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BackendKind::Cuda => "CUDA",
            BackendKind::Emulated => "emulated",
        })
    }
}

/// 64 opaque bytes that stand for memory or an event in other processes.
pub(crate) type IpcBytes = [u8; 64];

/// A driver. See the module's documentation for what holds of all methods.
///
/// Errors carry the code and the name of CUDA's call (`cuMemAlloc`), and as detail what the backend knows besides; the
/// public objects add what it was tried on. A failure of asynchronous work is returned by a later call on the same
/// context, as CUDA's is.
pub(crate) trait Backend:
    Send
    + Sync
    + fmt::Debug
    + DeviceCalls
    + ContextCalls
    + StreamCalls
    + MemoryCalls
    + CopyCalls
    + TextureCalls
    + ModuleCalls
    + GraphCalls
    + IpcCalls
    + GraphicsCalls
{
}

fn no_images(call: &'static str) -> Error {
    Error::new(Code::NotSupported, call)
        .because("the emulated device shares buffers with OpenGL, and no images")
        .advise("read the image into a buffer with glReadPixels or glGetTexImage, and share that")
}
