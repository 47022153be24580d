//! Asynchronous copies of memory that is borrowed.

use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bytemuck::Pod;
use parking_lot::Mutex;

use super::DeviceSlice;
use super::cell::{borrowed_source, borrowed_target};
use super::pending::start;
use crate::driver::{Event, Stream};
use crate::error::Result;

/// Queues copies that borrow host memory; see [`Stream::scope`].
pub struct StreamScope<'scope> {
    stream: &'scope Stream,
    /// The end of the last copy; those before end earlier, as they are in one stream.
    last: Mutex<Option<Event>>,
    /// Memory is borrowed for exactly this long.
    scope: PhantomData<&'scope mut &'scope ()>,
}

impl Stream {
    /// Lets copies borrow host memory: all that the closure queues through the scope is waited for before this returns,
    /// also if it panics.
    ///
    /// ```no_run
    /// # use cuda::driver::{DeviceBuffer, Launch, Stream, Function};
    /// # fn run(stream: &Stream, kernel: &Function, memory: &DeviceBuffer<f32>) -> cuda::Result<()> {
    /// let mut numbers = vec![1.0f32; memory.len()];
    /// let input = numbers.clone();
    /// stream.scope(|scope| {
    ///     scope.copy_to_device(memory.as_slice(), &input)?;
    ///     kernel.call((memory,), Launch::for_items(memory.len(), 128).stream(stream))?;
    ///     scope.copy_to_host(&mut numbers, memory.as_slice())
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the closure; the failure of the copies.
    pub fn scope<'env, R>(
        &'env self,
        body: impl FnOnce(&StreamScope<'env>) -> Result<R>,
    ) -> Result<R> {
        let scope = StreamScope {
            stream: self,
            last: Mutex::new(None),
            scope: PhantomData,
        };
        let result = catch_unwind(AssertUnwindSafe(|| body(&scope)));
        let waited = scope.wait();
        match result {
            Ok(result) => result.and_then(|value| waited.map(|()| value)),
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl<'scope> StreamScope<'scope> {
    /// Copies `from` to the device.
    ///
    /// # Errors
    /// As for [`DeviceSlice::copy_from_async`].
    pub fn copy_to_device<T: Pod>(&self, to: DeviceSlice<'_, T>, from: &'scope [T]) -> Result<()> {
        const CALL: &str = "cuMemcpyHtoDAsync";
        to.same_length(from.len(), CALL)?;
        let stream = to.context().stream_handle(self.stream, CALL)?;
        let (backend, context) = (to.context().backend(), to.context().handle());
        self.queue(CALL, to.size(), || {
            backend.copy_to_device_async(context, to.ptr(), borrowed_source(from), stream)
        })
    }

    /// Copies `from` to the host.
    ///
    /// # Errors
    /// As for [`DeviceSlice::copy_to_async`].
    pub fn copy_to_host<T: Pod>(
        &self,
        to: &'scope mut [T],
        from: DeviceSlice<'_, T>,
    ) -> Result<()> {
        const CALL: &str = "cuMemcpyDtoHAsync";
        from.same_length(to.len(), CALL)?;
        let stream = from.context().stream_handle(self.stream, CALL)?;
        let (backend, context) = (from.context().backend(), from.context().handle());
        self.queue(CALL, from.size(), || {
            backend.copy_to_host_async(context, borrowed_target(to), from.ptr(), stream)
        })
    }

    fn queue(
        &self,
        call: &'static str,
        bytes: usize,
        copy: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        if bytes > 0 {
            let mut last = self.last.lock();
            *last = Some(start(self.stream, call, copy)?);
        }
        Ok(())
    }

    fn wait(&self) -> Result<()> {
        let Some(last) = self.last.lock().take() else {
            return Ok(());
        };
        let context = self.stream.context();
        // Not through `Event::synchronize`, which would return an older error rather than wait.
        context
            .backend()
            .event_synchronize(context.handle(), last.handle())
    }
}

impl fmt::Debug for StreamScope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamScope")
            .field("stream", self.stream)
            .finish_non_exhaustive()
    }
}
