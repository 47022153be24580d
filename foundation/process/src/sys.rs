//! The system calls of this crate that have no safe wrapper, one small function each.

#![allow(unsafe_code)]

use std::ffi::CStr;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use crate::Exit;
use crate::descriptors::MAX_DESCRIPTORS;

/// Which side of a fork this is.
pub(crate) enum Side {
    Parent(u32),
    Child,
}

/// Duplicates the calling process. The caller holds every lock that the child will want.
#[allow(clippy::disallowed_methods)]
pub(crate) fn fork() -> io::Result<Side> {
    // SAFETY: fork has no memory preconditions. What the child may do afterwards is the subject of
    // `fork.rs`: glibc's own fork handlers keep malloc usable there, and the child runs on the
    // copied stack of this thread until it leaves through `exit_now`, never returning from it.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Side::Child),
        pid => Ok(Side::Parent(pid.unsigned_abs())),
    }
}

/// Ends the process at once: no destructors, no `atexit`, no flushing of inherited buffers.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` may be called in any state; it never returns.
    unsafe { libc::_exit(code) }
}

/// Has `handler` run at SIGALRM. It must do only what a signal handler may.
pub(crate) fn handle_alarm(handler: extern "C" fn(libc::c_int)) {
    // SAFETY: the handler is a plain function that lives as long as the program; the caller vouches for
    // what it does.
    unsafe { libc::signal(libc::SIGALRM, handler as libc::sighandler_t) };
}

/// Has these run in the parent and in the child of every fork of this process, ours or another library's.
pub(crate) fn call_at_forks(parent: extern "C" fn(), child: extern "C" fn()) -> io::Result<()> {
    // SAFETY: the handlers are plain functions that live as long as the program.
    match unsafe { libc::pthread_atfork(None, Some(parent), Some(child)) } {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// Opens a descriptor for the process `pid`, close-on-exec as all pidfds are.
pub(crate) fn pidfd_open(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: the call takes two integers and touches no memory of ours.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    let fd = RawFd::try_from(fd).unwrap_or(-1);
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor for us; nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Sends `signal` to the process behind `pidfd`, which cannot have become another one.
pub(crate) fn pidfd_send_signal(pidfd: BorrowedFd<'_>, signal: i32) -> io::Result<()> {
    let info = ptr::null::<libc::siginfo_t>();
    // SAFETY: a null siginfo asks the kernel to fill in its default; the other arguments are integers.
    let code = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            signal,
            info,
            0,
        )
    };
    if code < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

// A child pays a microsecond for each page of text that it is the first to run, and the functions of the C library lie far
// from each other. So what every child does between the fork and its body goes through `syscall`, one of them.

/// Closes a descriptor by number. Used once a child has taken over a copy of its parent's table, and for its link when it
/// ends: the owner is not asked.
pub(crate) fn close_by_number(fd: RawFd) {
    // SAFETY: the registry names descriptors whose owners belong to the parent process; in this
    // process those owners refuse every operation, their `Drop` included (see `private_fd.rs`). Or the owner is forgotten.
    unsafe { libc::syscall(libc::SYS_close, fd) };
}

/// Closes every descriptor above the standard streams but these two, whoever opened it. In a child only, which
/// has no other thread, and by the wish of [`Fork::close_other_files`](crate::Fork::close_other_files).
pub(crate) fn close_all_but(mut kept: [RawFd; 2]) {
    kept.sort_unstable();
    let mut first = libc::STDERR_FILENO + 1;
    for fd in kept {
        if fd > first {
            close_from_to(first, fd - 1);
        }
        first = first.max(fd + 1);
    }
    close_from_to(first, RawFd::MAX);
}

fn close_from_to(first: RawFd, last: RawFd) {
    let (from, to) = (first.cast_unsigned(), last.cast_unsigned());
    // SAFETY: the call takes integers. The owners of what it closes are the parent's objects, whose destructors this
    // process does not run, and what `body` has captured, which its giver promised not to use.
    if unsafe { libc::syscall(libc::SYS_close_range, from, to, 0) } == 0 {
        return;
    }
    // Before Linux 5.9 there is no such call.
    // SAFETY: the call takes an integer.
    let limit = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) };
    let limit = RawFd::try_from(limit).unwrap_or(RawFd::MAX);
    (first..=last.min(limit)).for_each(close_by_number);
}

/// Puts a pipe's read end in signal-driven mode with SIGKILL as its signal: the kernel will send it to
/// the [owner](send_signals_to) when the last write end closes.
pub(crate) fn kill_owner_at_hangup(pipe: BorrowedFd<'_>) -> io::Result<()> {
    let fd = pipe.as_raw_fd();
    set_descriptor_flag(fd, F_SETSIG, libc::SIGKILL)?;
    set_descriptor_flag(fd, libc::F_SETFL, libc::O_ASYNC)
}

