//! What both sides say in clear text before anything else.
//!
//! | bytes | content |
//! |---|---|
//! | 0 | `F5` |
//! | 1, 2 | `4D 53`, "MS" |
//! | 3 | version of everything that follows, now `01` |
//! | 4 | `49` "I" from the side that connects, `52` "R" from the side that accepts |
//! | 5 | length of the protocol's name in bytes, 1 to 64 |
//! | 6 and on | the protocol's name, UTF-8 |
//!
//! Nobody can rely on it (it is neither encrypted nor authenticated); it exists so that two sides that will not
//! understand each other can say why. What counts is that both greetings go into the handshake's prologue.

use super::deadline::Timed;
use super::transport::Transport;
use crate::error::{Error, Result};
use crate::kind::LinkFault;

/// The first three bytes of every greeting.
pub(crate) const MAGIC: [u8; 3] = [0xF5, b'M', b'S'];

const VERSION: u8 = 1;
const LONGEST_NAME: usize = 64;

#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum Role {
    Connects = b'I',
    Accepts = b'R',
}

/// The greeting of the side with this role.
pub(crate) fn greeting(role: Role, protocol: &str) -> Result<Vec<u8>> {
    let length = protocol.len();
    if length == 0 || length > LONGEST_NAME {
        return Err(Error::link(LinkFault::ProtocolName {
            length,
            longest: LONGEST_NAME,
        }));
    }
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&[VERSION, role as u8, length as u8]);
    bytes.extend_from_slice(protocol.as_bytes());
    Ok(bytes)
}

/// Reads the other side's greeting, which must be that of `role` for the same protocol.
pub(crate) fn await_greeting<S: Transport>(
    stream: &mut Timed<'_, S>,
    role: Role,
    protocol: &str,
) -> Result<()> {
    let doing = "waiting for the peer's greeting";
    await_magic(stream, doing)?;
    let mut version = [0];
    stream.read_exact(&mut version, doing)?;
    if version != [VERSION] {
        return Err(Error::link(LinkFault::Version {
            theirs: version[0],
            ours: VERSION,
        }));
    }
    let mut rest = [0; 2];
    stream.read_exact(&mut rest, doing)?;
    let [theirs, length] = rest;
    let length = usize::from(length);
    if length == 0 || length > LONGEST_NAME {
        return Err(Error::link(LinkFault::LongGreeting {
            length,
            longest: LONGEST_NAME,
        }));
    }
    let mut name = [0; LONGEST_NAME];
    stream.read_exact(&mut name[..length], doing)?;
    check(theirs, &name[..length], role, protocol)
}

/// Gives up at the first byte that is not a greeting's: a peer that speaks something else may say little and wait.
fn await_magic<S: Transport>(stream: &mut Timed<'_, S>, doing: &'static str) -> Result<()> {
    let mut magic = [0; MAGIC.len()];
    let mut got = 0;
    while got < magic.len() {
        got += stream.read_some(&mut magic[got..], doing)?;
        if magic[..got] != MAGIC[..got] {
            return Err(Error::link(LinkFault::OtherLanguage {
                first: magic[..got].to_vec(),
            }));
        }
    }
    Ok(())
}

fn check(theirs: u8, name: &[u8], role: Role, protocol: &str) -> Result<()> {
    if theirs != role as u8 {
        return Err(Error::link(LinkFault::SameRole));
    }
    if name != protocol.as_bytes() {
        let theirs = String::from_utf8_lossy(name).into_owned();
        return Err(Error::link(LinkFault::OtherProtocol {
            theirs,
            ours: protocol.into(),
        }));
    }
    Ok(())
}
