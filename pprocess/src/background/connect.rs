//! Coming back to a background process.

use std::path::Path;
use std::time::{Duration, Instant};

use manyways_process::{Link, poll_ready};

use super::address::{PAUSE, connect_to};
use crate::endpoint::{Endpoint, Peer};
use crate::error::{Kind, Result};
use crate::protocol::Tag;
use crate::time::{deadline, left};
use crate::{Channel, Error};

/// How long a supervisor may take to greet. It does nothing but that, so it is late only if it is
/// stopped or the machine is overloaded.
pub(super) const GREETING_LIMIT: Duration = Duration::from_secs(10);

/// Connects to the background process at `address`: a channel that sends `S` and receives `R`, where the
/// process, started with [`start_persistent`](crate::start_persistent) or a
/// [`BackgroundCallable`](crate::BackgroundCallable), sends `R` and receives `S`.
///
/// One client at a time. Dropping the channel leaves the process as it is; a message that was not
/// [received](Channel::receive) is sent again to the next client.
///
/// # Errors
///
/// - `is_absent` if no process is there. If one died and left its socket file, `is_died` is true too, and
///   the file is removed.
/// - `is_in_use` if another client is connected.
/// - `is_foreign` if the process is another user's. The kernel is asked, not the process.
/// - If it does not answer within 10 seconds, because it is stopped.
pub fn connect_persistent<S, R>(address: impl AsRef<Path>) -> Result<Channel<S, R>> {
    let address = address.as_ref();
    let until = deadline(Some(GREETING_LIMIT));
    loop {
        match try_connect(address, until) {
            Ok(endpoint) => return Ok(Channel::new(endpoint)),
            // It ended while we came. What it leaves behind will be seen in a moment.
            Err(Kind::Ended(_)) if left(until) > Some(Duration::ZERO) => std::thread::sleep(PAUSE),
            Err(kind) => {
                return Err(Error::at(
                    "connect to the background process at",
                    address,
                    kind,
                ));
            }
        }
    }
}

fn try_connect(address: &Path, until: Option<Instant>) -> Result<Endpoint, Kind> {
    let link = Link::from_socket(connect_to(address)?);
    let mut endpoint = Endpoint::new(link, Peer::Background(0)).map_err(Kind::Process)?;
    let pid = greeted(&mut endpoint, until)?;
    *endpoint.peer() = Peer::Background(pid);
    Ok(endpoint)
}

/// The pid of the background process, once its supervisor has said it.
fn greeted(endpoint: &mut Endpoint, until: Option<Instant>) -> Result<u32, Kind> {
    loop {
        match endpoint.next() {
            Some((Tag::Hello, pid)) => return pid_of(pid),
            Some((Tag::Busy, pid)) => return Err(Kind::Occupied(pid_of(pid)?)),
            Some(_) => return Err(Kind::Protocol("greeted in an unknown way")),
            None => {}
        }
        if let Some(ending) = endpoint.ending() {
            return Err(Kind::Ended(ending.clone()));
        }
        let interests: Vec<_> = endpoint.interests().collect();
        let ready = poll_ready(&interests, left(until)).map_err(Kind::System)?;
        if ready.is_empty() {
            return Err(Kind::TimedOut);
        }
    }
}

fn pid_of(content: &[u8]) -> Result<u32, Kind> {
    let bytes = content.try_into();
    bytes
        .map(u32::from_le_bytes)
        .map_err(|_| Kind::Protocol("greeted in an unknown way"))
}
