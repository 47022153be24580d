//! A worker as the supervisor sees it.

use std::collections::VecDeque;
use std::mem;
use std::os::fd::BorrowedFd;

use manyways_process::Link;

use super::board::Desk;
use super::engine::Death;
use super::message::{HEAD, Head};
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
    /// What is not written whole.
    outgoing: VecDeque<Outgoing>,
    /// What has come, up to the last whole record not used.
    taken: Vec<u8>,
    is_corrupt: bool,
    /// It is not a worker any more; its end will come.
    has_left: bool,
    /// Something was written or taken since the worker was last looked at.
    is_touched: bool,
}

/// A message under way.
#[derive(Debug)]
struct Outgoing {
    head: Head,
    /// How many of its bytes are written.
    written: usize,
}

impl Outgoing {
    /// Whether its items were taken back before any of it was written.
    fn is_void(&self, items: Option<&[u8]>) -> bool {
        self.written == 0 && items.is_none() && !self.head.flags.is_dismissal
    }

    /// Goes on as far as there is room. Whether that was to the end.
    fn write(&mut self, writer: &mut Writer, desk: Desk<'_>, items: &[u8]) -> bool {
        let end = HEAD + self.head.size;
        while self.written < end {
            let head = self.head.to_bytes();
            let rest = match self.written.checked_sub(HEAD) {
                None => &head[self.written..],
                Some(from) => items.get(from..).unwrap_or(&[]),
            };
            // In the place of items that were taken back anything will do.
            let rest = if rest.is_empty() { &FILLER } else { rest };
            let rest = &rest[..rest.len().min(end - self.written)];
            let count = writer.write(desk.tasks(), rest);
            self.written += count;
            if count < rest.len() {
                return false;
            }
        }
        true
    }
}

static FILLER: [u8; 256] = [0; 256];

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
            outgoing: VecDeque::new(),
            taken: Vec::new(),
            is_corrupt: false,
            has_left: false,
            is_touched: false,
        }
    }

    /// The message is to be [written](Hand::write).
    pub(crate) fn send(&mut self, head: Head) {
        self.outgoing.push_back(Outgoing { head, written: 0 });
    }

    /// Writes what there is room for, of chunks whose items the caller has. What was taken back is left out, or made up for if
    /// a part is written already: the worker passes over it. Whether there was any progress.
    pub(crate) fn write<'i>(
        &mut self,
        desk: Desk<'_>,
        items: impl Fn(u64) -> Option<&'i [u8]>,
    ) -> bool {
        let mut progress = false;
        let mut has_asked = false;
        while let Some(message) = self.outgoing.front_mut() {
            let bytes = items(message.head.number);
            if message.is_void(bytes) {
                self.outgoing.pop_front();
                continue;
            }
            let before = message.written;
            if message.write(&mut self.writer, desk, bytes.unwrap_or(&[])) {
                self.outgoing.pop_front();
                progress = true;
            } else if message.written > before {
                progress = true;
            } else if !mem::replace(&mut has_asked, true) {
                desk.want_room();
            } else {
                break;
            }
        }
        self.is_touched |= progress;
        progress
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
        if mem::take(&mut self.is_touched) && desk.take_sleep() {
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

#[cfg(all(test, not(loom)))]
mod tests {
    use manyways_testkit::guarded;

    use super::Outgoing;
    use crate::pool::board::Board;
    use crate::pool::message::{Flags, HEAD, Head};
    use crate::pool::stream::{Reader, Writer};

    fn message(size: usize) -> Outgoing {
        let head = Head {
            size,
            number: 3,
            function: 0,
            flags: Flags::default(),
        };
        Outgoing { head, written: 0 }
    }

    #[test]
    fn a_message_is_written_to_its_end_even_if_its_items_are_taken_back_meanwhile() {
        guarded(|| {
            const SIZE: usize = 200_000;
            let board = Board::new(1).unwrap();
            let (desk, items) = (board.desk(0), vec![7; SIZE]);
            let (mut writer, mut reader) = (Writer::default(), Reader::default());
            let (mut message, mut taken) = (message(SIZE), Vec::new());
            let mut rest: &[u8] = &items;
            while !message.write(&mut writer, desk, rest) {
                rest = &[];
                reader.take(desk.tasks(), 50_000, &mut taken).unwrap();
            }
            reader.take(desk.tasks(), usize::MAX, &mut taken).unwrap();
            assert_eq!(taken.len(), HEAD + SIZE);
            assert_eq!(Head::parse(&taken), Some(message.head));
            let whole = taken[HEAD..].iter().take_while(|byte| **byte == 7).count();
            assert!(whole > 10_000 && taken[HEAD + whole..].iter().all(|byte| *byte == 0));
        });
    }

    #[test]
    fn only_a_chunk_of_which_nothing_is_written_can_be_left_out() {
        let mut chunk = message(5);
        assert!(chunk.is_void(None) && !chunk.is_void(Some(&[])));
        chunk.written = 1;
        assert!(!chunk.is_void(None));
        let head = Head::dismissal();
        assert!(!Outgoing { head, written: 0 }.is_void(None));
    }
}
