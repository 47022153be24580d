//! Processes, and how they are started: by fork, by running this program again, and by a server that forks.
//!
//! `process` (with the value), `handle` (without), `start_method` and `context`, `init` and `shutdown` (the beginning and the
//! end of the program), `job`, `launch` and `forkserver` (how a process begins), `child` (its life), `exit` and `at_exit` (its
//! end), `payload` (values on their way), `family` (what this process knows of itself) and `current` (what it tells).

mod at_exit;
mod child;
mod context;
mod current;
mod error;
mod exit;
mod family;
mod forkserver;
mod handle;
mod init;
mod job;
mod launch;
mod payload;
pub(crate) mod pool_worker;
#[allow(clippy::module_inception)] // Python's name of what is in it.
mod process;
mod shutdown;
mod start_method;

pub use self::{
    at_exit::at_exit,
    context::{Context, get_context},
    current::{
        CurrentProcess, ParentProcess, active_children, authkey, cpu_count, current_process,
        parent_process, set_authkey,
    },
    error::{JoinError, MisuseError, StartError},
    exit::exit,
    forkserver::{forkserver_pid, set_forkserver_preload, stop_forkserver},
    handle::ProcessHandle,
    init::init,
    process::Process,
    shutdown::{run_main, shutdown},
    start_method::{StartMethod, get_all_start_methods, get_start_method, set_start_method},
};

/// What the macros of this crate need.
#[doc(hidden)]
pub mod __private {
    pub use inventory;
    pub use manyways_wire::task::{Entry, prepare};

    pub use super::init::TestSupport;
}