/// Has the signals of a descriptor in signal-driven mode sent to the process `pid`.
pub(crate) fn send_signals_to(fd: BorrowedFd<'_>, pid: i32) -> io::Result<()> {
    set_descriptor_flag(fd.as_raw_fd(), libc::F_SETOWN, pid)
}

/// `std::process::id`, which lies so far away that a child pays for the way (see `fork.rs`).
pub(crate) fn own_pid() -> i32 {
    // SAFETY: getpid cannot fail and touches no memory.
    let pid = unsafe { libc::syscall(libc::SYS_getpid) };
    pid as i32
}

/// Names the calling thread, and if it is the first its process.
pub(crate) fn set_thread_name(name: &CStr) {
    // SAFETY: the kernel reads a string of at most 16 bytes, which ends with a zero.
    unsafe { libc::syscall(libc::SYS_prctl, libc::PR_SET_NAME, name.as_ptr()) };
}

/// Absent from `libc`; the same number on every architecture (`asm-generic/fcntl.h`).
const F_SETSIG: i32 = 10;

fn set_descriptor_flag(fd: RawFd, command: i32, value: i32) -> io::Result<()> {
    // SAFETY: these fcntl commands take an integer and touch no memory.
    match unsafe { libc::syscall(libc::SYS_fcntl, fd, command, value) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Gives every signal that has a handler its default action, and SIGCHLD in any case: whoever ignores
/// it gets no wait status. Rust's own handlers, which tell a stack overflow from another fault, stay.
///
/// This asks for all signals, each time: nobody tells of a new handler, and there is no cheaper question.
/// Together it takes 12 us, a tenth of a fork.
pub(crate) fn reset_signal_handlers() {
    /// The first two cannot have a handler, the others keep it.
    const UNASKED: [i32; 4] = [libc::SIGKILL, libc::SIGSTOP, libc::SIGSEGV, libc::SIGBUS];
    for signal in (1..=LAST_SIGNAL).filter(|signal| !UNASKED.contains(signal)) {
        let Some(action) = action_of(signal) else {
            continue; // The system has fewer.
        };
        let is_default = action.handler == libc::SIG_DFL;
        let stays = if signal == libc::SIGCHLD {
            is_default && action.flags & NO_STATUS == 0
        } else {
            is_default || action.handler == libc::SIG_IGN
        };
        if !stays {
            // SAFETY: the default action is valid for every signal; no handler of ours is installed. For the two numbers that
            // libc keeps for itself this fails, and its handlers stay.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
    }
}

const NO_STATUS: libc::c_ulong = libc::SA_NOCLDWAIT as libc::c_ulong;

/// What the kernel says of a signal: the fields in its order, which on MIPS alone is another.
#[derive(Default)]
#[repr(C)]
struct KernelAction {
    handler: libc::sighandler_t,
    flags: libc::c_ulong,
    restorer: usize,
    mask: u64,
}

#[cfg(any(target_arch = "mips", target_arch = "mips64"))]
compile_error!("the layout of the kernel's sigaction is not known here");

fn action_of(signal: i32) -> Option<KernelAction> {
    let mut action = KernelAction::default();
    let (new, size) = (ptr::null::<KernelAction>(), size_of::<u64>());
    // SAFETY: a null new action only asks; the old one is written to a place that has room for it.
    let code = unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, new, &raw mut action, size) };
    (code == 0).then_some(action)
}

/// Gives SIGCHLD its default action: a program that was started by one that ignores it would get no wait status of its
/// children.
pub(crate) fn keep_statuses_of_children() {
    // SAFETY: the default action is valid for every signal; no handler of ours is installed.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}

/// Removes a variable from the environment. The caller has made sure that this is the only thread.
pub(crate) fn remove_variable(name: &str) {
    // SAFETY: no other thread exists, says the caller, so none reads the environment meanwhile.
    unsafe { std::env::remove_var(name) };
}

/// Leaves no signal blocked in this thread.
pub(crate) fn unblock_signals() {
    let (none, old, size) = (0_u64, ptr::null_mut::<u64>(), size_of::<u64>());
    // SAFETY: the set, as large as it says, is read, and a null old set is not written.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const none,
            old,
            size,
        )
    };
}

/// Puts a copy of a descriptor in the place of a standard stream. It cannot fail for open descriptors.
pub(crate) fn replace_stream(fd: BorrowedFd<'_>, stream: RawFd) {
    // SAFETY: the call takes integers. Who uses the stream's number means whatever stands there.
    unsafe { libc::syscall(libc::SYS_dup3, fd.as_raw_fd(), stream, 0) };
}

/// SIGRTMAX, without the call that asks libc for it. Where there are fewer, asking for more fails.
const LAST_SIGNAL: i32 = 64;

/// Which child to wait for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whom<'a> {
    Pidfd(BorrowedFd<'a>),
    Pid(u32),
}

