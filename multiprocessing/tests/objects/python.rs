//! The cases of CPython's `_test_multiprocessing` (version 3.13) that queues, values and locks must answer, and what does.

use std::collections::HashSet;

use manyways_testkit::contract;

use crate::{heap, locks, queues, simple_queues, tasks, values};

/// What has become of a case.
enum Answer {
    /// These tests ask for what it asks for.
    Here(&'static [fn()]),
    /// These cases of the contract do.
    Contract(&'static [&'static str]),
    /// Nothing, for this reason.
    LeftOut(&'static str),
}

use Answer::{Contract, Here, LeftOut};

const NO_FEEDER: &str = "there is no feeder thread whose errors could be handled: `put` encodes";
const INTERPRETER: &str = "it is about CPython's import lock";
const COLLECTED: &str = "it is about garbage collection";

type Class = (&'static str, &'static [(&'static str, Answer)]);

const CLASSES: &[Class] = &[
    (
        "_TestQueue",
        &[
            ("test_put", Here(&[queues::put])),
            ("test_get", Here(&[queues::get])),
            ("test_fork", Here(&[queues::fork])),
            ("test_qsize", Here(&[queues::qsize])),
            ("test_task_done", Here(&[tasks::task_done])),
            ("test_no_import_lock_contention", LeftOut(INTERPRETER)),
            ("test_timeout", Here(&[queues::timeout])),
            (
                "test_queue_feeder_donot_stop_onexc",
                Here(&[queues::an_item_that_cannot_be_encoded]),
            ),
            (
                "test_queue_feeder_on_queue_feeder_error",
                LeftOut(NO_FEEDER),
            ),
            (
                "test_closed_queue_empty_exceptions",
                Here(&[queues::a_closed_queue_tells_what_is_there]),
            ),
            (
                "test_closed_queue_put_get_exceptions",
                Here(&[queues::a_closed_queue_refuses]),
            ),
        ],
    ),
    (
        "TestSimpleQueue",
        &[
            ("test_empty_exceptions", Here(&[simple_queues::closed])),
            ("test_empty", Here(&[simple_queues::empty])),
            ("test_close", Here(&[simple_queues::closed])),
            ("test_closed", Here(&[simple_queues::closed])),
        ],
    ),
    (
        "_TestLock",
        &[
            ("test_lock", Here(&[locks::any_process_may_release_a_lock])),
            ("test_rlock", Here(&[locks::an_rlock_is_its_holders])),
            ("test_lock_context", Contract(&["lock::with"])),
        ],
    ),
    (
        "_TestSemaphore",
        &[
            (
                "test_semaphore",
                Here(&[locks::permits_are_the_same_everywhere]),
            ),
            (
                "test_bounded_semaphore",
                Here(&[locks::permits_are_the_same_everywhere]),
            ),
            ("test_timeout", Contract(&["semaphore::acquire_timeout"])),
        ],
    ),
    (
        "_TestCondition",
        &[
            ("test_notify", Contract(&["condition::notify_some"])),
            ("test_notify_all", Contract(&["condition::notify_all"])),
            ("test_notify_n", Contract(&["condition::notify_some"])),
            ("test_timeout", Contract(&["condition::timeout"])),
            (
                "test_waitfor",
                Here(&[locks::a_condition_brings_its_lock_along]),
            ),
            (
                "test_waitfor_timeout",
                Contract(&["condition::wait_for_timeout"]),
            ),
            (
                "test_wait_result",
                LeftOut("it is about the exception that SIGINT raises in Python"),
            ),
        ],
    ),
    (
        "_TestEvent",
        &[
            ("test_event", Here(&[locks::events_go_to_and_fro])),
            ("test_repr", Here(&[locks::debug_tells_what_is])),
        ],
    ),
    (
        "_TestBarrier",
        &[
            ("test_barrier", Contract(&["barrier::one_pass"])),
            ("test_barrier_10", Contract(&["barrier::many_passes"])),
            ("test_wait_return", Contract(&["barrier::wait_return"])),
            ("test_action", Contract(&["barrier::action"])),
            ("test_abort", Contract(&["barrier::abort"])),
            ("test_reset", Contract(&["barrier::reset"])),
            (
                "test_abort_and_reset",
                Contract(&["barrier::abort_and_reset"]),
            ),
            ("test_timeout", Contract(&["barrier::timeout"])),
            (
                "test_default_timeout",
                Contract(&["barrier::default_timeout"]),
            ),
            ("test_single_thread", Contract(&["barrier::single_party"])),
            ("test_thousand", Here(&[locks::parties_meet_often])),
        ],
    ),
    (
        "_TestValue",
        &[
            ("test_value", Here(&[values::value])),
            ("test_rawvalue", Here(&[values::raw_value])),
            ("test_getobj_getlock", Here(&[values::the_lock_of_a_value])),
        ],
    ),
    (
        "_TestArray",
        &[
            ("test_array", Here(&[values::array])),
            ("test_array_from_size", Here(&[values::array_from_size])),
            ("test_rawarray", Here(&[values::raw_array])),
            (
                "test_getobj_getlock_obj",
                Here(&[values::the_lock_of_an_array]),
            ),
        ],
    ),
    (
        "_TestHeap",
        &[
            ("test_heap", Here(&[heap::values_come_and_go])),
            ("test_free_from_gc", LeftOut(COLLECTED)),
        ],
    ),
    (
        "_TestSharedCTypes",
        &[
            ("test_sharedctypes", Here(&[values::shared_types])),
            ("test_synchronize", Here(&[values::synchronized_types])),
            ("test_copy", Here(&[values::copies_and_clones])),
        ],
    ),
];

#[test]
fn every_case_is_answered() {
    let in_contract: HashSet<&str> = contract::cases().collect();
    let mut names = HashSet::new();
    for (class, cases) in CLASSES {
        for (name, answer) in *cases {
            assert!(
                names.insert((class, name)),
                "{class}.{name} stands here twice"
            );
            match answer {
                Here(tests) => assert!(!tests.is_empty(), "{class}.{name}"),
                Contract(cases) => cases.iter().for_each(|case| {
                    assert!(in_contract.contains(*case), "{case} for {class}.{name}");
                }),
                LeftOut(reason) => println!("{class}.{name} is left out: {reason}"),
            }
        }
    }
    // So many the classes have.
    let counts: Vec<usize> = CLASSES.iter().map(|(_, cases)| cases.len()).collect();
    assert_eq!(counts, [11, 4, 3, 3, 7, 2, 11, 3, 4, 2, 3]);
}
