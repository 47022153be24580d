//! NVIDIA's driver.
//!
//! This file only says which function does what. All calls of the driver are in files `sys.rs`, one for each kind of
//! object; every function there binds its context first.

#[path = "api/sys.rs"]
mod api;
#[path = "copy/sys.rs"]
mod copy;
#[path = "device/sys.rs"]
mod device;
#[path = "graph/sys.rs"]
mod graph;
#[path = "graphics/sys.rs"]
mod graphics;
#[path = "launch/sys.rs"]
mod launch;
#[path = "memory/sys.rs"]
mod memory;
#[path = "module/sys.rs"]
mod module;
#[path = "stream/sys.rs"]
mod stream;
#[path = "texture/sys.rs"]
mod texture;

use std::sync::OnceLock;

use self::api::Api;
use super::*;

/// The driver of this process.
#[derive(Debug)]
struct Nvidia(&'static Api);

static NVIDIA: OnceLock<Nvidia> = OnceLock::new();

/// NVIDIA's driver, or why it cannot be used.
pub(crate) fn backend() -> Result<&'static dyn Backend> {
    let api = api::api()?;
    Ok(NVIDIA.get_or_init(|| Nvidia(api)))
}

impl Backend for Nvidia {
    fn kind(&self) -> BackendKind {
        BackendKind::Cuda
    }

    fn driver_version(&self) -> Result<u32> {
        device::driver_version(self.0)
    }

    fn device_count(&self) -> Result<u32> {
        device::count(self.0)
    }

    fn device_name(&self, device: u32) -> Result<String> {
        device::name(self.0, device)
    }

    fn device_uuid(&self, device: u32) -> Result<[u8; 16]> {
        device::uuid(self.0, device)
    }

    fn device_pci_bus_id(&self, device: u32) -> Result<String> {
        device::pci_bus_id(self.0, device)
    }

    fn device_total_memory(&self, device: u32) -> Result<usize> {
        device::total_memory(self.0, device)
    }

    fn device_attribute(&self, device: u32, attribute: DeviceAttribute) -> Result<i32> {
        device::attribute(self.0, device, attribute)
    }

    fn device_can_access_peer(&self, device: u32, peer: u32) -> Result<bool> {
        device::can_access_peer(self.0, device, peer)
    }

    fn device_peer_attribute(
        &self,
        device: u32,
        peer: u32,
        attribute: PeerAttribute,
    ) -> Result<i32> {
        device::peer_attribute(self.0, device, peer, attribute)
    }

    fn primary_context_retain(&self, device: u32) -> Result<ContextHandle> {
        device::primary_retain(self.0, device)
    }

    fn primary_context_release(&self, device: u32) -> Result<()> {
        device::primary_release(self.0, device)
    }

    fn context_create(&self, device: u32, flags: u32) -> Result<ContextHandle> {
        device::create(self.0, device, flags)
    }

    fn context_destroy(&self, context: ContextHandle) -> Result<()> {
        device::destroy(self.0, context)
    }

    fn context_synchronize(&self, context: ContextHandle) -> Result<()> {
        device::synchronize(self.0, context)
    }

    fn context_limit(&self, context: ContextHandle, limit: Limit) -> Result<usize> {
        device::limit(self.0, context, limit)
    }

    fn context_set_limit(&self, context: ContextHandle, limit: Limit, value: usize) -> Result<()> {
        device::set_limit(self.0, context, limit, value)
    }

    fn context_cache_preference(&self, context: ContextHandle) -> Result<CachePreference> {
        device::cache_preference(self.0, context)
    }

    fn context_set_cache_preference(
        &self,
        context: ContextHandle,
        preference: CachePreference,
    ) -> Result<()> {
        device::set_cache_preference(self.0, context, preference)
    }

    fn memory_info(&self, context: ContextHandle) -> Result<(usize, usize)> {
        device::memory_info(self.0, context)
    }

    fn stream_priority_range(&self, context: ContextHandle) -> Result<(i32, i32)> {
        device::stream_priority_range(self.0, context)
    }

