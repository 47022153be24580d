//! One end of a connection.

use std::fmt;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use manyways_wire::{DEFAULT_MAX_FRAME, SecureStream};

use super::error::{Attempt, Error, Reason, Result};
use super::inlet::Inlet;
use super::lane::Lane;
use super::receiver::Receiver;
use super::sender::Sender;
use super::socket::Socket;
use super::stream;

/// The longest message of a pipe: 1 TiB. Memory for it grows only as its bytes arrive.
pub(crate) const PIPE_LIMIT: u64 = 1 << 40;

/// The longest message of another connection until [`Connection::set_max_message`] says otherwise: 64 MiB.
pub(crate) const LIMIT: u64 = DEFAULT_MAX_FRAME;

/// One end of a connection between two processes: whole messages, in order, in one direction or in both.
///
/// Made by [`pipe`](super::pipe()), [`Listener`](super::Listener) and [`Client`](super::Client). A message is any serde
/// value ([`send`](Self::send), [`recv`](Self::recv)) or plain bytes ([`send_bytes`](Self::send_bytes),
/// [`recv_bytes`](Self::recv_bytes)). Messages do not carry their types: both sides name the same ones (mind that a literal
/// is an `i32` unless said otherwise).
///
/// ```
/// use multiprocessing::connection::pipe;
///
/// let (mut here, mut there) = pipe()?;
/// here.send(&(42, None::<u8>, "hello"))?;
/// assert_eq!(there.recv::<(i32, Option<u8>, String)>()?, (42, None, "hello".to_owned()));
/// # Ok::<(), multiprocessing::connection::Error>(())
/// ```
///
/// # Who has it
///
/// A forked child inherits the connections of its parent, as in Python: one that is moved into the child's closure is the
/// child's from then on. An end is for one process at a time: one that receives over a socket reads ahead, and takes several
/// small messages with one system call, which are not there for another; and long messages of two senders would be mixed. For
/// several use a queue. An end of a [`pipe`](super::pipe()) whose process is gone may be used by the next that has it: nothing is lost
/// that was not being received or sent in pieces, as messages of more than 16 KiB are. The end of
/// the stream reaches the other side when the last process has closed its copy of this one, so drop what a process does not
/// need, in the child and in the parent. An encrypted end must be used in one process only: in two it would encrypt
/// different messages in the same way.
///
/// A connection can itself be sent over a connection: [`send`](Self::send) takes a `&Connection`, or anything that holds
/// some, and the receiver gets one of its own, together with what this end had read ahead. Then this end should be dropped,
/// unused. So can any open file, in a [`Descriptor`](super::Descriptor).
///
/// # Death
///
/// What `send` has returned for is out of this process: it arrives even if this process is killed in the next moment.
/// When the other side is gone, the messages that it had sent arrive first, and then the receive fails with
/// [`is_closed`](Error::is_closed), or [`is_truncated`](Error::is_truncated) if it died in the middle of one.
///
/// # Differences from Python
///
/// [`send_timeout`](Self::send_timeout) and [`recv_timeout`](Self::recv_timeout) have limits. Methods take `&mut self`; for two threads there is [`split`](Self::split). `recv_bytes` with a maximum drops a longer
/// message and goes on with the next, where Python's connection is unusable. The frames on the wire are Manyways' own.
/// A message of more than 64 MiB over a connection from a listener needs [`set_max_message`](Self::set_max_message) on
/// both sides; pipes take 1 TiB.
pub struct Connection {
    receiver: Option<Receiver>,
    sender: Option<Sender>,
    socket: Socket,
}

/// Which directions an end has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ways {
    Both,
    In,
    Out,
}

impl Connection {
    /// A connection over a connected stream socket, such as one end of a `UnixStream::pair()`. At the other side, too, must be a
    /// connection.
    ///
    /// # Errors
    ///
    /// When the descriptor is no connected stream socket.
    pub fn from_socket(socket: impl Into<OwnedFd>) -> Result<Connection> {
        let adopted = Socket::adopt(socket.into());
        match adopted.map_err(|error| Error::system(Attempt::Adopt, error))? {
            Some(socket) => Ok(Connection::plain(socket, Ways::Both, LIMIT)),
            None => Err(Error::new(Attempt::Adopt, Reason::NoConnection)),
        }
    }

    pub(crate) fn plain(socket: Socket, ways: Ways, limit: u64) -> Connection {
        let parts = stream::plain(&socket);
        Connection::over(socket, parts, ways, limit)
    }

    pub(crate) fn secure(stream: SecureStream<Socket>) -> manyways_wire::Result<Connection> {
        let socket = stream.get_ref().clone();
        let parts = stream::secure(stream)?;
        Ok(Connection::over(socket, parts, Ways::Both, LIMIT))
    }

    fn over(
        socket: Socket,
        (input, output): (stream::Input, stream::Output),
        ways: Ways,
        limit: u64,
    ) -> Connection {
        let receiver = Receiver::new(input, socket.clone(), limit);
        let sender = Sender::new(output, socket.clone(), limit);
        Connection {
            receiver: (ways != Ways::Out).then_some(receiver),
            sender: (ways != Ways::In).then_some(sender),
            socket,
        }
    }

