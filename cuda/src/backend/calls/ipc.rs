//! Memory and events of other processes.

use super::super::*;

/// See the module's documentation.
pub(crate) trait IpcCalls {
    fn ipc_memory_export(&self, context: ContextHandle, pointer: DevicePtr) -> Result<IpcBytes>;
    fn ipc_memory_open(&self, context: ContextHandle, handle: &IpcBytes) -> Result<DevicePtr>;
    fn ipc_memory_close(&self, context: ContextHandle, pointer: DevicePtr) -> Result<()>;
    fn ipc_event_export(&self, context: ContextHandle, event: EventHandle) -> Result<IpcBytes>;
    fn ipc_event_open(&self, context: ContextHandle, handle: &IpcBytes) -> Result<EventHandle>;
}
