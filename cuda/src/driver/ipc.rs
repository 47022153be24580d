//! Memory and events of other processes.

use std::fmt;

use bytemuck::Pod;

use crate::backend::IpcBytes;
use crate::context::Context;
use crate::driver::{DeviceAllocation, DeviceBuffer, Event, Release};
use crate::error::{Code, Error, Result};

/// What another process needs to use device memory of this one: bytes that can be sent in any way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IpcMemHandle {
    handle: IpcBytes,
    bytes: u64,
}

impl IpcMemHandle {
    /// Of a buffer, which must live until all others have closed it.
    ///
    /// # Errors
    /// [`Code::NotSupported`] where the device, or the way in which the memory was made, does not allow it.
    pub fn of<T: Pod>(buffer: &DeviceBuffer<T>) -> Result<IpcMemHandle> {
        let context = buffer.context();
        context.check()?;
        let (start, _) = context
            .backend()
            .address_range(context.handle(), buffer.ptr())?;
        if start != buffer.ptr() {
            let error = Error::new(Code::NotSupported, "cuIpcGetMemHandle")
                .because("the memory is a part of a block");
            return Err(error.advise("give memory that was allocated from the context itself"));
        }
        Ok(IpcMemHandle {
            handle: context
                .backend()
                .ipc_memory_export(context.handle(), buffer.ptr())?,
            bytes: buffer.size() as u64,
        })
    }

    /// Opens the memory in this process, which is another one. It is closed with the buffer.
    ///
    /// # Errors
    /// Those of the driver; [`Code::InvalidValue`] where the memory is smaller than the handle says.
    pub fn open<T: Pod>(&self, context: &Context) -> Result<DeviceBuffer<T>> {
        context.check()?;
        let pointer = context
            .backend()
            .ipc_memory_open(context.handle(), &self.handle)?;
        let bytes = usize::try_from(self.bytes).unwrap_or(usize::MAX);
        let memory = DeviceAllocation::adopt(context, pointer, bytes, Release::CloseIpc);
        match context.backend().address_range(context.handle(), pointer) {
            // Only then is the handle's word about the size taken, which may have come over a network.
            Ok((_, size)) if bytes <= size => Ok(DeviceBuffer::from_allocation(memory)),
            Ok((_, size)) => {
                let error = Error::new(Code::InvalidValue, "cuIpcOpenMemHandle")
                    .on(format_args!("{bytes} bytes"));
                Err(error.because(format_args!("the memory has {size}")))
            }
            Err(error) => Err(error),
        }
    }

    /// The bytes to send.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 72] {
        let mut bytes = [0; 72];
        bytes[..64].copy_from_slice(&self.handle);
        bytes[64..].copy_from_slice(&self.bytes.to_le_bytes());
        bytes
    }

    /// What was sent.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 72]) -> IpcMemHandle {
        let (handle, size) = bytes.split_at(64);
        let size = size
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        let mut own = [0; 64];
        own.copy_from_slice(handle);
        IpcMemHandle {
            handle: own,
            bytes: size,
        }
    }
}

impl fmt::Debug for IpcMemHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IpcMemHandle")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// What another process needs to use an event of this one: 64 bytes that can be sent in any way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IpcEventHandle(pub [u8; 64]);

impl IpcEventHandle {
    /// Of an event that was made with [`EventFlags::INTERPROCESS`](crate::driver::EventFlags::INTERPROCESS).
    ///
    /// # Errors
    /// [`Code::InvalidHandle`] for other events, [`Code::NotSupported`].
    pub fn of(event: &Event) -> Result<IpcEventHandle> {
        let context = event.context();
        context.check()?;
        Ok(IpcEventHandle(
            context
                .backend()
                .ipc_event_export(context.handle(), event.handle())?,
        ))
    }

    /// Opens the event in this process, which is another one.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn open(&self, context: &Context) -> Result<Event> {
        context.check()?;
        let handle = context
            .backend()
            .ipc_event_open(context.handle(), &self.0)?;
        Ok(Event::adopt(context, handle))
    }
}

impl fmt::Debug for IpcEventHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IpcEventHandle")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_survives_being_sent() {
        let handle = IpcMemHandle {
            handle: std::array::from_fn(|byte| byte as u8),
            bytes: 0x0102_0304_0506_0708,
        };
        assert_eq!(IpcMemHandle::from_bytes(handle.to_bytes()), handle);
    }
}
