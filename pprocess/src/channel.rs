//! Channels: typed messages in both directions, each acknowledged.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use manyways_process::{Child, Exit, Link, catch_panic, poll_ready};
use manyways_wire as wire;
use serde::{Serialize, de::DeserializeOwned};

use crate::Error;
use crate::endpoint::{Endpoint, Interest, Peer};
use crate::error::{Kind, Result};
use crate::protocol::{Ending, Message, Tag};
use crate::time::{deadline, left};

/// One end of a connection between two processes: sends values of type `S`, receives values of type
/// `R`. The other end is a `Channel<R, S>`.
///
/// # Acknowledgement
///
/// [`send`](Channel::send) returns when the other program has *taken* the message with
/// [`receive`](Channel::receive) (or is itself inside `send`, and has it in hand). So at most one
/// message of each direction is under way, a fast sender is held back by a slow receiver, and a
/// message whose `send` returned is not lost. It is what the original does; there both ends sending
/// at once is an error, here they pass each other.
///
/// # Ends
///
/// The process at the other side may end at any time, killed even; then `receive` gives the messages
/// that came before, and after them an error which says how the process ended.
///
/// Dropping the parent's end of a channel made by [`start`](crate::start) kills the child if it still
/// runs (the original leaves it behind). [`wait`](Channel::wait) lets it come to its end.
#[derive(Debug)]
pub struct Channel<S, R = ()> {
    /// Boxed because channels move about, and this is large.
    endpoint: Box<Endpoint>,
    inbox: VecDeque<Incoming<R>>,
    /// How many of the last messages in the inbox have not been acknowledged: 0 or 1.
    unacknowledged: usize,
    /// Whether our last message has not been acknowledged.
    awaiting: bool,
    /// The call whose result is due here, for errors.
    call: Option<usize>,
    sends: PhantomData<fn(&S)>,
}

/// A message that has arrived: the value, or why there is none.
type Incoming<R> = Result<R>;

impl<S, R> Channel<S, R> {
    pub(crate) fn new(endpoint: Endpoint) -> Channel<S, R> {
        Channel {
            endpoint: Box::new(endpoint),
            inbox: VecDeque::new(),
            unacknowledged: 0,
            awaiting: false,
            call: None,
            sends: PhantomData,
        }
    }

    pub(crate) fn with_peer(link: Link, peer: Peer) -> Result<Channel<S, R>> {
        match Endpoint::new(link, peer) {
            Ok(endpoint) => Ok(Channel::new(endpoint)),
            Err(error) => Err(Error::process("open a channel", error)),
        }
    }

    /// The parent's end of a child's channel.
    pub(crate) fn to_child(child: Child, link: Link, call: Option<usize>) -> Result<Channel<S, R>> {
        let mut channel = Channel::with_peer(link, Peer::Child(child))?;
        channel.call = call;
        Ok(channel)
    }

    /// The child's end.
    pub(crate) fn to_creator(link: &mut Link) -> Result<Channel<S, R>> {
        let creator = nix::unistd::getppid().as_raw().unsigned_abs();
        Channel::with_peer(link.take(), Peer::Creator(creator))
    }

