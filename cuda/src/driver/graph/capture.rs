//! Graphs from what a stream is given to do.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::Graph;
use crate::backend::CaptureStatus;
use crate::driver::Stream;
use crate::error::{Error, Result};

impl Stream {
    /// Captures what the closure gives this stream to do, which is then not done, but becomes a graph. Other streams take
    /// part that wait for an event of this one, if this one waits for them at the end.
    ///
    /// Copies from and to host memory cannot be captured, since nobody could tell how long a graph needs the memory; nor
    /// can what waits, allocations and frees in the order of the stream, and [callbacks](Stream::add_callback), which are
    /// closures that can be called once while a graph is launched many times: launch it between two callbacks instead.
    ///
    /// ```no_run
    /// # use cuda::driver::{Launch, PreparedFunction, Stream};
    /// # fn run(stream: &Stream, first: &PreparedFunction<'_>, second: &PreparedFunction<'_>) -> cuda::Result<()> {
    /// let graph = stream.capture(|stream| {
    ///     first.call_in(stream)?;
    ///     second.call_in(stream)
    /// })?;
    /// let graph = graph.instantiate()?;
    /// for _ in 0..1000 {
    ///     graph.launch(stream)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the closure; [`Code::StreamCaptureUnsupported`](crate::Code::StreamCaptureUnsupported) for what cannot be
    /// captured, or on the default stream. After an error the stream is as before.
    pub fn capture(&self, body: impl FnOnce(&Stream) -> Result<()>) -> Result<Graph> {
        let context = self.context();
        context.check()?;
        let kernels = context.kernels_in_captures().begin();
        let (backend, handle) = (context.backend(), context.handle());
        backend
            .capture_begin(handle, self.handle())
            .map_err(|error| error.on(self))?;
        let done = catch_unwind(AssertUnwindSafe(|| body(self)));
        let ended = backend.capture_end(handle, self.handle());
        let graph = ended.map(|graph| Graph::adopt(context, graph, &kernels.end()));
        match done {
            Ok(done) => merge(done, graph),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Whether it is being captured: what it is given to do then becomes part of a graph.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn is_capturing(&self) -> Result<bool> {
        let context = self.context();
        context.check()?;
        let status = context
            .backend()
            .capture_status(context.handle(), self.handle())?;
        Ok(status != CaptureStatus::None)
    }
}

/// The error of the closure says more than what the end of the capture makes of it.
fn merge(done: Result<()>, graph: Result<Graph>) -> Result<Graph> {
    let graph = graph.map_err(|error: Error| error.on("a capture"));
    done.and(graph)
}
