//! test_queue.py.

use super::{Class, INTERPRETER, NEGATIVE, SUBCLASS, by, out};

pub(super) const CLASSES: &[Class] = &[
    (
        "BaseQueueTestMixin",
        &[
            by("test_queue_task_done", &["queue::task_done"]),
            by(
                "test_queue_join",
                &["queue::queue_join", "queue::join_waits_for_done"],
            ),
            by(
                "test_basic",
                &[
                    "queue::order",
                    "queue::order_in_between",
                    "queue::sizes",
                    "queue::timeout",
                    "queue::blocking_put",
                    "queue::blocking_get",
                ],
            ),
            out("test_negative_timeout_raises_exception", NEGATIVE),
            by("test_nowait", &["queue::nowait"]),
            out(
                "test_shrinking_queue",
                "a queue keeps the limit that it was made with",
            ),
            by("test_shutdown_empty", &["queue_shutdown::empty"]),
            by("test_shutdown_nonempty", &["queue_shutdown::nonempty"]),
            by("test_shutdown_immediate", &["queue_shutdown::immediate"]),
            by(
                "test_shutdown_allowed_transitions",
                &["queue_shutdown::allowed_transitions"],
            ),
            by(
                "test_shutdown_all_methods_in_one_thread",
                &["queue_shutdown::all_methods"],
            ),
            by(
                "test_shutdown_immediate_all_methods_in_one_thread",
                &["queue_shutdown::immediate_all_methods"],
            ),
            by(
                "test_shutdown_all_methods_in_many_threads",
                &["queue_shutdown::many_workers"],
            ),
            by(
                "test_shutdown_immediate_all_methods_in_many_threads",
                &["queue_shutdown::immediate_many_workers"],
            ),
            by("test_shutdown_get", &["queue_shutdown::get"]),
            by(
                "test_shutdown_immediate_get",
                &["queue_shutdown::immediate_get"],
            ),
            by("test_shutdown_put", &["queue_shutdown::put"]),
            by(
                "test_shutdown_immediate_put",
                &["queue_shutdown::immediate_put"],
            ),
            by(
                "test_shutdown_immediate_join",
                &["queue_shutdown::immediate_join"],
            ),
            by("test_shutdown_join", &["queue_shutdown::join"]),
            by(
                "test_shutdown_immediate_put_join",
                &["queue_shutdown::immediate_put_join"],
            ),
            by("test_shutdown_put_join", &["queue_shutdown::put_join"]),
            by(
                "test_shutdown_get_task_done_join",
                &["queue_shutdown::get_task_done_join"],
            ),
            by(
                "test_shutdown_pending_get",
                &["queue_shutdown::pending_get"],
            ),
        ],
    ),
    ("FailingQueueTest", &[out("test_failing_queue", SUBCLASS)]),
    (
        "BaseSimpleQueueTest",
        &[
            by(
                "test_basic",
                &["simple_queue::basic", "simple_queue::timeout"],
            ),
            out("test_negative_timeout_raises_exception", NEGATIVE),
            by("test_order", &["simple_queue::order"]),
            by("test_many_threads", &["simple_queue::many_workers"]),
            by(
                "test_many_threads_nonblock",
                &["simple_queue::many_workers_nonblock"],
            ),
            by(
                "test_many_threads_timeout",
                &["simple_queue::many_workers_timeout"],
            ),
            by(
                "test_references",
                &["simple_queue_items::references", "queue_items::references"],
            ),
        ],
    ),
    (
        "CSimpleQueueTest",
        &[
            out("test_is_default", INTERPRETER),
            out(
                "test_reentrancy",
                "it is about destructors that run inside of `put`, which only a collector brings about",
            ),
        ],
    ),
];
