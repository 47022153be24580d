//! Where a child's standard streams go.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{BorrowedFd, OwnedFd};

use nix::sys::stat::{FileStat, SFlag, fstat, makedev};
use nix::unistd;

use crate::private_fd::PrivateFd;

/// Where a child's standard output or standard error goes.
#[derive(Debug, Default)]
pub enum Output {
    /// To the same place as the parent's.
    #[default]
    Inherit,
    /// Nowhere: to `/dev/null`.
    Null,
    /// Into a pipe that the parent reads through [`Child::take_stdout`](crate::Child::take_stdout)
    /// or [`Child::take_stderr`](crate::Child::take_stderr). A child that writes more than the pipe
    /// holds (64 KiB) waits until the parent reads; so read before you wait for the child.
    Capture,
    /// Into this open file, at the position that it shares with its other copies.
    File(File),
}

/// The parent's end of a captured stream: what the child writes, until it ends.
///
/// In a process other than the one that forked the child, reading is an error.
#[derive(Debug)]
pub struct Captured {
    pipe: PrivateFd,
}

impl Captured {
    /// The descriptor, for [`poll_readable`](crate::poll_readable).
    ///
    /// # Errors
    ///
    /// In a process other than the one that forked the child.
    pub fn as_fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.pipe.get()
    }
}

impl Read for Captured {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match unistd::read(self.pipe.get()?, buffer) {
                Err(nix::errno::Errno::EINTR) => {}
                result => return Ok(result?),
            }
        }
    }
}

impl Output {
    /// Made before the fork, so that nothing can fail after it: the parent's share of the stream, and what
    /// the child puts in place of its own, if anything.
    pub(crate) fn prepare(self) -> io::Result<(Option<Captured>, Option<PrivateFd>)> {
        Ok(match self {
            Output::Inherit => (None, None),
            Output::Null => (None, Some(private_null()?)),
            Output::File(file) => (None, Some(PrivateFd::open(|| Ok(file.into()))?)),
            Output::Capture => {
                let (pipe, stream) = PrivateFd::open_pair(io::pipe)?;
                (Some(Captured { pipe }), Some(stream))
            }
        })
    }
}

/// `/dev/null`, for a stream in either direction.
pub(crate) fn private_null() -> io::Result<PrivateFd> {
    PrivateFd::open(open_null)
}

/// Whether standard input reads from there already, as that of a service does.
pub(crate) fn stdin_is_null() -> bool {
    let is_null = |stat: FileStat| {
        let is_device = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFCHR;
        is_device && stat.st_rdev == makedev(1, 3)
    };
    fstat(io::stdin()).is_ok_and(is_null)
}

fn open_null() -> io::Result<OwnedFd> {
    let null = File::options().read(true).write(true).open("/dev/null");
    let null = null.map_err(|error| io::Error::new(error.kind(), format!("/dev/null: {error}")))?;
    Ok(null.into())
}
