//! Events: marks in streams, by which one waits and measures.

use std::fmt;

use crate::backend::EventHandle;
use crate::context::{Context, Resource};
use crate::driver::Stream;
use crate::error::Result;

/// A mark in a stream. It is complete once all is that was in the stream before it.
pub struct Event {
    context: Context,
    handle: EventHandle,
}

/// What an event is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct EventFlags {
    /// Who waits for it sleeps rather than spins.
    pub blocking_sync: bool,
    /// It keeps no time, which makes it cheaper.
    pub disable_timing: bool,
    /// Other processes can use it; see [`IpcEventHandle`](crate::driver::IpcEventHandle). Needs `disable_timing`.
    pub interprocess: bool,
}

impl EventFlags {
    /// With time; who waits spins.
    pub const DEFAULT: EventFlags = EventFlags {
        blocking_sync: false,
        disable_timing: false,
        interprocess: false,
    };

    /// Who waits for it sleeps.
    pub const BLOCKING_SYNC: EventFlags = EventFlags {
        blocking_sync: true,
        ..EventFlags::DEFAULT
    };

    /// Without time.
    pub const DISABLE_TIMING: EventFlags = EventFlags {
        disable_timing: true,
        ..EventFlags::DEFAULT
    };

    /// For other processes too, and so without time.
    pub const INTERPROCESS: EventFlags = EventFlags {
        disable_timing: true,
        interprocess: true,
        ..EventFlags::DEFAULT
    };

    fn bits(self) -> u32 {
        u32::from(self.blocking_sync)
            | u32::from(self.disable_timing) << 1
            | u32::from(self.interprocess) << 2
    }
}

impl Event {
    /// A new event, which counts as complete until it is recorded.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn new(context: &Context, flags: EventFlags) -> Result<Event> {
        context.check()?;
        let handle = context
            .backend()
            .event_create(context.handle(), flags.bits())?;
        Ok(Event::adopt(context, handle))
    }

    pub(crate) fn adopt(context: &Context, handle: EventHandle) -> Event {
        context.count(Resource::Event);
        Event {
            context: context.clone(),
            handle,
        }
    }

    /// The context that it is of.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The driver's handle (`CUevent`), for other libraries. It is valid as long as this event; of an emulated device it is a
    /// number that means nothing elsewhere.
    #[must_use]
    pub fn as_raw(&self) -> u64 {
        self.handle.0
    }

    /// Marks this place in the stream. An event that was recorded before moves.
    ///
    /// # Errors
    /// [`Code::InvalidContext`](crate::Code::InvalidContext) for a stream of another context.
    pub fn record(&self, stream: &Stream) -> Result<()> {
        self.context.check()?;
        let stream = self.context.stream_handle(stream, "cuEventRecord")?;
        self.context
            .backend()
            .event_record(self.context.handle(), self.handle, stream)
    }

    /// Waits until it is complete.
    ///
    /// # Errors
    /// The failure of any work before it.
    pub fn synchronize(&self) -> Result<()> {
        self.context.check()?;
        self.context
            .backend()
            .event_synchronize(self.context.handle(), self.handle)
    }

    /// Whether it is complete. It does not wait.
    ///
    /// # Errors
    /// The failure of any work before it.
    pub fn query(&self) -> Result<bool> {
        self.context.check()?;
        self.context
            .backend()
            .event_is_done(self.context.handle(), self.handle)
    }

    /// Milliseconds on the device from `start` to this event; less than 0 if this came first.
    ///
    /// # Errors
    /// [`Code::NotReady`](crate::Code::NotReady) while one of them is not complete,
    /// [`Code::InvalidHandle`](crate::Code::InvalidHandle) if one was not recorded or keeps no time.
    pub fn time_since(&self, start: &Event) -> Result<f32> {
        self.context
            .same_backend(&start.context, "cuEventElapsedTime")?;
        self.context
            .backend()
            .event_elapsed(self.context.handle(), start.handle, self.handle)
    }

    /// Milliseconds on the device from this event to `end`.
    ///
    /// # Errors
    /// As for [`time_since`](Event::time_since).
    pub fn time_till(&self, end: &Event) -> Result<f32> {
        end.time_since(self)
    }

    pub(crate) fn handle(&self) -> EventHandle {
        self.handle
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        let destroyed = self
            .context
            .backend()
            .event_destroy(self.context.handle(), self.handle);
        self.context.ended(Resource::Event, destroyed);
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("handle", &self.handle)
            .field("complete", &self.query().ok())
            .finish()
    }
}
