//! Python's threads in Rust.

mod condition;
pub mod deadlock;
mod error;
mod event;
mod ident;
mod lock;
mod seam;
mod thread;
mod wait;

pub use self::{
    condition::Condition,
    error::MisuseError,
    event::Event,
    ident::get_ident,
    lock::{Held, Hold, Lock, LockGuard, RLock, RLockGuard},
    thread::{
        AffinityError, Builder, ExceptHookArgs, JoinError, Local, PanicReport, Run, Scope,
        ScopedThread, StartError, Thread, ThreadHandle, Timer, active_count, cancel_requested,
        current_thread, current_token, default_excepthook, enumerate, get_native_id, main_thread,
        reset_excepthook, run_main, scope, set_excepthook, set_stack_size, shutdown, stack_size,
    },
    wait::{CancelToken, Limit, WaitError},
};
