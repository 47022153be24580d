//! The cases of CPython's `_TestSharedMemory` and `TestResourceTracker` (version 3.13), and what answers each.

use std::collections::HashSet;

use crate::{blocks, lists, lives, names};

/// What has become of a case.
enum Answer {
    /// These tests ask for what it asks for.
    Here(&'static [fn()]),
    /// Nothing, for this reason.
    LeftOut(&'static str),
}

use Answer::{Here, LeftOut};

const NO_SERVER: &str =
    "the manager has no server process, which could be interrupted or share a tracker";
const TRACKER_INSIDE: &str = "the tracker has no interface: nothing but blocks is tracked";

const CASES: &[(&str, Answer)] = &[
    (
        "test_shared_memory_name_with_embedded_null",
        Here(&[names::names_are_checked]),
    ),
    (
        "test_shared_memory_basics",
        Here(&[
            blocks::what_is_written_under_a_name_is_read_under_it,
            blocks::users_keep_an_unlinked_block,
            names::names_are_checked,
            names::one_of_many_unlinks_a_block,
        ]),
    ),
    (
        "test_shared_memory_recreate",
        Here(&[names::a_name_that_was_given_again_is_not_unlinked]),
    ),
    (
        "test_invalid_shared_memory_creation",
        Here(&[blocks::what_cannot_be_reserved_is_an_error_and_leaves_nothing]),
    ),
    (
        "test_shared_memory_pickle_unpickle",
        Here(&[blocks::blocks_and_lists_are_arguments]),
    ),
    (
        "test_shared_memory_pickle_unpickle_dead_object",
        Here(&[blocks::blocks_and_lists_travel_as_long_as_they_have_their_names]),
    ),
    (
        "test_shared_memory_across_processes",
        Here(&[
            blocks::a_forked_child_uses_what_it_inherits,
            blocks::blocks_and_lists_are_arguments,
        ]),
    ),
    (
        "test_shared_memory_SharedMemoryServer_ignores_sigint",
        LeftOut(NO_SERVER),
    ),
    (
        "test_shared_memory_SharedMemoryManager_reuses_resource_tracker",
        LeftOut(NO_SERVER),
    ),
    (
        "test_shared_memory_SharedMemoryManager_basics",
        Here(&[blocks::a_manager_unlinks_what_it_has_made]),
    ),
    (
        "test_shared_memory_ShareableList_basics",
        Here(&[
            lists::lists_keep_items_of_all_types,
            lists::an_item_fits_its_slot_or_is_refused,
            lists::an_index_beyond_the_end_panics,
            lists::lists_have_names,
        ]),
    ),
    (
        "test_shared_memory_ShareableList_pickling",
        Here(&[blocks::blocks_and_lists_are_arguments]),
    ),
    (
        "test_shared_memory_ShareableList_pickling_dead_object",
        Here(&[blocks::blocks_and_lists_travel_as_long_as_they_have_their_names]),
    ),
    (
        "test_shared_memory_cleaned_after_process_termination",
        Here(&[
            lives::a_block_whose_creator_has_ended_is_removed,
            lives::all_that_a_killed_process_leaves_is_removed,
        ]),
    ),
    (
        "test_shared_memory_untracking",
        Here(&[
            lives::a_block_that_is_not_tracked_stays,
            lives::who_merely_opens_a_block_does_not_destroy_it,
        ]),
    ),
    (
        "test_shared_memory_tracking",
        Here(&[lives::a_block_whose_creator_has_ended_is_removed]),
    ),
    (
        "test_resource_tracker",
        Here(&[lives::a_block_whose_creator_has_ended_is_removed]),
    ),
    (
        "test_resource_tracker_sigint",
        LeftOut("the tracker has a session of its own: no terminal interrupts it"),
    ),
    (
        "test_resource_tracker_sigterm",
        Here(&[lives::a_killed_tracker_is_replaced]),
    ),
    (
        "test_resource_tracker_sigkill",
        Here(&[lives::a_killed_tracker_is_replaced]),
    ),
    (
        "test_resource_tracker_reused",
        LeftOut("each process that creates blocks has a tracker of its own, which ends with it"),
    ),
    ("test_resource_tracker_exit_code", LeftOut(TRACKER_INSIDE)),
    (
        "test_too_long_name_resource",
        Here(&[names::names_are_checked]),
    ),
];

#[test]
fn every_case_is_answered() {
    let mut names = HashSet::new();
    for (name, answer) in CASES {
        assert!(names.insert(name), "{name} stands here twice");
        match answer {
            Here(tests) => assert!(!tests.is_empty(), "{name}"),
            LeftOut(reason) => println!("{name} is left out: {reason}"),
        }
    }
    // So many the two classes have.
    assert_eq!(names.len(), 16 + 7);
}
