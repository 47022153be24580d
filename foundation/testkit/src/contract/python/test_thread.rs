//! test_thread.py.

use super::{Class, FORK, INTERNAL, by, out};

pub(super) const CLASSES: &[Class] = &[
    (
        "ThreadRunningTests",
        &[
            by("test_starting_threads", &["thread::various_ops"]),
            by("test_stack_size", &["thread::stack_sizes"]),
            by("test_nt_and_posix_stack_size", &["thread::stack_sizes"]),
            by("test__count", &["thread::active_count"]),
            by(
                "test_unraisable_exception",
                &["excepthook::custom_excepthook", "excepthook::panic"],
            ),
            by("test_join_thread", &["thread_join::join"]),
            by(
                "test_join_thread_already_exited",
                &["thread_join::join_again"],
            ),
            by("test_join_several_times", &["thread_join::join_again"]),
            by("test_joinable_not_joined", &["thread::dropped_handle"]),
            by("test_join_from_self", &["thread_join::join_itself"]),
            by("test_join_then_self_join", &["thread_join::join_itself"]),
            by(
                "test_join_with_timeout",
                &["thread_join::join_with_timeout"],
            ),
            by("test_join_unstarted", &["thread_join::join_unstarted"]),
            out("test_set_done_unstarted", INTERNAL),
            by("test_start_duplicate_handle", &["thread::start_again"]),
            out("test_start_with_none_handle", INTERNAL),
        ],
    ),
    (
        "BarrierTest",
        &[by("test_barrier", &["barrier::many_passes"])],
    ),
    ("TestForkInThread", &[out("test_forkinthread", FORK)]),
];
