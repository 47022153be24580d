//! Python's threads in Rust.

mod error;
mod event;
mod ident;
mod seam;
mod thread;
mod wait;

pub use self::{
    error::MisuseError,
    event::Event,
    ident::get_ident,
    thread::{
        AffinityError, Builder, ExceptHookArgs, JoinError, Local, PanicReport, Run, Scope,
        ScopedThread, StartError, Thread, ThreadHandle, Timer, active_count, cancel_requested,
        current_thread, current_token, default_excepthook, enumerate, get_native_id, main_thread,
        reset_excepthook, run_main, scope, set_excepthook, set_stack_size, shutdown, stack_size,
    },
    wait::{CancelToken, Limit, WaitError},
};