    /// As Python's `readable`: whether messages can be received here.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.receiver.is_some()
    }

    /// As Python's `writable`: whether messages can be sent here.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.sender.is_some()
    }

    /// Sets the largest message, in bytes, that is sent or received here.
    ///
    /// It bounds what the other side can make this process allocate. Until then it is 64 MiB, or 1 TiB for pipes.
    pub fn set_max_message(&mut self, bytes: u64) {
        if let Some(receiver) = &mut self.receiver {
            receiver.set_limit(bytes);
        }
        if let Some(sender) = &mut self.sender {
            sender.set_limit(bytes);
        }
    }

    /// The limit that [`set_max_message`](Self::set_max_message) sets.
    #[must_use]
    pub fn max_message(&self) -> u64 {
        let sending = self.sender.as_ref().map(Sender::limit);
        let receiving = self.receiver.as_ref().map(Receiver::limit);
        receiving.or(sending).unwrap_or(LIMIT)
    }

    /// The two directions of this end, for two threads: one that receives and one that sends. The other side reads the end of
    /// the stream when both are gone.
    ///
    /// # Errors
    ///
    /// [`is_wrong_way`](Error::is_wrong_way) when it has only one direction.
    pub fn split(mut self) -> Result<(Connection, Connection)> {
        let (receiver, sender) = match (self.receiver.take(), self.sender.take()) {
            (Some(receiver), Some(sender)) => (receiver, sender),
            (None, _) => return Err(Error::new(Attempt::Receive, Reason::NotReadable)),
            (_, None) => return Err(Error::new(Attempt::Send, Reason::NotWritable)),
        };
        let socket = self.socket.clone();
        let receiving = Connection {
            receiver: Some(receiver),
            sender: None,
            socket: socket.clone(),
        };
        let sending = Connection {
            receiver: None,
            sender: Some(sender),
            socket,
        };
        Ok((receiving, sending))
    }

    /// The descriptor, Python's `fileno`, for those who wait in their own ways. It becomes readable when something is sent from now on.
    /// It knows nothing of what was sent or read ahead before: ask [`poll`](Self::poll), without time, before you wait, and when
    /// it has become readable. The easier way is [`wait`](super::wait()).
    ///
    /// For a pipe this has a price: from now on each message costs its sender a system call, as over a socket.
    ///
    /// # Panics
    ///
    /// Never on a connection that a program has: those that forked children have no part in are kept inside this crate.
    #[must_use]
    pub fn as_fd(&self) -> BorrowedFd<'_> {
        if let Some(inlet) = self.inlet() {
            inlet.lane().bell.listen_for_good();
        }
        self.descriptor()
    }

    /// The descriptor alone.
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.fd().expect("a connection of this process")
    }

    /// Closes this end, as dropping it does. But an encrypted connection says first that it ends here, in a way that nobody
    /// on the line could; one that is dropped is [cut](Error::is_cut) for the other side. A message that
    /// [is pending](Error::is_pending) is sent before, as long as it takes.
    ///
    /// # Errors
    ///
    /// When that could not be said, or sent.
    pub fn close(mut self) -> Result<()> {
        self.sender
            .take()
            .map_or(Ok(()), |mut sender| sender.close())
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.receiver.as_ref().is_some_and(Receiver::is_secure)
            || self.sender.as_ref().is_some_and(Sender::is_secure)
    }

    pub(crate) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// The receiving direction, to be looked at.
    pub(crate) fn receiving(&self) -> Option<&Receiver> {
        self.receiver.as_ref()
    }

    /// The sending direction, to be looked at.
    pub(crate) fn sending(&self) -> Option<&Sender> {
        self.sender.as_ref()
    }

    pub(super) fn receiver_mut(&mut self) -> Option<&mut Receiver> {
        self.receiver.as_mut()
    }

    pub(super) fn sender_mut(&mut self) -> Option<&mut Sender> {
        self.sender.as_mut()
    }

    /// This end with a lane in and one out, if it has such directions and lanes, and with what another one had read and not received.
    pub(crate) fn with_lanes(
        self,
        [inward, outward]: [Option<Lane>; 2],
        unread: Vec<u8>,
    ) -> Connection {
        let receiver = self.receiver.map(|receiver| {
            let receiver = match inward {
                Some(lane) => receiver.beside(lane, &unread),
                None => receiver,
            };
            receiver.with_unread(unread)
        });
        let sender = self.sender.map(|sender| match outward {
            Some(lane) => sender.beside(lane),
            None => sender,
        });
        Connection {
            receiver,
            sender,
            socket: self.socket,
        }
    }

    /// In and out.
    pub(crate) fn lanes(&self) -> [Option<&Lane>; 2] {
        [
            self.inlet().map(Inlet::lane),
            self.sender.as_ref().and_then(Sender::lane),
        ]
    }

    pub(crate) fn inlet(&self) -> Option<&Inlet> {
        self.receiver.as_ref().and_then(Receiver::inlet)
    }

    pub(crate) fn has_buffered(&self) -> bool {
        self.receiver.as_ref().is_some_and(Receiver::has_buffered)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field(
                "descriptor",
                &self.socket.fd().map(|fd| fd.as_raw_fd()).ok(),
            )
            .field("readable", &self.is_readable())
            .field("writable", &self.is_writable())
            .field("encrypted", &self.is_secure())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::connection::pipe;

    #[test]
    fn a_message_that_could_not_be_sent_is_passed_over() {
        manyways_testkit::guarded(|| {
            let (mut here, mut there) = pipe().unwrap();
            for number in 0..3 {
                here.sender().unwrap().fail();
                here.sender().unwrap().fail();
                here.send(&number).unwrap();
                here.sender().unwrap().fail();
                here.send_bytes(&[number; 50_000]).unwrap();
                assert_eq!(there.recv::<u8>().unwrap(), number);
                assert_eq!(there.recv_bytes().unwrap(), [number; 50_000]);
            }
            assert!(!there.poll(Some(Duration::ZERO)).unwrap());
        });
    }
}
