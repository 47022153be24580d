//! Waiting for any of many descriptors.

use std::fmt;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;

use crate::spin::Spin;

const EVENTS: usize = 256;

/// Descriptors, each under a number, and what of them is waited for. Level-triggered: what is not
/// dealt with is reported again.
pub(super) struct Poller {
    epoll: OwnedFd,
    events: Vec<Event>,
    spin: Spin,
}

impl Poller {
    pub(super) fn new() -> io::Result<Poller> {
        Ok(Poller {
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(EVENTS),
            spin: Spin::new(),
        })
    }

    pub(super) fn add(&self, fd: BorrowedFd<'_>, id: u64, flags: EventFlags) -> io::Result<()> {
        Ok(epoll::add(&self.epoll, fd, EventData::new_u64(id), flags)?)
    }

    pub(super) fn modify(&self, fd: BorrowedFd<'_>, id: u64, flags: EventFlags) -> io::Result<()> {
        Ok(epoll::modify(
            &self.epoll,
            fd,
            EventData::new_u64(id),
            flags,
        )?)
    }

    pub(super) fn remove(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        Ok(epoll::delete(&self.epoll, fd)?)
    }

    /// Waits at most `timeout` and puts what happened into `ready`.
    pub(super) fn wait(
        &mut self,
        timeout: Option<Duration>,
        ready: &mut Vec<(u64, EventFlags)>,
    ) -> io::Result<()> {
        let Poller {
            epoll,
            events,
            spin,
        } = self;
        let at_once = timeout.is_some_and(|timeout| timeout.is_zero());
        let spun = match at_once {
            true => None,
            false => spin.until(|| match wait_once(epoll, events, Some(Duration::ZERO)) {
                Ok(()) if events.is_empty() => None,
                outcome => Some(outcome),
            }),
        };
        spun.unwrap_or_else(|| wait_once(epoll, events, timeout))?;
        ready.clear();
        ready.extend(events.iter().map(|event| (event.data.u64(), event.flags)));
        Ok(())
    }
}

fn wait_once(
    epoll: &OwnedFd,
    events: &mut Vec<Event>,
    timeout: Option<Duration>,
) -> io::Result<()> {
    let timeout = timeout.map(|limit| Timespec {
        tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(limit.subsec_nanos()),
    });
    events.clear();
    let buffer = rustix::buffer::spare_capacity(events);
    match epoll::wait(epoll, buffer, timeout.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

impl fmt::Debug for Poller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut poller = f.debug_struct("Poller");
        poller.field("epoll", &self.epoll).finish_non_exhaustive()
    }
}