    /// The process at the other side: in a parent the child, in a child the parent.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.endpoint.pid()
    }

    /// Closes this side. The other side receives what was sent before, then finds the channel closed.
    /// A child is not ended by this, but by dropping the channel.
    pub fn close(&mut self) {
        self.endpoint.close();
    }

    /// Closes this side and waits until the child at the other side has ended.
    ///
    /// # Errors
    ///
    /// If the other side is not a child of this process.
    pub fn wait(&mut self) -> Result<Exit> {
        let why = "only a parent can wait for a process, and only for its child";
        match self.endpoint.wait_for_child() {
            Some(Ok(exit)) => Ok(exit),
            Some(Err(error)) => Err(Error::process("wait for a process", error)),
            None => Err(Error::new("wait for a process", Kind::Misuse(why))),
        }
    }

    pub(crate) fn endpoint(&mut self) -> &mut Endpoint {
        &mut self.endpoint
    }

    pub(crate) fn set_call(&mut self, call: Option<usize>) {
        self.call = call;
    }

    pub(crate) fn call(&self) -> Option<usize> {
        self.call
    }

    /// Whether `receive` would return at once, with a message or with an error.
    pub(crate) fn has_news(&self) -> bool {
        !self.inbox.is_empty() || self.endpoint.ending().is_some()
    }

    /// Whether the other side has ended in good order and all of its messages have been taken.
    pub(crate) fn is_finished(&self) -> bool {
        self.inbox.is_empty() && matches!(self.endpoint.ending(), Some(Ending::Finished))
    }

    /// Whether the other side has ended and all of its messages have been taken.
    pub(crate) fn is_over(&self) -> bool {
        self.inbox.is_empty() && self.endpoint.ending().is_some()
    }

    /// Whether no more can come from the other side, though how it ended may not be known yet.
    pub(crate) fn has_hung_up(&self) -> bool {
        self.endpoint.has_hung_up()
    }

    pub(crate) fn is_background(&self) -> bool {
        self.endpoint.is_background()
    }

    pub(crate) fn end_of_child(&self) -> Option<Interest<'_>> {
        self.endpoint.end_of_child()
    }

    pub(crate) fn interests(&self) -> impl Iterator<Item = Interest<'_>> {
        self.endpoint.interests()
    }

    pub(crate) fn post_call(&mut self, message: Message) {
        self.endpoint.post(message);
    }

    /// Whether the other side has ended without having read the call that it was sent last.
    pub(crate) fn has_lost_its_call(&self) -> bool {
        self.inbox.is_empty() && self.endpoint.left_something_unread()
    }

    fn error(&self, attempted: &'static str, kind: Kind) -> Error {
        Error::new(attempted, kind)
            .with_pid(self.pid())
            .with_call(self.call)
    }

    fn ended(&self, attempted: &'static str) -> Error {
        let kind = match self.endpoint.ending().cloned() {
            // A process that was started for a result has no business to end without one.
            Some(Ending::Finished) | None if self.call.is_some() => Kind::Silent,
            Some(ending) => Kind::Ended(ending),
            None => Kind::Ended(Ending::Finished),
        };
        self.error(attempted, kind)
    }

    /// In a process that is used again: waits for the next call. `None` when there will be none.
    pub(crate) fn next_call(&mut self) -> Option<Vec<u8>> {
        loop {
            self.endpoint.flush();
            while let Some((tag, content)) = self.endpoint.next() {
                if tag == Tag::Call {
                    return Some(content.to_vec());
                }
            }
            if self.has_hung_up() || !self.wait_for_change("wait for a call", None).ok()? {
                return None;
            }
        }
    }

    fn acknowledge(&mut self) {
        self.unacknowledged = 0;
        self.endpoint.post(Tag::Ack.message());
    }

    /// Waits until something can change here; `false` when the time is over.
    fn wait_for_change(&mut self, attempted: &'static str, until: Option<Instant>) -> Result<bool> {
        let interests: Vec<_> = self.endpoint.interests().collect();
        match poll_ready(&interests, left(until)) {
            Ok(ready) => Ok(!ready.is_empty()),
            Err(error) => Err(Error::system(attempted, error)),
        }
    }
}

impl<S, R: DeserializeOwned> Channel<S, R> {
    /// Takes the next message, waiting for it.
    ///
    /// # Errors
    ///
    /// Once the other side has ended and its messages have been taken: `is_died`, `is_panic`, or
    /// `is_closed` if it ended in good order. `is_refused` if there is no value because it could not be
    /// encoded over there, `is_decode` if the message is not an `R` or decoding it panicked; after these
    /// two the channel goes on.
    pub fn receive(&mut self) -> Result<R> {
        let message = self.receive_until(None)?;
        message.ok_or_else(|| self.error("receive a message", Kind::TimedOut))
    }

