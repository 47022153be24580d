//! The process between a worker and its clients.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use manyways_process::{Link, poll_ready};
use manyways_wire as wire;

use super::address::{Bound, Credentials, PAUSE, credentials, may_talk, own_uid};
use super::connect::GREETING_LIMIT;
use super::launch::Launch;
use super::mailbox::Mailbox;
use crate::endpoint::{Endpoint, Peer};
use crate::protocol::{Ending, Tag};
use crate::time::{deadline, left};

/// Relays between one worker and one client at a time, until a client knows how the worker ended.
pub(super) struct Supervisor {
    bound: Bound,
    worker: Endpoint,
    client: Option<Client>,
    mailbox: Mailbox,
    to_worker: ToWorker,
    lifetime: Option<Duration>,
    /// When the last client left, or all began.
    alone_since: Instant,
    end_taken: bool,
    /// The starter is about to connect: until then, the first client is waited for.
    awaits_starter_until: Option<Instant>,
}

struct Client {
    endpoint: Endpoint,
    /// The oldest message of the mailbox is with the client, and not acknowledged.
    in_flight: bool,
    end_sent: bool,
}

/// The way of clients' messages: one at the worker, and one of the present client behind it.
#[derive(Default)]
struct ToWorker {
    unacknowledged: Option<Sender>,
    next: Option<Vec<u8>>,
}

/// Who waits for the worker's acknowledgement.
#[derive(PartialEq)]
enum Sender {
    Present,
    Gone,
}

impl Supervisor {
    pub(super) fn new(bound: Bound, worker: Endpoint, launch: &Launch) -> Supervisor {
        Supervisor {
            bound,
            worker,
            client: None,
            mailbox: Mailbox::default(),
            to_worker: ToWorker::default(),
            lifetime: launch.lifetime,
            alone_since: Instant::now(),
            end_taken: false,
            awaits_starter_until: deadline(launch.connects.then_some(GREETING_LIMIT)),
        }
    }

    /// Supervises to the end, and removes the socket file then. A worker that is abandoned is killed.
    pub(super) fn run(mut self) {
        loop {
            self.hear_worker();
            self.hear_client();
            self.deliver();
            self.wait_no_longer_for_the_starter();
            if self.is_done() || self.is_abandoned() || self.wait().is_err() {
                break;
            }
            self.admit_clients();
        }
        self.bound.remove();
    }

    fn hear_worker(&mut self) {
        self.worker.flush();
        while let Some((tag, content)) = self.worker.next() {
            match tag {
                Tag::Data | Tag::Refused => {
                    let message = [tag.message().as_slice(), content].concat();
                    if self.mailbox.put(message) {
                        self.worker.post(Tag::Ack.message());
                    }
                }
                Tag::Ack => self.worker_has_taken(),
                Tag::Done => self.worker.announce(Ending::Finished),
                // Our own worker sends nothing else.
                Tag::Call | Tag::Hello | Tag::Busy | Tag::End => {}
            }
        }
    }

    /// The worker has acknowledged a client's message: that client is told, and the next one sent.
    fn worker_has_taken(&mut self) {
        let sender = self.to_worker.unacknowledged.take();
        if let (Some(Sender::Present), Some(client)) = (sender, &mut self.client) {
            client.endpoint.post(Tag::Ack.message());
        }
        if let Some(message) = self.to_worker.next.take() {
            self.send_to_worker(message);
        }
    }

    fn send_to_worker(&mut self, message: Vec<u8>) {
        self.worker.post(message);
        self.to_worker.unacknowledged = Some(Sender::Present);
    }

    fn hear_client(&mut self) {
        while let Some((tag, message)) = self.next_of_client() {
            let understood = match tag {
                Tag::Ack => self.client_has_taken(),
                Tag::Data | Tag::Refused => self.client_sends(message),
                Tag::Call | Tag::Hello | Tag::Busy | Tag::End | Tag::Done => false,
            };
            if !understood {
                self.lose_client();
            }
        }
        let ended = |client: &Client| client.endpoint.has_hung_up();
        if self.client.as_ref().is_some_and(ended) {
            self.lose_client();
        }
    }

    fn next_of_client(&mut self) -> Option<(Tag, Vec<u8>)> {
        let client = self.client.as_mut()?;
        client.endpoint.flush();
        let (tag, content) = client.endpoint.next()?;
        let message = [tag.message().as_slice(), content].concat();
        Some((tag, message))
    }

    /// Whether there was something to acknowledge.
    fn client_has_taken(&mut self) -> bool {
        let Some(client) = &mut self.client else {
            return false;
        };
        if std::mem::take(&mut client.in_flight) {
            if self.mailbox.drop_oldest() {
                self.worker.post(Tag::Ack.message());
            }
            return true;
        }
        self.end_taken |= client.end_sent;
        client.end_sent
    }

