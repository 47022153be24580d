//! The forkserver as those see it who want processes of it.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use manyways_process::{Child, Detached, LifeLine, Link, PrivateFd};
use manyways_wire::task::{self, LookupError, Task};

use super::{News, Request, Served, hear};
use crate::mutex::Mutex;
use crate::process::error::Why;
use crate::process::family;
use crate::process::launch::{Grip, Launched, Orders, rerun};

/// What a process has of its forkserver, and of the next one.
pub(in crate::process) struct Client {
    server: Mutex<Option<Server>>,
    preload: Mutex<Option<Vec<String>>>,
}

struct Server {
    child: Child,
    link: Link,
    /// Readable when the server has ended.
    sentinel: Arc<PrivateFd>,
}

const DIED: &str =
    "died before it had forked the process; is it killed, or does its preload end it?";

/// Why a request came to nothing.
enum Unanswered {
    /// The server died before it answered, of this panic if it is known.
    Gone(Option<String>),
    Failed(Why),
}

impl From<Why> for Unanswered {
    fn from(why: Why) -> Unanswered {
        Unanswered::Failed(why)
    }
}

impl Client {
    /// A forked child has no server, and the same preload.
    pub(in crate::process) fn inheriting(before: Option<&Client>) -> Client {
        Client {
            server: Mutex::default(),
            preload: Mutex::new(before.and_then(|before| before.preload.copy())),
        }
    }

    /// Starts a process of this name for `ps`, and a server first if there is none that lives.
    pub(in crate::process) fn start(
        &self,
        name: &str,
        orders: &Orders,
        descriptors: Vec<OwnedFd>,
    ) -> Result<Launched, Why> {
        let mut launched = self.begin(name)?;
        launched
            .link
            .send_with(orders, descriptors)
            .map_err(Why::Launch)?;
        Ok(launched)
    }

    fn begin(&self, name: &str) -> Result<Launched, Why> {
        // A server may have been killed since the last start, which is no reason to fail. A new one that dies is.
        let mut answer = self.ask(name);
        if let Err(Unanswered::Gone(_)) = answer {
            answer = self.ask(name);
        }
        answer.map_err(|unanswered| match unanswered {
            Unanswered::Failed(why) => why,
            Unanswered::Gone(Some(panic)) => Why::Server(panic),
            Unanswered::Gone(None) => Why::Server(DIED.to_owned()),
        })
    }

    fn ask(&self, name: &str) -> Result<Launched, Unanswered> {
        let (line, line_end) = LifeLine::new().map_err(Why::Launch)?;
        let (link, link_end) = pair()?;
        let (mut news, news_end) = pair()?;
        let request = Request {
            name: name.to_owned(),
        };
        let (server, sent) = self.send(&request, vec![link_end, line_end, news_end])?;
        match sent.then(|| hear(&mut news, &server)).flatten() {
            Some((News::Started(pid), mut pidfd)) if pidfd.len() == 1 => {
                let served = Served {
                    process: Detached::from_pidfd(pid, pidfd.remove(0)),
                    news,
                    server,
                    _life_line: line,
                };
                let grip = Grip::Served(served);
                Ok(Launched { grip, link, pid })
            }
            Some((News::Failed(reason), _)) => Err(Why::Server(reason).into()),
            _ => Err(Unanswered::Gone(self.bury(&server))),
        }
    }

    /// Gives the sentinel of the server, and whether it got the request: not if it has died.
    fn send(
        &self,
        request: &Request,
        descriptors: Vec<OwnedFd>,
    ) -> Result<(Arc<PrivateFd>, bool), Why> {
        let mut running = self.server.lock();
        let server = match &mut *running {
            Some(server) => server,
            None => running.insert(Server::start(self.preload.lock().clone())?),
        };
        match server.link.send_with(request, descriptors) {
            Ok(()) => Ok((Arc::clone(&server.sentinel), true)),
            Err(error) if error.is_closed() => Ok((Arc::clone(&server.sentinel), false)),
            Err(error) => Err(Why::Launch(error)),
        }
    }

    /// Forgets a server that has died, unless another thread has done so and started a new one. Gives the panic that ended
    /// it, if one did.
    fn bury(&self, sentinel: &Arc<PrivateFd>) -> Option<String> {
        let mut running = self.server.lock();
        let dead = running.take_if(|server| Arc::ptr_eq(&server.sentinel, sentinel));
        dead.and_then(Server::last_words)
    }
}

impl Server {
    fn start(preload: Option<Vec<String>>) -> Result<Server, Why> {
        let (child, mut link) = rerun("forkserver").spawn().map_err(Why::Launch)?;
        let orders = Orders::ForkServer(preload.unwrap_or_default());
        link.send(&orders).map_err(Why::Launch)?;
        let pidfd = child.as_fd().map_err(Why::Launch)?;
        let pidfd = pidfd.ok_or_else(|| Why::Server("was reaped by somebody else".to_owned()))?;
        let sentinel = PrivateFd::open(|| pidfd.try_clone_to_owned()).map_err(Why::System)?;
        Ok(Server {
            child,
            link,
            sentinel: Arc::new(sentinel),
        })
    }

    /// The panic of which it died, which it has sent before it let go of anything.
    fn last_words(mut self) -> Option<String> {
        self.link.set_nonblocking(true).ok()?;
        let error = self.link.recv::<()>().err()?;
        error.panic_report().map(ToString::to_string)
    }
}

/// Our end of a link, and the other, to be sent.
fn pair() -> Result<(Link, OwnedFd), Why> {
    let (ours, theirs) = UnixStream::pair().map_err(Why::System)?;
    Ok((
        Link::from_socket(ours.into()).take_descriptors(),
        theirs.into(),
    ))
}

/// Has the forkserver call a task when it starts, so that all its processes find in their memory what that has made there:
/// tables, open files, loaded models. Several calls, several tasks, in their order. It holds for servers that start
/// later, those of children included. A task that panics ends the server, and the start of a process is an error that
/// says so.
///
/// Python names modules that the server imports.
///
/// # Errors
///
/// When the function is not registered with `#[task]`.
pub fn set_forkserver_preload<T: Task<()>>(task: T) -> Result<(), LookupError> {
    let entry = task::entry_of(&task)?;
    let mut preload = family::state().forkserver.preload.lock();
    preload
        .get_or_insert_default()
        .push(entry.name().to_owned());
    Ok(())
}

/// Ends the forkserver of this process, if there is one. Its children live on, but how they will end is lost but for what
/// they return. The next start makes a new server.
pub fn stop_forkserver() {
    drop(family::state().forkserver.server.lock().take());
}

/// The pid of the forkserver of this process, if one was started.
#[must_use]
pub fn forkserver_pid() -> Option<u32> {
    let server = family::state().forkserver.server.lock();
    server.as_ref().map(|server| server.child.pid())
}
