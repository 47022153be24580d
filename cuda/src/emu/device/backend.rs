//! The calls of [`Backend`], each handed to what does it.
//!
//! Every call begins by finding its context, which refuses it in a forked child and from a host callback.

use std::sync::Arc;

use super::context::Context;
use super::emulator::{Emulator, call_back};
use super::event::Event;
use super::graph::Graph;
use super::stream::Stream;
use super::transfer::{Rows, Transfer};
use super::work::Work;
use super::{ipc, module, specs};
use crate::backend::{
    ArrayDescriptor, ArrayHandle, Backend, BackendKind, CachePreference, CaptureStatus,
    ContextHandle, Copy, DeviceAttribute, DevicePtr, EventHandle, Fill, FunctionAttribute,
    FunctionHandle, GraphExecHandle, GraphHandle, GraphNodeHandle, HostBlock, HostCallback,
    HostFlags, HostSource, HostTarget, Image, IpcBytes, JitLog, JitOptions, LaunchDescriptor,
    Limit, LinkInput, Loaded, MemoryAdvice, ModuleHandle, Parameter, PeerAttribute, PoolAttribute,
    PoolHandle, RegisterFlags, StreamHandle, SurfaceHandle, TextureHandle, TextureRequest,
};
use crate::error::{Code, Error, Result};

impl Emulator {
    /// An event of this context or of another: streams may wait for other devices.
    fn event(
        &self,
        context: &Context,
        event: EventHandle,
        call: &'static str,
    ) -> Result<Arc<Event>> {
        if let Some(event) = context.events.find(event.0) {
            return Ok(event);
        }
        let contexts = self.contexts();
        let elsewhere = contexts
            .iter()
            .find_map(|context| context.events.find(event.0));
        elsewhere.map_or_else(|| context.events.get(event.0, call), Ok)
    }
}

impl Context {
    fn submit_callback(
        self: &Arc<Context>,
        stream: &Stream,
        callback: HostCallback,
        call: &'static str,
    ) -> Result<()> {
        let context = Arc::clone(self);
        let run = move || {
            context.attempt(|| {
                call_back(callback);
                Ok(())
            });
        };
        self.enqueue_call(stream, Box::new(run), call).map(drop)
    }

    /// Refuses to wait for everything while a stream is being captured.
    fn refuse_any_capture(&self, call: &'static str) -> Result<()> {
        let streams = self.streams.all();
        streams
            .iter()
            .try_for_each(|stream| stream.refuse_capture(call))
    }
}

impl Backend for Emulator {
    // Devices.

    fn kind(&self) -> BackendKind {
        BackendKind::Emulated
    }

    fn driver_version(&self) -> Result<u32> {
        Ok(specs::DRIVER_VERSION)
    }

    fn device_count(&self) -> Result<u32> {
        Ok(specs::DEVICES)
    }

    fn device_name(&self, device: u32) -> Result<String> {
        self.device(device, "cuDeviceGetName")?;
        Ok(specs::name(device))
    }

    fn device_uuid(&self, device: u32) -> Result<[u8; 16]> {
        self.device(device, "cuDeviceGetUuid")?;
        Ok(specs::uuid(device))
    }

    fn device_pci_bus_id(&self, device: u32) -> Result<String> {
        self.device(device, "cuDeviceGetPCIBusId")?;
        Ok(specs::pci_bus_id(device))
    }

    fn device_total_memory(&self, device: u32) -> Result<usize> {
        let device = self.device(device, "cuDeviceTotalMem")?;
        Ok(device.memory.limit() as usize)
    }

    fn device_attribute(&self, device: u32, attribute: DeviceAttribute) -> Result<i32> {
        self.device(device, "cuDeviceGetAttribute")?;
        Ok(match attribute {
            DeviceAttribute::KernelExecTimeout => self.settings().time_limit.is_some().into(),
            attribute => specs::attribute(device, attribute),
        })
    }

    fn device_can_access_peer(&self, device: u32, peer: u32) -> Result<bool> {
        let call = "cuDeviceCanAccessPeer";
        self.device(device, call)?;
        self.device(peer, call)?;
        Ok(device != peer)
    }

