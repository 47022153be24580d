//! Two connected ends in one process, one of which is for another.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::end::{Connection, PIPE_LIMIT, Ways};
use super::error::{Attempt, Error, Reason, Result};
use super::socket::Socket;

/// Python's `Pipe()`: two ends, each of which sends to the other.
///
/// ```
/// use multiprocessing::connection::pipe;
///
/// let (mut parent, mut child) = pipe()?;
/// parent.send("ping")?;
/// assert_eq!(child.recv::<String>()?, "ping");
/// child.send("pong")?;
/// assert_eq!(parent.recv::<String>()?, "pong");
/// # Ok::<(), multiprocessing::connection::Error>(())
/// ```
///
/// # Errors
///
/// When this process may not open more files.
pub fn pipe() -> Result<(Connection, Connection)> {
    pair(Ways::Both, Ways::Both)
}

/// Python's `Pipe(duplex=False)`: an end that receives, and one that sends to it.
///
/// ```
/// use multiprocessing::connection::one_way_pipe;
///
/// let (mut receiver, mut sender) = one_way_pipe()?;
/// sender.send(&7_u8)?;
/// assert_eq!(receiver.recv::<u8>()?, 7);
/// assert!(receiver.send(&7_u8).unwrap_err().is_wrong_way());
/// # Ok::<(), multiprocessing::connection::Error>(())
/// ```
///
/// # Errors
///
/// As [`pipe`].
pub fn one_way_pipe() -> Result<(Connection, Connection)> {
    pair(Ways::In, Ways::Out)
}

fn pair(first: Ways, second: Ways) -> Result<(Connection, Connection)> {
    let failed = |error| Error::system(Attempt::MakePipe, error);
    let (one, other) = UnixStream::pair().map_err(failed)?;
    let end = |socket: UnixStream, ways| {
        let socket = Socket::adopt(OwnedFd::from(socket)).map_err(failed)?;
        let socket = socket.ok_or_else(|| Error::new(Attempt::MakePipe, Reason::NoConnection))?;
        Ok(Connection::plain(socket, ways, PIPE_LIMIT))
    };
    Ok((end(one, first)?, end(other, second)?))
}
