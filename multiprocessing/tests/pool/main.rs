//! Pools and executors, after the tests of Python's.
//!
//! | CPython's class | covered by | left out, and why |
//! |---|---|---|
//! | `_TestPool` | `pool.rs`, `imap.rs`, `results.rs`, `callbacks.rs` | `test_resource_warning`: a pool that is not closed is ended by its drop |
//! | `_TestPoolWorkerErrors` | `results.rs` | |
//! | `_TestPoolWorkerLifetime` | `lifetime.rs` | `test_worker_finalization_via_atexit_handler_of_multiprocessing`: workers run no handlers at their exit |
//! | `TestInitializers` | `lifetime.rs` | `test_manager_initializer`: managers are tested elsewhere |
//! | `test_concurrent_futures/test_deadlock` | `deaths.rs` (the crash matrix, `results_that_cannot_be_decoded`, `big_data`), `executor.rs` | `test_exit_during_result_unpickle_in_result_handler`: results are decoded by the thread that asks for them, whose exit is the program's |
//! | `test_process_pool` | `executor.rs`, `lifetime.rs` | `test_max_workers_too_large` (a limit of Windows), `test_saturation` and `test_idle_process_reuse_*` (all workers start at once), `test_max_tasks_per_child_defaults_to_spawn_context`, `test_ressources_gced_in_workers` and `test_python_finalization_error` (the interpreter's) |
//! | `test_future`, `executor`, `test_wait`, `test_as_completed`, `test_shutdown`, `test_init` | `futures.rs`, `executor.rs`, `lifetime.rs` | those that set a future's state by hand, that log, and that collect garbage |

// Workers own what they are sent.
#![allow(clippy::needless_pass_by_value)]

multiprocessing::enable_test_support!();

mod callbacks;
mod deaths;
mod executor;
mod futures;
mod imap;
mod kills;
mod lifetime;
mod limits;
mod pool;
mod results;
mod start_methods;
mod support;
mod thread_pool;
