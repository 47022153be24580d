//! test_threading.py, without the classes that only run `lock_tests.py` again.

use super::{
    ARGUMENTS, Class, FORK, INTERNAL, INTERPRETER, NO_EXIT, PRINTED, PROGRAM_END, SIGNALS,
    SUBCLASS, by, out,
};

pub(super) const CLASSES: &[Class] = &[
    (
        "ThreadTests",
        &[
            by("test_name", &["thread::name"]),
            out("test_args_argument", ARGUMENTS),
            out("test_lock_no_args", SUBCLASS),
            out("test_lock_no_subclass", SUBCLASS),
            out("test_lock_or_none", SUBCLASS),
            by("test_various_ops", &["thread::various_ops"]),
            by(
                "test_ident_of_no_threading_threads",
                &["thread::ident", "thread::foreign_thread"],
            ),
            by("test_various_ops_small_stack", &["thread::stack_sizes"]),
            by("test_various_ops_large_stack", &["thread::stack_sizes"]),
            by("test_foreign_thread", &["thread::foreign_thread"]),
            out("test_PyThreadState_SetAsyncExc", INTERPRETER),
            out("test_limbo_cleanup", INTERNAL),
            out("test_finalize_running_thread", INTERPRETER),
            out("test_finalize_with_trace", INTERPRETER),
            out("test_join_nondaemon_on_shutdown", PROGRAM_END),
            by(
                "test_enumerate_after_join",
                &["thread::enumerate_after_join"],
            ),
            by(
                "test_join_from_multiple_threads",
                &["thread_join::join_by_several"],
            ),
            by(
                "test_join_with_timeout",
                &["thread_join::join_with_timeout"],
            ),
            by(
                "test_no_refcycle_through_target",
                &["thread::body_is_destroyed"],
            ),
            out(
                "test_old_threading_api",
                "it is about names that Python gave up",
            ),
            by("test_repr_daemon", &["thread::debug"]),
            by("test_daemon_param", &["thread::daemon"]),
            out("test_dummy_thread_after_fork", FORK),
            out("test_is_alive_after_fork", FORK),
            by("test_main_thread", &["thread::main_thread"]),
            out("test_main_thread_after_fork", FORK),
            out("test_main_thread_after_fork_from_nonmain_thread", FORK),
            out("test_main_thread_after_fork_from_foreign_thread", FORK),
            out("test_main_thread_after_fork_from_dummy_thread", FORK),
            out("test_main_thread_during_shutdown", PROGRAM_END),
            out("test_finalization_shutdown", PROGRAM_END),
            by("test_repr_stopped", &["thread::debug"]),
            by(
                "test_BoundedSemaphore_limit",
                &["bounded_semaphore::release_unacquired"],
            ),
            out("test_frame_tstate_tracing", INTERPRETER),
            out("test_gettrace", INTERPRETER),
            out("test_gettrace_all_threads", INTERPRETER),
            out("test_getprofile", INTERPRETER),
            out("test_getprofile_all_threads", INTERPRETER),
            out("test_locals_at_exit", INTERPRETER),
            out("test_boolean_target", ARGUMENTS),
            by("test_leak_without_join", &["thread::dropped_handle"]),
            out("test_import_from_another_thread", INTERPRETER),
            out("test_start_new_thread_at_finalization", INTERPRETER),
        ],
    ),
    (
        "ThreadJoinOnShutdown",
        &[
            out("test_1_join_on_shutdown", PROGRAM_END),
            out("test_2_join_in_forked_process", FORK),
            out("test_3_join_in_forked_from_thread", FORK),
            out("test_4_daemon_threads", PROGRAM_END),
            by("test_thread_from_thread", &["thread::thread_from_thread"]),
            out("test_reinit_tls_after_fork", FORK),
            out("test_clear_threads_states_after_fork", FORK),
        ],
    ),
    (
        "SubinterpThreadingTests",
        &[
            out("test_threads_join", INTERPRETER),
            out("test_threads_join_2", INTERPRETER),
            out("test_threads_join_with_no_main", INTERPRETER),
            out("test_daemon_threads_fatal_error", INTERPRETER),
            out("test_threads_not_allowed", INTERPRETER),
            out("test_daemon_threads_not_allowed", INTERPRETER),
        ],
    ),
    (
        "ThreadingExceptionTests",
        &[
            by(
                "test_start_thread_again",
                &["thread::start_again", "thread::start_by_several"],
            ),
            by("test_joining_current_thread", &["thread_join::join_itself"]),
            by(
                "test_joining_inactive_thread",
                &["thread_join::join_unstarted"],
            ),
            by(
                "test_daemonize_active_thread",
                &["thread::daemonize_active_thread"],
            ),
            by(
                "test_releasing_unacquired_lock",
                &["plain_lock::release_unacquired"],
            ),
            out("test_recursion_limit", INTERPRETER),
            out("test_print_exception", PRINTED),
            out("test_print_exception_stderr_is_none_1", PRINTED),
            out("test_print_exception_stderr_is_none_2", PRINTED),
            out("test_print_exception_gh_102056", PRINTED),
            out("test_bare_raise_in_brand_new_thread", INTERPRETER),
            out("test_multithread_modify_file_noerror", INTERPRETER),
        ],
    ),
    (
        "ExceptHookTests",
        &[
            out("test_excepthook", PRINTED),
            out("test_excepthook_thread_None", PRINTED),
            out("test_system_exit", NO_EXIT),
            by("test_custom_excepthook", &["excepthook::custom_excepthook"]),
            by(
                "test_custom_excepthook_fail",
                &["excepthook::custom_excepthook_fail"],
            ),
            by(
                "test_original_excepthook",
                &["excepthook::original_excepthook"],
            ),
        ],
    ),
    (
        "TimerTests",
        &[out("test_init_immutable_default_args", ARGUMENTS)],
    ),
    ("CRLockTests", &[out("test_signature", INTERPRETER)]),
    (
        "ConditionAsRLockTests",
        &[out(
            "test_recursion_count",
            "it only takes the case of `RLockTests` out",
        )],
    ),
    ("MiscTestCase", &[out("test__all__", INTERPRETER)]),
    (
        "InterruptMainTests",
        &[
            out("test_interrupt_main_subthread", SIGNALS),
            out("test_interrupt_main_mainthread", SIGNALS),
            out("test_interrupt_main_with_signal_handler", SIGNALS),
            out("test_interrupt_main_noerror", SIGNALS),
            out("test_interrupt_main_invalid_signal", SIGNALS),
            out("test_can_interrupt_tight_loops", SIGNALS),
        ],
    ),
    (
        "AtexitTests",
        &[
            out("test_atexit_output", PROGRAM_END),
            out("test_atexit_called_once", PROGRAM_END),
            out("test_atexit_after_shutdown", PROGRAM_END),
        ],
    ),
];
