//! What other processes cannot have.

use crate::error::{Code, Error};

/// The error of all calls that would share an emulated device between processes.
pub(super) fn refused(call: &'static str) -> Error {
    Error::new(Code::NotSupported, call)
        .because("an emulated device belongs to one process, whose memory it uses")
        .advise("send the data, or share it between the processes in another way")
}
