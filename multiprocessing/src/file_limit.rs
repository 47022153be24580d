//! The limit of files' lengths (`ulimit -f`).

use std::io;

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit};

/// Whether a file may be so long. The system says it by a signal, which ends the process; an error is told instead.
pub(crate) fn check(length: libc::off_t) -> io::Result<()> {
    let (longest, _) = getrlimit(Resource::RLIMIT_FSIZE)?;
    match length.cast_unsigned() > longest {
        true => Err(Errno::EFBIG.into()),
        false => Ok(()),
    }
}
