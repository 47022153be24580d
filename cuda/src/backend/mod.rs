//! What a driver is: the calls that everything public stands on, and the plain data that they exchange.
//!
//! There are two: `nvidia`, over the CUDA driver, and `emu::device`, a device that this process runs itself. Both keep the
//! semantics of the CUDA driver API; a method's documentation names the call that it mirrors where the name does not.
//!
//! No method depends on a current context: each takes the context that it is for. An implementation that needs one
//! current (NVIDIA's) binds it. All methods may be called from any thread, and a handle may be used from several at
//! once. Sizes and pitches are in bytes and `u64` handles are opaque: only the backend that made one may interpret it.

mod attributes;
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
pub(crate) trait Backend: Send + Sync + fmt::Debug {
    // Devices. They are numbered from 0 to `device_count()`; other numbers are `Code::InvalidDevice`.

    fn kind(&self) -> BackendKind;
    /// As CUDA writes it: 12090 is 12.9.
    fn driver_version(&self) -> Result<u32>;
    fn device_count(&self) -> Result<u32>;
    fn device_name(&self, device: u32) -> Result<String>;
    fn device_uuid(&self, device: u32) -> Result<[u8; 16]>;
    /// `domain:bus:device.function`, in hexadecimal digits.
    fn device_pci_bus_id(&self, device: u32) -> Result<String>;
    fn device_total_memory(&self, device: u32) -> Result<usize>;
    fn device_attribute(&self, device: u32, attribute: DeviceAttribute) -> Result<i32>;
    fn device_can_access_peer(&self, device: u32, peer: u32) -> Result<bool>;
    fn device_peer_attribute(
        &self,
        device: u32,
        peer: u32,
        attribute: PeerAttribute,
    ) -> Result<i32>;

    // Contexts.

    /// Each retain is to be matched by a release; the last destroys the context.
    fn primary_context_retain(&self, device: u32) -> Result<ContextHandle>;
    fn primary_context_release(&self, device: u32) -> Result<()>;
    /// A context of its own beside the primary one. `flags` are CUDA's `CU_CTX_...`.
    fn context_create(&self, device: u32, flags: u32) -> Result<ContextHandle>;
    /// Frees all that was made in it; handles of such objects must not be used again.
    fn context_destroy(&self, context: ContextHandle) -> Result<()>;
    fn context_synchronize(&self, context: ContextHandle) -> Result<()>;
    fn context_limit(&self, context: ContextHandle, limit: Limit) -> Result<usize>;
    fn context_set_limit(&self, context: ContextHandle, limit: Limit, value: usize) -> Result<()>;
    fn context_cache_preference(&self, context: ContextHandle) -> Result<CachePreference>;
    fn context_set_cache_preference(
        &self,
        context: ContextHandle,
        preference: CachePreference,
    ) -> Result<()>;
    /// Free and total bytes of its device (`cuMemGetInfo`).
    fn memory_info(&self, context: ContextHandle) -> Result<(usize, usize)>;
    /// Lowest and highest priority of streams; numerically the highest is the smallest.
    fn stream_priority_range(&self, context: ContextHandle) -> Result<(i32, i32)>;
    /// Lets kernels and copies of `context` use memory of `peer`, a context of another device.
    fn peer_access_enable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()>;
    fn peer_access_disable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()>;

    // Streams. `StreamHandle::NULL` is the legacy default stream of the context that the call is for.

    fn stream_create(
        &self,
        context: ContextHandle,
        non_blocking: bool,
        priority: i32,
    ) -> Result<StreamHandle>;
    /// Returns at once; what is queued still runs.
    fn stream_destroy(&self, context: ContextHandle, stream: StreamHandle) -> Result<()>;
    fn stream_synchronize(&self, context: ContextHandle, stream: StreamHandle) -> Result<()>;
    /// Whether all work queued so far is complete (`cuStreamQuery`; "not ready" is `Ok(false)`).
    fn stream_is_done(&self, context: ContextHandle, stream: StreamHandle) -> Result<bool>;
    fn stream_priority(&self, context: ContextHandle, stream: StreamHandle) -> Result<i32>;
    fn stream_wait_event(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        event: EventHandle,
    ) -> Result<()>;
    /// Calls `callback` on a thread of the driver's once the work queued so far is complete (`cuLaunchHostFunc`). It is
    /// called once, or never, if the context fails before; in a capture it is refused, as a graph would call it again. It must not call this crate, and
    /// the backend keeps a panic inside from unwinding into the driver.
    fn stream_host_callback(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        callback: HostCallback,
    ) -> Result<()>;

