//! What is sent and received over a connection.

use std::time::{Duration, Instant};

use serde::{Serialize, de::DeserializeOwned};

use super::end::Connection;
use super::error::{Attempt, Error, Reason, Result};
use super::receiver::Receiver;
use super::sender::Sender;

impl Connection {
    /// Sends a message: encodes it, and waits while the other side does not read and its buffer is full.
    ///
    /// Over a socket one system call for messages that fit into that buffer; over a pipe, for short messages, only one if the other
    /// side sleeps, and one every 50 µs to see whether it is still there. Connections, open files, queues, locks and shared memory
    /// in the message travel with it, if this is a connection over a UNIX socket.
    ///
    /// # Errors
    ///
    /// [`is_encode`](Error::is_encode) and [`is_too_long`](Error::is_too_long): nothing was sent.
    /// [`is_closed`](Error::is_closed): the other side is gone. [`is_wrong_way`](Error::is_wrong_way).
    pub fn send<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<()> {
        self.sender()?.send(message)
    }

    /// Waits for the next message.
    ///
    /// # Errors
    ///
    /// [`is_closed`](Error::is_closed) and [`is_truncated`](Error::is_truncated) when the other side is gone;
    /// [`is_decode`](Error::is_decode) when the message is no `T`, which is dropped; [`is_too_long`](Error::is_too_long);
    /// [`is_wrong_way`](Error::is_wrong_way).
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<T> {
        self.receiver()?.recv()
    }

    /// As [`recv`](Self::recv), for at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv), and [`is_timeout`](Error::is_timeout): what has arrived of a message is kept for the next
    /// call.
    pub fn recv_timeout<T: DeserializeOwned>(&mut self, limit: Duration) -> Result<T> {
        let deadline = Instant::now().checked_add(limit);
        let _limited = self.socket().read_until(deadline);
        self.recv()
    }

    /// As [`send`](Self::send), for at most `limit`.
    ///
    /// A message of more than 16 KiB may go out in part. Then the rest is kept here, nothing is sent before it, and a receiver waits
    /// for it: so the stream of messages goes on whole, whatever becomes of the limit. A process that is stopped, or does not read,
    /// holds up nobody who sends to it in this way.
    ///
    /// ```
    /// use multiprocessing::connection::pipe;
    /// use std::time::Duration;
    ///
    /// let (mut here, mut there) = pipe()?;
    /// let limit = Duration::from_millis(10);
    /// // Nobody reads. After some messages the pipe is full.
    /// let sent = (0..).find(|number: &u64| here.send_timeout(number, limit).is_err());
    /// let sent = sent.expect("a pipe has an end");
    /// for number in 0..sent {
    ///     assert_eq!(there.recv::<u64>()?, number);
    /// }
    /// here.send_timeout(&sent, limit)?;
    /// # Ok::<(), multiprocessing::connection::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and [`is_timeout`](Error::is_timeout): there was no room. If it [is pending](Error::is_pending) too,
    /// a part of the message has gone out; else nothing, and it may be sent again.
    pub fn send_timeout<T: Serialize + ?Sized>(
        &mut self,
        message: &T,
        limit: Duration,
    ) -> Result<()> {
        self.sending_for(limit, |sender| sender.send(message))
    }

    /// As [`send_timeout`](Self::send_timeout), without waiting. A message that is longer than the room there is, which differs, is
    /// sent in part then, and [is pending](Error::is_pending).
    ///
    /// # Errors
    ///
    /// As [`send_timeout`](Self::send_timeout).
    pub fn try_send<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<()> {
        self.send_timeout(message, Duration::ZERO)
    }

    /// As [`send_bytes`](Self::send_bytes), for at most `limit`: see [`send_timeout`](Self::send_timeout).
    ///
    /// # Errors
    ///
    /// As [`send_timeout`](Self::send_timeout).
    pub fn send_bytes_timeout(&mut self, message: &[u8], limit: Duration) -> Result<()> {
        self.sending_for(limit, |sender| sender.send_bytes(message))
    }

