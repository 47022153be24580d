//! What travels over a channel: one byte that says what it is, then the content.
//!
//! | tag | content | who answers |
//! |---|---|---|
//! | `Data` | a value in postcard | `Ack`, when the receiver's program takes it |
//! | `Refused` | why there is no value: it, or the arguments, could not be encoded or decoded; text | as `Data`, in whose place it stands |
//! | `Ack` | nothing | nobody |
//! | `Call` | number of a managed callable, then its arguments in postcard | its result |
//! | `Hello` | the pid of the background process, from its supervisor | nobody |
//! | `Busy` | the pid of the client that is connected already | nobody |
//! | `End` | an [`Ending`], after the last message of a background process, from its supervisor | `Ack` |
//! | `Done` | nothing, from a child that closes its channel or has done all it was made for | nobody |
//!
//! The acknowledgement is the channel's back-pressure: a sender waits for it, so that at most one
//! message of each direction is under way, and no process runs ahead of the one that reads it.

use std::sync::Arc;

use manyways_process::{Exit, PanicReport};
use serde::{Deserialize, Serialize};

/// A message as it travels. Shared, so that a call can be kept without a copy until it has its result.
pub(crate) type Message = Arc<Vec<u8>>;

/// The first byte of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Data,
    Refused,
    Ack,
    Call,
    Hello,
    Busy,
    End,
    Done,
}

const TAGS: [Tag; 8] = [
    Tag::Data,
    Tag::Refused,
    Tag::Ack,
    Tag::Call,
    Tag::Hello,
    Tag::Busy,
    Tag::End,
    Tag::Done,
];

impl Tag {
    /// A message of this kind, to be continued by its content.
    pub(crate) fn message(self) -> Vec<u8> {
        vec![self as u8]
    }
}

/// Takes a message apart; `None` if it is not one of ours.
pub(crate) fn split(message: &[u8]) -> Option<(Tag, &[u8])> {
    let (tag, content) = message.split_first()?;
    Some((*TAGS.get(usize::from(*tag))?, content))
}

/// How the process at the other side of a channel came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ending {
    /// It returned, or closed its side, and said so.
    Finished,
    /// Its callable panicked.
    Panicked(PanicReport),
    /// It ended in another way: it was killed, or left before it was done.
    Died(Exit),
    /// The stream ended or broke, and no more can be known.
    Lost(String),
}

#[cfg(test)]
mod tests {
    use super::{TAGS, Tag, split};

    #[test]
    fn every_tag_is_found_again() {
        for tag in TAGS {
            let mut message = tag.message();
            message.push(42);
            assert_eq!(split(&message), Some((tag, &[42u8][..])));
        }
    }

    #[test]
    fn what_is_no_message_is_told() {
        assert_eq!(split(&[]), None);
        assert_eq!(split(&[8, 0]), None);
        assert_eq!(split(&[Tag::Done as u8]), Some((Tag::Done, &[][..])));
    }
}
