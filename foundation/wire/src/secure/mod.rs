//! The encrypted link: greeting, handshake, records, and the stream made of them.

mod deadline;
mod greeting;
mod handshake;
mod incoming;
mod outgoing;
mod stream;
mod transport;

#[cfg(test)]
mod used_up;

pub(crate) use greeting::MAGIC as GREETING_MAGIC;
pub use stream::{SecureReader, SecureStream, SecureWriter};
pub use transport::Transport;
