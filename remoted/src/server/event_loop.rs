//! The server's one thread: waits for sockets and moves messages between them and the [`Share`].
//!
//! Every socket is non-blocking, so no client can make the others wait. A client has one call in
//! work at a time: while it waits for a lock, or does not take its answers, its further calls stay in
//! its socket.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::time::{Duration, Instant};

use manyways_process::Link;
use rustix::event::epoll::EventFlags;

use super::connection::{Arrived, Connection};
use super::handshakes::Handshakes;
use super::listener::Listener;
use super::poller::Poller;
use crate::init_share::Settings;
use crate::protocol::{Reply, Request};
use crate::share::{ClientId, Sent, Share, Work};

pub(super) const LISTENER: u64 = 0;
const CREATOR: u64 = 1;
const HANDSHAKES: u64 = 2;
const FIRST_CLIENT: ClientId = 16;

/// Calls of one client that are taken before the others have their turn.
const CALLS_AT_ONCE: usize = 64;
/// With more connections than this, none keeps large buffers between two calls. With less, they save large values
/// the price of fresh memory.
const CROWD: usize = 64;
/// How long a connection may take to say who it is.
pub(super) const JOIN_WITHIN: Duration = Duration::from_secs(10);

/// What the server knows of the process that made it.
#[derive(Debug)]
pub(super) enum Creator<'a> {
    /// It is this very process.
    Here,
    /// It is at the other end, and holds the handle.
    Linked(&'a mut Link),
    /// It is dead, or has dropped the handle.
    Gone,
}

#[derive(Debug)]
pub(super) struct EventLoop<'a> {
    pub(super) settings: Settings,
    pub(super) poller: Poller,
    pub(super) listener: Listener,
    /// Set while accepting rests.
    pub(super) accept_again: Option<Instant>,
    pub(super) creator: Creator<'a>,
    /// For a share with a secret.
    pub(super) handshakes: Option<Handshakes>,
    pub(super) share: Share,
    pub(super) connections: HashMap<ClientId, Connection>,
    pub(super) next_id: ClientId,
    /// Connections that have not joined, oldest first.
    pub(super) newcomers: VecDeque<(Instant, ClientId)>,
    /// Connections that do not take their answers.
    pub(super) stalled: HashSet<ClientId>,
    /// Connections that may have a call in memory.
    pub(super) runnable: VecDeque<ClientId>,
    /// Bytes held of calls that are arriving.
    in_flight: u64,
    /// Since when there is no client, if that counts.
    pub(super) deserted_since: Option<Instant>,
    pub(super) had_client: bool,
    pub(super) stopping: bool,
    pub(super) now: Instant,
    sent: Vec<Sent>,
    touched: Vec<ClientId>,
}

