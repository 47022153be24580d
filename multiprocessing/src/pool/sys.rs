//! Functions found again at their addresses, and doorbells at their descriptors.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::slice;

use nix::sys::eventfd::EventFd;

use super::function::{Entry, Mark};

/// A value of a function's type that has captured nothing, for who was given one before, perhaps in the process that
/// this is a copy of.
pub(crate) fn again<F: Copy + 'static>() -> F {
    const { assert!(size_of::<F>() == 0, "the function has captured something") };
    // SAFETY: reading no bytes reads no memory. That there are values of the type, and that one may be had again, is shown
    // by the one that an `Entry` was made of, which was `Copy`.
    unsafe { NonNull::<F>::dangling().read() }
}

/// A doorbell that another process has made.
pub(crate) fn doorbell(file: OwnedFd) -> EventFd {
    // SAFETY: the descriptor is owned, and the method asks for no more than that reads and writes of eight bytes do what they
    // do; on another file they would fail.
    unsafe { EventFd::from_owned_fd(file) }
}

/// Where the program lies in memory, which is another place in each process that was not forked from another.
static ANCHOR: u8 = 0;

/// The place of an entry in the program, which is the same in all processes that run it.
pub(crate) fn place_of(entry: &'static Entry) -> u64 {
    let place = std::ptr::from_ref(entry).addr();
    place.wrapping_sub((&raw const ANCHOR).addr()) as u64
}

/// The entry in this place of the program, if one lies there.
pub(crate) fn entry_at(place: u64) -> Option<&'static Entry> {
    let place = usize::try_from(place).ok()?;
    let address = place.wrapping_add((&raw const ANCHOR).addr());
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
