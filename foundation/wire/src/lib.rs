//! Frames, messages and an encrypted link over any byte stream.
//!
//! A byte stream (a pipe, a UNIX socket, a TCP connection) keeps no boundaries. This crate cuts it into *frames*, puts
//! serde *messages* into the frames, and sends *bulk* bytes beside a message without copying them.
//!
//! # Frames
//!
//! A frame is twelve bytes of header and a payload. Anything that is `Write` takes frames, anything that is `Read` gives
//! them back:
//!
//! ```
//! use manyways_wire::{FrameReader, FrameWriter};
//!
//! let mut stream = Vec::new();
//! let mut writer = FrameWriter::new(&mut stream);
//! writer.write_frame(b"first")?;
//! writer.write_frame(b"")?;
//!
//! let mut reader = FrameReader::new(stream.as_slice());
//! assert_eq!(reader.read_frame()?, b"first");
//! assert_eq!(reader.read_frame()?, b"");
//! assert!(reader.read_frame().unwrap_err().is_closed());
//! # Ok::<(), manyways_wire::Error>(())
//! ```
//!
//! # Messages
//!
//! A message is any serde type, encoded with [`postcard`]. The type travels by agreement, not on the wire: both sides name
//! the same type.
//!
//! ```
//! use manyways_wire::{FrameReader, FrameWriter};
//! use serde::{Deserialize, Serialize};
//! use std::os::unix::net::UnixStream;
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! enum Job {
//!     Square(u64),
//!     Stop,
//! }
//!
//! let (here, there) = UnixStream::pair()?;
//! let mut writer = FrameWriter::new(&here);
//! let mut reader = FrameReader::new(&there);
//!
//! writer.send(&Job::Square(12))?;
//! writer.send(&Job::Stop)?;
//! assert_eq!(reader.recv::<Job>()?, Job::Square(12));
//! assert_eq!(reader.recv::<Job>()?, Job::Stop);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Bulk
//!
//! A megabyte of pixels has no business in the codec. It travels as a frame of its own behind its message, gathered in the
//! same system call and copied by nobody on the way:
//!
//! ```
//! use manyways_wire::{FrameReader, FrameWriter};
//!
//! let pixels = vec![7_u8; 1 << 20];
//! let mut stream = Vec::new();
//! FrameWriter::new(&mut stream).send_with_bulk(&("tile", 3_u32), &pixels)?;
//!
//! let mut reader = FrameReader::new(stream.as_slice());
//! let ((name, index), bulk): ((String, u32), Vec<u8>) = reader.recv_with_bulk()?;
//! assert_eq!((name.as_str(), index, bulk.len()), ("tile", 3, 1 << 20));
//! # Ok::<(), manyways_wire::Error>(())
//! ```
//!
//! # Functions by name
//!
//! The module [`task`] finds a function by its name in a program that has it too, and calls it with encoded arguments.
//!
//! # Links to other machines
//!
//! [`SecureStream`] puts authentication and encryption under the frames. Both ends hold the same [`Secret`]; whoever does
//! not is turned away before any message is read. The whole handshake has one deadline.
//!
//! ```
//! use manyways_wire::{FrameReader, FrameWriter, Secret, SecureStream};
//! use std::net::{TcpListener, TcpStream};
//! use std::thread;
//! use std::time::Duration;
//!
//! const LIMIT: Duration = Duration::from_secs(30);
//!
//! let secret = Secret::generate()?;
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let address = listener.local_addr()?;
//!
//! let served = secret.clone();
//! let server = thread::spawn(move || -> manyways_wire::Result<()> {
//!     let (stream, _) = listener.accept().expect("a connection");
//!     let mut link = SecureStream::accept(stream, &served, "squares", LIMIT)?;
//!     let number: u64 = FrameReader::new(&mut link).recv()?;
//!     FrameWriter::new(&mut link).send(&(number * number))?;
//!     link.close()
//! });
//!
//! let link = SecureStream::connect(TcpStream::connect(address)?, &secret, "squares", LIMIT)?;
//! let (reader, writer) = link.split()?;
//! let (mut reader, mut writer) = (FrameReader::new(reader), FrameWriter::new(writer));
//! writer.send(&12_u64)?;
//! assert_eq!(reader.recv::<u64>()?, 144);
//! assert!(reader.recv::<u64>().unwrap_err().is_closed(), "an end that nobody could have forged");
//! server.join().expect("no panic")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When things go wrong
//!
//! Every failure is an [`Error`] that says what was tried and why it failed, with a predicate for each case that a program
//! treats differently: the peer closed between two frames ([`Error::is_closed`]), died in the middle of one
//! ([`Error::is_truncated`]), announced more than the limit ([`Error::is_oversize`]), speaks something else
//! ([`Error::is_garbage`]), does not know the secret ([`Error::is_auth`]), or is merely slow ([`Error::is_timeout`]). After
//! a timeout nothing of a frame is lost: call again.
//!
//! Nothing that a peer sends makes this crate panic, wait for ever in a handshake, or allocate more than in proportion to
//! what has arrived: see [`FrameReader`] and [`decode`].

#![forbid(unsafe_code)]

mod codec;
mod error;
mod frame;
mod guard;
mod guarded;
mod kind;
mod link_fault;
mod quick;
mod read_ahead;
mod secret;
mod secret_fault;
mod secure;
pub mod task;

pub use codec::{Short, decode, decode_prefix, encode, encode_into, encode_short_or_into};
pub use error::{Error, Result};
pub use frame::{DEFAULT_MAX_FRAME, FrameReader, FrameWriter};
pub use secret::Secret;
pub use secure::{SecureReader, SecureStream, SecureWriter, Transport};
