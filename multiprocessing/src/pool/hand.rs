//! A worker as the supervisor sees it.

use std::os::fd::BorrowedFd;

use manyways_process::Link;

use super::board::Desk;
use super::engine::Death;
use super::message::Head;
use super::stream::{Corrupt, Reader, Writer};
use crate::process::pool_worker::{Grip, Launched};

/// A worker's process, and what is under way to it and from it.
#[derive(Debug)]
pub(crate) struct Hand {
    grip: Grip,
    link: Link,
    pid: u32,
    writer: Writer,
    reader: Reader,
    /// What there was no room for.
    unsent: Vec<u8>,
    /// What has come, up to the last whole record not used.
    taken: Vec<u8>,
    is_corrupt: bool,
    /// It is not a worker any more; its end will come.
    has_left: bool,
    /// Something was written or taken since the worker was last looked at.
    pub(crate) is_touched: bool,
}

/// Larger buffers are given back when they are empty.
const LARGEST_KEPT: usize = 1 << 20;

impl Hand {
    pub(crate) fn new(launched: Launched) -> Hand {
        let Launched { grip, link, pid } = launched;
        Hand {
            grip,
            link,
            pid,
            writer: Writer::default(),
            reader: Reader::default(),
            unsent: Vec::new(),
            taken: Vec::new(),
            is_corrupt: false,
            has_left: false,
            is_touched: false,
        }
    }

    pub(crate) fn send(&mut self, desk: Desk<'_>, head: Head, items: &[u8]) {
        self.write(desk, &head.to_bytes());
        self.write(desk, items);
        self.is_touched = true;
    }

    fn write(&mut self, desk: Desk<'_>, bytes: &[u8]) {
        let mut written = 0;
        if self.unsent.is_empty() {
            written = self.writer.write(desk.tasks(), bytes);
        }
        self.unsent.extend_from_slice(&bytes[written..]);
    }

    /// Writes what there was no room for before. Whether there was any progress.
    pub(crate) fn write_unsent(&mut self, desk: Desk<'_>) -> bool {
        if self.unsent.is_empty() {
            return false;
        }
        let mut written = self.writer.write(desk.tasks(), &self.unsent);
        if written < self.unsent.len() {
            desk.want_room();
            written += self.writer.write(desk.tasks(), &self.unsent[written..]);
        }
        self.unsent.drain(..written);
        give_back(&mut self.unsent);
        self.is_touched |= written > 0;
        written > 0
    }

    /// Takes over what the worker has written, at most so many bytes of it, and says how many that were.
    pub(crate) fn take(&mut self, desk: Desk<'_>, most: usize) -> Result<usize, Corrupt> {
        if self.is_corrupt || !self.reader.has_news(desk.results()) {
            return Ok(0);
        }
        self.is_touched = true;
        self.reader.take(desk.results(), most, &mut self.taken)
    }

    pub(crate) fn taken(&self) -> &[u8] {
        &self.taken
    }

    pub(crate) fn forget(&mut self, used: usize) {
        self.taken.drain(..used);
        give_back(&mut self.taken);
    }

    /// Wakes the worker if it sleeps, now that something was done for it.
    pub(crate) fn wake(&mut self, desk: Desk<'_>) {
        if std::mem::take(&mut self.is_touched) && desk.take_sleep() {
            // If it fails the worker is gone; its pidfd will say so.
            let _ = self.link.send(&());
        }
    }

    /// Ends a worker that has broken the rules: nothing that it says is taken any more.
    pub(crate) fn distrust(&mut self) {
        // A worker that had ended already has died of something else.
        self.is_corrupt |= self.grip.is_alive();
        self.kill();
    }

    /// Readable when the process has closed its end of the link: as it ends, or has replaced its program and lives on.
    pub(crate) fn link(&self) -> Option<BorrowedFd<'_>> {
        let link = self.link.as_fd().ok();
        link.filter(|_| !self.has_left)
    }

    /// Ends a process that is not a worker any more.
    pub(crate) fn leave(&mut self) {
        self.has_left = true;
        self.kill();
    }

    pub(crate) fn kill(&mut self) {
        // It fails only in a process that is not the pool's own, which cannot get here.
        let _ = self.grip.signal(libc::SIGKILL);
    }

    /// Readable once the worker has ended; `None` once that is known.
    pub(crate) fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.grip.as_fd().ok().flatten()
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.grip.is_alive()
    }

    /// How the worker ended, of which all was taken.
    pub(crate) fn death(&mut self, desk: Desk<'_>) -> Death {
        Death {
            pid: self.pid,
            exit: self.grip.end(),
            is_corrupt: self.is_corrupt,
            begun: desk.begun(),
            claimed: desk.claimed(),
        }
    }
}

fn give_back(buffer: &mut Vec<u8>) {
    if buffer.is_empty() && buffer.capacity() > LARGEST_KEPT {
        *buffer = Vec::new();
    }
}
