//! Contexts: what all objects of a device belong to.

mod captures;
mod current;
mod flags;
mod kept;
mod live;
mod settings;

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use self::captures::Captures;
pub use self::current::{Current, autoinit};
pub use self::flags::ContextFlags;
pub(crate) use self::kept::Kept;
use self::live::Counts;
pub use self::live::Live;
pub(crate) use self::live::Resource;
use crate::backend::{Backend, BackendKind, ContextHandle, DevicePtr, PoolAttribute, StreamHandle};
use crate::driver::{Device, Stream};
use crate::error::{Code, Error, Result};
use crate::gpuarray::Library;

/// A device's context: memory, streams, modules and so on belong to one.
///
/// It is cheap to clone, every object holds one, and the last of them ends it. There is no stack of contexts and nothing
/// to pop at the end of the program, as in Python: every call knows its context, from any thread.
///
/// `Display` says which device it is, and whether it is hardware.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    device: Device,
    handle: ContextHandle,
    primary: bool,
    counts: Counts,
    captures: Captures,
    /// Shared with callbacks, which must not keep the context itself.
    kept: Arc<Kept>,
    /// This crate's own kernels that are loaded.
    library: Library,
}

/// The primary contexts in use, so that all users of a device share one.
static PRIMARY: Mutex<Option<HashMap<Device, Weak<Inner>>>> = Mutex::new(None);

impl Context {
    /// The primary context of a device: one for all who ask, which is what most programs want.
    ///
    /// # Errors
    /// Those of the driver, such as [`Code::DeviceUnavailable`].
    pub fn primary(device: Device) -> Result<Context> {
        let mut table = PRIMARY.lock();
        let table = table.get_or_insert_default();
        if let Some(inner) = table.get(&device).and_then(Weak::upgrade) {
            return Ok(Context(inner));
        }
        let handle = device.backend().primary_context_retain(device.ordinal());
        let context = Context::of(device, handle.map_err(|error| error.on(device))?, true);
        table.insert(device, Arc::downgrade(&context.0));
        Ok(context)
    }

