//! The two backends of this process.

use super::{Backend, nvidia};
use crate::emu::device;
use crate::error::Result;

/// NVIDIA's driver.
///
/// The error is the same at each call: a driver that is missing is looked for once.
pub(crate) fn hardware() -> Result<&'static dyn Backend> {
    nvidia::backend()
}

/// The emulated device.
pub(crate) fn emulated() -> Result<&'static dyn Backend> {
    device::backend()
}
