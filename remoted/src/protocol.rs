//! What clients and server say to each other.
//!
//! The server speaks first: a [`Greeting`] of eight bytes, so that a client knows before it sends
//! anything whether a secret is wanted. With a secret the encrypted handshake follows. Then come
//! messages: a [`Call`] and an [`Answer`] at a time, in order, the first to join. A client may send
//! calls before it has read the answers to earlier ones.
//!
//! A message is a head (postcard) and bulk bytes, whose number the head tells. The first frame holds
//! the head and up to [`CHUNK`] of the bulk; further frames hold [`CHUNK`] each. So a frame is never
//! large, whatever the value is, and both sides count what is under way.

use serde::{Deserialize, Serialize};

use crate::limits::{Limits, MAX_KEY, MAX_TYPE_NAME};

/// The version of everything in this module.
pub(crate) const VERSION: u8 = 1;

/// Bulk bytes in one frame.
pub(crate) const CHUNK: usize = 1 << 20;

/// The largest frame: a chunk behind a head with a key and the name of a type.
pub(crate) const MAX_FRAME: u64 = (CHUNK + MAX_KEY + MAX_TYPE_NAME + 1024) as u64;

/// The server's first eight bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// Messages follow.
    Open,
    /// The encrypted handshake follows.
    Secret,
    /// The share has no room for another client; nothing follows.
    Full,
}

impl Greeting {
    pub(crate) const LENGTH: usize = 8;

    pub(crate) fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = *b"remote\0\0";
        bytes[6] = VERSION;
        bytes[7] = match self {
            Greeting::Open => 0,
            Greeting::Secret => 1,
            Greeting::Full => 2,
        };
        bytes
    }

    /// `None` when this is no server of ours, or one of another version.
    pub(crate) fn from_bytes(bytes: [u8; Self::LENGTH]) -> Option<Greeting> {
        [Greeting::Open, Greeting::Secret, Greeting::Full]
            .into_iter()
            .find(|greeting| greeting.to_bytes() == bytes)
    }
}

/// The part of a message that is decoded.
pub(crate) trait Head {
    /// How many bulk bytes belong to it.
    fn bulk(&self) -> u64;
}

/// A request and how long it may wait for others.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    /// In milliseconds; 0 for not at all.
    pub patience: Option<u64>,
    pub bulk: u64,
    pub request: Request,
}

impl Head for Call {
    fn bulk(&self) -> u64 {
        self.bulk
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Request {
    /// The first, and only the first.
    Join {
        /// For messages to people.
        pid: u32,
    },
    Get {
        key: String,
    },
    /// The bulk is the value.
    Set {
        key: String,
        type_name: String,
    },
    Delete {
        key: String,
    },
    Contains {
        key: String,
    },
    /// Adds the number in the bulk.
    Add {
        key: String,
        type_name: String,
    },
    /// The bulk is the expected value, of that many bytes, and behind it the new one.
    Swap {
        key: String,
        type_name: String,
        expected: Option<u64>,
        replace: bool,
    },
    WaitFor {
        key: String,
    },
    Keys,
    Items,
    Len,
    Clear,
    LockShare,
    UnlockShare {
        abandoned: bool,
    },
    LockItem {
        key: String,
    },
    UnlockItem {
        key: String,
        abandoned: bool,
    },
    Stop,
}

impl Request {
    /// Whether nobody else may hold any lock while it is done.
    pub(crate) fn is_exclusive(&self) -> bool {
        matches!(self, Request::LockShare | Request::Clear)
    }

    /// The key that it changes or locks.
    pub(crate) fn written(&self) -> Option<&str> {
        match self {
            Request::Set { key, .. }
            | Request::Delete { key }
            | Request::Add { key, .. }
            | Request::Swap { key, .. }
            | Request::LockItem { key } => Some(key),
            _ => None,
        }
    }
}

/// The answer to a call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub bulk: u64,
    pub reply: Reply,
}

impl Head for Answer {
    fn bulk(&self) -> u64 {
        self.bulk
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// To [`Request::Join`].
    Welcome {
        limits: Limits,
    },
    Done,
    /// The bulk is the value.
    Value {
        type_name: String,
    },
    Flag(bool),
    Count(u64),
    /// The bulk is a `Vec<String>`.
    Keys,
    /// The bulk is a `Vec<Item>` of that many bytes, and behind it the values.
    Items {
        index: u64,
    },
    Locked {
        previous_owner_died: bool,
    },
    Refused(Refusal),
}

/// An entry of the index in [`Reply::Items`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Item {
    pub key: String,
    pub type_name: String,
    pub length: u64,
}

/// Why the server did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Refusal {
    Missing,
    WrongType {
        stored: String,
    },
    NotANumber {
        type_name: String,
    },
    Overflow,
    TimedOut {
        waited_for: Awaited,
    },
    Deadlock {
        waited_for: Awaited,
    },
    HeldAlready,
    NotHeld,
    TooLarge {
        what: String,
        bytes: u64,
        limit: u64,
    },
    Full {
        what: String,
        limit: u64,
    },
}

/// What a request waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Awaited {
    /// The lock of the whole share; the holder's pid, unless it is between two holders.
    Share(Option<u32>),
    /// The lock of one key, and its holder's pid.
    Item(String, u32),
    /// A value for a key.
    Value(String),
}
