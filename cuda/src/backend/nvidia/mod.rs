//! NVIDIA's driver.

use super::Backend;
use crate::error::{Code, Error, Result};

pub(crate) fn backend() -> Result<&'static dyn Backend> {
    Err(Error::new(Code::NoDevice, "the search for the CUDA driver"))
}
