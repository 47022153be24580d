//! Names of a backend's objects.

use std::fmt;

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) struct $name(pub(crate) u64);
    };
}

handle!(
    /// A context.
    ContextHandle
);
handle!(
    /// A stream of a context.
    StreamHandle
);
handle!(
    /// An event of a context.
    EventHandle
);
handle!(
    /// A loaded module.
    ModuleHandle
);
handle!(
    /// A kernel of a loaded module.
    FunctionHandle
);
handle!(
    /// An array for textures and surfaces.
    ArrayHandle
);
handle!(
    /// A texture object; kernels get this number as a `cudaTextureObject_t`.
    TextureHandle
);
handle!(
    /// A surface object; kernels get this number as a `cudaSurfaceObject_t`.
    SurfaceHandle
);
handle!(
    /// A graph that can be changed.
    GraphHandle
);
handle!(
    /// A node of a graph.
    GraphNodeHandle
);
handle!(
    /// A graph that can be launched.
    GraphExecHandle
);
handle!(
    /// A stream-ordered memory pool.
    PoolHandle
);
handle!(
    /// A registered buffer or image of OpenGL's.
    GraphicsHandle
);

impl StreamHandle {
    /// The legacy default stream: streams that are not "non-blocking" and it wait for each other.
    pub(crate) const NULL: StreamHandle = StreamHandle(0);
}

/// An address in a device's memory, as kernels see it.
///
/// It is a number: nothing keeps the memory alive, and no access through it is checked here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct DevicePtr(pub u64);

impl DevicePtr {
    /// The address that belongs to no memory.
    pub const NULL: DevicePtr = DevicePtr(0);

    /// The address that many bytes further on, wrapping at the end of the address space.
    #[must_use]
    pub fn offset(self, bytes: usize) -> DevicePtr {
        DevicePtr(self.0.wrapping_add(bytes as u64))
    }

    /// Whether it is [`NULL`](DevicePtr::NULL).
    #[must_use]
    pub fn is_null(self) -> bool {
        self == DevicePtr::NULL
    }
}

impl fmt::Debug for DevicePtr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DevicePtr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}