    fn device_peer_attribute(
        &self,
        device: u32,
        peer: u32,
        attribute: PeerAttribute,
    ) -> Result<i32> {
        let supported = self.device_can_access_peer(device, peer)?;
        Ok(match attribute {
            PeerAttribute::PerformanceRank => 0,
            PeerAttribute::AccessSupported | PeerAttribute::NativeAtomicSupported => {
                supported.into()
            }
            PeerAttribute::CudaArrayAccessSupported => 0,
        })
    }

    // Contexts.

    fn primary_context_retain(&self, device: u32) -> Result<ContextHandle> {
        self.lasting("cuDevicePrimaryCtxRetain")?
            .retain_primary(device)
    }

    fn primary_context_release(&self, device: u32) -> Result<()> {
        self.release_primary(device)
    }

    fn context_create(&self, device: u32, _flags: u32) -> Result<ContextHandle> {
        self.lasting("cuCtxCreate")?
            .create_context(device, "cuCtxCreate")
    }

    fn context_destroy(&self, context: ContextHandle) -> Result<()> {
        self.destroy_context(context)
    }

    fn context_synchronize(&self, context: ContextHandle) -> Result<()> {
        let call = "cuCtxSynchronize";
        let context = self.context(context, call)?;
        context.refuse_any_capture(call)?;
        context.drain_all();
        context.report_failure(call)
    }

    fn context_limit(&self, context: ContextHandle, limit: Limit) -> Result<usize> {
        let context = self.context(context, "cuCtxGetLimit")?;
        context.limit(limit)
    }

    fn context_set_limit(&self, context: ContextHandle, limit: Limit, value: usize) -> Result<()> {
        let context = self.context(context, "cuCtxSetLimit")?;
        context.set_limit(limit, value)
    }

    fn context_cache_preference(&self, context: ContextHandle) -> Result<CachePreference> {
        let context = self.context(context, "cuCtxGetCacheConfig")?;
        Ok(context.cache_preference())
    }

    fn context_set_cache_preference(
        &self,
        context: ContextHandle,
        preference: CachePreference,
    ) -> Result<()> {
        let context = self.context(context, "cuCtxSetCacheConfig")?;
        context.set_cache_preference(preference);
        Ok(())
    }

    fn memory_info(&self, context: ContextHandle) -> Result<(usize, usize)> {
        let context = self.context(context, "cuMemGetInfo")?;
        let (used, limit) = (context.memory().used(), context.memory().limit());
        Ok((limit.saturating_sub(used) as usize, limit as usize))
    }

    fn stream_priority_range(&self, context: ContextHandle) -> Result<(i32, i32)> {
        self.context(context, "cuCtxGetStreamPriorityRange")?;
        Ok(specs::PRIORITIES)
    }

    fn peer_access_enable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()> {
        let context = self.context(context, "cuCtxEnablePeerAccess")?;
        self.connect(&context, peer)
    }

    fn peer_access_disable(&self, context: ContextHandle, peer: ContextHandle) -> Result<()> {
        let context = self.context(context, "cuCtxDisablePeerAccess")?;
        self.cut(&context, peer)
    }

    // Streams.

    fn stream_create(
        &self,
        context: ContextHandle,
        non_blocking: bool,
        priority: i32,
    ) -> Result<StreamHandle> {
        let context = self.context(context, "cuStreamCreateWithPriority")?;
        let (lowest, highest) = specs::PRIORITIES;
        let stream = Stream::new(non_blocking, priority.clamp(highest, lowest));
        Ok(StreamHandle(context.streams.insert(stream)))
    }

    fn stream_destroy(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        let context = self.context(context, "cuStreamDestroy")?;
        context.destroy_stream(stream)
    }

    fn stream_synchronize(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        let call = "cuStreamSynchronize";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        stream.refuse_capture(call)?;
        context.refuse_implicit_capture(&stream, call)?;
        context.drain(&stream);
        context.report_failure(call)
    }

    fn stream_is_done(&self, context: ContextHandle, stream: StreamHandle) -> Result<bool> {
        let call = "cuStreamQuery";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        stream.refuse_capture(call)?;
        let done = context.is_drained(&stream);
        context.report_failure(call)?;
        Ok(done)
    }

    fn stream_priority(&self, context: ContextHandle, stream: StreamHandle) -> Result<i32> {
        let call = "cuStreamGetPriority";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        Ok(stream.priority)
    }