    /// Takes the next message, waiting at most `timeout`; `None` if none has come by then.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    pub fn receive_timeout(&mut self, timeout: Duration) -> Result<Option<R>> {
        self.receive_until(deadline(Some(timeout)))
    }

    fn receive_until(&mut self, until: Option<Instant>) -> Result<Option<R>> {
        loop {
            self.pump();
            if let Some(message) = self.take_message() {
                return message.map(Some);
            }
            if self.endpoint.ending().is_some() {
                return Err(self.ended("receive a message"));
            }
            if !self.wait_for_change("receive a message", until)? {
                return Ok(None);
            }
        }
    }

    fn take_message(&mut self) -> Option<Incoming<R>> {
        let message = self.inbox.pop_front()?;
        if self.inbox.is_empty() && self.unacknowledged > 0 {
            self.acknowledge();
        }
        Some(message)
    }

    /// Reads what has arrived, up to a message that nobody has taken yet. Does not wait.
    pub(crate) fn pump(&mut self) {
        self.endpoint.flush();
        while self.inbox.is_empty() && self.read_one() {}
    }

    /// Reads one message, if one has arrived.
    fn read_one(&mut self) -> bool {
        let Some((tag, content)) = self.endpoint.next() else {
            return false;
        };
        let arrived = match tag {
            Tag::Ack => {
                self.awaiting = false;
                return true;
            }
            Tag::End => {
                let ending = wire::decode(content);
                self.end(ending.unwrap_or_else(|error| Ending::Lost(error.to_string())));
                return true;
            }
            Tag::Done => {
                self.endpoint.announce(Ending::Finished);
                return true;
            }
            Tag::Data => decode(content),
            Tag::Refused => Err(Kind::Refused(String::from_utf8_lossy(content).into_owned())),
            Tag::Call | Tag::Hello | Tag::Busy => {
                Err(Kind::Protocol("sent a message that has no place here"))
            }
        };
        let message = arrived.map_err(|kind| self.error("receive a message", kind));
        self.inbox.push_back(message);
        self.unacknowledged += 1;
        true
    }

    /// The background process has ended and says how.
    fn end(&mut self, ending: Ending) {
        self.endpoint.post(Tag::Ack.message());
        self.endpoint.announce(ending);
    }
}

impl<S: Serialize, R: DeserializeOwned> Channel<S, R> {
    /// Sends a message and waits until it is acknowledged; see the type's documentation.
    ///
    /// # Errors
    ///
    /// `is_encode` if the value cannot be encoded: nothing was sent. `is_died`, `is_panic` or
    /// `is_closed` if the other side has ended before it took the message.
    pub fn send(&mut self, value: &S) -> Result<()> {
        let mut message = Tag::Data.message();
        wire::encode_into(value, &mut message)
            .map_err(|error| Error::new("send a message", Kind::Encode(error)))?;
        self.send_message(message)
    }
}

impl<S, R: DeserializeOwned> Channel<S, R> {
    /// Sends word that there is no value, in its place.
    pub(crate) fn send_refusal(&mut self, why: &Error) -> Result<()> {
        let mut message = Tag::Refused.message();
        message.extend_from_slice(why.to_string().as_bytes());
        self.send_message(message)
    }

    fn send_message(&mut self, message: Vec<u8>) -> Result<()> {
        self.endpoint.post(message);
        self.awaiting = true;
        loop {
            self.read_until_acknowledged()?;
            if !self.awaiting {
                return Ok(());
            }
            if self.endpoint.ending().is_some() {
                return Err(self.ended("send a message"));
            }
            self.wait_for_change("send a message", None)?;
        }
    }

    /// A message that crosses ours is acknowledged before it is taken: the other side waits as we do.
    fn read_until_acknowledged(&mut self) -> Result<()> {
        self.endpoint.flush();
        while self.awaiting && self.read_one() {
            if self.unacknowledged == 0 {
                continue;
            }
            if self.inbox.len() > 1 {
                let kind =
                    Kind::Protocol("sends and sends, as this one does, and neither receives");
                return Err(self.error("send a message", kind));
            }
            self.acknowledge();
        }
        Ok(())
    }
}

/// A panic of the program's own `Deserialize` is an error at the message's place, as a refusal is: the
/// other channels of a map or a queue must not suffer from it.
fn decode<R: DeserializeOwned>(content: &[u8]) -> Result<R, Kind> {
    match catch_panic(|| wire::decode(content)) {
        Ok(value) => value.map_err(Kind::Decode),
        Err(report) => Err(Kind::DecodePanicked(report)),
    }
}

/// The channel of a background process, by the original's name. Behind it stands the supervisor, which
/// takes messages whether a client is connected or not, so to the process it is a channel as any other:
/// a client that goes away is not an end, and the next one goes on where it stopped.
pub type PersistentChannel<S, R = ()> = Channel<S, R>;
