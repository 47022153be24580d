//! Two connected ends in one process, one of which is for another.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use manyways_shared_memory::PlaceError;

use super::end::{Connection, PIPE_LIMIT, Ways};
use super::error::{Attempt, Error, Reason, Result};
use super::lane::Lane;
use super::socket::Socket;

/// Python's `Pipe()`: two ends, each of which sends to the other.
///
/// Messages of up to 16 KiB go through shared memory, without a system call while the receiver is awake; others, and those with
/// open files beside them, over a socket. Both come in the order in which they were sent. A pipe takes three descriptors of each
/// process that uses it: one for its end, and two for the memory, the second of which is opened at the first send or receive.
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
/// When this process may not open more files, or there is no shared memory.
pub fn pipe() -> Result<(Connection, Connection)> {
    let [there, back] = Lane::several().map_err(no_memory)?;
    let ends = (
        (Ways::Both, [Some(back.clone()), Some(there.clone())]),
        (Ways::Both, [Some(there), Some(back)]),
    );
    pair(ends.0, ends.1)
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
    let [lane] = Lane::several().map_err(no_memory)?;
    let lanes = [Some(lane.clone()), None];
    pair((Ways::In, lanes), (Ways::Out, [None, Some(lane)]))
}

fn no_memory(error: PlaceError) -> Error {
    Error::system(Attempt::MakePipe, io::Error::other(error))
}

/// The ways of an end, and the lanes in and out.
type Kind = (Ways, [Option<Lane>; 2]);

fn pair(first: Kind, second: Kind) -> Result<(Connection, Connection)> {
    let failed = |error| Error::system(Attempt::MakePipe, error);
    let (one, other) = UnixStream::pair().map_err(failed)?;
    let end = |socket: UnixStream, (ways, lanes): Kind| {
        let socket = Socket::adopt(OwnedFd::from(socket)).map_err(failed)?;
        let socket = socket.ok_or_else(|| Error::new(Attempt::MakePipe, Reason::NoConnection))?;
        Ok(Connection::plain(socket, ways, PIPE_LIMIT).with_lanes(lanes, Vec::new()))
    };
    Ok((end(one, first)?, end(other, second)?))
}