    /// Whether the client may send: it waits for an acknowledgement before it sends again.
    fn client_sends(&mut self, message: Vec<u8>) -> bool {
        match self.to_worker.unacknowledged {
            None => self.send_to_worker(message),
            Some(Sender::Gone) if self.to_worker.next.is_none() => {
                self.to_worker.next = Some(message);
            }
            Some(_) => return false,
        }
        true
    }

    /// What the client had not acknowledged is for the next one. What it sent and the worker does not
    /// have yet is dropped: nobody has told the client that it arrived.
    fn lose_client(&mut self) {
        self.client = None;
        self.alone_since = Instant::now();
        self.to_worker.next = None;
        if self.to_worker.unacknowledged.is_some() {
            self.to_worker.unacknowledged = Some(Sender::Gone);
        }
    }

    fn deliver(&mut self) {
        let Some(client) = &mut self.client else {
            return;
        };
        if client.in_flight || client.end_sent {
            return;
        }
        if let Some(message) = self.mailbox.oldest() {
            client.endpoint.post(message.to_vec());
            client.in_flight = true;
        } else if let Some(ending) = self.worker.ending() {
            let mut message = Tag::End.message();
            // A handful of strings and numbers; postcard has no objection to them.
            if wire::encode_into(ending, &mut message).is_ok() {
                client.endpoint.post(message);
            }
            client.end_sent = true;
        }
    }

    /// A worker that ended well leaves nothing to say but its messages. A failure has to be heard.
    fn is_done(&mut self) -> bool {
        let told = |client: &mut Client| client.end_sent && !client.endpoint.has_pending();
        match self.worker.ending() {
            None => false,
            Some(Ending::Finished) => {
                let nobody_comes = self.awaits_starter_until.is_none();
                self.mailbox.is_empty() && self.client.as_mut().map_or(nobody_comes, told)
            }
            Some(_) => self.end_taken,
        }
    }

    fn wait_no_longer_for_the_starter(&mut self) {
        let is_over = |until: &mut Instant| *until <= Instant::now();
        if self.client.is_some() {
            self.awaits_starter_until = None;
        }
        self.awaits_starter_until.take_if(is_over);
    }

    fn abandoned_at(&self) -> Option<Instant> {
        let lifetime = self.lifetime.filter(|_| self.client.is_none())?;
        self.alone_since.checked_add(lifetime)
    }

    fn is_abandoned(&self) -> bool {
        self.abandoned_at().is_some_and(|at| Instant::now() >= at)
    }

    fn wait(&mut self) -> std::io::Result<()> {
        let until = [self.abandoned_at(), self.awaits_starter_until];
        let until = until.into_iter().flatten().min();
        let listener = self.bound.listener();
        let listener = listener.map(|listener| (listener.as_fd(), false));
        let clients = self.client.iter();
        let clients = clients.flat_map(|client| client.endpoint.interests());
        let interests = listener.into_iter().chain(clients);
        let interests: Vec<_> = interests.chain(self.worker.interests()).collect();
        poll_ready(&interests, left(until)).map(drop)
    }

    fn admit_clients(&mut self) {
        while let Some(socket) = self.bound.listener().and_then(accept) {
            let Ok(who) = credentials(&socket) else {
                continue;
            };
            if !may_talk(own_uid(), who.uid) {
                continue;
            }
            // Whoever came after another had left shall not be told that it is still there.
            self.hear_client();
            self.admit(socket.into(), who);
        }
    }

    fn admit(&mut self, socket: OwnedFd, who: Credentials) {
        let link = Link::from_socket(socket);
        let Ok(mut endpoint) = Endpoint::new(link, Peer::Client(who.pid)) else {
            return;
        };
        match &self.client {
            Some(present) => endpoint.post(greeting(Tag::Busy, present.endpoint.pid())),
            None => {
                endpoint.post(greeting(Tag::Hello, self.worker.pid()));
                self.client = Some(Client {
                    endpoint,
                    in_flight: false,
                    end_sent: false,
                });
            }
        }
    }
}

fn accept(listener: &std::os::unix::net::UnixListener) -> Option<UnixStream> {
    loop {
        match listener.accept() {
            Ok((socket, _)) => return Some(socket),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return None,
            // No descriptor is left, perhaps. They stay in the queue, and the next look finds them.
            Err(_) => {
                std::thread::sleep(PAUSE);
                return None;
            }
        }
    }
}

fn greeting(tag: Tag, pid: u32) -> Vec<u8> {
    let mut message = tag.message();
    message.extend_from_slice(&pid.to_le_bytes());
    message
}
