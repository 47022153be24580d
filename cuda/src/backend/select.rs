//! The two backends of this process.

use super::{Backend, nvidia};
use crate::error::{Code, Error, Result};

/// NVIDIA's driver.
///
/// The error is the same at each call: a driver that is missing is looked for once.
pub(crate) fn hardware() -> Result<&'static dyn Backend> {
    nvidia::backend()
}

/// The emulated device.
pub(crate) fn emulated() -> Result<&'static dyn Backend> {
    Err(Error::new(Code::NoDevice, "the emulated device"))
}