    fn stream_wait_event(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        event: EventHandle,
    ) -> Result<()> {
        let call = "cuStreamWaitEvent";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        self.event(&context, event, call)?.hold(&context, &stream)
    }

    fn stream_host_callback(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        callback: HostCallback,
    ) -> Result<()> {
        let call = "cuLaunchHostFunc";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        stream.refuse_capture(call)?;
        context.refuse_implicit_capture(&stream, call)?;
        context.submit_callback(&stream, callback, call)
    }

    // Events.

    fn event_create(&self, context: ContextHandle, flags: u32) -> Result<EventHandle> {
        let context = self.context(context, "cuEventCreate")?;
        Ok(EventHandle(context.events.insert(Event::new(flags)?)))
    }

    fn event_destroy(&self, context: ContextHandle, event: EventHandle) -> Result<()> {
        let call = "cuEventDestroy";
        let context = self.context(context, call)?;
        context.events.remove(event.0, call).map(drop)
    }

    fn event_record(
        &self,
        context: ContextHandle,
        event: EventHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuEventRecord";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        context.refuse_implicit_capture(&stream, call)?;
        context.events.get(event.0, call)?.record(&context, &stream)
    }

    fn event_synchronize(&self, context: ContextHandle, event: EventHandle) -> Result<()> {
        let call = "cuEventSynchronize";
        let context = self.context(context, call)?;
        context.events.get(event.0, call)?.wait()?;
        context.report_failure(call)
    }

    fn event_is_done(&self, context: ContextHandle, event: EventHandle) -> Result<bool> {
        let call = "cuEventQuery";
        let context = self.context(context, call)?;
        let done = context.events.get(event.0, call)?.is_done()?;
        context.report_failure(call)?;
        Ok(done)
    }

    fn event_elapsed(
        &self,
        context: ContextHandle,
        start: EventHandle,
        end: EventHandle,
    ) -> Result<f32> {
        let call = "cuEventElapsedTime";
        let context = self.context(context, call)?;
        let start = context.events.get(start.0, call)?;
        let end = context.events.get(end.0, call)?;
        start.elapsed(&end)
    }

    // Memory.

    fn alloc(&self, context: ContextHandle, bytes: usize) -> Result<DevicePtr> {
        let call = "cuMemAlloc";
        let context = self.context(context, call)?;
        context.alloc(bytes, call)
    }

    fn free(&self, context: ContextHandle, pointer: DevicePtr) -> Result<()> {
        let context = self.context(context, "cuMemFree")?;
        context.free(pointer)
    }

    fn alloc_pitched(
        &self,
        context: ContextHandle,
        width: usize,
        height: usize,
        element: u32,
    ) -> Result<(DevicePtr, usize)> {
        let context = self.context(context, "cuMemAllocPitch")?;
        context.alloc_pitched(width, height, element)
    }

    fn alloc_async(
        &self,
        context: ContextHandle,
        bytes: usize,
        pool: Option<PoolHandle>,
        stream: StreamHandle,
    ) -> Result<DevicePtr> {
        let call = "cuMemAllocAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        stream.refuse_capture(call)?;
        let pool = pool.unwrap_or(context.device().default_pool);
        context.alloc_from(&self.pool(pool, call)?, bytes)
    }

    fn free_async(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemFreeAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        context.free_in_order(pointer, &stream)
    }

    fn address_range(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
    ) -> Result<(DevicePtr, usize)> {
        let call = "cuMemGetAddressRange";
        let context = self.context(context, call)?;
        let range = context.memory_at(pointer.0).range_of(pointer.0);
        let range = range.or_else(|| self.host.range_of(pointer.0));
        let (start, len) = range.ok_or_else(|| {
            Error::new(Code::NotFound, call).because(format_args!("{pointer} is in no allocation"))
        })?;
        Ok((DevicePtr(start), len as usize))
    }

    fn host_alloc(
        &self,
        context: ContextHandle,
        bytes: usize,
        _flags: HostFlags,
    ) -> Result<HostBlock> {
        let context = self.context(context, "cuMemHostAlloc")?;
        context.alloc_host(bytes, false)
    }

