//! The start of a program, past what the standard library would make of the environment.
//!
//! The child shares this process's memory until it becomes the program (`vfork`), and this thread waits for that. So a start
//! costs the same however much memory this process has, and nothing of it is copied.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

use crate::sys::{Whom, wait};

/// A program to be run.
pub(super) struct Program<'a> {
    pub(super) path: &'a CStr,
    pub(super) arguments: &'a [CString],
    /// The name of a variable with "=", and its value, that the program has in its environment beside those of this process.
    pub(super) variable: (&'a str, String),
    /// Neither is one of the standard streams.
    pub(super) stdin: BorrowedFd<'a>,
    pub(super) stdout: Option<BorrowedFd<'a>>,
}

unsafe extern "C" {
    /// The C library changes it when a variable is set.
    static mut environ: *const *const c_char;
}

/// Runs a program. It begins with SIGPIPE at its default action and with all signals blocked. Gives its pid and a pidfd.
pub(super) fn start(program: &Program<'_>) -> io::Result<(u32, OwnedFd)> {
    let (name, value) = &program.variable;
    let variable = CString::new(format!("{name}{value}"))?;
    let environment = environment(name.as_bytes(), &variable);
    let arguments = program.arguments.iter().map(|argument| argument.as_ptr());
    let arguments: Vec<*const c_char> = arguments.chain([ptr::null()]).collect();
    let plan = Plan {
        path: program.path.as_ptr(),
        arguments: arguments.as_ptr(),
        environment: environment.as_ptr(),
        stdin: program.stdin.as_raw_fd(),
        stdout: program.stdout.map_or(-1, |fd| fd.as_raw_fd()),
        error: AtomicI32::new(0),
    };
    let before = set_blocked_signals(u64::MAX);
    let started = clone(&plan);
    set_blocked_signals(before);
    let (pid, pidfd) = started?;
    match plan.error.into_inner() {
        0 => Ok((pid, pidfd)),
        error => {
            // It has ended without having become the program.
            let _ = wait(Whom::Pidfd(pidfd.as_fd()), libc::WEXITED);
            Err(io::Error::from_raw_os_error(error))
        }
    }
}

/// This process's environment with a variable of this name and content. None of the strings is copied.
fn environment(name: &[u8], variable: &CStr) -> Vec<*const c_char> {
    let mut environment = Vec::with_capacity(64);
    // SAFETY: the pointer is null or leads to an array of strings that ends with a null pointer. Nobody changes it meanwhile:
    // whoever does while other threads exist has promised, to `std::env::set_var`, that none of them reads it.
    let mut next = unsafe { environ };
    while !next.is_null() {
        // SAFETY: as above; the end was not reached yet.
        let entry = unsafe { *next };
        if entry.is_null() {
            break;
        }
        // SAFETY: as above.
        if !unsafe { CStr::from_ptr(entry) }
            .to_bytes()
            .starts_with(name)
        {
            environment.push(entry);
        }
        // SAFETY: as above.
        next = unsafe { next.add(1) };
    }
    environment.extend([variable.as_ptr(), ptr::null()]);
    environment
}

/// What the child is to do, in this process's memory.
struct Plan {
    path: *const c_char,
    arguments: *const *const c_char,
    environment: *const *const c_char,
    stdin: RawFd,
    stdout: RawFd,
    /// Why it could not.
    error: AtomicI32,
}

/// The child needs little stack: it makes system calls, and no signal handler runs in it.
const STACK: usize = 16 << 10;

fn clone(plan: &Plan) -> io::Result<(u32, OwnedFd)> {
    let mut stack = Box::<[u8]>::new_uninit_slice(STACK);
    // SAFETY: this is the end of the memory just taken.
    let top: *mut MaybeUninit<u8> = unsafe { stack.as_mut_ptr().add(STACK) };
    let top = top.map_addr(|top| top & !15);
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD;
    let mut pidfd: RawFd = -1;
    // SAFETY: `become_program` keeps to what a child may do that shares the memory of a thread that waits: it has a stack of its
    // own, writes to nothing but that, `plan.error` and `errno`, and ends or becomes another program; before that the call does
    // not return, so stack and plan outlive it. All signals are blocked, so it runs no handler. The kernel writes one number
    // to `pidfd`.
    let pid = unsafe {
        libc::clone(
            become_program,
            top.cast(),
            flags,
            ptr::from_ref(plan).cast_mut().cast(),
            &raw mut pidfd,
        )
    };
    if pid < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor for us; nobody else owns it.
    Ok((pid.unsigned_abs(), unsafe { OwnedFd::from_raw_fd(pidfd) }))
}