    fn peer_access_enable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()> {
        device::peer_enable(self.0, context, peer)
    }

    fn peer_access_disable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()> {
        device::peer_disable(self.0, context, peer)
    }

    fn stream_create(
        &self,
        context: ContextHandle,
        non_blocking: bool,
        priority: i32,
    ) -> Result<StreamHandle> {
        stream::create(self.0, context, non_blocking, priority)
    }

    fn stream_destroy(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        stream::destroy(self.0, context, stream)
    }

    fn stream_synchronize(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        stream::synchronize(self.0, context, stream)
    }

    fn stream_is_done(&self, context: ContextHandle, stream: StreamHandle) -> Result<bool> {
        stream::is_done(self.0, context, stream)
    }

    fn stream_priority(&self, context: ContextHandle, stream: StreamHandle) -> Result<i32> {
        stream::priority(self.0, context, stream)
    }

    fn stream_wait_event(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        event: EventHandle,
    ) -> Result<()> {
        stream::wait_event(self.0, context, stream, event)
    }

    fn stream_host_callback(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        callback: HostCallback,
    ) -> Result<()> {
        stream::host_callback(self.0, context, stream, callback)
    }

    fn event_create(&self, context: ContextHandle, flags: u32) -> Result<EventHandle> {
        stream::event_create(self.0, context, flags)
    }

    fn event_destroy(&self, context: ContextHandle, event: EventHandle) -> Result<()> {
        stream::event_destroy(self.0, context, event)
    }

    fn event_record(
        &self,
        context: ContextHandle,
        event: EventHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        stream::event_record(self.0, context, event, stream)
    }

    fn event_synchronize(&self, context: ContextHandle, event: EventHandle) -> Result<()> {
        stream::event_synchronize(self.0, context, event)
    }

    fn event_is_done(&self, context: ContextHandle, event: EventHandle) -> Result<bool> {
        stream::event_is_done(self.0, context, event)
    }

    fn event_elapsed(
        &self,
        context: ContextHandle,
        start: EventHandle,
        end: EventHandle,
    ) -> Result<f32> {
        stream::event_elapsed(self.0, context, start, end)
    }

    fn alloc(&self, context: ContextHandle, bytes: usize) -> Result<DevicePtr> {
        memory::alloc(self.0, context, bytes)
    }

    fn free(&self, context: ContextHandle, pointer: DevicePtr) -> Result<()> {
        memory::free(self.0, context, pointer)
    }

    fn alloc_pitched(
        &self,
        context: ContextHandle,
        width: usize,
        height: usize,
        element: u32,
    ) -> Result<(DevicePtr, usize)> {
        memory::alloc_pitched(self.0, context, width, height, element)
    }

    fn alloc_async(
        &self,
        context: ContextHandle,
        bytes: usize,
        pool: Option<PoolHandle>,
        stream: StreamHandle,
    ) -> Result<DevicePtr> {
        memory::alloc_async(self.0, context, bytes, pool, stream)
    }

