//! Values on their way between processes, with the descriptors that belong to them.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::{fmt, io};

use manyways_process::MAX_DESCRIPTORS;
use nix::sys::memfd::{MFdFlags, memfd_create};
use serde::{Serialize, de::DeserializeOwned};

use crate::attachments::{Carrier, collect, provide};

/// Has this thread make ready what an encoding needs. A forked child inherits that, and would pay several page faults to
/// make it itself.
pub(super) fn warm_up() {
    drop(collect(Carrier::Takes, || ()));
}

/// An encoded value.
#[derive(Debug)]
pub(super) struct Payload {
    pub(super) bytes: Vec<u8>,
    pub(super) descriptors: Vec<OwnedFd>,
}

impl Payload {
    /// Encodes by `encode`, and collects what is attached meanwhile. The error says why it cannot be sent.
    pub(super) fn collect<E: fmt::Display>(
        encode: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Payload, String> {
        let (bytes, collected) = collect(Carrier::Takes, encode);
        match (bytes, collected.refusal) {
            (_, Some(refusal)) => Err(refusal.to_string()),
            (Err(error), None) => Err(error.to_string()),
            (Ok(bytes), None) => Ok(Payload {
                bytes,
                descriptors: collected.descriptors,
            }),
        }
    }

    pub(super) fn of<T: Serialize + ?Sized>(value: &T) -> Result<Payload, String> {
        Payload::collect(|| manyways_wire::encode(value))
    }

    /// Decodes by `decode`, which finds the descriptors.
    pub(super) fn provide<T, E: fmt::Display>(
        descriptors: Vec<OwnedFd>,
        decode: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, String> {
        let (value, refusal) = provide(descriptors, decode);
        value.map_err(|error| refusal.map_or_else(|| error.to_string(), |why| why.to_string()))
    }

    /// The value. It may be asked for again, and is decoded each time.
    pub(super) fn decode<T: DeserializeOwned>(&self) -> Result<T, String> {
        let copies = self.descriptors.iter().map(OwnedFd::try_clone);
        let copies = copies.collect::<io::Result<Vec<OwnedFd>>>();
        let copies = copies.map_err(|error| format!("no number for its open files: {error}"))?;
        Payload::provide(copies, || manyways_wire::decode(&self.bytes))
    }

    /// Moves many bytes into a file in memory, as the last descriptor. A process that leaves a value behind must not have to
    /// wait until somebody reads it, and a link takes no more than about 200 KiB without.
    pub(super) fn pack(&mut self) -> io::Result<bool> {
        const MOST_INLINE: usize = 64 << 10;
        if self.bytes.len() <= MOST_INLINE || self.descriptors.len() >= MAX_DESCRIPTORS {
            return Ok(false);
        }
        let mut file = File::from(memfd_create(c"value of a process", MFdFlags::MFD_CLOEXEC)?);
        file.write_all(&self.bytes)?;
        self.bytes = Vec::new();
        self.descriptors.push(file.into());
        Ok(true)
    }

    /// The reverse of `pack`.
    pub(super) fn unpack(&mut self) -> io::Result<()> {
        let file = self.descriptors.pop().ok_or(io::ErrorKind::NotFound)?;
        let mut file = File::from(file);
        file.rewind()?;
        file.read_to_end(&mut self.bytes)?;
        Ok(())
    }
}
