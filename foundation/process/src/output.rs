//! Where a child's standard streams go.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::unistd;

use crate::creator::PrivateFd;

/// Where a child's standard output or standard error goes.
#[derive(Debug, Default)]
pub enum Output {
    /// To the same place as the parent's.
    #[default]
    Inherit,
    /// Nowhere.
    Null,
    /// Into a pipe that the parent reads through [`Child::take_stdout`](crate::Child::take_stdout)
    /// or [`Child::take_stderr`](crate::Child::take_stderr). A child that writes more than the pipe
    /// holds (64 KiB) waits until the parent reads.
    Capture,
    /// Into this open file.
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

/// One redirected stream, prepared before the fork so that nothing can fail after it.
#[derive(Debug)]
pub(crate) struct Redirect {
    to: Option<OwnedFd>,
    captured: Option<Captured>,
}

impl Redirect {
    pub(crate) fn prepare(output: Output) -> io::Result<Redirect> {
        match output {
            Output::Inherit => Ok(Redirect {
                to: None,
                captured: None,
            }),
            Output::Null => {
                let null = File::options().write(true).open("/dev/null")?;
                Ok(Redirect {
                    to: Some(null.into()),
                    captured: None,
                })
            }
            Output::File(file) => Ok(Redirect {
                to: Some(file.into()),
                captured: None,
            }),
            Output::Capture => {
                let (read, write) = io::pipe()?;
                let pipe = PrivateFd::new(read.into());
                Ok(Redirect {
                    to: Some(write.into()),
                    captured: Some(Captured { pipe }),
                })
            }
        }
    }

    /// The parent's share of it; its copy of the child's end closes here.
    pub(crate) fn into_captured(self) -> Option<Captured> {
        self.captured
    }

    /// In the child: puts the stream in place of standard output.
    pub(crate) fn onto_stdout(&self) -> io::Result<()> {
        self.to
            .as_ref()
            .map_or(Ok(()), |fd| Ok(unistd::dup2_stdout(fd.as_fd())?))
    }

    /// In the child: puts the stream in place of standard error.
    pub(crate) fn onto_stderr(&self) -> io::Result<()> {
        self.to
            .as_ref()
            .map_or(Ok(()), |fd| Ok(unistd::dup2_stderr(fd.as_fd())?))
    }
}
