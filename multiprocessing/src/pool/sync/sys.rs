//! Memory that parent and workers share.

#![allow(unsafe_code)]

use std::io;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::AtomicU64;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use nix::sys::stat::fstat;
use nix::unistd::ftruncate;

use crate::file_limit;

/// Zeroed memory that processes share, as atomic words: no process can do to another what a data race would. Forked
/// children inherit it, others [map](SharedWords::map) its file.
#[derive(Debug)]
pub(crate) struct SharedWords {
    start: NonNull<AtomicU64>,
    words: NonZeroUsize,
    file: OwnedFd,
}

// SAFETY: it owns its mapping, which is no thread's own; all access to the memory is atomic.
unsafe impl Send for SharedWords {}
// SAFETY: as above.
unsafe impl Sync for SharedWords {}

impl SharedWords {
    pub(crate) fn new(words: NonZeroUsize) -> io::Result<SharedWords> {
        let bytes = words
            .get()
            .checked_mul(8)
            .ok_or(io::ErrorKind::OutOfMemory)?;
        let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
        let file = memfd_create(c"pool", flags)?;
        let len = libc::off_t::try_from(bytes).map_err(io::Error::other)?;
        file_limit::check(len)?;
        ftruncate(&file, len)?;
        fcntl(&file, FcntlArg::F_ADD_SEALS(FIXED_SIZE))?;
        SharedWords::map(file, words)
    }

    /// Memory of this many words that another process has made.
    pub(crate) fn map(file: OwnedFd, words: NonZeroUsize) -> io::Result<SharedWords> {
        let seals = fcntl(&file, FcntlArg::F_GET_SEALS)?;
        let size = u64::try_from(fstat(&file)?.st_size).unwrap_or(0);
        let bytes = words.checked_mul(EIGHT).ok_or(io::ErrorKind::OutOfMemory)?;
        let is_sealed = SealFlag::from_bits_retain(seals).contains(FIXED_SIZE);
        if !is_sealed || size != bytes.get() as u64 {
            return Err(io::Error::other(
                "the memory of the pool is not as it should be",
            ));
        }
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping touches no memory that exists; nothing is replaced, as no address is asked for. The file is
        // as large as the mapping and can get no smaller, as its seals were just seen to say.
        let start = unsafe { mmap(None, bytes, access, MapFlags::MAP_SHARED, &file, 0) }?;
        Ok(SharedWords {
            start: start.cast(),
            words,
            file,
        })
    }

    /// Another number for the file, to be sent.
    pub(crate) fn file(&self) -> io::Result<OwnedFd> {
        self.file.try_clone()
    }
}

const EIGHT: NonZeroUsize = NonZeroUsize::new(8).unwrap();
const FIXED_SIZE: SealFlag = SealFlag::F_SEAL_SHRINK.union(SealFlag::F_SEAL_GROW);

impl Deref for SharedWords {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        // SAFETY: the mapping is page-aligned, has room for this many words, is zeroed (a valid AtomicU64), and lives
        // until `self` is dropped. All access, in every process, is atomic.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.words.get()) }
    }
}

impl Drop for SharedWords {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping made in `new`; no reference outlives `self`.
        let _ = unsafe { munmap(self.start.cast(), self.words.get() * 8) };
    }
}
