//! What an error is, and its text.

use crate::error::Error;
use crate::guard::{Limit, MAX_DEPTH, MAX_FREE};
pub(crate) use crate::link_fault::LinkFault;
pub(crate) use crate::secret_fault::SecretFault;
use crate::secure::GREETING_MAGIC;
use std::fmt;
use std::io;

/// The case, with what its text needs.
#[derive(Debug)]
pub(crate) enum Kind {
    Io {
        doing: &'static str,
        source: io::Error,
    },
    Closed,
    Truncated {
        part: &'static str,
        got: usize,
        of: usize,
    },
    CutBetweenMessageAndBulk,
    OversizeAnnounced {
        length: u64,
        limit: u64,
    },
    OversizeOutgoing {
        length: u64,
        limit: u64,
    },
    Garbage {
        first: Vec<u8>,
    },
    LeftOver {
        name: &'static str,
        rest: usize,
        of: usize,
    },
    Encode {
        name: &'static str,
        source: postcard::Error,
    },
    Decode {
        name: &'static str,
        at: usize,
        of: usize,
        source: postcard::Error,
    },
    Costly {
        name: &'static str,
        at: usize,
        of: usize,
        limit: Limit,
    },
    Busy {
        source: Error,
    },
    Broken,
    Link(LinkFault),
    Secret(SecretFault),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Io { doing, source } => write!(f, "{doing}: {source}"),
            Kind::Closed => f.write_str("the stream ended between two frames: the peer closed the link"),
            Kind::Truncated { part, got, of } => write!(
                f,
                "the stream ended after {got} of {of} bytes of a frame's {part}: the peer died or the link was cut"
            ),
            Kind::CutBetweenMessageAndBulk => f.write_str(
                "the stream ended between a message and its bulk: the peer died, or did not use send_with_bulk",
            ),
            Kind::OversizeAnnounced { length, limit } => write!(
                f,
                "the peer announced a frame of {length} bytes, the limit here is {limit}: \
                 if the peer is trusted, raise it with FrameReader::max_frame"
            ),
            Kind::OversizeOutgoing { length, limit } => write!(
                f,
                "a frame of {length} bytes was not sent, the limit here is {limit}: \
                 send less at a time, or raise it with FrameWriter::max_frame and at the reader"
            ),
            Kind::Garbage { first } => write!(
                f,
                "the stream does not go on with a frame: the peer {}; the bytes are \"{}\"",
                if first.starts_with(&GREETING_MAGIC) {
                    "wants an encrypted link, see SecureStream"
                } else {
                    "speaks something else, or another version of this format"
                },
                first.escape_ascii()
            ),
            Kind::LeftOver { name, rest, of } => write!(
                f,
                "{rest} of {of} bytes are left over behind a `{name}`: the peer sent another type, or another version of it"
            ),
            Kind::Encode { name, source } => write!(f, "encoding a `{name}`: {source}"),
            Kind::Decode { name, at, of, source } => write!(
                f,
                "decoding {of} bytes as a `{name}` failed at byte {at}: {source}; \
                 the peer sent another type, or another version of it"
            ),
            Kind::Costly { name, at, of, limit: Limit::Depth } => write!(
                f,
                "decoding {of} bytes as a `{name}` was given up at byte {at}: more than {MAX_DEPTH} levels inside each \
                 other; flatten the type, or send long chains as sequences"
            ),
            Kind::Costly { name, at, of, limit: Limit::Free } => write!(
                f,
                "decoding {of} bytes as a `{name}` was given up at byte {at}: the elements that take no byte are more \
                 than {MAX_FREE}, or as many bytes in memory; send their number instead"
            ),
            Kind::Busy { .. } => f.write_str(
                "a frame was refused because an earlier one is still pending: call flush_pending until it succeeds, \
                 then write the frame again",
            ),
            Kind::Link(fault) => fault.fmt(f),
            Kind::Secret(fault) => fault.fmt(f),
            Kind::Broken => f.write_str(
                "an earlier write failed in the middle of a frame, so that no frame can follow: open a new link",
            ),
        }
    }
}
