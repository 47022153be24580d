//! What an encrypted link came to grief on, and its text.

use crate::frame::FRAME_MAGIC;
use std::fmt;
use std::time::Duration;

#[derive(Debug)]
pub(crate) enum LinkFault {
    /// The name that this side was given does not fit into a greeting.
    ProtocolName {
        length: usize,
        longest: usize,
    },
    Deadline {
        doing: &'static str,
        limit: Duration,
    },
    ClosedDuring {
        doing: &'static str,
    },
    OtherLanguage {
        first: Vec<u8>,
    },
    Version {
        theirs: u8,
        ours: u8,
    },
    OtherProtocol {
        theirs: String,
        ours: String,
    },
    SameRole,
    LongGreeting {
        length: usize,
        longest: usize,
    },
    /// Found here, or told by the peer.
    WrongSecret {
        told: bool,
    },
    Crypto {
        source: snow::Error,
    },
    Forged {
        record: u64,
    },
    Cut {
        record: u64,
    },
    UsedUp,
    Finished,
}

impl fmt::Display for LinkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkFault::ProtocolName { length, longest } => {
                write!(f, "the name of a protocol has 1 to {longest} bytes, not {length}")
            }
            LinkFault::Deadline { doing, limit } => write!(
                f,
                "{doing}: the handshake was not over after {limit:?}; the peer is slow, hangs, or waits for another \
                 protocol"
            ),
            LinkFault::ClosedDuring { doing } => write!(
                f,
                "{doing}: the peer closed the connection in the middle of the handshake; it died, does not speak this \
                 protocol, or holds another secret"
            ),
            LinkFault::OtherLanguage { first } => write!(
                f,
                "the peer does not greet as an encrypted link does; its first bytes are \"{}\"{}",
                first.escape_ascii(),
                if FRAME_MAGIC.starts_with(first) { ", plain frames: it does not encrypt" } else { "" }
            ),
            LinkFault::Version { theirs, ours } => write!(
                f,
                "the peer speaks version {theirs} of the encrypted link, this side version {ours}: run the same \
                 release on both sides"
            ),
            LinkFault::OtherProtocol { theirs, ours } => write!(
                f,
                "the peer speaks `{}`, this side `{ours}`: wrong port, or wrong program",
                theirs.escape_debug()
            ),
            LinkFault::SameRole => f.write_str(
                "the peer has the same role as this side: two that connect, two that accept, or a connection to oneself",
            ),
            LinkFault::LongGreeting { length, longest } => {
                write!(f, "the peer's greeting names a protocol of {length} bytes, 1 to {longest} are allowed")
            }
            LinkFault::WrongSecret { told: false } => f.write_str(
                "the peer does not know the secret of this side, or somebody altered its messages: give both sides the \
                 same secret",
            ),
            LinkFault::WrongSecret { told: true } => f.write_str(
                "the peer refused this side because it does not know the peer's secret: give both sides the same secret",
            ),
            LinkFault::Crypto { source } => {
                write!(f, "the cryptography of the handshake failed on this side: {source}")
            }
            LinkFault::Forged { record } => write!(
                f,
                "record {record} of an encrypted link is not the peer's: it was altered, repeated or made up on the \
                 way; drop the link"
            ),
            LinkFault::Cut { record } => write!(
                f,
                "an encrypted link was cut before record {record}, without the peer's authenticated end: the peer died, \
                 dropped the link without close, or somebody cut the connection"
            ),
            LinkFault::UsedUp => f.write_str("an encrypted link has used up its nonces: open a new one"),
            LinkFault::Finished => f.write_str("writing to an encrypted link after it was closed on this side"),
        }
    }
}