/// Waits for a child, or asks after it, according to the `W...` flags of waitid(2). `None` if it runs.
///
/// The wrapper of `nix` fails, after the status is gone, for children that a real-time signal killed.
#[allow(clippy::disallowed_methods)]
pub(crate) fn wait(whom: Whom<'_>, flags: i32) -> io::Result<Option<Exit>> {
    let (kind, id) = match whom {
        Whom::Pidfd(pidfd) => (libc::P_PIDFD, pidfd.as_raw_fd().cast_unsigned()),
        Whom::Pid(pid) => (libc::P_PID, pid),
    };
    // SAFETY: all zeros are a valid siginfo_t, which holds integers and pointers that nobody follows.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes no more than one siginfo_t to the place it is given.
    while unsafe { libc::waitid(kind, id, &mut info, flags) } != 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(exit_of(&info))
}

fn exit_of(info: &libc::siginfo_t) -> Option<Exit> {
    // SAFETY: waitid fills in the fields of a child's signal, or leaves the zeros.
    let status = unsafe { info.si_status() };
    match info.si_code {
        libc::CLD_EXITED => Some(Exit::Code(status)),
        libc::CLD_KILLED | libc::CLD_DUMPED => Some(Exit::Signal {
            signal: status,
            core_dumped: info.si_code == libc::CLD_DUMPED,
        }),
        _ => None,
    }
}

/// Sends bytes as a write does, but raises no SIGPIPE: a program may have given that its default action, and a child's death
/// must not kill its parent.
pub(crate) fn send(socket: BorrowedFd<'_>, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
    // SAFETY: all zeros are a valid msghdr: no address, no parts, no rights.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    // An `IoSlice` is an iovec, says the standard library; the kernel only reads them.
    message.msg_iov = buffers.as_ptr().cast_mut().cast();
    message.msg_iovlen = buffers.len() as _;
    // SAFETY: the message points to so many parts, which are borrowed.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_sendmsg,
            socket.as_raw_fd(),
            &raw const message,
            libc::MSG_NOSIGNAL,
        )
    };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

/// The room that the kernel needs for the largest group of descriptors: a header of 16 bytes and 253 numbers.
#[repr(C, align(8))]
struct Rights([MaybeUninit<u8>; 16 + 4 * MAX_DESCRIPTORS]);

/// Receives bytes and adds the descriptors that came with them. Says how many bytes, and whether descriptors were
/// dropped for want of numbers.
///
/// The wrapper of `nix` does not give the numbers of those that did arrive in that case, so they would stay open.
pub(crate) fn receive(
    socket: BorrowedFd<'_>,
    buffer: &mut [u8],
    descriptors: &mut Vec<OwnedFd>,
) -> io::Result<(usize, bool)> {
    let mut rights = Rights([MaybeUninit::uninit(); 16 + 4 * MAX_DESCRIPTORS]);
    let mut part = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    // SAFETY: all zeros are a valid msghdr: no address, no parts, no room for rights.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut rights).cast();
    message.msg_controllen = size_of::<Rights>() as _;
    let count = receive_message(socket, &mut message)?;
    take_descriptors(&message, descriptors);
    Ok((count, message.msg_flags & libc::MSG_CTRUNC != 0))
}

fn receive_message(socket: BorrowedFd<'_>, message: &mut libc::msghdr) -> io::Result<usize> {
    loop {
        // SAFETY: the caller's message points to a part and to room for rights, both alive and of the sizes it says.
        let count = unsafe { libc::recvmsg(socket.as_raw_fd(), message, libc::MSG_CMSG_CLOEXEC) };
        if let Ok(count) = usize::try_from(count) {
            return Ok(count);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Takes over what the kernel has put into a message's room for rights.
fn take_descriptors(message: &libc::msghdr, descriptors: &mut Vec<OwnedFd>) {
    // SAFETY: recvmsg has set the length of the rights to what it wrote.
    let mut header = unsafe { libc::CMSG_FIRSTHDR(message) };
    // SAFETY: a header that is not null lies whole within the rights, which are aligned for it.
    while let Some(control) = unsafe { header.as_ref() } {
        if (control.cmsg_level, control.cmsg_type) == (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
            // SAFETY: the header is one of the kernel's.
            let mut next = unsafe { libc::CMSG_DATA(header) }.cast::<RawFd>();
            // SAFETY: this is arithmetic.
            let head = unsafe { libc::CMSG_LEN(0) } as usize;
            #[allow(clippy::unnecessary_cast)] // Another type with another C library.
            let length = control.cmsg_len as usize;
            for _ in 0..length.saturating_sub(head) / size_of::<RawFd>() {
                // SAFETY: the kernel has written this many numbers there.
                let number = unsafe { next.read_unaligned() };
                // SAFETY: it does not leave the rights.
                next = unsafe { next.add(1) };
                // SAFETY: the kernel has just made this descriptor for us; nobody else owns it.
                descriptors.push(unsafe { OwnedFd::from_raw_fd(number) });
            }
        }
        // SAFETY: both are the message's and the header's that the kernel filled.
        header = unsafe { libc::CMSG_NXTHDR(message, header) };
    }
}
