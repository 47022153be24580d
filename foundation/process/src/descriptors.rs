//! Open files that travel to another process beside ordinary bytes.
//!
//! The kernel carries descriptors with a byte of a UNIX socket (`SCM_RIGHTS`). On a stream they come with the first byte
//! of what was sent in one call; a receive never reaches beyond the last byte of a call that had some. So a receiver
//! that reads ahead gets at most one group of descriptors with each receive, and it belongs to the last of its bytes.

use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use nix::sys::socket::{self, ControlMessage, MsgFlags};

use crate::sys;

/// The most descriptors that the kernel carries with one send.
pub const MAX_DESCRIPTORS: usize = 253;

/// What one [`recv_descriptors`] has brought, beside the descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// How many bytes of the buffer were filled; 0 is the end of the stream.
    pub bytes: usize,
    /// Descriptors came with these bytes and could not be taken in, as this process has no more to spare (`ulimit -n`).
    /// None of them was kept.
    pub lost: bool,
}

/// Sends bytes over a connected UNIX stream socket, and `descriptors` beside the first of them. Both processes own the
/// open files from then on.
///
/// One system call; returns the number of bytes that were taken, as a write does. If that is not all, the
/// descriptors have gone all the same and only the other bytes are left to be sent. Never raises SIGPIPE.
///
/// ```
/// use manyways_process::{recv_descriptors, send_descriptors};
/// use std::io::{IoSlice, Read, Write};
/// use std::os::fd::AsFd;
/// use std::os::unix::net::UnixStream;
///
/// let (here, there) = UnixStream::pair()?;
/// let (reader, mut writer) = std::io::pipe()?;
/// send_descriptors(here.as_fd(), &[IoSlice::new(b"a pipe")], &[reader.as_fd()])?;
///
/// let (mut buffer, mut descriptors) = ([0; 16], Vec::new());
/// let received = recv_descriptors(there.as_fd(), &mut buffer, &mut descriptors)?;
/// assert_eq!(&buffer[..received.bytes], b"a pipe");
/// let mut reader = std::fs::File::from(descriptors.remove(0));
/// writer.write_all(b"!")?;
/// reader.read_exact(&mut buffer[..1])?;
/// assert_eq!(buffer[0], b'!');
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// `InvalidInput` for more than [`MAX_DESCRIPTORS`], or for descriptors without a byte that carries them. The system's
/// errors, among them ETOOMANYREFS when more of this user's descriptors are under way, sent and not yet received, than
/// a process may have open. Nothing was sent then.
pub fn send_descriptors(
    socket: BorrowedFd<'_>,
    bytes: &[IoSlice<'_>],
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<usize> {
    send(socket, bytes, descriptors, MsgFlags::MSG_NOSIGNAL)
}

/// As [`send_descriptors`], without waiting for room: as many bytes as the socket takes now.
///
/// # Errors
///
/// As there, and `WouldBlock` if it takes none. Nothing was sent then.
pub fn try_send_descriptors(
    socket: BorrowedFd<'_>,
    bytes: &[IoSlice<'_>],
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<usize> {
    let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
    send(socket, bytes, descriptors, flags)
}

fn send(
    socket: BorrowedFd<'_>,
    bytes: &[IoSlice<'_>],
    descriptors: &[BorrowedFd<'_>],
    flags: MsgFlags,
) -> io::Result<usize> {
    check(bytes, descriptors.len())?;
    let numbers: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&numbers)];
    let rights = if numbers.is_empty() { &[] } else { &rights[..] };
    loop {
        match socket::sendmsg::<()>(socket.as_raw_fd(), bytes, rights, flags, None) {
            Err(nix::errno::Errno::EINTR) => {}
            sent => return Ok(sent?),
        }
    }
}

fn check(bytes: &[IoSlice<'_>], descriptors: usize) -> io::Result<()> {
    if descriptors > MAX_DESCRIPTORS {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "{descriptors} descriptors in one message, of at most {MAX_DESCRIPTORS}; send several messages"
            ),
        ));
    }
    if descriptors > 0 && bytes.iter().all(|part| part.is_empty()) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "descriptors travel beside bytes, and there is none; send at least one",
        ));
    }
    Ok(())
}

/// Receives bytes from a UNIX stream socket as a read does, and adds what descriptors came with them to `descriptors`.
///
/// One system call, at most [`MAX_DESCRIPTORS`] descriptors. They are close-on-exec. A process that another thread forks in
/// this moment may keep copies.
///
/// A plain read of the same bytes closes the descriptors that came with them.
///
/// # Errors
///
/// Those of a read.
pub fn recv_descriptors(
    socket: BorrowedFd<'_>,
    buffer: &mut [u8],
    descriptors: &mut Vec<OwnedFd>,
) -> io::Result<Received> {
    let before = descriptors.len();
    let (bytes, lost) = sys::receive(socket, buffer, descriptors)?;
    if lost {
        descriptors.truncate(before);
    }
    Ok(Received { bytes, lost })
}
