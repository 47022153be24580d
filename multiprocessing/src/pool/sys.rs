//! Memory that parent and workers share, and functions found again at their addresses.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::io;
use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::AtomicU64;

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};

use super::function::{Entry, Mark};

/// Zeroed memory that this process shares with the children that it forks later, as atomic words: no process can do
/// to another what a data race would.
#[derive(Debug)]
pub(crate) struct SharedWords {
    start: NonNull<AtomicU64>,
    words: NonZeroUsize,
}

// SAFETY: it owns its mapping, which is no thread's own; all access to the memory is atomic.
unsafe impl Send for SharedWords {}
// SAFETY: as above.
unsafe impl Sync for SharedWords {}

impl SharedWords {
    pub(crate) fn new(words: NonZeroUsize) -> io::Result<SharedWords> {
        let bytes = words.checked_mul(NonZeroUsize::MIN.saturating_add(7));
        let bytes = bytes.ok_or(io::ErrorKind::OutOfMemory)?;
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new anonymous mapping touches no memory that exists; nothing is replaced, as no address is asked for.
        let start = unsafe { mmap_anonymous(None, bytes, access, MapFlags::MAP_SHARED) }?;
        Ok(SharedWords {
            start: start.cast(),
            words,
        })
    }
}

impl std::ops::Deref for SharedWords {
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

/// A value of a function's type that has captured nothing, for who was given one before, perhaps in the process that
/// this is a copy of.
pub(crate) fn again<F: Copy + 'static>() -> F {
    const { assert!(size_of::<F>() == 0, "the function has captured something") };
    // SAFETY: reading no bytes reads no memory. That there are values of the type, and that one may be had again, is shown
    // by the one that an `Entry` was made of, which was `Copy`.
    unsafe { NonNull::<F>::dangling().read() }
}

/// The entry at an address that another process of this program's forks has sent, if one lies there.
pub(crate) fn entry_at(address: u64) -> Option<&'static Entry> {
    let address = usize::try_from(address).ok()?;
    if !address.is_multiple_of(align_of::<Entry>())
        || !is_constant_data(address, size_of::<Entry>())
    {
        return None;
    }
    // SAFETY: the bytes belong to a loaded file's segment that the loader maps readable, and are aligned; any bytes are a valid
    // mark. Libraries are not unloaded in a worker, which runs nothing but tasks.
    let mark = unsafe { *(address as *const Mark) };
    if mark != Entry::MARK {
        return None;
    }
    // SAFETY: the mark, 128 random bits, stands at the head of entries alone; so this is one of the constants that the
    // program has.
    Some(unsafe { &*(address as *const Entry) })
}

/// Whether the whole range lies in a readable segment of the program or of a library that it has loaded.
fn is_constant_data(address: usize, size: usize) -> bool {
    let mut search = Search {
        address,
        size,
        is_found: false,
    };
    let context: *mut Search = &raw mut search;
    // SAFETY: the callback keeps to the contract of the call, and `search` outlives it.
    unsafe { libc::dl_iterate_phdr(Some(look_into_object), context.cast()) };
    search.is_found
}

struct Search {
    address: usize,
    size: usize,
    is_found: bool,
}

unsafe extern "C" fn look_into_object(
    info: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    context: *mut c_void,
) -> libc::c_int {
    // SAFETY: the pointer is the one given to `dl_iterate_phdr`, whose caller waits for it.
    let search = unsafe { &mut *context.cast::<Search>() };
    // SAFETY: the C library lends a valid description of a loaded object.
    let info = unsafe { &*info };
    // SAFETY: so many headers stand there, says the description.
    let headers = unsafe { slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
    let base = info.dlpi_addr as usize;
    let holds = |header: &&libc::Elf64_Phdr| {
        let start = base.wrapping_add(header.p_vaddr as usize);
        let end = start.saturating_add(header.p_memsz as usize);
        let readable = header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_R != 0;
        readable && start <= search.address && search.address.saturating_add(search.size) <= end
    };
    search.is_found |= headers.iter().any(|header| holds(&header));
    libc::c_int::from(search.is_found)
}
