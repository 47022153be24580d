//! Descriptors beside the frames of a link.
//!
//! A group of descriptors leaves with the first bytes of its frame, and a receive that brings a group ends in that frame.
//! The reader asks the socket only while it lacks a whole frame. So when it asks, the only group that waits can be that of
//! the frame which is being read, and the receive may bring one more: that of the frame behind it.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use crate::descriptors::{Received, recv_descriptors, send_descriptors};
use crate::end::End;

/// What the frames of a link are written to.
#[derive(Debug)]
pub(crate) struct Outgoing {
    end: End,
    /// To leave with the next byte.
    attached: Vec<OwnedFd>,
}

impl Outgoing {
    pub(crate) fn new(end: End) -> Outgoing {
        Outgoing {
            end,
            attached: Vec::new(),
        }
    }

    /// Gives the frame that is begun next its descriptors.
    pub(crate) fn attach(&mut self, descriptors: Vec<OwnedFd>) {
        self.attached = descriptors;
    }

    pub(crate) fn detach(&mut self) {
        self.attached.clear();
    }
}

impl Write for Outgoing {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(buffer)])
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.attached.is_empty() {
            return self.end.write_vectored(buffers);
        }
        let attached: Vec<_> = self.attached.iter().map(AsFd::as_fd).collect();
        let sent = send_descriptors(self.end.as_fd()?, buffers, &attached)?;
        self.attached.clear();
        Ok(sent)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What has arrived for frames that are still to be read. Shared by the reader, which is borrowed while its frame is looked
/// at, and the reader's owner.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrivals {
    groups: Arc<Mutex<VecDeque<Group>>>,
}

#[derive(Debug)]
struct Group {
    descriptors: Vec<OwnedFd>,
    lost: bool,
}

/// Only a peer that is no link sends more. Then the numbers will be wrong, and nothing worse.
const MOST_GROUPS: usize = 2;

impl Arrivals {
    fn put(&self, group: Group) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if groups.len() >= MOST_GROUPS {
            groups.pop_front();
        }
        groups.push_back(group);
    }

    /// The `count` descriptors of the frame that was just read.
    pub(crate) fn take(&self, count: usize) -> io::Result<Vec<OwnedFd>> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let group = self
            .groups
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        match group {
            Some(group) if group.lost => Err(io::Error::from_raw_os_error(libc::EMFILE)),
            Some(group) if group.descriptors.len() == count => Ok(group.descriptors),
            other => {
                let came = other.map_or(0, |group| group.descriptors.len());
                Err(io::Error::other(format!(
                    "the message announces {count} descriptors, and {came} came; is the other side a link too?"
                )))
            }
        }
    }
}

/// What the frames of a link are read from.
#[derive(Debug)]
pub(crate) struct Incoming {
    end: End,
    /// Absent unless the link takes descriptors in.
    arrivals: Option<Arrivals>,
}

impl Incoming {
    pub(crate) fn new(end: End, arrivals: Option<Arrivals>) -> Incoming {
        Incoming { end, arrivals }
    }

    /// From here on takes descriptors in.
    pub(crate) fn accept(&mut self, arrivals: Arrivals) {
        self.arrivals = Some(arrivals);
    }
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(arrivals) = &self.arrivals else {
            return self.end.read(buffer);
        };
        let mut descriptors = Vec::new();
        let Received { bytes, lost } =
            recv_descriptors(self.end.as_fd()?, buffer, &mut descriptors)?;
        if lost || !descriptors.is_empty() {
            arrivals.put(Group { descriptors, lost });
        }
        Ok(bytes)
    }
}
