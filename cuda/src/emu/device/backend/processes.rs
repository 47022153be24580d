use super::*;
use crate::backend::IpcCalls;

impl IpcCalls for Emulator {
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
}
