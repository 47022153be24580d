//! Forked workers, and a monitor in memory that they share.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::fmt;
use std::io::{PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::panic::{self, AssertUnwindSafe};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use manyways_testkit::contract::{End, Worker, World};
use manyways_testkit::{ProcessView, ThreadView, kill_process};
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::mman::{MapFlags, ProtFlags};
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use crate::simple::Monitor;

/// The world in which each worker is a forked process.
#[derive(Debug)]
pub(crate) enum Processes {}

/// A worker of [`Processes`].
#[derive(Debug)]
pub(crate) struct WorkerProcess {
    pid: Pid,
    /// Ends with the process; a panic's message before that.
    report: PipeReader,
    is_reaped: bool,
}

impl World for Processes {
    type Worker = WorkerProcess;

    fn start(_name: &str, body: impl FnOnce() + Send + 'static) -> WorkerProcess {
        let (report, mut teller) = std::io::pipe().unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "foundation/process forks with care, and testkit cannot stand on it"
        )]
        // SAFETY: what the child runs of std are allocation, clocks and panics, of which the C
        // library keeps the first usable; the other threads of the test's process hold no lock of
        // the rest, since guarded tests run alone.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0, "fork: {}", std::io::Error::last_os_error());
        if pid != 0 {
            let pid = Pid::from_raw(pid);
            return WorkerProcess {
                pid,
                report,
                is_reaped: false,
            };
        }
        let outcome = panic::catch_unwind(AssertUnwindSafe(body));
        let code = outcome.map_or_else(
            |panic| {
                let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                let _ = teller.write_all(text.unwrap_or_default().as_bytes());
                1
            },
            |()| 0,
        );
        // SAFETY: _exit takes an integer and does not return.
        unsafe { libc::_exit(code) }
    }

    fn threads(workers: &[WorkerProcess]) -> Vec<ThreadView> {
        let pids = workers
            .iter()
            .map(|worker| worker.pid.as_raw().cast_unsigned());
        pids.filter_map(ProcessView::of)
            .flat_map(|process| process.threads().to_vec())
            .collect()
    }
}

impl Worker for WorkerProcess {
    fn join(&mut self, limit: Duration) -> End {
        let limit = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
        let mut ends = [PollFd::new(self.report.as_fd(), PollFlags::POLLIN)];
        if nix::poll::poll(&mut ends, limit) == Ok(0) {
            return End::Running;
        }
        let mut text = String::new();
        self.report.read_to_string(&mut text).unwrap();
        self.is_reaped = true;
        match nix::sys::wait::waitpid(self.pid, None).unwrap() {
            WaitStatus::Exited(_, 0) => End::Returned,
            WaitStatus::Exited(..) => End::Failed(text),
            status => End::Failed(format!("{status:?}")),
        }
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        if !self.is_reaped {
            let _ = kill_process(self.pid.as_raw().cast_unsigned());
            let _ = nix::sys::wait::waitpid(self.pid, None);
        }
    }
}

/// A state in memory that forked processes share, a lock, and a count of its changes.
pub(crate) struct SharedMonitor<S: Copy>(NonNull<Shared<S>>);

struct Shared<S> {
    /// 0 free, 1 held, 2 held while others may sleep.
    lock: AtomicU32,
    changes: AtomicU32,
    state: UnsafeCell<S>,
}

// SAFETY: the state is touched under the lock only, and the mapping lives as long as the value.
unsafe impl<S: Copy + Send> Send for SharedMonitor<S> {}
// SAFETY: as above.
unsafe impl<S: Copy + Send> Sync for SharedMonitor<S> {}

impl<S: Copy> SharedMonitor<S> {
    fn shared(&self) -> &Shared<S> {
        // SAFETY: the mapping was initialised by `new`, is aligned to a page and lives as long as
        // `self`.
        unsafe { self.0.as_ref() }
    }

    fn lock(&self) -> Guard<'_, S> {
        let lock = &self.shared().lock;
        if lock
            .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            while lock.swap(2, Ordering::Acquire) != 0 {
                wait_on(lock, 2, None);
            }
        }
        Guard(self.shared())
    }
}

struct Guard<'a, S>(&'a Shared<S>);

impl<S> Guard<'_, S> {
    fn state(&mut self) -> &mut S {
        // SAFETY: the guard exists while this process holds the lock, once.
        unsafe { &mut *self.0.state.get() }
    }
}

impl<S> Drop for Guard<'_, S> {
    fn drop(&mut self) {
        if self.0.lock.swap(0, Ordering::Release) == 2 {
            wake_all(&self.0.lock);
        }
    }
}

impl<S: Copy + Send + fmt::Debug + 'static> Monitor<S> for SharedMonitor<S> {
    fn new(state: S) -> Self {
        let bytes = size_of::<Shared<S>>().try_into().unwrap();
        let rights = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice overlaps no other.
        let start =
            unsafe { nix::sys::mman::mmap_anonymous(None, bytes, rights, MapFlags::MAP_SHARED) };
        let start = start.unwrap().cast();
        let shared = Shared {
            lock: AtomicU32::new(0),
            changes: AtomicU32::new(0),
            state: UnsafeCell::new(state),
        };
        // SAFETY: the mapping is large enough, writable, and nobody else's yet.
        unsafe { start.write(shared) };
        SharedMonitor(start)
    }

    fn change<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let mut guard = self.lock();
        let result = change(guard.state());
        self.shared().changes.fetch_add(1, Ordering::SeqCst);
        drop(guard);
        wake_all(&self.shared().changes);
        result
    }

    fn until<R>(
        &self,
        limit: Option<Duration>,
        mut step: impl FnMut(&mut S) -> Option<R>,
    ) -> Option<R> {
        let end = limit.and_then(|limit| Instant::now().checked_add(limit));
        loop {
            let mut guard = self.lock();
            if let Some(result) = step(guard.state()) {
                self.shared().changes.fetch_add(1, Ordering::SeqCst);
                drop(guard);
                wake_all(&self.shared().changes);
                return Some(result);
            }
            let seen = self.shared().changes.load(Ordering::SeqCst);
            drop(guard);
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return None;
            }
            wait_on(&self.shared().changes, seen, left);
        }
    }
}

impl<S: Copy + fmt::Debug> fmt::Debug for SharedMonitor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.lock().state(), f)
    }
}

impl<S: Copy> Drop for SharedMonitor<S> {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own and of that length, and no borrow outlives it.
        let _ = unsafe { nix::sys::mman::munmap(self.0.cast(), size_of::<Shared<S>>()) };
    }
}

fn wait_on(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    let limit = limit.map(|limit| libc::timespec {
        tv_sec: limit.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: limit.subsec_nanos().into(),
    });
    let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the word and the limit live during the call, which reads them only.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT,
            expected,
            limit,
        )
    };
}

fn wake_all(word: &AtomicU32) {
    // SAFETY: the word is only an address to the call.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, i32::MAX) };
}
