//! The promises that host memory needs: the tests keep it until the work is done.

#![allow(unsafe_code)]

use super::{block_of, block_of_mut};
use crate::backend::{HostSource, HostTarget};

pub(super) fn source(bytes: &[u8]) -> HostSource {
    // SAFETY: each test waits for its work before it lets go of the bytes or writes to them.
    unsafe { HostSource::new(block_of(bytes)) }
}

pub(super) fn target(bytes: &mut [u8]) -> HostTarget {
    // SAFETY: each test waits for its work before it looks at the bytes or lets them go.
    unsafe { HostTarget::new(block_of_mut(bytes)) }
}
