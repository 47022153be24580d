//! Messages that wait for a client.

use std::collections::VecDeque;

/// So many messages are taken from a worker before it has to wait for a client to take one.
pub(super) const MOST_MESSAGES: usize = 1024;

/// And so many bytes; a single message may have more.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// Messages of a worker, the oldest first, each kept until a client has acknowledged it.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    messages: VecDeque<Vec<u8>>,
    bytes: usize,
    /// The worker's last message is here and has not been acknowledged to it.
    owes: bool,
}

impl Mailbox {
    /// Puts a message in; whether the worker may be told to go on.
    pub(super) fn put(&mut self, message: Vec<u8>) -> bool {
        self.bytes += message.len();
        self.messages.push_back(message);
        self.owes = !self.has_room();
        !self.owes
    }

    pub(super) fn oldest(&self) -> Option<&[u8]> {
        self.messages.front().map(Vec::as_slice)
    }

    /// Drops the oldest, which a client has; whether the worker may be told now to go on.
    pub(super) fn drop_oldest(&mut self) -> bool {
        if let Some(message) = self.messages.pop_front() {
            self.bytes -= message.len();
        }
        let settles = self.owes && self.has_room();
        self.owes &= !settles;
        settles
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    fn has_room(&self) -> bool {
        self.messages.len() < MOST_MESSAGES && self.bytes < MOST_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_in_order() {
        let mut mailbox = Mailbox::default();
        assert!(mailbox.put(vec![1]) && mailbox.put(vec![2]));
        assert_eq!(mailbox.oldest(), Some(&[1u8][..]));
        assert!(!mailbox.drop_oldest());
        assert_eq!(mailbox.oldest(), Some(&[2u8][..]));
        mailbox.drop_oldest();
        assert!(mailbox.is_empty() && !mailbox.drop_oldest());
    }

    #[test]
    fn the_worker_waits_while_too_much_is_held() {
        let mut mailbox = Mailbox::default();
        assert!((1..MOST_MESSAGES).all(|_| mailbox.put(vec![0])));
        assert!(!mailbox.put(vec![0]), "full");
        assert!(mailbox.drop_oldest(), "told to go on, once");
        assert!(!mailbox.drop_oldest());
        let mut mailbox = Mailbox::default();
        assert!(!mailbox.put(vec![0; MOST_BYTES]));
        assert!(mailbox.drop_oldest());
    }
}
