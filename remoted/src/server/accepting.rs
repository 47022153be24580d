//! The event loop's door: accepting connections, greeting them, and their handshakes.

use std::io;
use std::time::Duration;

use rustix::event::epoll::EventFlags;

use super::connection::Connection;
use super::event_loop::{EventLoop, JOIN_WITHIN};
use super::handshakes::Handshakes;
use crate::protocol::Greeting;
use crate::socket::Socket;
use crate::stream::Stream;

/// Connections that are accepted before the clients have their turn.
const ACCEPTS_AT_ONCE: usize = 64;
/// How long accepting rests when the process has no descriptor left, or no room for a handshake.
const ACCEPT_AGAIN: Duration = Duration::from_millis(500);

impl EventLoop<'_> {
    pub(super) fn accept_some(&mut self) -> io::Result<()> {
        for _ in 0..ACCEPTS_AT_ONCE {
            if let Some(handshakes) = self.handshakes.as_mut().filter(|all| all.is_full()) {
                handshakes.end_silent(self.now);
                return self.rest_accepting();
            }
            match self.listener.accept() {
                Ok(socket) => self.welcome(socket),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if is_gone_already(&error) => {}
                Err(_) => return self.rest_accepting(), // No descriptor, or no memory.
            }
        }
        Ok(())
    }

    /// Accepts none for a while: to be told of them all the same would be a busy loop.
    fn rest_accepting(&mut self) -> io::Result<()> {
        self.poller.remove(self.listener.as_fd()?)?;
        self.accept_again = Some(self.now + ACCEPT_AGAIN);
        Ok(())
    }

    pub(super) fn finish_handshakes(&mut self) {
        while let Some(outcome) = self.handshakes.as_mut().and_then(Handshakes::next_outcome) {
            let stream = outcome.filter(|stream| stream.socket().set_nonblocking(true).is_ok());
            if let Some(stream) = stream {
                self.add(Connection::new(stream));
            }
        }
        if let Some(rests_until) = &mut self.accept_again {
            *rests_until = self.now; // There is room for another now.
        }
    }

    /// Greets a new connection. Whatever fails here concerns this connection only.
    fn welcome(&mut self, mut socket: Socket) {
        if matches!(self.settings.address, crate::Address::Unix(_)) && !is_trusted_user(&socket) {
            return;
        }
        let greeting = if self.is_full() {
            Greeting::Full
        } else if self.handshakes.is_some() {
            Greeting::Secret
        } else {
            Greeting::Open
        };
        let greeted = io::Write::write(&mut socket, &greeting.to_bytes());
        if greeting == Greeting::Full || greeted.is_err() {
            return;
        }
        match &mut self.handshakes {
            // For want of a thread it is dropped, as for want of anything else.
            Some(handshakes) => drop(handshakes.begin(socket)),
            None => self.add(Connection::new(Stream::Plain(socket))),
        }
    }

    fn is_full(&self) -> bool {
        let coming = self.handshakes.as_ref().map_or(0, Handshakes::len);
        self.connections.len() + coming >= self.settings.limits.clients
    }

    fn add(&mut self, mut connection: Connection) {
        let id = self.next_id;
        self.next_id += 1;
        connection.interest = EventFlags::IN | EventFlags::RDHUP;
        let added = connection
            .stream()
            .as_fd()
            .and_then(|fd| self.poller.add(fd, id, connection.interest));
        if added.is_ok() {
            self.newcomers.push_back((self.now + JOIN_WITHIN, id));
            self.connections.insert(id, connection);
        }
    }
}

/// Same user, or root.
fn is_trusted_user(socket: &Socket) -> bool {
    let own = rustix::process::geteuid().as_raw();
    socket
        .peer_user()
        .is_ok_and(|user| user == own || user == 0)
}

/// The connection ended between its arrival and its acceptance.
fn is_gone_already(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}