impl<'a> EventLoop<'a> {
    pub(super) fn new(
        settings: Settings,
        listener: Listener,
        creator: Creator<'a>,
    ) -> io::Result<EventLoop<'a>> {
        let poller = Poller::new()?;
        poller.add(listener.as_fd()?, LISTENER, EventFlags::IN)?;
        if let Creator::Linked(link) = &creator {
            let fd = link.as_fd().map_err(io::Error::other)?;
            poller.add(fd, CREATOR, EventFlags::IN)?;
        }
        let secret = settings.secret.clone();
        let handshakes = secret
            .map(|secret| Handshakes::new(secret, JOIN_WITHIN))
            .transpose()?;
        if let Some(handshakes) = &handshakes {
            poller.add(handshakes.as_fd(), HANDSHAKES, EventFlags::IN)?;
        }
        Ok(EventLoop {
            share: Share::new(settings.limits),
            settings,
            poller,
            listener,
            accept_again: None,
            creator,
            handshakes,
            connections: HashMap::new(),
            next_id: FIRST_CLIENT,
            newcomers: VecDeque::new(),
            stalled: HashSet::new(),
            runnable: VecDeque::new(),
            in_flight: 0,
            deserted_since: None,
            had_client: false,
            stopping: false,
            now: Instant::now(),
            sent: Vec::new(),
            touched: Vec::new(),
        })
    }

    /// Serves until told to stop, or until auto-kill.
    pub(super) fn run(mut self) -> io::Result<()> {
        let mut ready = Vec::new();
        while !self.stopping {
            let timeout = self.timeout();
            self.poller.wait(timeout, &mut ready)?;
            self.now = Instant::now();
            for (id, flags) in ready.drain(..) {
                self.dispatch(id, flags)?;
            }
            for _ in 0..self.runnable.len() {
                if let Some(id) = self.runnable.pop_front() {
                    self.serve(id);
                }
            }
            self.pass_time()?;
        }
        Ok(())
    }

    fn dispatch(&mut self, id: u64, flags: EventFlags) -> io::Result<()> {
        match id {
            LISTENER => self.accept_some(),
            CREATOR => self.hear_creator(),
            HANDSHAKES => {
                self.finish_handshakes();
                Ok(())
            }
            id => {
                self.client_ready(id, flags);
                Ok(())
            }
        }
    }

    fn hear_creator(&mut self) -> io::Result<()> {
        let Creator::Linked(link) = &mut self.creator else {
            return Ok(());
        };
        if link.recv::<super::Stop>().is_ok() {
            self.stopping = true;
            return Ok(());
        }
        self.poller
            .remove(link.as_fd().map_err(io::Error::other)?)?;
        self.creator = Creator::Gone;
        Ok(())
    }

    fn client_ready(&mut self, id: ClientId, flags: EventFlags) {
        if flags.contains(EventFlags::OUT) {
            self.flush(id);
        }
        if !flags.intersects(EventFlags::IN | EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR)
        {
            return;
        }
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if !self.share.is_waiting(id) && !connection.is_backlogged() {
            self.serve(id);
        } else if flags.intersects(EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR) {
            self.drop_connection(id);
        } else {
            connection.reading_paused = true;
            self.update_interest(id);
        }
    }

    /// Takes calls of a client, and sends what comes of them.
    fn serve(&mut self, id: ClientId) {
        self.take_calls(id);
        self.flush_touched();
    }

    /// Takes calls of a client until it must wait, or has no more, or others want their turn.
    fn take_calls(&mut self, id: ClientId) {
        for _ in 0..CALLS_AT_ONCE {
            let Some(connection) = self.connections.get_mut(&id) else {
                return;
            };
            if self.share.is_waiting(id) || connection.is_backlogged() {
                return;
            }
            let held = connection.held();
            let limits = &self.settings.limits;
            let room = limits
                .total_bytes
                .saturating_sub(self.share.bytes() + self.in_flight);
            let next = connection.next_call(limits, room);
            self.in_flight = self.in_flight + connection.held() - held;
            match next {
                Ok(None) if connection.has_read_ahead() => break,
                Ok(None) => return self.resume_reading(id),
                Ok(Some(arrived)) => {
                    let more = connection.has_read_ahead();
                    self.take_call(id, arrived);
                    if !more {
                        return self.resume_reading(id); // Epoll knows of all that is left.
                    }
                }
                Err(_) => return self.drop_connection(id),
            }
        }
        self.runnable.push_back(id);
    }

    fn take_call(&mut self, id: ClientId, arrived: Arrived) {
        let Arrived {
            call,
            bulk,
            refusal,
        } = arrived;
        let joined = self.connections.get(&id).is_some_and(|c| c.joined);
        match (call.request, joined, refusal) {
            (Request::Join { pid }, false, _) => self.join(id, pid),
            (Request::Join { .. }, true, _) | (_, false, _) => self.drop_connection(id),
            (_, true, Some(refusal)) => self.send(Sent {
                to: id,
                reply: Reply::Refused(refusal),
                bulk: Vec::new(),
            }),
            (request, true, None) => {
                let patience = call.patience.map(Duration::from_millis);
                let deadline = patience.and_then(|patience| self.now.checked_add(patience));
                let work = Work { request, bulk };
                self.share.submit(id, work, deadline, self.now);
            }
        }
        self.deliver();
    }

    fn join(&mut self, id: ClientId, pid: u32) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.joined = true;
        }
        self.share.join(id, pid);
        self.had_client = true;
        self.send(Sent {
            to: id,
            reply: Reply::Welcome {
                limits: self.settings.limits,
            },
            bulk: Vec::new(),
        });
    }

    /// Puts the answers that the share has given in line.
    pub(super) fn deliver(&mut self) {
        let mut sent = std::mem::take(&mut self.sent);
        self.share.take_sent(&mut sent);
        for answer in sent.drain(..) {
            self.send(answer);
        }
        self.sent = sent;
        self.stopping |= self.share.is_stopping();
    }

    /// Sends the answers in line.
    pub(super) fn flush_touched(&mut self) {
        while let Some(id) = self.touched.pop() {
            self.flush(id);
        }
    }

    fn send(&mut self, answer: Sent) {
        let Some(connection) = self.connections.get_mut(&answer.to) else {
            return;
        };
        match connection.answer(answer.reply, answer.bulk) {
            Ok(()) if self.touched.last() == Some(&answer.to) => {}
            Ok(()) => self.touched.push(answer.to),
            Err(_) => self.drop_connection(answer.to),
        }
    }

    fn flush(&mut self, id: ClientId) {
        let crowded = self.connections.len() > CROWD;
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        match connection.flush(self.now) {
            Ok(all) => {
                if all && crowded {
                    connection.trim();
                }
                match all {
                    true => self.stalled.remove(&id),
                    false => self.stalled.insert(id),
                };
                self.update_interest(id);
            }
            Err(_) => self.drop_connection(id),
        }
    }

    fn resume_reading(&mut self, id: ClientId) {
        if let Some(connection) = self.connections.get_mut(&id)
            && connection.reading_paused
        {
            connection.reading_paused = false;
            self.update_interest(id);
        }
    }

    /// Tells epoll what this connection waits for, if that has changed.
    fn update_interest(&mut self, id: ClientId) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if !self.share.is_waiting(id) && !connection.is_backlogged() {
            if connection.reading_paused || connection.has_read_ahead() {
                self.runnable.push_back(id);
            }
            connection.reading_paused = false;
        }
        let mut interest = EventFlags::RDHUP;
        interest.set(EventFlags::IN, !connection.reading_paused);
        interest.set(EventFlags::OUT, connection.is_stalled());
        if interest != connection.interest {
            connection.interest = interest;
            let fd = connection.stream().as_fd();
            if fd
                .and_then(|fd| self.poller.modify(fd, id, interest))
                .is_err()
            {
                self.drop_connection(id);
            }
        }
    }

    pub(super) fn drop_connection(&mut self, id: ClientId) {
        let Some(connection) = self.connections.remove(&id) else {
            return;
        };
        self.in_flight -= connection.held();
        self.stalled.remove(&id);
        drop(connection); // Closing takes it out of the poller.
        self.share.leave(id);
        self.deliver();
    }
}
