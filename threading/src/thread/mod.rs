//! Threads: what they run, how they start, end, are joined and found.
//!
//! # Files
//!
//! `run` is what a thread does, `typed` a thread with its value, `handle` one as others see it, `builder` what may be
//! said before; `life` is the one record behind all handles, `launch` the way from the start to the end, `error` why
//! there is none. `registry` knows who is alive, `current` who is here. `excepthook` tells
//! of them. `scope` has threads that borrow, `timer` later calls, `local` values of each thread's own, `shutdown` the
//! end of the program. `affinity`, `os_name` and `stack_size` are what the system does.
//!
//! # A life
//!
//! ```text
//! made --start--> listed --the thread runs--> named --body--> panic told --> locals dropped --> unlisted --> ended
//!       <-- the system refused --                                                         joins return -->
//! ```
//!
//! What waits for the end waits on an [`Event`](crate::Event); an unlimited join then waits for the system's thread
//! too.
//!
//! # Forks
//!
//! A forked child has one thread. Its registry is a new one, in which that thread is the main thread; handles of the
//! parent's threads show them as not alive, and joining them is an error. No lock of this module that another thread
//! may have held at the fork is waited for in the child.

mod affinity;
mod builder;
mod current;
mod error;
mod excepthook;
mod handle;
mod launch;
mod life;
mod local;
mod os_name;
mod registry;
mod run;
mod scope;
mod shutdown;
mod stack_size;
mod timer;
mod typed;

pub use self::{
    affinity::AffinityError,
    builder::Builder,
    current::{cancel_requested, current_thread, current_token, get_native_id},
    error::{JoinError, StartError},
    excepthook::{ExceptHookArgs, default_excepthook, reset_excepthook, set_excepthook},
    handle::ThreadHandle,
    local::Local,
    registry::{active_count, enumerate, main_thread},
    run::Run,
    scope::{Scope, ScopedThread, scope},
    shutdown::{run_main, shutdown},
    stack_size::{set_stack_size, stack_size},
    timer::Timer,
    typed::Thread,
};
pub(crate) use self::{
    excepthook::is_set as excepthook_is_set,
    registry::after_fork,
    shutdown::{Close, close_at_end},
};
