//! Connections between processes: Python's `multiprocessing.connection`, and `Pipe`.
//!
//! [`pipe()`] and [`one_way_pipe()`] make two ends, one of which is for a child. A [`Listener`] at an [`Address`] and a
//! [`Client`] connect processes that are strangers; with an [`AuthKey`] both prove that they know it. [`wait()`] waits for
//! the first of many.

mod address;
mod bounded;
mod client;
mod deadline;
mod end;
mod error;
mod handshakes;
mod inlet;
mod lane;
mod listener;
mod listening;
mod messages;
mod options;
mod outlet;
mod pipe;
mod receiver;
mod rings;
mod sender;
mod socket;
mod socket_file;
mod stream;
mod travel;
mod wait;

pub use manyways_wire::Secret as AuthKey;

pub(crate) use self::socket::Socket;

pub use self::{
    address::Address,
    client::{Client, ClientOptions},
    end::Connection,
    error::{Error, Result},
    listener::Listener,
    options::ListenerOptions,
    pipe::{one_way_pipe, pipe},
    travel::Descriptor,
    wait::{Attention, Waitable, wait},
};