    fn free_async(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()> {
        memory::free_async(self.0, context, pointer, stream)
    }

    fn address_range(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
    ) -> Result<(DevicePtr, usize)> {
        memory::address_range(self.0, context, pointer)
    }

    fn host_alloc(
        &self,
        context: ContextHandle,
        bytes: usize,
        flags: HostFlags,
    ) -> Result<HostBlock> {
        memory::host_alloc(self.0, context, bytes, flags)
    }

    fn host_free(&self, context: ContextHandle, block: HostBlock) -> Result<()> {
        memory::host_free(self.0, context, block)
    }

    fn host_register(
        &self,
        context: ContextHandle,
        block: HostBlock,
        flags: RegisterFlags,
    ) -> Result<()> {
        memory::host_register(self.0, context, block, flags)
    }

    fn host_unregister(&self, context: ContextHandle, block: HostBlock) -> Result<()> {
        memory::host_unregister(self.0, context, block)
    }

    fn host_device_pointer(&self, context: ContextHandle, block: HostBlock) -> Result<DevicePtr> {
        memory::host_device_pointer(self.0, context, block)
    }

    fn alloc_managed(
        &self,
        context: ContextHandle,
        bytes: usize,
        global: bool,
    ) -> Result<(DevicePtr, HostBlock)> {
        memory::alloc_managed(self.0, context, bytes, global)
    }

    fn managed_attach(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        flags: u32,
        stream: StreamHandle,
    ) -> Result<()> {
        memory::managed_attach(self.0, context, pointer, flags, stream)
    }

    fn managed_prefetch(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        device: Option<u32>,
        stream: StreamHandle,
    ) -> Result<()> {
        memory::managed_prefetch(self.0, context, pointer, bytes, device, stream)
    }

    fn managed_advise(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        advice: MemoryAdvice,
        device: Option<u32>,
    ) -> Result<()> {
        memory::managed_advise(self.0, context, pointer, bytes, advice, device)
    }

    fn pool_create(&self, device: u32, maximum_bytes: usize) -> Result<PoolHandle> {
        memory::pool_create(self.0, device, maximum_bytes)
    }

    fn pool_destroy(&self, pool: PoolHandle) -> Result<()> {
        memory::pool_destroy(self.0, pool)
    }

    fn pool_default(&self, device: u32) -> Result<PoolHandle> {
        memory::pool_default(self.0, device)
    }

    fn pool_trim(&self, pool: PoolHandle, keep: usize) -> Result<()> {
        memory::pool_trim(self.0, pool, keep)
    }

    fn pool_attribute(&self, pool: PoolHandle, attribute: PoolAttribute) -> Result<u64> {
        memory::pool_attribute(self.0, pool, attribute)
    }

    fn pool_set_attribute(
        &self,
        pool: PoolHandle,
        attribute: PoolAttribute,
        value: u64,
    ) -> Result<()> {
        memory::pool_set_attribute(self.0, pool, attribute, value)
    }

    fn fill(&self, context: ContextHandle, fill: &Fill) -> Result<()> {
        copy::fill(self.0, context, fill, StreamHandle::NULL)?;
        stream::synchronize(self.0, context, StreamHandle::NULL)
    }

    fn fill_async(&self, context: ContextHandle, fill: &Fill, stream: StreamHandle) -> Result<()> {
        copy::fill(self.0, context, fill, stream)
    }

    fn copy_to_device(&self, context: ContextHandle, to: DevicePtr, from: &[u8]) -> Result<()> {
        copy::to_device(self.0, context, to, from)
    }

    fn copy_to_host(&self, context: ContextHandle, to: &mut [u8], from: DevicePtr) -> Result<()> {
        copy::to_host(self.0, context, to, from)
    }

    fn copy_on_device(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
    ) -> Result<()> {
        copy::on_device(self.0, context, to, from, bytes, StreamHandle::NULL)?;
        stream::synchronize(self.0, context, StreamHandle::NULL)
    }

    fn copy_to_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: HostSource,
        stream: StreamHandle,
    ) -> Result<()> {
        copy::to_device_async(self.0, context, to, from, stream)
    }