    /// Sends what is left of a message that [is pending](Error::is_pending); without limit if `None`. Nothing to do if none is.
    ///
    /// # Errors
    ///
    /// [`is_pending`](Error::is_pending) if it still is; else as [`send`](Self::send).
    pub fn flush(&mut self, timeout: Option<Duration>) -> Result<()> {
        match timeout {
            Some(limit) => self.sending_for(limit, Sender::flush),
            None => self.sender()?.flush(),
        }
    }

    /// Whether a message [is pending](Error::is_pending). If this end is dropped then, the other side gets the beginning of it, which
    /// [is truncated](Error::is_truncated).
    #[must_use]
    pub fn has_pending(&self) -> bool {
        self.sending().is_some_and(Sender::has_pending)
    }

    fn sending_for<R>(
        &mut self,
        limit: Duration,
        send: impl FnOnce(&mut Sender) -> Result<R>,
    ) -> Result<R> {
        let deadline = Instant::now().checked_add(limit);
        let _limited = self.socket().write_until(deadline);
        send(self.sender()?)
    }

    /// Sends bytes as a message, without copying them (unless they are few). Python's offset and size are a slice here.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_bytes(&mut self, message: &[u8]) -> Result<()> {
        self.sender()?.send_bytes(message)
    }

    /// Waits for the next message and gives its bytes, also of one that was sent with [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_bytes(&mut self) -> Result<Vec<u8>> {
        let mut message = Vec::new();
        self.recv_bytes_to(&mut message)?;
        Ok(message)
    }

    /// As [`recv_bytes`](Self::recv_bytes), into the memory of a `Vec`, whose content is replaced.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_bytes_to(&mut self, message: &mut Vec<u8>) -> Result<()> {
        self.receiver()?.recv_bytes(message)
    }

    /// As [`recv_bytes`](Self::recv_bytes), for a message of at most `longest` bytes.
    ///
    /// # Errors
    ///
    /// [`is_too_long`](Error::is_too_long): the message was longer; it has been received and dropped, without memory for it,
    /// and the connection goes on with the next. Else as [`recv`](Self::recv).
    pub fn recv_bytes_up_to(&mut self, longest: u64) -> Result<Vec<u8>> {
        let mut message = Vec::new();
        self.receiver()?.recv_bytes_up_to(longest, &mut message)?;
        Ok(message)
    }

    /// Waits for the next message, copies its bytes to the front of `buffer`, and says how many they are.
    ///
    /// # Errors
    ///
    /// [`is_buffer_too_short`](Error::is_buffer_too_short): the message is in the [error](Error::into_message), and the
    /// buffer as before. Else as [`recv`](Self::recv).
    pub fn recv_bytes_into(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.receiver()?.recv_bytes_into(buffer)
    }

    /// Whether there is something to receive: a message, or the end, or the beginning of a message whose rest is under way.
    /// Waits at most so long for it, without limit if `None`. For several connections at once there is
    /// [`wait`](super::wait()).
    ///
    /// # Errors
    ///
    /// [`is_wrong_way`](Error::is_wrong_way), or when the system refuses to wait.
    pub fn poll(&self, timeout: Option<Duration>) -> Result<bool> {
        let deadline = timeout.and_then(|limit| Instant::now().checked_add(limit));
        match self.receiving() {
            Some(receiver) => receiver.poll(deadline),
            None => Err(Error::new(Attempt::Poll, Reason::NotReadable)),
        }
    }

    fn receiver(&mut self) -> Result<&mut Receiver> {
        let wrong = || Error::new(Attempt::Receive, Reason::NotReadable);
        self.receiver_mut().ok_or_else(wrong)
    }

    pub(super) fn sender(&mut self) -> Result<&mut Sender> {
        let wrong = || Error::new(Attempt::Send, Reason::NotWritable);
        self.sender_mut().ok_or_else(wrong)
    }
}
