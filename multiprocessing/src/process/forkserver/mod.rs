//! Processes that a small server forks.
//!
//! The server is this program, run again, with one thread and nothing in its memory but what the preload left there. A
//! request comes with three descriptors: the child's end of its link, of its life line, and of a link for news of it. The
//! server forks, answers with the child's pid and pidfd, and says in the end how the child exited. All else the child
//! gets over its own link, so the server never reads what somebody's arguments are.
//!
//! The child's life is tied to the process that asked for it, not to the server. So children outlive a server that is
//! killed, and the next start makes a new one.
//!
//! `client` is the side of a process that wants others, `server` that of the server.

mod client;
mod server;

use std::os::fd::OwnedFd;
use std::sync::Arc;

use manyways_process::{Detached, Exit, LifeLine, Link, PrivateFd, poll_readable};
use serde::{Deserialize, Serialize};

pub(super) use self::{client::Client, server::serve};

pub use self::client::{forkserver_pid, set_forkserver_preload, stop_forkserver};

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    /// The child's, for `ps`.
    name: String,
}

/// What the server says of a child.
#[derive(Debug, Serialize, Deserialize)]
enum News {
    /// With its pidfd beside it.
    Started(u32),
    Failed(String),
    Ended(Exit),
}

/// A child of the server.
#[derive(Debug)]
pub(crate) struct Served {
    pub(super) process: Detached,
    news: Link,
    server: Arc<PrivateFd>,
    /// Kills the child when it is dropped.
    _life_line: LifeLine,
}

impl Served {
    /// How it ended, once it has. `Unknown` if the server is gone.
    pub(super) fn exit(&mut self) -> Exit {
        match hear(&mut self.news, &self.server) {
            Some((News::Ended(exit), _)) => exit,
            _ => Exit::Unknown,
        }
    }
}

/// Waits for news, or the death of the server.
///
/// The end of the link does not tell it surely: what another library has forked may hold a copy of the other end.
fn hear(news: &mut Link, server: &PrivateFd) -> Option<(News, Vec<OwnedFd>)> {
    let wait = poll_readable(&[news.as_fd().ok()?, server.get().ok()?], None);
    // What the server said before it died lies in the link.
    news.set_nonblocking(true).ok()?;
    wait.ok()?;
    news.recv_with().ok()
}