/// In the child.
extern "C" fn become_program(plan: *mut c_void) -> c_int {
    // SAFETY: the plan that `clone` was given, which is not changed meanwhile.
    let plan = unsafe { &*plan.cast::<Plan>() };
    // SAFETY: the default action is valid for every signal, and the table of actions is this process's own.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    let streams = [
        (plan.stdin, libc::STDIN_FILENO),
        (plan.stdout, libc::STDOUT_FILENO),
    ];
    for (by, stream) in streams {
        // SAFETY: the call takes integers, and the table of descriptors is this process's own.
        if by >= 0 && unsafe { libc::dup3(by, stream, 0) } < 0 {
            return give_up(plan);
        }
    }
    // What the C library needs for itself is never blocked.
    set_blocked_signals(!INTERNAL);
    // SAFETY: all three lead to strings and arrays as the call wants them, which the parent keeps.
    unsafe { libc::execve(plan.path, plan.arguments, plan.environment) };
    give_up(plan)
}

/// The two real-time signals by which the C library has all threads change the user, or one end.
const INTERNAL: u64 = 1 << (32 - 1) | 1 << (33 - 1);

fn give_up(plan: &Plan) -> c_int {
    let error = io::Error::last_os_error();
    plan.error
        .store(error.raw_os_error().unwrap_or(libc::EIO), Ordering::Relaxed);
    1
}

/// Has exactly these blocked in this thread, those too that the C library would keep, and gives those that were.
fn set_blocked_signals(blocked: u64) -> u64 {
    let mut before = 0_u64;
    // SAFETY: the kernel reads one set and writes the other, both as large as it is told.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const blocked,
            &raw mut before,
            size_of::<u64>(),
        )
    };
    before
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::io::{self, Read};

    use manyways_testkit::guarded;

    use super::{Program, start};
    use crate::output::private_null;
    use crate::sys::{Whom, wait};
    use crate::{Exit, PrivateFd};

    fn run(path: &str, script: &str, stdout: Option<&PrivateFd>) -> io::Result<Exit> {
        let null = private_null()?;
        let arguments = ["sh", "-c", script].map(|argument| CString::new(argument).unwrap());
        let (pid, pidfd) = start(&Program {
            path: &CString::new(path).unwrap(),
            arguments: &arguments,
            variable: ("MANYWAYS_TESTED=", "as told".to_owned()),
            stdin: null.get()?,
            stdout: stdout.map(PrivateFd::get).transpose()?,
        })?;
        let exit = wait(Whom::Pidfd(std::os::fd::AsFd::as_fd(&pidfd)), libc::WEXITED)?;
        assert!(wait(Whom::Pid(pid), libc::WEXITED).is_err(), "that was it");
        Ok(exit.unwrap())
    }

    #[test]
    fn a_program_has_this_ones_environment_and_a_variable_more() {
        guarded(|| {
            let (mut reader, writer) = io::pipe().unwrap();
            let writer = PrivateFd::new(writer.into());
            let script = "echo \"$MANYWAYS_TESTED\" \"$PATH\"; readlink /proc/self/fd/0; exit 7";
            let exit = run("/bin/sh", script, Some(&writer)).unwrap();
            drop(writer);
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            let path = std::env::var("PATH").unwrap();
            assert_eq!(
                (exit, text),
                (Exit::Code(7), format!("as told {path}\n/dev/null\n"))
            );
        });
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_and_no_process() {
        guarded(|| {
            let error = run("/nowhere/to/be/found", "", None).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
            assert!(wait(Whom::Pid(0), libc::WEXITED).is_err());
        });
    }
}
