//! Where a child's standard streams go.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{BorrowedFd, RawFd};

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

/// One redirected stream, prepared before the fork so that nothing can fail after it.
#[derive(Debug, Default)]
pub(crate) struct Redirect {
    to: Option<PrivateFd>,
    captured: Option<Captured>,
}

impl Redirect {
    pub(crate) fn prepare(output: Output) -> io::Result<Redirect> {
        let mut redirect = Redirect::default();
        match output {
            Output::Inherit => {}
            Output::Null => redirect.to = Some(PrivateFd::open(open_null)?),
            Output::File(file) => redirect.to = Some(PrivateFd::open(|| Ok(file.into()))?),
            Output::Capture => {
                let (pipe, to) = PrivateFd::open_pair(io::pipe)?;
                redirect.to = Some(to);
                redirect.captured = Some(Captured { pipe });
            }
        }
        Ok(redirect)
    }

    /// The descriptor number that the child keeps.
    pub(crate) fn kept(&self) -> Option<RawFd> {
        self.to.as_ref().map(PrivateFd::number)
    }

    /// The parent's share of it; its copy of the child's end closes here.
    pub(crate) fn into_captured(self) -> Option<Captured> {
        self.captured
    }

    /// In the child: puts the stream in place of standard output.
    pub(crate) fn onto_stdout(self) -> io::Result<()> {
        self.to
            .map_or(Ok(()), |to| Ok(unistd::dup2_stdout(to.inherit().get()?)?))
    }

    /// In the child: puts the stream in place of standard error.
    pub(crate) fn onto_stderr(self) -> io::Result<()> {
        self.to
            .map_or(Ok(()), |to| Ok(unistd::dup2_stderr(to.inherit().get()?)?))
    }
}

fn open_null() -> io::Result<std::os::fd::OwnedFd> {
    let null = File::options().write(true).open("/dev/null");
    let null = null.map_err(|error| io::Error::new(error.kind(), format!("/dev/null: {error}")))?;
    Ok(null.into())
}