    fn host_free(&self, context: ContextHandle, block: HostBlock) -> Result<()> {
        let context = self.context(context, "cuMemFreeHost")?;
        context.free_host(block)
    }

    fn host_register(
        &self,
        context: ContextHandle,
        block: HostBlock,
        _flags: RegisterFlags,
    ) -> Result<()> {
        let context = self.context(context, "cuMemHostRegister")?;
        context.register(block)
    }

    fn host_unregister(&self, context: ContextHandle, block: HostBlock) -> Result<()> {
        let context = self.context(context, "cuMemHostUnregister")?;
        context.unregister(block)
    }

    fn host_device_pointer(&self, context: ContextHandle, block: HostBlock) -> Result<DevicePtr> {
        self.context(context, "cuMemHostGetDevicePointer")?;
        Ok(DevicePtr(block.start().as_ptr().expose_provenance() as u64))
    }

    fn alloc_managed(
        &self,
        context: ContextHandle,
        bytes: usize,
        _global: bool,
    ) -> Result<(DevicePtr, HostBlock)> {
        let context = self.context(context, "cuMemAllocManaged")?;
        let block = context.alloc_host(bytes, true)?;
        Ok((
            DevicePtr(block.start().as_ptr().expose_provenance() as u64),
            block,
        ))
    }

    fn managed_attach(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        flags: u32,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuStreamAttachMemAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        stream.refuse_capture(call)?;
        if !matches!(flags, 1 | 2 | 4) {
            return Err(Error::new(Code::InvalidValue, call).because("flags are 1, 2 or 4"));
        }
        context.check_managed(pointer, 1, call)
    }

    fn managed_prefetch(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        device: Option<u32>,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemPrefetchAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        if let Some(device) = device {
            self.device(device, call)?;
        }
        context.check_managed(pointer, bytes, call)?;
        context.submit(&stream, Work::Empty, call)
    }

    fn managed_advise(
        &self,
        context: ContextHandle,
        pointer: DevicePtr,
        bytes: usize,
        _advice: MemoryAdvice,
        device: Option<u32>,
    ) -> Result<()> {
        let call = "cuMemAdvise";
        let context = self.context(context, call)?;
        if let Some(device) = device {
            self.device(device, call)?;
        }
        context.check_managed(pointer, bytes, call)
    }

    // Stream-ordered pools.

    fn pool_create(&self, device: u32, maximum_bytes: usize) -> Result<PoolHandle> {
        self.create_pool(device, maximum_bytes)
    }

    fn pool_destroy(&self, pool: PoolHandle) -> Result<()> {
        self.destroy_pool(pool)
    }

    fn pool_default(&self, device: u32) -> Result<PoolHandle> {
        Ok(self
            .device(device, "cuDeviceGetDefaultMemPool")?
            .default_pool)
    }

    fn pool_trim(&self, pool: PoolHandle, _keep: usize) -> Result<()> {
        self.pool(pool, "cuMemPoolTrimTo").map(drop)
    }

    fn pool_attribute(&self, pool: PoolHandle, attribute: PoolAttribute) -> Result<u64> {
        Ok(self
            .pool(pool, "cuMemPoolGetAttribute")?
            .attribute(attribute))
    }

    fn pool_set_attribute(
        &self,
        pool: PoolHandle,
        attribute: PoolAttribute,
        value: u64,
    ) -> Result<()> {
        let pool = self.pool(pool, "cuMemPoolSetAttribute")?;
        pool.set_attribute(attribute, value)
    }

    // Filling and copying.

    fn fill(&self, context: ContextHandle, fill: &Fill) -> Result<()> {
        let call = "cuMemsetD";
        let context = self.context(context, call)?;
        context.synchronously(call, || context.fill_rows(fill))
    }

    fn fill_async(&self, context: ContextHandle, fill: &Fill, stream: StreamHandle) -> Result<()> {
        let call = "cuMemsetDAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        context.submit(&stream, Work::Fill(*fill), call)
    }

    fn copy_to_device(&self, context: ContextHandle, to: DevicePtr, from: &[u8]) -> Result<()> {
        let call = "cuMemcpyHtoD";
        let context = self.context(context, call)?;
        context.synchronously(call, || Ok(context.memory_at(to.0).write(to.0, from)?))
    }

