//! Streams: queues of work that a device does in order.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::backend::StreamHandle;
use crate::context::{Context, Resource};
use crate::driver::{Event, EventFlags};
use crate::error::Result;

/// A queue of work. What is in one stream runs in order; what is in different ones may run at the same time.
///
/// It is cheap to clone. When the last clone is dropped, what is queued still runs.
#[derive(Clone)]
pub struct Stream(Arc<Inner>);

struct Inner {
    context: Context,
    handle: StreamHandle,
}

/// What a stream is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct StreamFlags {
    /// It does not wait for the default stream, nor that for it.
    pub non_blocking: bool,
    /// Smaller numbers run first, within [`Context::stream_priority_range`]; 0 is the usual.
    pub priority: i32,
}

impl StreamFlags {
    /// Waits for the default stream, and that for it; the usual priority.
    pub const DEFAULT: StreamFlags = StreamFlags {
        non_blocking: false,
        priority: 0,
    };

    /// Does not wait for the default stream.
    pub const NON_BLOCKING: StreamFlags = StreamFlags {
        non_blocking: true,
        priority: 0,
    };

    /// The same with another priority.
    #[must_use]
    pub fn with_priority(self, priority: i32) -> StreamFlags {
        StreamFlags { priority, ..self }
    }
}

impl Stream {
    /// A new stream.
    ///
    /// # Errors
    /// Those of the driver. A priority outside the range is moved into it.
    pub fn new(context: &Context, flags: StreamFlags) -> Result<Stream> {
        context.check()?;
        let handle = context.backend().stream_create(
            context.handle(),
            flags.non_blocking,
            flags.priority,
        )?;
        context.count(Resource::Stream);
        Ok(Stream::of(context, handle))
    }

    pub(crate) fn default_of(context: &Context) -> Stream {
        Stream::of(context, StreamHandle::NULL)
    }

    fn of(context: &Context, handle: StreamHandle) -> Stream {
        Stream(Arc::new(Inner {
            context: context.clone(),
            handle,
        }))
    }

    /// The context that it is of.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.0.context
    }

    /// The driver's handle (`CUstream`), for other libraries: Python's `handle`. It is valid as long as this stream. 0 is the
    /// default stream; of an emulated device it is a number that means nothing elsewhere.
    #[must_use]
    pub fn as_raw(&self) -> u64 {
        self.0.handle.0
    }

    /// Whether it is its context's default stream.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.0.handle == StreamHandle::NULL
    }

    /// Waits until all that is queued is complete.
    ///
    /// # Errors
    /// The failure of any of it.
    pub fn synchronize(&self) -> Result<()> {
        let context = self.context();
        context.check()?;
        context
            .backend()
            .stream_synchronize(context.handle(), self.handle())
            .map_err(|error| error.on(self))
    }

    /// Whether all that is queued is complete. It does not wait.
    ///
    /// # Errors
    /// The failure of any of it.
    pub fn is_done(&self) -> Result<bool> {
        let context = self.context();
        context.check()?;
        context
            .backend()
            .stream_is_done(context.handle(), self.handle())
            .map_err(|error| error.on(self))
    }

    /// Its priority; see [`StreamFlags::priority`].
    ///
    /// # Errors
    /// Those of the driver.
    pub fn priority(&self) -> Result<i32> {
        let context = self.context();
        context.check()?;
        context
            .backend()
            .stream_priority(context.handle(), self.handle())
    }

    /// What is queued from now on waits for what the event was recorded after. The caller does not wait.
    ///
    /// The event may be of another context of the same driver.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn wait_for_event(&self, event: &Event) -> Result<()> {
        let context = self.context();
        context.same_backend(event.context(), "cuStreamWaitEvent")?;
        context
            .backend()
            .stream_wait_event(context.handle(), self.handle(), event.handle())
    }

    /// An event after all that is queued now.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn record(&self, flags: EventFlags) -> Result<Event> {
        let event = Event::new(self.context(), flags)?;
        event.record(self)?;
        Ok(event)
    }

    /// Has `callback` called once what is queued now is complete; what is queued later waits for it.
    ///
    /// It runs on a thread of the driver's, and must call nothing of this crate, nor drop what is of it: it could wait for itself. It is not
    /// called if work before it fails. A panic inside is an error of the context's next call.
    ///
    /// It can be called once, so it cannot be part of a graph, which is launched many times.
    ///
    /// # Errors
    /// [`Code::StreamCaptureUnsupported`](crate::Code::StreamCaptureUnsupported) while the stream is being captured; those of the
    /// driver.
    pub fn add_callback(&self, callback: impl FnOnce() + Send + 'static) -> Result<()> {
        let context = self.context();
        context.check()?;
        let kept = Arc::clone(context.kept());
        let call = move || {
            let called = catch_unwind(AssertUnwindSafe(callback));
            called.unwrap_or_else(|payload| kept.keep_panic("a callback of a stream", payload));
        };
        context
            .backend()
            .stream_host_callback(context.handle(), self.handle(), Box::new(call))
    }

    pub(crate) fn handle(&self) -> StreamHandle {
        self.0.handle
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.handle != StreamHandle::NULL {
            let destroyed = self
                .context
                .backend()
                .stream_destroy(self.context.handle(), self.handle);
            self.context.ended(Resource::Stream, destroyed);
        }
    }
}

impl PartialEq for Stream {
    fn eq(&self, other: &Stream) -> bool {
        (self.context(), self.handle()) == (other.context(), other.handle())
    }
}

impl Eq for Stream {}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_default() {
            true => write!(f, "the default stream of {}", self.context()),
            false => write!(f, "stream {:#x} of {}", self.handle().0, self.context()),
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Stream");
        debug
            .field("handle", &self.handle())
            .field("device", &self.context().device());
        debug.field("done", &self.is_done().ok()).finish()
    }
}