    /// A context of its own, whose objects and failures concern nobody else.
    ///
    /// On hardware it costs some hundred milliseconds and as many megabytes.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn create(device: Device, flags: ContextFlags) -> Result<Context> {
        let handle = device
            .backend()
            .context_create(device.ordinal(), flags.bits());
        Ok(Context::of(
            device,
            handle.map_err(|error| error.on(device))?,
            false,
        ))
    }

    fn of(device: Device, handle: ContextHandle, primary: bool) -> Context {
        keep_freed_memory(device);
        Context(Arc::new(Inner {
            device,
            handle,
            primary,
            counts: Counts::default(),
            captures: Captures::default(),
            kept: Arc::default(),
            library: Library::default(),
        }))
    }

    /// The device that it is of.
    #[must_use]
    pub fn device(&self) -> Device {
        self.0.device
    }

    /// Whether it is hardware or emulated.
    #[must_use]
    pub fn kind(&self) -> BackendKind {
        self.backend().kind()
    }

    /// The driver's handle (`CUcontext`), for other libraries. It is valid as long as this context; of an emulated device it is
    /// a number that means nothing elsewhere.
    #[must_use]
    pub fn as_raw(&self) -> u64 {
        self.0.handle.0
    }

    /// Whether it is its device's primary context.
    #[must_use]
    pub fn is_primary(&self) -> bool {
        self.0.primary
    }

    /// The default stream: what is given no stream of its own runs there.
    ///
    /// It is CUDA's legacy default stream. Work in it waits for all work before it in streams that are not
    /// [non-blocking](crate::driver::StreamFlags::NON_BLOCKING), and later work there waits for it.
    #[must_use]
    pub fn default_stream(&self) -> Stream {
        Stream::default_of(self)
    }

    /// Waits until all work of this context is complete.
    ///
    /// # Errors
    /// The failure of any of that work.
    pub fn synchronize(&self) -> Result<()> {
        self.check()?;
        self.backend()
            .context_synchronize(self.handle())
            .map_err(|error| error.on(self))
    }

    /// Free and total bytes of the device's memory.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn memory_info(&self) -> Result<(usize, usize)> {
        self.check()?;
        self.backend().memory_info(self.handle())
    }

    /// The allocation that an address lies in, by its begin and its size in bytes: Python's `mem_get_address_range`.
    ///
    /// # Errors
    /// [`Code::NotFound`] or [`Code::InvalidValue`] for an address of no allocation.
    pub fn address_range(&self, pointer: DevicePtr) -> Result<(DevicePtr, usize)> {
        self.check()?;
        let range = self.backend().address_range(self.handle(), pointer);
        range.map_err(|error| error.on(format_args!("the address {pointer}")))
    }

    /// Lowest and highest priority that streams can have. The highest is the smaller number.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn stream_priority_range(&self) -> Result<(i32, i32)> {
        self.check()?;
        self.backend().stream_priority_range(self.handle())
    }

    /// How many objects of this context there are now.
    #[must_use]
    pub fn live(&self) -> Live {
        self.0.counts.live()
    }

    /// The error of something that could not report it, such as the end of an object, if there was one since the last
    /// call that could.
    ///
    /// Every other call that can fail begins with this.
    ///
    /// # Errors
    /// That error.
    #[inline]
    pub fn check(&self) -> Result<()> {
        self.0.kept.check()
    }

    /// Keeps an error that cannot be returned, for the next call that can.
    pub(crate) fn keep(&self, result: Result<()>) {
        self.0.kept.keep(result);
    }

    pub(crate) fn kept(&self) -> &Arc<Kept> {
        &self.0.kept
    }

    pub(crate) fn library(&self) -> &Library {
        &self.0.library
    }

    pub(crate) fn backend(&self) -> &'static dyn Backend {
        self.0.device.backend()
    }

    pub(crate) fn handle(&self) -> ContextHandle {
        self.0.handle
    }

    #[inline]
    pub(crate) fn kernels_in_captures(&self) -> &Captures {
        &self.0.captures
    }

    pub(crate) fn count(&self, resource: Resource) {
        self.0.counts.add(resource);
    }

    /// An object has ended, and its end may have failed.
    pub(crate) fn ended(&self, resource: Resource, result: Result<()>) {
        self.0.counts.remove(resource);
        self.keep(result);
    }

    /// An error unless both contexts are of the same driver.
    pub(crate) fn same_backend(&self, other: &Context, call: &'static str) -> Result<()> {
        if self.kind() == other.kind() {
            return self.check();
        }
        let error = Error::new(Code::InvalidContext, call).on(format_args!("{self} and {other}"));
        Err(error.because("one is hardware and the other is emulated"))
    }

    /// An error unless the stream is of this context.
    pub(crate) fn stream_handle(
        &self,
        stream: &Stream,
        call: &'static str,
    ) -> Result<StreamHandle> {
        if stream.context() == self {
            return Ok(stream.handle());
        }
        let error = Error::new(Code::InvalidContext, call).on(format_args!("an object of {self}"));
        Err(error.because(format_args!("the stream is of {}", stream.context())))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let (backend, device) = (self.device.backend(), self.device.ordinal());
        self.library.unload(backend, self.handle);
        // Nobody is left who could be told of a failure.
        let _ = match self.primary {
            true => backend.primary_context_release(device),
            false => backend.context_destroy(self.handle),
        };
    }
}

impl PartialEq for Context {
    fn eq(&self, other: &Context) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Context {}

impl Hash for Context {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// Memory that was freed in the order of a stream stays for who asks next: to get some from the device takes longer than most
/// kernels do. [`MemoryPool::trim`](crate::driver::MemoryPool::trim) gives it back. A device without pools keeps nothing.
fn keep_freed_memory(device: Device) {
    let backend = device.backend();
    if let Ok(pool) = backend.pool_default(device.ordinal()) {
        let _ = backend.pool_set_attribute(pool, PoolAttribute::ReleaseThreshold, u64::MAX);
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.device, f)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("device", &self.0.device)
            .field("primary", &self.0.primary)
            .field("live", &self.live())
            .finish()
    }
}
