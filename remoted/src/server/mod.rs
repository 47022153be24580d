//! The share server: sockets around the [`Share`](crate::share::Share).

mod accepting;
mod connection;
mod event_loop;
mod handshakes;
mod listener;
mod poller;
mod timing;

use std::io;

use manyways_process::Link;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use self::event_loop::{Creator, EventLoop};
use self::listener::Listener;
pub(crate) use self::listener::SocketFile;
use crate::Address;
use crate::error::{Attempt, Error, Reason, Result};
use crate::init_share::Settings;

/// Open files that a server needs beside those of its clients, amply.
const FILES_BESIDE: u64 = 64;

/// What a handle says to its server.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stop;

/// What a server says to its handle when it has ended as it should.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ended;

/// What a forked server says when it listens.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ready {
    pub address: Address,
    pub file: Option<SocketFile>,
}

/// Why a forked server does not listen: an error's number or kind, which crosses a link, and its text.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NotReady {
    number: Option<i32>,
    timed_out: bool,
    text: String,
}

impl From<&io::Error> for NotReady {
    fn from(error: &io::Error) -> NotReady {
        NotReady {
            number: error.raw_os_error(),
            timed_out: error.kind() == io::ErrorKind::TimedOut,
            text: error.to_string(),
        }
    }
}

impl From<NotReady> for io::Error {
    fn from(error: NotReady) -> io::Error {
        match error.number {
            Some(number) => io::Error::from_raw_os_error(number),
            None if error.timed_out => io::Error::new(io::ErrorKind::TimedOut, error.text),
            None => io::Error::other(error.text),
        }
    }
}

/// A share server in this process: bound and listening, to be [`run`](Self::run).
///
/// Clients may connect as soon as it exists; they are answered once it runs.
///
/// ```
/// use remoted::{InitShare, StubShare};
///
/// let server = InitShare::new().port(0).bind()?;
/// let address = server.address().clone();
/// let serving = std::thread::spawn(|| server.run());
///
/// let share = StubShare::connect(&address)?;
/// share.set("n", &1)?;
/// share.stop_server()?;
/// serving.join().unwrap()?;
/// # Ok::<(), remoted::Error>(())
/// ```
#[derive(Debug)]
pub struct ShareServer {
    settings: Settings,
    listener: Listener,
}

impl ShareServer {
    pub(crate) fn bind(settings: Settings) -> Result<ShareServer> {
        let failed = |reason| Error::new(Attempt::Start(settings.address.clone()), reason);
        if !settings.is_safe() {
            return Err(failed(Reason::NeedsSecret));
        }
        let listener = Listener::bind(&settings.address);
        let listener = listener.map_err(|error| failed(Reason::System(error)))?;
        Ok(ShareServer { settings, listener })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &Address {
        self.listener.address()
    }

    /// Serves in the calling thread until a client [stops](crate::StubShare::stop_server) it or, once
    /// a client has been there, until auto-kill.
    ///
    /// # Errors
    ///
    /// When the system fails it. The failures of clients are theirs alone.
    pub fn run(self) -> Result<()> {
        self.run_for(Creator::Here)
    }

    /// The body of a forked server: binds, reports over the link, serves.
    pub(crate) fn run_linked(settings: Settings, link: &mut Link) {
        make_room_for(settings.limits.clients);
        let server =
            Listener::bind(&settings.address).map(|listener| ShareServer { settings, listener });
        let report = match &server {
            Ok(server) => Ok(Ready {
                address: server.address().clone(),
                file: server.listener.file().cloned(),
            }),
            Err(error) => Err(NotReady::from(error)),
        };
        // It is to keep no directory busy. Its socket's file it knows by its absolute path.
        let _ = rustix::process::chdir("/");
        // A creator that is gone by now is one that no longer wants the server.
        if let (Ok(()), Ok(server)) = (link.send(&report), server)
            && server.run_for(Creator::Linked(link)).is_ok()
        {
            let _ = link.send(&Ended);
        }
    }

    fn run_for(self, creator: Creator<'_>) -> Result<()> {
        let address = self.address().clone();
        EventLoop::new(self.settings, self.listener, creator)
            .and_then(EventLoop::run)
            .map_err(|error| Error::new(Attempt::Serve(address), Reason::System(error)))
    }
}

/// Raises the soft limit of open files, which is often 1024, as far as so many clients need and the hard limit lets.
fn make_room_for(clients: usize) {
    let limit = getrlimit(Resource::Nofile);
    let wanted = (clients as u64).saturating_add(FILES_BESIDE);
    let wanted = limit.maximum.map_or(wanted, |hard| hard.min(wanted));
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            ..limit
        };
        // Where it fails, there is room for as many as before.
        let _ = setrlimit(Resource::Nofile, raised);
    }
}
