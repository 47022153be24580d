//! What a worker has from the supervisor: messages out of a stream of bytes.

use manyways_process::{PANICKED, leave};

use super::LARGEST_KEPT;
use super::bell::Bell;
use crate::pool::message::{HEAD, Head};
use crate::pool::stream::Reader;

/// So much of small messages is taken over at once.
const AT_ONCE: usize = 8 << 10;

/// What has come from the supervisor.
#[derive(Default)]
pub(super) struct Inbox {
    reader: Reader,
    bytes: Vec<u8>,
    used: usize,
}

impl Inbox {
    /// The next whole message, or `None` at the dismissal.
    pub(super) fn next(&mut self, bell: &mut Bell<'_>) -> Option<Head> {
        loop {
            let mut wanted = HEAD;
            if let Some(head) = Head::parse(&self.bytes[self.used..]) {
                if head.flags.is_dismissal {
                    return None;
                }
                if self.bytes.len() - self.used - HEAD >= head.size {
                    return Some(head);
                }
                wanted = HEAD.saturating_add(head.size);
            }
            self.take(wanted, bell);
        }
    }

    /// Takes over what there is, up to about as much as is wanted, and waits if there is nothing.
    fn take(&mut self, wanted: usize, bell: &mut Bell<'_>) {
        self.bytes.drain(..self.used);
        self.used = 0;
        let words = bell.desk.tasks();
        let most = wanted.saturating_sub(self.bytes.len()).max(AT_ONCE);
        bell.wait(|| self.reader.has_news(words));
        if self.reader.take(words, most, &mut self.bytes).is_err() {
            leave(PANICKED); // Something has overwritten the memory; nobody can go on from here.
        }
        if bell.desk.take_want_of_room() {
            bell.ring();
        }
    }

    /// The items of the message.
    pub(super) fn items(&self, head: Head) -> &[u8] {
        &self.bytes[self.used + HEAD..][..head.size]
    }

    pub(super) fn forget(&mut self, head: Head) {
        self.used += HEAD + head.size;
        if self.used == self.bytes.len() && self.bytes.capacity() > LARGEST_KEPT {
            self.bytes = Vec::new();
            self.used = 0;
        }
    }
}
