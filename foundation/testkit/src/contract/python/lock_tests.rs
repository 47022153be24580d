//! lock_tests.py: locks, conditions, semaphores, events and barriers.

use super::{COLLECTED, Class, FORK, NEGATIVE, by, out};

pub(super) const CLASSES: &[Class] = &[
    (
        "BaseLockTests",
        &[
            by("test_constructor", &["lock::constructor"]),
            by("test_repr", &["lock::debug"]),
            by("test_locked_repr", &["lock::debug"]),
            by("test_acquire_destroy", &["lock::acquire_destroy"]),
            by("test_acquire_release", &["lock::acquire_release"]),
            by("test_try_acquire", &["lock::try_acquire"]),
            by(
                "test_try_acquire_contended",
                &["lock::try_acquire_contended"],
            ),
            by("test_acquire_contended", &["lock::acquire_contended"]),
            by("test_with", &["lock::with"]),
            by(
                "test_thread_leak",
                &["thread::foreign_thread", "lock::acquire_contended"],
            ),
            by("test_timeout", &["lock::timeout", "lock::timeout_in_time"]),
            out("test_weakref_exists", COLLECTED),
            out("test_weakref_deleted", COLLECTED),
        ],
    ),
    (
        "LockTests",
        &[
            by("test_reacquire", &["plain_lock::reacquire"]),
            by("test_different_thread", &["plain_lock::different_thread"]),
            by(
                "test_state_after_timeout",
                &["plain_lock::state_after_timeout"],
            ),
            out("test_at_fork_reinit", FORK),
        ],
    ),
    (
        "RLockTests",
        &[
            by("test_reacquire", &["rlock::reacquire"]),
            by("test_release_unacquired", &["rlock::release_unacquired"]),
            by(
                "test_release_save_unacquired",
                &[
                    "condition::unacquired_wait",
                    "condition_over_rlock::wait_releases_all",
                    "condition_over_rlock::another_holds",
                ],
            ),
            by(
                "test_recursion_count",
                &["rlock::is_owned", "rlock::last_release"],
            ),
            by("test_different_thread", &["rlock::different_thread"]),
            by("test__is_owned", &["rlock::is_owned"]),
        ],
    ),
    (
        "EventTests",
        &[
            by("test_is_set", &["event::is_set"]),
            by("test_notify", &["event::notify"]),
            by("test_timeout", &["event::timeout"]),
            by(
                "test_set_and_clear",
                &[
                    "event::set_and_clear",
                    "event::set_and_clear_within_a_limit",
                ],
            ),
            out("test_at_fork_reinit", FORK),
            by("test_repr", &["event::debug"]),
        ],
    ),
    (
        "ConditionTests",
        &[
            by(
                "test_acquire",
                &[
                    "condition::acquire",
                    "condition::two_conditions",
                    "condition_over_rlock::wait_releases_all",
                ],
            ),
            by(
                "test_unacquired_wait",
                &[
                    "condition::unacquired_wait",
                    "condition_over_rlock::another_holds",
                ],
            ),
            by(
                "test_unacquired_notify",
                &[
                    "condition::unacquired_notify",
                    "condition_over_rlock::another_holds",
                ],
            ),
            by(
                "test_notify",
                &[
                    "condition::notify_some",
                    "condition::notify_all",
                    "condition::notified_waits_for_the_lock",
                    "condition::fifo",
                ],
            ),
            by("test_timeout", &["condition::timeout"]),
            by(
                "test_waitfor",
                &["condition::wait_for", "condition::wait_for_what_holds"],
            ),
            by(
                "test_waitfor_timeout",
                &[
                    "condition::wait_for_timeout",
                    "condition::wait_for_a_silent_change",
                ],
            ),
        ],
    ),
    (
        "BaseSemaphoreTests",
        &[
            out("test_constructor", NEGATIVE),
            by("test_acquire", &["semaphore::acquire"]),
            by("test_acquire_destroy", &["semaphore::acquire_destroy"]),
            by("test_acquire_contended", &["semaphore::acquire_contended"]),
            by("test_multirelease", &["semaphore::multirelease"]),
            by("test_try_acquire", &["semaphore::try_acquire"]),
            by(
                "test_try_acquire_contended",
                &["semaphore::try_acquire_contended"],
            ),
            by("test_acquire_timeout", &["semaphore::acquire_timeout"]),
            by("test_default_value", &["semaphore::one_permit"]),
            by("test_with", &["semaphore::with"]),
        ],
    ),
    (
        "SemaphoreTests",
        &[
            by(
                "test_release_unacquired",
                &["unbounded_semaphore::release_unacquired"],
            ),
            by("test_repr", &["unbounded_semaphore::debug"]),
        ],
    ),
    (
        "BoundedSemaphoreTests",
        &[
            by(
                "test_release_unacquired",
                &["bounded_semaphore::release_unacquired"],
            ),
            by("test_repr", &["bounded_semaphore::debug"]),
        ],
    ),
    (
        "BarrierTests",
        &[
            by("test_constructor", &["barrier::constructor"]),
            by("test_barrier", &["barrier::one_pass"]),
            by("test_barrier_10", &["barrier::many_passes"]),
            by("test_wait_return", &["barrier::wait_return"]),
            by("test_action", &["barrier::action"]),
            by("test_abort", &["barrier::abort"]),
            by(
                "test_reset",
                &["barrier::reset", "barrier::reset_and_come_back"],
            ),
            by("test_abort_and_reset", &["barrier::abort_and_reset"]),
            by("test_timeout", &["barrier::timeout"]),
            by(
                "test_default_timeout",
                &[
                    "barrier::default_timeout",
                    "barrier::timeout_before_default",
                ],
            ),
            by("test_single_thread", &["barrier::single_party"]),
            by("test_repr", &["barrier::debug"]),
        ],
    ),
];
