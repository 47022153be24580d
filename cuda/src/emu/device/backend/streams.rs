use super::*;
use crate::backend::StreamCalls;

impl StreamCalls for Emulator {
    fn stream_create(
        &self,
        context: ContextHandle,
        non_blocking: bool,
        priority: i32,
    ) -> Result<StreamHandle> {
        let context = self.context(context, "cuStreamCreateWithPriority")?;
        let (lowest, highest) = specs::PRIORITIES;
        let stream = Stream::new(non_blocking, priority.clamp(highest, lowest));
        Ok(StreamHandle(context.streams.insert(stream)))
    }

    fn stream_destroy(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        let context = self.context(context, "cuStreamDestroy")?;
        context.destroy_stream(stream)
    }

    fn stream_synchronize(&self, context: ContextHandle, stream: StreamHandle) -> Result<()> {
        let call = "cuStreamSynchronize";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        stream.refuse_capture(call)?;
        context.refuse_implicit_capture(&stream, call)?;
        context.drain(&stream);
        context.report_failure(call)
    }

    fn stream_is_done(&self, context: ContextHandle, stream: StreamHandle) -> Result<bool> {
        let call = "cuStreamQuery";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        stream.refuse_capture(call)?;
        let done = context.is_drained(&stream);
        context.report_failure(call)?;
        Ok(done)
    }

    fn stream_priority(&self, context: ContextHandle, stream: StreamHandle) -> Result<i32> {
        let call = "cuStreamGetPriority";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        Ok(stream.priority)
    }

    fn stream_wait_event(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        event: EventHandle,
    ) -> Result<()> {
        let call = "cuStreamWaitEvent";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        self.event(&context, event, call)?.hold(&context, &stream)
    }

    fn stream_host_callback(
        &self,
        context: ContextHandle,
        stream: StreamHandle,
        callback: HostCallback,
    ) -> Result<()> {
        let call = "cuLaunchHostFunc";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        stream.refuse_capture(call)?;
        context.refuse_implicit_capture(&stream, call)?;
        context.submit_callback(&stream, callback, call)
    }

    fn event_create(&self, context: ContextHandle, flags: u32) -> Result<EventHandle> {
        let context = self.context(context, "cuEventCreate")?;
        Ok(EventHandle(context.events.insert(Event::new(flags)?)))
    }

    fn event_destroy(&self, context: ContextHandle, event: EventHandle) -> Result<()> {
        let call = "cuEventDestroy";
        let context = self.context(context, call)?;
        context.events.remove(event.0, call).map(drop)
    }

    fn event_record(
        &self,
        context: ContextHandle,
        event: EventHandle,
        stream: StreamHandle,
    ) -> Result<()> {
        let call = "cuEventRecord";
        let context = self.context(context, call)?;
        let stream = context.stream(stream, call)?;
        context.refuse_implicit_capture(&stream, call)?;
        context.events.get(event.0, call)?.record(&context, &stream)
    }

    fn event_synchronize(&self, context: ContextHandle, event: EventHandle) -> Result<()> {
        let call = "cuEventSynchronize";
        let context = self.context(context, call)?;
        context.events.get(event.0, call)?.wait()?;
        context.report_failure(call)
    }

    fn event_is_done(&self, context: ContextHandle, event: EventHandle) -> Result<bool> {
        let call = "cuEventQuery";
        let context = self.context(context, call)?;
        let done = context.events.get(event.0, call)?.is_done()?;
        context.report_failure(call)?;
        Ok(done)
    }

    fn event_elapsed(
        &self,
        context: ContextHandle,
        start: EventHandle,
        end: EventHandle,
    ) -> Result<f32> {
        let call = "cuEventElapsedTime";
        let context = self.context(context, call)?;
        let start = context.events.get(start.0, call)?;
        let end = context.events.get(end.0, call)?;
        start.elapsed(&end)
    }
}