    fn copy_to_host_async(
        &self,
        context: ContextHandle,
        to: HostTarget,
        from: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()> {
        copy::to_host_async(self.0, context, to, from, stream)
    }

    fn copy_on_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()> {
        copy::on_device(self.0, context, to, from, bytes, stream)
    }

    fn copy_peer_async(
        &self,
        to: (ContextHandle, DevicePtr),
        from: (ContextHandle, DevicePtr),
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()> {
        copy::between_contexts(self.0, to, from, bytes, stream)
    }

    fn copy(&self, context: ContextHandle, copy: &Copy) -> Result<()> {
        copy::boxed(self.0, context, copy)
    }

    fn copy_async(&self, context: ContextHandle, copy: &Copy, stream: StreamHandle) -> Result<()> {
        copy::box_async(self.0, context, copy, stream)
    }

    fn array_create(
        &self,
        context: ContextHandle,
        descriptor: &ArrayDescriptor,
    ) -> Result<ArrayHandle> {
        texture::array_create(self.0, context, descriptor)
    }

    fn array_destroy(&self, context: ContextHandle, array: ArrayHandle) -> Result<()> {
        texture::array_destroy(self.0, context, array)
    }

    fn texture_create(
        &self,
        context: ContextHandle,
        request: &TextureRequest,
    ) -> Result<TextureHandle> {
        texture::texture_create(self.0, context, request)
    }

    fn texture_destroy(&self, context: ContextHandle, texture: TextureHandle) -> Result<()> {
        texture::texture_destroy(self.0, context, texture)
    }

    fn surface_create(&self, context: ContextHandle, array: ArrayHandle) -> Result<SurfaceHandle> {
        texture::surface_create(self.0, context, array)
    }

    fn surface_destroy(&self, context: ContextHandle, surface: SurfaceHandle) -> Result<()> {
        texture::surface_destroy(self.0, context, surface)
    }

    fn module_load(
        &self,
        context: ContextHandle,
        image: Image<'_>,
        options: &JitOptions,
    ) -> Result<Loaded> {
        module::load(self.0, context, image, options)
    }

    fn module_unload(&self, context: ContextHandle, module: ModuleHandle) -> Result<()> {
        module::unload(self.0, context, module)
    }

    fn module_function(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<FunctionHandle> {
        module::function(self.0, context, module, name)
    }

    fn module_global(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<(DevicePtr, usize)> {
        module::global(self.0, context, module, name)
    }

    fn link(
        &self,
        context: ContextHandle,
        inputs: &[LinkInput],
        options: &JitOptions,
    ) -> Result<(Vec<u8>, JitLog)> {
        module::link(self.0, context, inputs, options)
    }

    fn function_parameters(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
    ) -> Result<Option<Vec<Parameter>>> {
        module::parameters(self.0, context, function)
    }

    fn function_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
    ) -> Result<i32> {
        module::attribute(self.0, context, function, attribute)
    }

    fn function_set_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
        value: i32,
    ) -> Result<()> {
        module::set_attribute(self.0, context, function, attribute, value)
    }

    fn function_set_cache_preference(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        preference: CachePreference,
    ) -> Result<()> {
        module::set_cache_preference(self.0, context, function, preference)
    }

    fn occupancy_blocks(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        threads: u32,
        shared_bytes: usize,
    ) -> Result<u32> {
        module::occupancy_blocks(self.0, context, function, threads, shared_bytes)
    }

    fn occupancy_block_size(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        shared_bytes: usize,
        limit: u32,
    ) -> Result<(u32, u32)> {
        module::occupancy_block_size(self.0, context, function, shared_bytes, limit)
    }

    fn launch(&self, context: ContextHandle, launch: &LaunchDescriptor<'_>) -> Result<()> {
        launch::launch(self.0, context, launch)
    }

    fn capture_begin(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        graph::capture_begin(self.0, context, stream)
    }

    fn capture_end(&self, context: ContextHandle, stream: StreamHandle) -> Result<GraphHandle> {
        graph::capture_end(self.0, context, stream)
    }

    fn capture_status(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
    ) -> Result<CaptureStatus> {
        stream::capture_status(self.0, context, stream)
    }

    fn graph_create(&self, context: ContextHandle) -> Result<GraphHandle> {
        graph::create(self.0, context)
    }

    fn graph_destroy(&self, context: ContextHandle, graph: GraphHandle) -> Result<()> {
        graph::destroy(self.0, context, graph)
    }

    fn graph_node_count(&self, context: ContextHandle, graph: GraphHandle) -> Result<usize> {
        graph::node_count(self.0, context, graph)
    }

    fn graph_add_kernel(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        launch: &LaunchDescriptor<'_>,
    ) -> Result<GraphNodeHandle> {
        graph::add_kernel(self.0, context, graph, after, launch)
    }

    fn graph_add_copy(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        copy: &Copy,
    ) -> Result<GraphNodeHandle> {
        graph::add_copy(self.0, context, graph, after, copy)
    }

    fn graph_add_fill(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        fill: &Fill,
    ) -> Result<GraphNodeHandle> {
        graph::add_fill(self.0, context, graph, after, fill)
    }

    fn graph_add_empty(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
    ) -> Result<GraphNodeHandle> {
        graph::add_empty(self.0, context, graph, after)
    }

    fn graph_instantiate(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
    ) -> Result<GraphExecHandle> {
        graph::instantiate(self.0, context, graph)
    }

    fn graph_exec_destroy(&self, context: ContextHandle, exec: GraphExecHandle) -> Result<()> {
        graph::exec_destroy(self.0, context, exec)
    }

    fn graph_launch(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        graph::launch(self.0, context, exec, stream)
    }

    fn graph_upload(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        graph::upload(self.0, context, exec, stream)
    }

    fn graph_exec_update(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        graph: GraphHandle,
    ) -> Result<()> {
        graph::exec_update(self.0, context, exec, graph)
    }

    fn graph_exec_set_kernel(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        node: GraphNodeHandle,
        launch: &LaunchDescriptor<'_>,
    ) -> Result<()> {
        graph::exec_set_kernel(self.0, context, exec, node, launch)
    }

    fn ipc_memory_export(&self, context: ContextHandle, pointer: DevicePtr) -> Result<IpcBytes> {
        memory::ipc_export(self.0, context, pointer)
    }

    fn ipc_memory_open(&self, context: ContextHandle, handle: &IpcBytes) -> Result<DevicePtr> {
        memory::ipc_open(self.0, context, handle)
    }

    fn ipc_memory_close(&self, context: ContextHandle, pointer: DevicePtr) -> Result<()> {
        memory::ipc_close(self.0, context, pointer)
    }

    fn ipc_event_export(&self, context: ContextHandle, event: EventHandle) -> Result<IpcBytes> {
        stream::ipc_export(self.0, context, event)
    }

    fn ipc_event_open(&self, context: ContextHandle, handle: &IpcBytes) -> Result<EventHandle> {
        stream::ipc_open(self.0, context, handle)
    }

    fn profiler_start(&self, context: ContextHandle) -> Result<()> {
        device::profiler_start(self.0, context)
    }

    fn profiler_stop(&self, context: ContextHandle) -> Result<()> {
        device::profiler_stop(self.0, context)
    }

    fn gl_register_buffer(
        &self,
        context: ContextHandle,
        buffer: u32,
        flags: u32,
    ) -> Result<GraphicsHandle> {
        graphics::register_buffer(self.0, context, buffer, flags)
    }

    fn gl_register_image(
        &self,
        context: ContextHandle,
        image: u32,
        target: u32,
        flags: u32,
    ) -> Result<GraphicsHandle> {
        graphics::register_image(self.0, context, image, target, flags)
    }

    fn graphics_unregister(&self, context: ContextHandle, resource: GraphicsHandle) -> Result<()> {
        graphics::unregister(self.0, context, resource)
    }

    fn graphics_set_map_flags(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        flags: u32,
    ) -> Result<()> {
        graphics::set_map_flags(self.0, context, resource, flags)
    }

    fn graphics_map(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        graphics::map(self.0, context, resource, stream)
    }

    fn graphics_unmap(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        graphics::unmap(self.0, context, resource, stream)
    }

    fn graphics_mapped_pointer(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
    ) -> Result<(DevicePtr, usize)> {
        graphics::mapped_pointer(self.0, context, resource)
    }

    fn graphics_mapped_array(
        &self,
        context: ContextHandle,
        resource: GraphicsHandle,
        index: u32,
        level: u32,
    ) -> Result<ArrayHandle> {
        graphics::mapped_array(self.0, context, resource, index, level)
    }
}
