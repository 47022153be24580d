//! The system calls that need `unsafe`.
#![allow(unsafe_code)]

use std::num::NonZero;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use nix::sys::mman::{MapFlags, ProtFlags};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal};

/// Runs before `main`, when this process has one thread.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn() = at_start;

extern "C" fn at_start() {
    let Some(home) = crate::home::prepare() else {
        return;
    };
    let (variable, value) = home.marker();
    // SAFETY: functions in .init_array run before main, so this is the only thread and nobody reads
    // the environment.
    unsafe { std::env::set_var(variable, value) };
    // SAFETY: as above.
    unsafe { std::env::set_var("TMPDIR", home.temporary()) };
    call_at_exit();
}

/// Has `home::at_exit` run when this process calls `exit` or returns from `main`.
fn call_at_exit() {
    extern "C" fn at_exit() {
        crate::home::at_exit();
    }
    // SAFETY: `at_exit` is a function with the expected signature that lives as long as the
    // program, and it does not unwind: everything that it calls returns errors as values.
    unsafe { libc::atexit(at_exit) };
}

/// Lets any process of this user trace this one, which Yama forbids otherwise.
pub(crate) fn permit_tracing() {
    // SAFETY: PR_SET_PTRACER takes one integer and touches no memory of ours. It fails where Yama
    // is not compiled in, and there nothing needs permission.
    unsafe { libc::prctl(libc::PR_SET_PTRACER, libc::PR_SET_PTRACER_ANY, 0, 0, 0) };
}

/// Has the kernel end this process in so many seconds, whatever its threads do.
pub(crate) fn die_in(seconds: u32) {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: the default disposition runs no code of ours.
    let _ = unsafe { nix::sys::signal::sigaction(Signal::SIGALRM, &default) };
    let mut alarm = SigSet::empty();
    alarm.add(Signal::SIGALRM);
    let _ = alarm.thread_unblock();
    nix::unistd::alarm::set(seconds);
}

/// Keeps the coming death of this process from writing a core file, or from starting the program
/// that would.
///
/// The limit of zero bytes forbids the file, and the flag also what a pipe in `core_pattern` would
/// start.
pub(crate) fn forbid_core_dump() {
    let _ = limit(Resource::RLIMIT_CORE, 0);
    let _ = nix::sys::prctl::set_dumpable(false);
}

/// Sees to it that the stack of the main thread ends.
pub(crate) fn limit_stack() {
    const LIMIT: u64 = 8 << 20;
    limit(Resource::RLIMIT_STACK, LIMIT).expect("limiting the stack");
}

/// Lowers a soft limit.
fn limit(resource: Resource, most: u64) -> nix::Result<()> {
    let (soft, hard) = getrlimit(resource)?;
    setrlimit(resource, soft.min(most), hard)
}

/// Writes to memory that may not be written to.
pub(crate) fn write_to_forbidden_page() -> ! {
    const LENGTH: usize = 4096;
    let anonymous = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping at an address of the kernel's choice touches no memory that is in use.
    let page = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            LENGTH,
            libc::PROT_NONE,
            anonymous,
            -1,
            0,
        )
    };
    assert_ne!(page, libc::MAP_FAILED, "mapping a page without permissions");
    // SAFETY: the page is this function's own and mapped, so no other object can be changed; the
    // hardware refuses the write, and the kernel answers with the SIGSEGV that is wanted.
    unsafe { page.cast::<u8>().write_volatile(1) };
    unreachable!("a page without permissions was written to")
}

/// How many bytes a socket of this process still has to send; `None` for other descriptors.
pub(crate) fn bytes_to_send(descriptor: u32) -> Option<u64> {
    count(descriptor, libc::TIOCOUTQ)
}

/// How many bytes lie in a pipe, of which either end may be given.
pub(crate) fn bytes_to_read(descriptor: u32) -> Option<u64> {
    count(descriptor, libc::FIONREAD)
}

