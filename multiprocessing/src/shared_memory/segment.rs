//! A named block.

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::Ordering;

use nix::fcntl::OFlag;
use nix::sys::mman::{shm_open, shm_unlink};
use nix::sys::stat::Mode;

use super::cell::Mapping;
use super::tracker;
use super::{Error, Result};

/// A block of memory with a name. See the [module](crate::shared_memory) for how long it lives.
///
/// A handle that a forked child inherits works there. Dropping a handle closes it, Python's `close`.
#[derive(Debug)]
pub struct SharedMemory {
    name: String,
    /// Locked, shared, as long as it is open anywhere.
    file: File,
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
        let (name, file) =
            tracker::create(name, size).map_err(|error| Error::system(doing(), error))?;
        let mapping = Mapping::new(&file, size).map_err(|error| Error::system(doing(), error))?;
        Ok(SharedMemory {
            name,
            file,
            mapping,
        })
    }

    /// Opens the block of this name, made by whomever.
    ///
    /// # Errors
    ///
    /// If there is none ([`is_not_found`](Error::is_not_found)), or it is another user's.
    pub fn open(name: &str) -> Result<SharedMemory> {
        check(name)?;
        let doing = || format!("open the shared memory {name:?}");
        open_file(name)
            .and_then(|(file, size)| Ok((Mapping::new(&file, size)?, file)))
            .map(|(mapping, file)| SharedMemory {
                name: name.to_owned(),
                file,
                mapping,
            })
            .map_err(|error| Error::system(doing(), error))
    }

    /// The name, by which others open it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// In bytes; exactly what was asked for.
    #[must_use]
    pub fn size(&self) -> usize {
        self.mapping.bytes().len()
    }

    /// Copies bytes out of the block, from `offset` on.
    ///
    /// # Panics
    ///
    /// If they reach beyond its end.
    pub fn read(&self, offset: usize, bytes: &mut [u8]) {
        let place = &self.mapping.bytes()[offset..][..bytes.len()];
        for (byte, shared) in bytes.iter_mut().zip(place) {
            *byte = shared.load(Ordering::Relaxed);
        }
    }

    /// Copies bytes into the block, from `offset` on.
    ///
    /// # Panics
    ///
    /// If they reach beyond its end.
    pub fn write(&self, offset: usize, bytes: &[u8]) {
        let place = &self.mapping.bytes()[offset..][..bytes.len()];
        for (byte, shared) in bytes.iter().zip(place) {
            shared.store(*byte, Ordering::Relaxed);
        }
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
        let doing = || format!("unlink the shared memory {:?}", self.name);
        unlink_if(&self.name, Identity::of(&self.file))
            .map_err(|error| Error::system(doing(), error))?;
        tracker::forget(&self.name);
        Ok(())
    }
}

/// Which file a name means, as names can be given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// `None` for a file that cannot be asked, which is none that we have open.
    pub(super) fn of(file: &File) -> Option<Identity> {
        let data = file.metadata().ok()?;
        Some(Identity {
            device: data.dev(),
            inode: data.ino(),
        })
    }
}

/// Opens the file of a block, and keeps it from being removed.
fn open_file(name: &str) -> io::Result<(File, NonZeroUsize)> {
    let file = File::from(shm_open(name, OFlag::O_RDWR, Mode::empty())?);
    file.lock_shared()?;
    let data = file.metadata()?;
    // Whoever removes it holds the lock meanwhile, so the name may have gone while this waited.
    let size = usize::try_from(data.size())
        .ok()
        .and_then(NonZeroUsize::new);
    match size {
        Some(size) if data.nlink() > 0 => Ok((file, size)),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

/// Removes a name if it means this file.
pub(super) fn unlink_if(name: &str, identity: Option<Identity>) -> io::Result<()> {
    let file = File::from(shm_open(name, OFlag::O_RDWR, Mode::empty())?);
    if Identity::of(&file) != identity {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(shm_unlink(name)?)
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
