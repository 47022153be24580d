use super::super::*;

impl StreamCalls for Nvidia {
    fn stream_create(
        &self,
        context: ContextHandle,
        non_blocking: bool,
        priority: i32,
    ) -> Result<StreamHandle> {
        stream::create(self.0, context, non_blocking, priority)
    }

    fn stream_destroy(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        stream::destroy(self.0, context, stream)
    }

    fn stream_synchronize(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        stream::synchronize(self.0, context, stream)
    }

    fn stream_is_done(&self, context: ContextHandle, stream: StreamHandle) -> Result<bool> {
        stream::is_done(self.0, context, stream)
    }

    fn stream_priority(&self, context: ContextHandle, stream: StreamHandle) -> Result<i32> {
        stream::priority(self.0, context, stream)
    }

    fn stream_wait_event(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        event: EventHandle,
    ) -> Result<()> {
        stream::wait_event(self.0, context, stream, event)
    }

    fn stream_host_callback(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        callback: HostCallback,
    ) -> Result<()> {
        stream::host_callback(self.0, context, stream, callback)
    }

    fn event_create(&self, context: ContextHandle, flags: u32) -> Result<EventHandle> {
        stream::event_create(self.0, context, flags)
    }

    fn event_destroy(&self, context: ContextHandle, event: EventHandle) -> Result<()> {
        stream::event_destroy(self.0, context, event)
    }

    fn event_record(
        &self,
        context: ContextHandle,
        event: EventHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        stream::event_record(self.0, context, event, stream)
    }

    fn event_synchronize(&self, context: ContextHandle, event: EventHandle) -> Result<()> {
        stream::event_synchronize(self.0, context, event)
    }

    fn event_is_done(&self, context: ContextHandle, event: EventHandle) -> Result<bool> {
        stream::event_is_done(self.0, context, event)
    }

    fn event_elapsed(
        &self,
        context: ContextHandle,
        start: EventHandle,
        end: EventHandle,
    ) -> Result<f32> {
        stream::event_elapsed(self.0, context, start, end)
    }
}
