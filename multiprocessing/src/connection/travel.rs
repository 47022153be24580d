//! Connections and open files inside of messages.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteBuf;

use super::end::{Connection, Ways};
use super::lane::Lane;
use super::socket::Socket;
use crate::attachments::{self, Refusal};
use crate::sync::travel as memory;

/// An open file that travels in messages between processes of one machine: Python's `reduction.DupFd`.
///
/// The receiver gets its own descriptor of the same open file, close-on-exec; the sender keeps its own.
///
/// ```
/// use multiprocessing::connection::{Descriptor, pipe};
/// use std::fs::File;
/// use std::io::{Read, Write};
///
/// let (mut reader, writer) = std::io::pipe()?;
/// let (mut here, mut there) = pipe()?;
/// here.send(&Descriptor::new(writer))?;
/// let mut writer = File::from(there.recv::<Descriptor>()?.into_fd());
/// writer.write_all(b"!")?;
/// let mut byte = [0];
/// reader.read_exact(&mut byte)?;
/// assert_eq!(byte, *b"!");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Descriptor(OwnedFd);

impl Descriptor {
    /// Of a file, a pipe, a socket.
    #[must_use]
    pub fn new(file: impl Into<OwnedFd>) -> Descriptor {
        Descriptor(file.into())
    }

    /// The descriptor, to make a file, pipe or socket of it again.
    #[must_use]
    pub fn into_fd(self) -> OwnedFd {
        self.0
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Serialize for Descriptor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = attachments::attach(self.as_fd()).map_err(S::Error::custom)?;
        number.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Descriptor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Descriptor, D::Error> {
        let number = u32::deserialize(deserializer)?;
        attachments::take(number)
            .map(Descriptor)
            .map_err(D::Error::custom)
    }
}

/// A connection on its way.
#[derive(Serialize, Deserialize)]
struct Travelling {
    socket: u32,
    readable: bool,
    writable: bool,
    limit: u64,
    /// What was read and not received, and the descriptors that have arrived with it.
    unread: ByteBuf,
    arrived: Vec<u32>,
    /// Its lanes, if it is the end of a pipe.
    inward: Option<memory::Travelling>,
    outward: Option<memory::Travelling>,
}

impl Serialize for Connection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let travelling = depart(self).map_err(S::Error::custom)?;
        travelling.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Connection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Connection, D::Error> {
        arrive(Travelling::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn depart(connection: &Connection) -> Result<Travelling, Refusal> {
    if connection.is_secure() {
        return Err(attachments::refuse(
            "an encrypted connection belongs to the process that made it",
        ));
    }
    if connection.has_pending() {
        return Err(attachments::refuse(
            "a message was sent over the connection in part; flush it first",
        ));
    }
    let unread = match connection.receiving() {
        Some(receiver) => receiver.unread().ok_or_else(|| {
            attachments::refuse("a message that was too long is still arriving on the connection")
        })?,
        None => Vec::new(),
    };
    let arrived = connection.socket().with_arrived(|descriptors| {
        let attached = descriptors
            .iter()
            .map(|one| attachments::attach(one.as_fd()));
        attached.collect::<Result<_, _>>()
    })?;
    let lane = |lane: Option<&Lane>| lane.map(|lane| memory::depart(lane.place())).transpose();
    let [inward, outward] = connection.lanes();
    Ok(Travelling {
        socket: attachments::attach(connection.descriptor())?,
        readable: connection.is_readable(),
        writable: connection.is_writable(),
        limit: connection.max_message(),
        unread: ByteBuf::from(unread),
        arrived,
        inward: lane(inward)?,
        outward: lane(outward)?,
    })
}

fn arrive(travelling: Travelling) -> Result<Connection, Refusal> {
    let ways = match (travelling.readable, travelling.writable) {
        (true, true) => Ways::Both,
        (true, false) => Ways::In,
        (false, true) => Ways::Out,
        (false, false) => return Err(attachments::refuse("a connection without a direction came")),
    };
    let socket = Socket::adopt(attachments::take(travelling.socket)?);
    let socket = socket.map_err(|error| attachments::refuse(error.to_string()))?;
    let socket = socket.ok_or_else(|| {
        attachments::refuse("the open file that came as a connection is no connected stream socket")
    })?;
    let arrived = travelling.arrived.into_iter().map(attachments::take);
    let arrived: Vec<OwnedFd> = arrived.collect::<Result<_, _>>()?;
    if !arrived.is_empty() {
        socket.put_arrived(arrived);
    }
    let lane = |place: Option<_>| {
        place
            .map(|place| memory::arrive(&place, Lane::at))
            .transpose()
    };
    let lanes = [lane(travelling.inward)?, lane(travelling.outward)?];
    let connection = Connection::plain(socket, ways, travelling.limit);
    Ok(connection.with_lanes(lanes, travelling.unread.into_vec()))
}
