//! A named block.

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;

use super::cell::Mapping;
use super::copy;
use super::file::{self, Identity};
use super::tracker;
use super::{Error, Result};

/// A block of memory with a name. See the [module](crate::shared_memory) for how long it lives.
///
/// A handle that a forked child inherits works there; one that travels, as an argument or over a connection, is opened by name
/// where it arrives. Dropping a handle closes it, Python's `close`.
#[derive(Debug)]
pub struct SharedMemory {
    name: String,
    pub(super) identity: Identity,
    /// Locked, shared, as long as it is open anywhere.
    _file: File,
    pub(super) mapping: Mapping,
}

impl SharedMemory {
    /// A new block of `size` bytes, all 0, under a name that nobody else has.
    ///
    /// # Errors
    ///
    /// If `size` is 0, or there is not so much shared memory left.
    pub fn create(size: usize) -> Result<SharedMemory> {
        SharedMemory::create_under(None, size)
    }

    /// A new block of `size` bytes, all 0, under this name. It appears as `/dev/shm/NAME`, and as `NAME` to Python.
    ///
    /// # Errors
    ///
    /// If there is one of that name ([`is_already_exists`](Error::is_already_exists)), the name is empty, has more than 255
    /// bytes or a `/` or a NUL in it, and as [`create`](Self::create).
    pub fn create_named(name: &str, size: usize) -> Result<SharedMemory> {
        check(name)?;
        SharedMemory::create_under(Some(name), size)
    }

    fn create_under(name: Option<&str>, size: usize) -> Result<SharedMemory> {
        let doing = || format!("create {size} bytes of shared memory");
        let size = NonZeroUsize::new(size).ok_or_else(|| {
            Error::misuse(
                doing(),
                "a block has one byte at least; ask for more than 0",
            )
        })?;
        new_block(name, size).map_err(|error| Error::system(doing(), error))
    }

    /// Opens the block of this name, made by whomever.
    ///
    /// # Errors
    ///
    /// If there is none ([`is_not_found`](Error::is_not_found)), or it is another user's.
    pub fn open(name: &str) -> Result<SharedMemory> {
        check(name)?;
        open_block(name)
            .map_err(|error| Error::system(format!("open the shared memory {name:?}"), error))
    }

    /// The name, by which others open it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// In bytes; exactly what was asked for.
    #[must_use]
    pub fn size(&self) -> usize {
        self.mapping.size()
    }

    /// Copies bytes out of the block, from `offset` on.
    ///
    /// # Panics
    ///
    /// If they reach beyond its end.
    pub fn read(&self, offset: usize, bytes: &mut [u8]) {
        self.check_range(offset, bytes.len());
        copy::load(self.mapping.words(), offset, bytes);
    }

    /// Copies bytes into the block, from `offset` on.
    ///
    /// # Panics
    ///
    /// If they reach beyond its end.
    pub fn write(&self, offset: usize, bytes: &[u8]) {
        self.check_range(offset, bytes.len());
        copy::store(self.mapping.words(), offset, bytes);
    }

    fn check_range(&self, offset: usize, length: usize) {
        let size = self.size();
        assert!(
            offset.checked_add(length).is_some_and(|end| end <= size),
            "{length} bytes from {offset} on are not all in a block of {size}"
        );
    }

    /// A copy of all bytes.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.size()];
        self.read(0, &mut bytes);
        bytes
    }

    /// Takes the name away: nobody can open the block any more, and its memory goes when the last handle does. Any
    /// process that has it open may do this, once.
    ///
    /// # Errors
    ///
    /// If the name is gone already, or belongs to another block by now.
    pub fn unlink(&self) -> Result<()> {
        file::unlink(&self.name, self.identity).map_err(|error| {
            Error::system(format!("unlink the shared memory {:?}", self.name), error)
        })?;
        tracker::forget(self.identity);
        Ok(())
    }

    /// Lets the block outlive the process that created it, which calls this: only [`unlink`](Self::unlink) takes it away then.
    /// Python's `track=False`.
    pub fn untrack(&self) {
        tracker::forget(self.identity);
    }
}

/// It is tracked before it has a name: there is no moment in which there is a block that nobody will remove.
fn new_block(name: Option<&str>, size: NonZeroUsize) -> io::Result<SharedMemory> {
    let file = file::reserve(size)?;
    let identity = Identity::of(&file)?;
    let mapping = Mapping::new(&file, size)?;
    let name = match name {
        Some(name) => publish(&file, identity, name).map(|()| name.to_owned())?,
        None => publish_anywhere(&file, identity)?,
    };
    Ok(SharedMemory {
        name,
        identity,
        _file: file,
        mapping,
    })
}

fn publish(file: &File, identity: Identity, name: &str) -> io::Result<()> {
    tracker::track(identity, name)?;
    file::publish(file, name).inspect_err(|_| tracker::forget(identity))
}

/// Under a name that nobody has.
fn publish_anywhere(file: &File, identity: Identity) -> io::Result<String> {
    loop {
        let name = format!("mw-{:016x}", getrandom::u64().map_err(io::Error::other)?);
        match publish(file, identity, &name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            published => return published.map(|()| name),
        }
    }
}

fn open_block(name: &str) -> io::Result<SharedMemory> {
    let (file, size) = file::open(name)?;
    Ok(SharedMemory {
        name: name.to_owned(),
        identity: Identity::of(&file)?,
        mapping: Mapping::new(&file, size)?,
        _file: file,
    })
}

fn check(name: &str) -> Result<()> {
    let fits = (1..=255).contains(&name.len()) && name != "." && name != "..";
    if fits && !name.contains(['/', '\0']) {
        return Ok(());
    }
    Err(Error::misuse(
        format!("use {name:?} as the name of shared memory"),
        "a name has 1 to 255 bytes, none of them a slash or NUL, and is not a dot or two",
    ))
}