    fn copy_to_host(&self, context: ContextHandle, to: &mut [u8], from: DevicePtr) -> Result<()> {
        let call = "cuMemcpyDtoH";
        let context = self.context(context, call)?;
        context.synchronously(call, || Ok(context.memory_at(from.0).read(from.0, to)?))
    }

    fn copy_on_device(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
    ) -> Result<()> {
        let call = "cuMemcpyDtoD";
        let context = self.context(context, call)?;
        context.synchronously(call, || context.copy_linear(to.0, from.0, bytes))
    }

    fn copy_to_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: HostSource,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemcpyHtoDAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let transfer = Transfer::linear(Rows::Host(from), Rows::Device(to.0), from.block().bytes());
        context.submit(&stream, Work::Transfer(Arc::new(transfer)), call)
    }

    fn copy_to_host_async(
        &self,
        context: ContextHandle,
        to: HostTarget,
        from: DevicePtr,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemcpyDtoHAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let transfer = Transfer::linear(Rows::Device(from.0), Rows::Host(to), to.block().bytes());
        context.submit(&stream, Work::Transfer(Arc::new(transfer)), call)
    }

    fn copy_on_device_async(
        &self,
        context: ContextHandle,
        to: DevicePtr,
        from: DevicePtr,
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemcpyDtoDAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let transfer = Transfer::linear(Rows::Device(from.0), Rows::Device(to.0), bytes);
        context.submit(&stream, Work::Transfer(Arc::new(transfer)), call)
    }

    fn copy_peer_async(
        &self,
        to: (ContextHandle, DevicePtr),
        from: (ContextHandle, DevicePtr),
        bytes: usize,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuMemcpyPeerAsync";
        self.context(from.0, call)?;
        let context = self.context(to.0, call)?;
        let stream = context.stream(stream, call)?;
        let transfer = Transfer::linear(Rows::Device(from.1.0), Rows::Device(to.1.0), bytes);
        context.submit(&stream, Work::Transfer(Arc::new(transfer)), call)
    }

    fn copy(&self, context: ContextHandle, copy: &Copy) -> Result<()> {
        let call = "cuMemcpy3D";
        let context = self.context(context, call)?;
        let transfer = context.plan(copy, call)?;
        context.synchronously(call, || transfer.run(&context))
    }

    fn copy_async(&self, context: ContextHandle, copy: &Copy, stream: StreamHandle) -> Result<()> {
        let call = "cuMemcpy3DAsync";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let transfer = context.plan(copy, call)?;
        context.submit(&stream, Work::Transfer(Arc::new(transfer)), call)
    }

    // Arrays, textures and surfaces.

    fn array_create(
        &self,
        context: ContextHandle,
        descriptor: &ArrayDescriptor,
    ) -> Result<ArrayHandle> {
        let context = self.context(context, "cuArrayCreate")?;
        context.create_array(descriptor)
    }

    fn array_destroy(&self, context: ContextHandle, array: ArrayHandle) -> Result<()> {
        let call = "cuArrayDestroy";
        let context = self.context(context, call)?;
        context.drain_all();
        context.arrays.remove(array.0, call).map(drop)
    }

    fn texture_create(
        &self,
        context: ContextHandle,
        request: &TextureRequest,
    ) -> Result<TextureHandle> {
        let context = self.context(context, "cuTexObjectCreate")?;
        context.create_texture(request)
    }

    fn texture_destroy(&self, context: ContextHandle, texture: TextureHandle) -> Result<()> {
        let context = self.context(context, "cuTexObjectDestroy")?;
        context.destroy_texture(texture)
    }

    fn surface_create(&self, context: ContextHandle, array: ArrayHandle) -> Result<SurfaceHandle> {
        let context = self.context(context, "cuSurfObjectCreate")?;
        context.create_surface(array)
    }

    fn surface_destroy(&self, context: ContextHandle, surface: SurfaceHandle) -> Result<()> {
        let context = self.context(context, "cuSurfObjectDestroy")?;
        context.destroy_surface(surface)
    }

    // Modules and functions.

    fn module_load(
        &self,
        context: ContextHandle,
        image: Image<'_>,
        _options: &JitOptions,
    ) -> Result<Loaded> {
        let context = self.context(context, "cuModuleLoadDataEx")?;
        context.load(image)
    }

    fn module_unload(&self, context: ContextHandle, module: ModuleHandle) -> Result<()> {
        let context = self.context(context, "cuModuleUnload")?;
        context.unload(module)
    }

    fn module_function(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<FunctionHandle> {
        let context = self.context(context, "cuModuleGetFunction")?;
        context.function(module, name)
    }

    fn module_global(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<(DevicePtr, usize)> {
        let context = self.context(context, "cuModuleGetGlobal")?;
        context.global(module, name)
    }

    fn link(
        &self,
        context: ContextHandle,
        inputs: &[LinkInput],
        _options: &JitOptions,
    ) -> Result<(Vec<u8>, JitLog)> {
        self.context(context, "cuLinkComplete")?;
        module::link(inputs)
    }

    fn function_parameters(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
    ) -> Result<Option<Vec<Parameter>>> {
        let call = "cuFuncGetParamInfo";
        let context = self.context(context, call)?;
        let function = context.functions.get(function.0, call)?;
        Ok(Some(function.parameters()))
    }

    fn function_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
    ) -> Result<i32> {
        let call = "cuFuncGetAttribute";
        let context = self.context(context, call)?;
        let function = context.functions.get(function.0, call)?;
        Ok(function.attribute(attribute))
    }

    fn function_set_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
        value: i32,
    ) -> Result<()> {
        let call = "cuFuncSetAttribute";
        let context = self.context(context, call)?;
        let function = context.functions.get(function.0, call)?;
        function.set_attribute(attribute, value)
    }

    fn function_set_cache_preference(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        _preference: CachePreference,
    ) -> Result<()> {
        let call = "cuFuncSetCacheConfig";
        let context = self.context(context, call)?;
        context.functions.get(function.0, call).map(drop)
    }

    fn occupancy_blocks(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        threads: u32,
        shared_bytes: usize,
    ) -> Result<u32> {
        let call = "cuOccupancyMaxActiveBlocksPerMultiprocessor";
        let context = self.context(context, call)?;
        let function = context.functions.get(function.0, call)?;
        Ok(function.blocks_at_once(threads, shared_bytes))
    }

    fn occupancy_block_size(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        shared_bytes: usize,
        limit: u32,
    ) -> Result<(u32, u32)> {
        let call = "cuOccupancyMaxPotentialBlockSize";
        let context = self.context(context, call)?;
        let function = context.functions.get(function.0, call)?;
        Ok(function.best_block(shared_bytes, limit))
    }

    fn launch(&self, context: ContextHandle, launch: &LaunchDescriptor<'_>) -> Result<()> {
        let call = "cuLaunchKernel";
        let context = self.context(context, call)?;
        let stream = context.stream(launch.stream, call)?;
        let grid = context.prepare(launch, call)?;
        context.submit(&stream, Work::Kernel(Arc::new(grid)), call)
    }

    // Graphs.

    fn capture_begin(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        let call = "cuStreamBeginCapture";
        let context = self.context(context, call)?;
        if stream == StreamHandle::NULL {
            return Err(Error::new(Code::StreamCaptureUnsupported, call)
                .because("the default stream cannot be captured"));
        }
        context.streams.get(stream.0, call)?.begin_capture()
    }

    fn capture_end(&self, context: ContextHandle, stream: StreamHandle) -> Result<GraphHandle> {
        let call = "cuStreamEndCapture";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let graph = context.end_capture(&stream)?;
        Ok(GraphHandle(context.graphs.insert(graph)))
    }

    fn capture_status(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
    ) -> Result<CaptureStatus> {
        let call = "cuStreamIsCapturing";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        Ok(stream.capture_status())
    }

    fn graph_create(&self, context: ContextHandle) -> Result<GraphHandle> {
        let context = self.context(context, "cuGraphCreate")?;
        Ok(GraphHandle(context.graphs.insert(Graph::default())))
    }

    fn graph_destroy(&self, context: ContextHandle, graph: GraphHandle) -> Result<()> {
        let call = "cuGraphDestroy";
        let context = self.context(context, call)?;
        context.graphs.remove(graph.0, call).map(drop)
    }

    fn graph_node_count(&self, context: ContextHandle, graph: GraphHandle) -> Result<usize> {
        let call = "cuGraphGetNodes";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        Ok(graph.len())
    }

    fn graph_add_kernel(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        launch: &LaunchDescriptor<'_>,
    ) -> Result<GraphNodeHandle> {
        let call = "cuGraphAddKernelNode";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        let grid = context.prepare(launch, call)?;
        graph.add(Work::Kernel(Arc::new(grid)), after, call)
    }

    fn graph_add_copy(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        copy: &Copy,
    ) -> Result<GraphNodeHandle> {
        let call = "cuGraphAddMemcpyNode";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        let transfer = context.plan(copy, call)?;
        graph.add(Work::Transfer(Arc::new(transfer)), after, call)
    }

    fn graph_add_fill(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
        fill: &Fill,
    ) -> Result<GraphNodeHandle> {
        let call = "cuGraphAddMemsetNode";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        graph.add(Work::Fill(*fill), after, call)
    }

    fn graph_add_empty(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
        after: &[GraphNodeHandle],
    ) -> Result<GraphNodeHandle> {
        let call = "cuGraphAddEmptyNode";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        graph.add(Work::Empty, after, call)
    }

    fn graph_instantiate(
        &self,
        context: ContextHandle,
        graph: GraphHandle,
    ) -> Result<GraphExecHandle> {
        let call = "cuGraphInstantiate";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        Ok(GraphExecHandle(
            context.graph_execs.insert(graph.instantiate()),
        ))
    }

    fn graph_exec_destroy(&self, context: ContextHandle, exec: GraphExecHandle) -> Result<()> {
        let call = "cuGraphExecDestroy";
        let context = self.context(context, call)?;
        context.graph_execs.remove(exec.0, call).map(drop)
    }

    fn graph_launch(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuGraphLaunch";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        let exec = context.graph_execs.get(exec.0, call)?;
        context.submit(&stream, Work::Graph(exec.nodes()), call)
    }

    fn graph_upload(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuGraphUpload";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        context.graph_execs.get(exec.0, call)?;
        context.submit(&stream, Work::Empty, call)
    }

    fn graph_exec_update(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        graph: GraphHandle,
    ) -> Result<()> {
        let call = "cuGraphExecUpdate";
        let context = self.context(context, call)?;
        let graph = context.graphs.get(graph.0, call)?;
        context.graph_execs.get(exec.0, call)?.update(&graph)
    }

    fn graph_exec_set_kernel(
        &self,
        context: ContextHandle,
        exec: GraphExecHandle,
        node: GraphNodeHandle,
        launch: &LaunchDescriptor<'_>,
    ) -> Result<()> {
        let call = "cuGraphExecKernelNodeSetParams";
        let context = self.context(context, call)?;
        let grid = context.prepare(launch, call)?;
        context
            .graph_execs
            .get(exec.0, call)?
            .set_kernel(node, grid)
    }

    // Between processes.

    fn ipc_memory_export(&self, _context: ContextHandle, _pointer: DevicePtr) -> Result<IpcBytes> {
        Err(ipc::refused("cuIpcGetMemHandle"))
    }

    fn ipc_memory_open(&self, _context: ContextHandle, _handle: &IpcBytes) -> Result<DevicePtr> {
        Err(ipc::refused("cuIpcOpenMemHandle"))
    }

    fn ipc_memory_close(&self, _context: ContextHandle, _pointer: DevicePtr) -> Result<()> {
        Err(ipc::refused("cuIpcCloseMemHandle"))
    }

    fn ipc_event_export(&self, _context: ContextHandle, _event: EventHandle) -> Result<IpcBytes> {
        Err(ipc::refused("cuIpcGetEventHandle"))
    }

    fn ipc_event_open(&self, _context: ContextHandle, _handle: &IpcBytes) -> Result<EventHandle> {
        Err(ipc::refused("cuIpcOpenEventHandle"))
    }

    // Profiler.

    fn profiler_start(&self, context: ContextHandle) -> Result<()> {
        self.context(context, "cuProfilerStart").map(drop)
    }

    fn profiler_stop(&self, context: ContextHandle) -> Result<()> {
        self.context(context, "cuProfilerStop").map(drop)
    }
}
