use super::super::*;

impl IpcCalls for Nvidia {
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
}
