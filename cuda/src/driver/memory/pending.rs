//! Copies between host and device that go on while the program does.

use std::fmt;

use bytemuck::Pod;

use super::cell::{Source, Target};
use super::{DeviceSlice, HostMemory, HostMemoryMut};
use crate::backend::CaptureStatus;
use crate::context::Context;
use crate::driver::{Event, EventFlags, Stream};
use crate::error::{Code, Error, Result};

/// A copy that may still be going on, with the host memory that it reads or writes.
///
/// [`wait`](Pending::wait) gives the memory back. Dropping it waits too.
#[must_use = "dropped at once, it waits at once"]
pub struct Pending<B> {
    /// Dropped before the memory, as it is declared before it.
    done: Done,
    copy: Copied<B>,
}

enum Copied<B> {
    From(Source<B>),
    To(Target<B>),
}

/// The end of a copy, which is waited for when this is dropped.
struct Done(Event);

impl<B> Pending<B> {
    /// Waits until the copy is complete, and gives the memory back.
    ///
    /// # Errors
    /// The failure of the copy, or of work before it in the stream. The memory is dropped then.
    pub fn wait(self) -> Result<B> {
        // What is named last is dropped first: the end is waited for before the memory goes.
        let Pending { copy, done } = self;
        done.0.synchronize()?;
        Ok(match copy {
            Copied::From(source) => source.into_inner(),
            Copied::To(target) => target.into_inner(),
        })
    }

    /// Whether the copy is complete. It does not wait.
    ///
    /// # Errors
    /// As for [`wait`](Pending::wait).
    pub fn is_done(&self) -> Result<bool> {
        self.done.0.query()
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        let context = self.0.context();
        // Not through `Event::synchronize`, which would return an older error rather than wait.
        context.keep(
            context
                .backend()
                .event_synchronize(context.handle(), self.0.handle()),
        );
    }
}

impl<B> fmt::Debug for Pending<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("done", &self.is_done().ok())
            .finish_non_exhaustive()
    }
}

/// Queues what touches host memory in `stream`, and gives the event that tells its end.
///
/// If the event cannot be recorded after it, the end is waited for here, so that on return the memory is either free or
/// has an event.
pub(super) fn start(
    stream: &Stream,
    call: &'static str,
    queue: impl FnOnce() -> Result<()>,
) -> Result<Event> {
    let context = stream.context();
    refuse_capture(stream, call)?;
    let done = Event::new(context, EventFlags::DISABLE_TIMING)?;
    queue()?;
    if let Err(error) = done.record(stream) {
        settle(context);
        return Err(error);
    }
    Ok(done)
}

/// Waits for everything; what fails is not running any more.
fn settle(context: &Context) {
    context.keep(context.backend().context_synchronize(context.handle()));
}

/// A graph would copy again and again, when the memory is long gone.
pub(super) fn refuse_capture(stream: &Stream, call: &'static str) -> Result<()> {
    let context = stream.context();
    context.check()?;
    match context
        .backend()
        .capture_status(context.handle(), stream.handle())?
    {
        CaptureStatus::None => Ok(()),
        CaptureStatus::Active | CaptureStatus::Invalidated => {
            let error = Error::new(Code::StreamCaptureUnsupported, call).on(stream);
            Err(error
                .because("a graph would copy again when the host memory is long gone")
                .advise("copy before the graph is launched, or after it is done"))
        }
    }
}

impl<T: Pod> DeviceSlice<'_, T> {
    /// Copies `values`, which are as many as these, to the device in the order of `stream`. The copy owns them until it is
    /// complete.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if they are more or fewer; [`Code::StreamCaptureUnsupported`] in a capture.
    pub fn copy_from_async<B: HostMemory<T>>(
        &self,
        values: B,
        stream: &Stream,
    ) -> Result<Pending<B>> {
        const CALL: &str = "cuMemcpyHtoDAsync";
        let (values, source) = Source::new(values);
        let block = source.block();
        self.same_length(block.bytes() / size_of::<T>().max(1), CALL)?;
        let handle = self.context().stream_handle(stream, CALL)?;
        let (backend, context) = (self.context().backend(), self.context().handle());
        let done = start(stream, CALL, || match block.bytes() {
            0 => Ok(()),
            _ => backend.copy_to_device_async(context, self.ptr(), source, handle),
        })?;
        Ok(Pending {
            done: Done(done),
            copy: Copied::From(values),
        })
    }

    /// Copies to `values`, which are as many as these, in the order of `stream`. The copy owns them until it is complete.
    ///
    /// # Errors
    /// As for [`copy_from_async`](DeviceSlice::copy_from_async).
    pub fn copy_to_async<B: HostMemoryMut<T>>(
        &self,
        values: B,
        stream: &Stream,
    ) -> Result<Pending<B>> {
        const CALL: &str = "cuMemcpyDtoHAsync";
        let (values, target) = Target::new(values);
        let block = target.block();
        self.same_length(block.bytes() / size_of::<T>().max(1), CALL)?;
        let handle = self.context().stream_handle(stream, CALL)?;
        let (backend, context) = (self.context().backend(), self.context().handle());
        let done = start(stream, CALL, || match block.bytes() {
            0 => Ok(()),
            _ => backend.copy_to_host_async(context, target, self.ptr(), handle),
        })?;
        Ok(Pending {
            done: Done(done),
            copy: Copied::To(values),
        })
    }
}
