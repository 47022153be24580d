//! Mappings, locks on bytes of files, and handlers around forks.

#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::{self, NonNull};

use rustix::mm::{MapFlags, ProtFlags};

use super::header::Header;

/// A file's memory in this process, from its start.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the mapping belongs to no thread; what is in it is reached through atomics, or by users who say why
// theirs is the only access.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the whole of a file of this length, which must be at least a header's and sealed against change.
    pub(super) fn new(file: BorrowedFd<'_>, len: usize) -> io::Result<Mapping> {
        assert!(len >= size_of::<Header>(), "a segment has a header");
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice replaces no memory that exists.
        let start =
            unsafe { rustix::mm::mmap(ptr::null_mut(), len, access, MapFlags::SHARED, file, 0) }?;
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Mapping { start, len })
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    #[inline]
    pub(super) fn header(&self) -> &Header {
        // SAFETY: the mapping is page-aligned, longer than a header (checked in `new`), and cannot shrink, as
        // its file is sealed; a header is made of atomics, for which all bits are valid; it lives as long as `self`.
        unsafe { self.start.cast().as_ref() }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping made in `new`; pointers into it are only with those who keep `self`.
        let _ = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// Locks a byte of the file for this open file description. False if another has it.
pub(super) fn lock_byte(file: BorrowedFd<'_>, byte: u16) -> io::Result<bool> {
    match lock_operation(file, libc::F_OFD_SETLK, byte) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Whether another open file description has locked a byte of the file.
pub(super) fn is_locked(file: BorrowedFd<'_>, byte: u16) -> io::Result<bool> {
    let found = lock_operation(file, libc::F_OFD_GETLK, byte)?;
    Ok(i32::from(found.l_type) != libc::F_UNLCK)
}

fn lock_operation(
    file: BorrowedFd<'_>,
    operation: libc::c_int,
    byte: u16,
) -> io::Result<libc::flock> {
    // SAFETY: for this structure of integers zeros are valid.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = libc::F_WRLCK as libc::c_short;
    range.l_whence = libc::SEEK_SET as libc::c_short;
    range.l_start = byte.into();
    range.l_len = 1;
    // SAFETY: both operations take a pointer to a `flock`, which lives through the call.
    match unsafe { libc::fcntl(file.as_raw_fd(), operation, &raw mut range) } {
        0 => Ok(range),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Opens the file anew: an open file description of its own, close-on-exec.
pub(super) fn open_anew(file: &OwnedFd) -> io::Result<OwnedFd> {
    use rustix::fs::{Mode, OFlags};
    let path = format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
    Ok(rustix::fs::open(
        path,
        OFlags::RDWR | OFlags::CLOEXEC,
        Mode::empty(),
    )?)
}

/// Has these run before every fork of this process, after it in the parent, and after it in the child.
pub(super) fn call_around_forks(
    before: extern "C" fn(),
    in_parent: extern "C" fn(),
    in_child: extern "C" fn(),
) -> io::Result<()> {
    // SAFETY: the handlers are plain functions that live as long as the program.
    match unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) } {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}
