//! Buffers that are OpenGL's. Its memory is none that kernels reach here, so each mapping copies it hither, and its end back.

mod sys;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use self::sys::Gl;
use super::context::Context;
use super::failure::{Failure, memory_error};
use crate::backend::{DevicePtr, GraphicsHandle, StreamHandle};
use crate::error::{Code, Error, Result};

/// `CU_GRAPHICS_MAP_RESOURCE_FLAGS_READ_ONLY` and `.._WRITE_DISCARD`.
const READ_ONLY: u32 = 1;
const WRITE_DISCARD: u32 = 2;

/// A registered buffer.
#[derive(Debug)]
pub(super) struct SharedBuffer {
    name: u32,
    bytes: usize,
    /// Its memory on the device.
    address: u64,
    flags: AtomicU32,
    is_mapped: AtomicBool,
}

impl Context {
    pub(super) fn share_buffer(&self, name: u32, flags: u32) -> Result<GraphicsHandle> {
        let call = "cuGraphicsGLRegisterBuffer";
        let bytes = gl(call)?.size(name).filter(|bytes| *bytes > 0);
        let bytes = bytes.ok_or_else(|| {
            Error::new(Code::InvalidValue, call)
                .because(format_args!(
                    "{name} is no buffer with memory of the current OpenGL context"
                ))
                .advise(
                    "make OpenGL's context current in this thread, and give the buffer its data",
                )
        })?;
        let allocated = self.memory().alloc(bytes as u64);
        let address = allocated.map_err(|error| memory_error(error, call))?;
        let (flags, is_mapped) = (AtomicU32::new(flags), AtomicBool::new(false));
        let shared = SharedBuffer {
            name,
            bytes,
            address,
            flags,
            is_mapped,
        };
        Ok(GraphicsHandle(self.shared.insert(shared)))
    }

    pub(super) fn unshare(&self, handle: GraphicsHandle) -> Result<()> {
        let call = "cuGraphicsUnregisterResource";
        let shared = self.shared.remove(handle.0, call)?;
        self.drain_all();
        let freed = self.memory().free(shared.address);
        freed.map_err(|error| memory_error(error, call))
    }

    pub(super) fn set_sharing(&self, handle: GraphicsHandle, flags: u32) -> Result<()> {
        let call = "cuGraphicsResourceSetMapFlags";
        let shared = self.shared.get(handle.0, call)?;
        if shared.is_mapped.load(Relaxed) {
            return Err(Error::new(Code::AlreadyMapped, call));
        }
        shared.flags.store(flags, Relaxed);
        Ok(())
    }

    /// Copies what OpenGL has, unless kernels are going to write all of it.
    pub(super) fn map_shared(&self, handle: GraphicsHandle, stream: StreamHandle) -> Result<()> {
        let call = "cuGraphicsMapResources";
        let stream = self.stream(stream, call)?;
        stream.refuse_capture(call)?;
        let shared = self.shared.get(handle.0, call)?;
        if shared.is_mapped.swap(true, Relaxed) {
            return Err(Error::new(Code::AlreadyMapped, call));
        }
        if shared.flags.load(Relaxed) == WRITE_DISCARD {
            return Ok(());
        }
        let copied = shared.fetch(call).and_then(|bytes| {
            self.synchronously(call, || {
                self.memory()
                    .write(shared.address, &bytes)
                    .map_err(Failure::from)
            })
        });
        if copied.is_err() {
            shared.is_mapped.store(false, Relaxed);
        }
        copied
    }

    /// Copies back what kernels have made of it, once they are done.
    pub(super) fn unmap_shared(&self, handle: GraphicsHandle, stream: StreamHandle) -> Result<()> {
        let call = "cuGraphicsUnmapResources";
        let stream = self.stream(stream, call)?;
        stream.refuse_capture(call)?;
        let shared = self.shared.get(handle.0, call)?;
        if !shared.is_mapped.swap(false, Relaxed) {
            return Err(Error::new(Code::NotMapped, call));
        }
        self.drain(&stream);
        self.report_failure(call)?;
        if shared.flags.load(Relaxed) == READ_ONLY {
            return Ok(());
        }
        let mut bytes = vec![0; shared.bytes];
        let read = self.memory().read(shared.address, &mut bytes);
        read.map_err(|error| memory_error(error, call))?;
        let written = gl(call)?.write(shared.name, &bytes);
        written.ok_or_else(|| shared.lost(call))
    }

    pub(super) fn shared_memory(&self, handle: GraphicsHandle) -> Result<(DevicePtr, usize)> {
        let call = "cuGraphicsResourceGetMappedPointer";
        let shared = self.shared.get(handle.0, call)?;
        match shared.is_mapped.load(Relaxed) {
            true => Ok((DevicePtr(shared.address), shared.bytes)),
            false => Err(Error::new(Code::NotMapped, call)),
        }
    }

    /// Unregisters what is left at the end.
    pub(super) fn unshare_all(&self) {
        for shared in self.shared.take_all() {
            // It is there: nobody else frees it.
            let _ = self.memory().free(shared.address);
        }
    }
}

impl SharedBuffer {
    fn fetch(&self, call: &'static str) -> Result<Vec<u8>> {
        let mut bytes = vec![0; self.bytes];
        let read = gl(call)?.read(self.name, &mut bytes);
        read.map(|()| bytes).ok_or_else(|| self.lost(call))
    }

    fn lost(&self, call: &'static str) -> Error {
        Error::new(Code::MapFailed, call)
            .because(format_args!("OpenGL does not give buffer {} of {} bytes", self.name, self.bytes))
            .advise("its context must be current in this thread, the buffer as large as when it was registered, and not mapped there")
    }
}

fn gl(call: &'static str) -> Result<&'static Gl> {
    Gl::get().map_err(|why| {
        Error::new(Code::OperatingSystem, call)
            .because(format_args!("there is no OpenGL library: {why}"))
            .advise("install libgl1 (Mesa's OpenGL needs no GPU)")
    })
}