    // Events.

    /// `flags` are CUDA's: 1 blocking synchronisation, 2 no timing, 4 interprocess.
    fn event_create(&self, context: ContextHandle, flags: u32) -> Result<EventHandle>;
    fn event_destroy(&self, context: ContextHandle, event: EventHandle) -> Result<()>;
    fn event_record(
        &self,
        context: ContextHandle,
        event: EventHandle,
        stream: StreamHandle,
    ) -> Result<()>;
    fn event_synchronize(&self, context: ContextHandle, event: EventHandle) -> Result<()>;
    /// An event that was never recorded is done.
    fn event_is_done(&self, context: ContextHandle, event: EventHandle) -> Result<bool>;
    /// Milliseconds from `start` to `end`. `Code::NotReady` while one is not complete; `Code::InvalidHandle` where one
    /// was never recorded or has no timing.
    fn event_elapsed(
        &self,
        context: ContextHandle,
        start: EventHandle,
        end: EventHandle,
    ) -> Result<f32>;

    // Memory.

    /// Uninitialised, aligned to at least 256. `bytes` is not 0.
    fn alloc(&self, context: ContextHandle, bytes: usize) -> Result<DevicePtr>;
    /// Frees what `alloc`, `alloc_pitched` or `alloc_managed` gave, after all work that may use it (as `cuMemFree`
    /// does).
    fn free(&self, context: ContextHandle, pointer: DevicePtr) -> Result<()>;
    /// Rows of `width` bytes, `pitch` apart; returns the pitch too. `element` is 4, 8 or 16.
    fn alloc_pitched(
        &self,
        context: ContextHandle,
        width: usize,
        height: usize,
        element: u32,
    ) -> Result<(DevicePtr, usize)>;
    /// In stream order, from `pool`, else from the device's current pool (`cuMemAllocAsync`, `..FromPoolAsync`).
    fn alloc_async(
        &self,
        context: ContextHandle,
        bytes: usize,
        pool: Option<PoolHandle>,
        stream: StreamHandle,
    ) -> Result<DevicePtr>;
    fn free_async(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()>;
    /// Start and size of the allocation that `pointer` points into.
    fn address_range(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
    ) -> Result<(DevicePtr, usize)>;
    /// Page-locked and zeroed.
    fn host_alloc(
        &self,
        context: ContextHandle,
        bytes: usize,
        flags: HostFlags,
    ) -> Result<HostBlock>;
    /// Waits for work that uses it.
    fn host_free(&self, context: ContextHandle, block: HostBlock) -> Result<()>;
    /// Page-locks memory of the caller's, who keeps it alive until `host_unregister`.
    fn host_register(
        &self,
        context: ContextHandle,
        block: HostBlock,
        flags: RegisterFlags,
    ) -> Result<()>;
    fn host_unregister(&self, context: ContextHandle, block: HostBlock) -> Result<()>;
    /// The address by which kernels reach page-locked or registered memory that is mapped.
    fn host_device_pointer(&self, context: ContextHandle, block: HostBlock) -> Result<DevicePtr>;
    /// Memory that host and kernels reach, zeroed. `global`: from any stream; otherwise from the host until it is
    /// attached.
    fn alloc_managed(
        &self,
        context: ContextHandle,
        bytes: usize,
        global: bool,
    ) -> Result<(DevicePtr, HostBlock)>;
    /// `cuStreamAttachMemAsync`; `flags` are CUDA's: 1 global, 2 host, 4 this stream.
    fn managed_attach(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        flags: u32,
        stream: StreamHandle,
    ) -> Result<()>;
    /// Moves managed memory to a device, or to the host (`None`).
    fn managed_prefetch(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        device: Option<u32>,
        stream: StreamHandle,
    ) -> Result<()>;
    /// How managed memory will be used from `device`, or from the host (`None`).
    fn managed_advise(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        advice: MemoryAdvice,
        device: Option<u32>,
    ) -> Result<()>;

    // Stream-ordered pools.

    fn pool_create(&self, device: u32, maximum_bytes: usize) -> Result<PoolHandle>;
    fn pool_destroy(&self, pool: PoolHandle) -> Result<()>;
    fn pool_default(&self, device: u32) -> Result<PoolHandle>;
    /// Gives memory back until only `keep` bytes are held.
    fn pool_trim(&self, pool: PoolHandle, keep: usize) -> Result<()>;
    fn pool_attribute(&self, pool: PoolHandle, attribute: PoolAttribute) -> Result<u64>;
    fn pool_set_attribute(
        &self,
        pool: PoolHandle,
        attribute: PoolAttribute,
        value: u64,
    ) -> Result<()>;

    // Filling and copying. The forms without a stream return when it is done.

    fn fill(&self, context: ContextHandle, fill: &Fill) -> Result<()>;
    fn fill_async(&self, context: ContextHandle, fill: &Fill, stream: StreamHandle) -> Result<()>;
    fn copy_to_device(&self, context: ContextHandle, to: DevicePtr, from: &[u8]) -> Result<()>;
    fn copy_to_host(&self, context: ContextHandle, to: &mut [u8], from: DevicePtr) -> Result<()>;
    fn copy_on_device(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
    ) -> Result<()>;
    fn copy_to_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: HostSource,
        stream: StreamHandle,
    ) -> Result<()>;
    fn copy_to_host_async(
        &self,
        context: ContextHandle,
        to: HostTarget,
        from: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()>;
    fn copy_on_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()>;
    /// Between two contexts (`cuMemcpyPeerAsync`). `stream` is of the context `to.0`.
    fn copy_peer_async(
        &self,
        to: (ContextHandle, DevicePtr),
        from: (ContextHandle, DevicePtr),
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()>;
    /// One, two or three dimensions between host, linear memory and arrays; also between contexts where the places name
    /// them.
    fn copy(&self, context: ContextHandle, copy: &Copy) -> Result<()>;
    fn copy_async(&self, context: ContextHandle, copy: &Copy, stream: StreamHandle) -> Result<()>;

    // Arrays, textures and surfaces.

    fn array_create(
        &self,
        context: ContextHandle,
        descriptor: &ArrayDescriptor,
    ) -> Result<ArrayHandle>;
    fn array_destroy(&self, context: ContextHandle, array: ArrayHandle) -> Result<()>;
    fn texture_create(
        &self,
        context: ContextHandle,
        request: &TextureRequest,
    ) -> Result<TextureHandle>;
    fn texture_destroy(&self, context: ContextHandle, texture: TextureHandle) -> Result<()>;
    fn surface_create(&self, context: ContextHandle, array: ArrayHandle) -> Result<SurfaceHandle>;
    fn surface_destroy(&self, context: ContextHandle, surface: SurfaceHandle) -> Result<()>;

    // Modules and functions.

    /// Loads PTX text or a binary; where it fails, the compiler's log is the error's detail.
    fn module_load(
        &self,
        context: ContextHandle,
        image: Image<'_>,
        options: &JitOptions,
    ) -> Result<Loaded>;
    fn module_unload(&self, context: ContextHandle, module: ModuleHandle) -> Result<()>;
    /// `Code::NotFound` where the module has no kernel of that name.
    fn module_function(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<FunctionHandle>;
    /// Address and size of a `__device__` or `__constant__` variable.
    fn module_global(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<(DevicePtr, usize)>;
    /// Links several images into one, which `module_load` takes as a binary or, where it is text, as PTX.
    fn link(
        &self,
        context: ContextHandle,
        inputs: &[LinkInput],
        options: &JitOptions,
    ) -> Result<(Vec<u8>, JitLog)>;
    /// The place of each parameter in the parameter block. `None` where the driver cannot tell.
    fn function_parameters(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
    ) -> Result<Option<Vec<Parameter>>>;
    fn function_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
    ) -> Result<i32>;
    fn function_set_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
        value: i32,
    ) -> Result<()>;
    fn function_set_cache_preference(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        preference: CachePreference,
    ) -> Result<()>;
    /// How many blocks of that many threads and that much dynamic shared memory run on one multiprocessor at once.
    fn occupancy_blocks(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        threads: u32,
        shared_bytes: usize,
    ) -> Result<u32>;
    /// The smallest grid and the block size of at most `limit` threads (0: no limit) that use the device best.
    fn occupancy_block_size(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        shared_bytes: usize,
        limit: u32,
    ) -> Result<(u32, u32)>;
    fn launch(&self, context: ContextHandle, launch: &LaunchDescriptor<'_>) -> Result<()>;

    // Graphs.

    /// In CUDA's relaxed mode: other calls are not restricted meanwhile.
    fn capture_begin(&self, context: ContextHandle, stream: StreamHandle) -> Result<()>;
    fn capture_end(&self, context: ContextHandle, stream: StreamHandle) -> Result<GraphHandle>;
    fn capture_status(&self, context: ContextHandle, stream: StreamHandle)
    -> Result<CaptureStatus>;
    fn graph_create(&self, context: ContextHandle) -> Result<GraphHandle>;
    fn graph_destroy(&self, context: ContextHandle, graph: GraphHandle) -> Result<()>;
    fn graph_node_count(&self, context: ContextHandle, graph: GraphHandle) -> Result<usize>;
    /// The stream of the descriptor is not looked at; its parameters are copied.
    fn graph_add_kernel(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        launch: &LaunchDescriptor<'_>,
    ) -> Result<GraphNodeHandle>;
    fn graph_add_copy(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        copy: &Copy,
    ) -> Result<GraphNodeHandle>;
    fn graph_add_fill(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        fill: &Fill,
    ) -> Result<GraphNodeHandle>;
    /// A node that does nothing but wait for others.
    fn graph_add_empty(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
    ) -> Result<GraphNodeHandle>;
    fn graph_instantiate(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
    ) -> Result<GraphExecHandle>;
    fn graph_exec_destroy(&self, context: ContextHandle, exec: GraphExecHandle) -> Result<()>;
    fn graph_launch(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()>;
    fn graph_upload(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()>;
    /// Takes over the parameters of `graph`, which has the same nodes; `Code::GraphExecUpdateFailure` if it has not.
    fn graph_exec_update(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        graph: GraphHandle,
    ) -> Result<()>;
    /// New grid, block and arguments for a kernel node of the graph that `exec` was made of.
    fn graph_exec_set_kernel(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        node: GraphNodeHandle,
        launch: &LaunchDescriptor<'_>,
    ) -> Result<()>;

    // Between processes.

    fn ipc_memory_export(&self, context: ContextHandle, pointer: DevicePtr) -> Result<IpcBytes>;
    fn ipc_memory_open(&self, context: ContextHandle, handle: &IpcBytes) -> Result<DevicePtr>;
    fn ipc_memory_close(&self, context: ContextHandle, pointer: DevicePtr) -> Result<()>;
    fn ipc_event_export(&self, context: ContextHandle, event: EventHandle) -> Result<IpcBytes>;
    fn ipc_event_open(&self, context: ContextHandle, handle: &IpcBytes) -> Result<EventHandle>;

    // Profiler.

    fn profiler_start(&self, context: ContextHandle) -> Result<()>;
    fn profiler_stop(&self, context: ContextHandle) -> Result<()>;

    // OpenGL, which only hardware has: by default it is not supported.

    fn gl_register_buffer(
        &self,
        _context: ContextHandle,
        _buffer: u32,
        _flags: u32,
    ) -> Result<GraphicsHandle> {
        Err(no_graphics("cuGraphicsGLRegisterBuffer"))
    }
    fn gl_register_image(
        &self,
        _context: ContextHandle,
        _image: u32,
        _target: u32,
        _flags: u32,
    ) -> Result<GraphicsHandle> {
        Err(no_graphics("cuGraphicsGLRegisterImage"))
    }
    fn graphics_unregister(
        &self,
        _context: ContextHandle,
        _resource: GraphicsHandle,
    ) -> Result<()> {
        Err(no_graphics("cuGraphicsUnregisterResource"))
    }
    fn graphics_set_map_flags(
        &self,
        _context: ContextHandle,
        _resource: GraphicsHandle,
        _flags: u32,
    ) -> Result<()> {
        Err(no_graphics("cuGraphicsResourceSetMapFlags"))
    }
    fn graphics_map(
        &self,
        _context: ContextHandle,
        _resource: GraphicsHandle,
        _stream: StreamHandle,
    ) -> Result<()> {
        Err(no_graphics("cuGraphicsMapResources"))
    }
    fn graphics_unmap(
        &self,
        _context: ContextHandle,
        _resource: GraphicsHandle,
        _stream: StreamHandle,
    ) -> Result<()> {
        Err(no_graphics("cuGraphicsUnmapResources"))
    }
    fn graphics_mapped_pointer(
        &self,
        _context: ContextHandle,
        _resource: GraphicsHandle,
    ) -> Result<(DevicePtr, usize)> {
        Err(no_graphics("cuGraphicsResourceGetMappedPointer"))
    }
    fn graphics_mapped_array(
        &self,
        _context: ContextHandle,
        _resource: GraphicsHandle,
        _index: u32,
        _level: u32,
    ) -> Result<ArrayHandle> {
        Err(no_graphics("cuGraphicsSubResourceGetMappedArray"))
    }
}

fn no_graphics(call: &'static str) -> Error {
    Error::new(Code::NotSupported, call).because("the emulated device has no OpenGL")
}