fn count(descriptor: u32, request: libc::Ioctl) -> Option<u64> {
    let mut bytes: libc::c_int = 0;
    // SAFETY: both requests only store one int, and that at the address of a live variable of that
    // type. Nothing is done to the descriptor, so it does no harm if another thread closed it
    // meanwhile and opened it as something else.
    let status = unsafe { libc::ioctl(descriptor.cast_signed(), request, &raw mut bytes) };
    u64::try_from(bytes).ok().filter(|_| status == 0)
}

/// Makes a pipe hold one page only, unless more lies in it.
pub(crate) fn shrink_pipe(descriptor: u32) {
    const PAGE: libc::c_int = 4096;
    // SAFETY: the request takes an integer. On another file than a pipe, should the number have
    // changed hands, it fails.
    unsafe { libc::fcntl(descriptor.cast_signed(), libc::F_SETPIPE_SZ, PAGE) };
}

/// Makes a socket take as little at once as the kernel permits, about 4 KiB.
pub(crate) fn shrink_send_buffer(descriptor: u32) {
    let least: libc::c_int = 1;
    let length = libc::socklen_t::try_from(size_of_val(&least)).expect("a few bytes");
    let least = (&raw const least).cast();
    // SAFETY: the option is an int, and the call reads one from a live variable. On what is no
    // socket it fails.
    unsafe {
        libc::setsockopt(
            descriptor.cast_signed(),
            libc::SOL_SOCKET,
            libc::SO_SNDBUF,
            least,
            length,
        )
    };
}

/// Ends this process without running destructors or exit handlers.
pub(crate) fn exit_at_once(code: i32) -> ! {
    // SAFETY: _exit takes an integer and does not return.
    unsafe { libc::_exit(code) }
}

/// Zeroed words that this process and its forked children share.
#[derive(Debug)]
pub(crate) struct Words {
    start: NonNull<AtomicU32>,
    count: NonZero<usize>,
}

// SAFETY: the words are atomic, and the mapping stays where it is until the value is dropped, in
// whichever thread.
unsafe impl Send for Words {}
// SAFETY: as above.
unsafe impl Sync for Words {}

impl Words {
    /// # Panics
    /// If the kernel has no memory.
    pub(crate) fn new(count: NonZero<usize>) -> Words {
        let bytes = count.saturating_mul(WORD);
        let readable = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice overlaps no other.
        let start =
            unsafe { nix::sys::mman::mmap_anonymous(None, bytes, readable, MapFlags::MAP_SHARED) };
        let start = start.expect("mapping memory for a test's notes").cast();
        Words { start, count }
    }
}

const WORD: NonZero<usize> = NonZero::new(size_of::<AtomicU32>()).expect("four bytes");

impl Deref for Words {
    type Target = [AtomicU32];

    fn deref(&self) -> &[AtomicU32] {
        // SAFETY: the mapping begins at a page, holds so many words, which zero initialises, and
        // lives as long as `self`; whoever shares it uses atomic operations only.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.count.get()) }
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        let bytes = self.count.saturating_mul(WORD).get();
        // SAFETY: the mapping is this value's own and of that length, and no borrow outlives it.
        let _ = unsafe { nix::sys::mman::munmap(self.start.cast(), bytes) };
    }
}

/// Sleeps until the word is woken, for at most so long, unless it holds another value than
/// `expected`. It may also return for no reason.
pub(crate) fn wait_on(word: &AtomicU32, expected: u32, limit: Duration) {
    let limit = libc::timespec {
        tv_sec: libc::time_t::try_from(limit.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: limit.subsec_nanos().into(),
    };
    // SAFETY: the word and the limit live during the call, which reads them only.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT,
            expected,
            &raw const limit,
        )
    };
}

/// Wakes all, in every process, that sleep on the word.
pub(crate) fn wake_all(word: &AtomicU32) {
    // SAFETY: the word is only an address to the call.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE,
            libc::c_int::MAX,
        )
    };
}
