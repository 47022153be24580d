//! Streams and events. `StreamHandle::NULL` is the legacy default stream of the context that the call is for.

use super::super::*;

/// See the module's documentation.
pub(crate) trait StreamCalls {
    fn stream_create(
        &self,
        context: ContextHandle,
        non_blocking: bool,
        priority: i32,
    ) -> Result<StreamHandle>;
    /// Returns at once; what is queued still runs.
    fn stream_destroy(&self, context: ContextHandle, stream: StreamHandle) -> Result<()>;
    fn stream_synchronize(&self, context: ContextHandle, stream: StreamHandle) -> Result<()>;
    /// Whether all work queued so far is complete (`cuStreamQuery`; "not ready" is `Ok(false)`).
    fn stream_is_done(&self, context: ContextHandle, stream: StreamHandle) -> Result<bool>;
    fn stream_priority(&self, context: ContextHandle, stream: StreamHandle) -> Result<i32>;
    fn stream_wait_event(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        event: EventHandle,
    ) -> Result<()>;
    /// Calls `callback` on a thread of the driver's once the work queued so far is complete (`cuLaunchHostFunc`). It is
    /// called once, or never, if the context fails before; in a capture it is refused, as a graph would call it again. It must not call this crate, and
    /// the backend keeps a panic inside from unwinding into the driver.
    fn stream_host_callback(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        callback: HostCallback,
    ) -> Result<()>;

    /// `flags` are CUDA's: 1 blocking synchronisation, 2 no timing, 4 interprocess.
    fn event_create(&self, context: ContextHandle, flags: u32) -> Result<EventHandle>;
    fn event_destroy(&self, context: ContextHandle, event: EventHandle) -> Result<()>;
    fn event_record(
        &self,
        context: ContextHandle,
        event: EventHandle,
        stream: StreamHandle,
    ) -> Result<()>;
    fn event_synchronize(&self, context: ContextHandle, event: EventHandle) -> Result<()>;
    /// An event that was never recorded is done.
    fn event_is_done(&self, context: ContextHandle, event: EventHandle) -> Result<bool>;
    /// Milliseconds from `start` to `end`. `Code::NotReady` while one is not complete; `Code::InvalidHandle` where one
    /// was never recorded or has no timing.
    fn event_elapsed(
        &self,
        context: ContextHandle,
        start: EventHandle,
        end: EventHandle,
    ) -> Result<f32>;
}
