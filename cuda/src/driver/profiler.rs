//! What a profiler records.

use crate::context::Context;
use crate::error::Result;

/// Has an attached profiler begin to record: Python's `start_profiler`. Without one, nothing happens.
///
/// # Errors
/// Those of the driver.
pub fn start(context: &Context) -> Result<()> {
    context.check()?;
    context.backend().profiler_start(context.handle())
}

/// Has an attached profiler end recording.
///
/// # Errors
/// Those of the driver.
pub fn stop(context: &Context) -> Result<()> {
    context.check()?;
    context.backend().profiler_stop(context.handle())
}
