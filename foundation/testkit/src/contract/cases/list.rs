//! The names of all cases, and what is made of them.

/// Hands the cases of a suite to another macro of this crate, after what that one was to be given.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_cases {
    (event, $then:ident $with:tt) => {
        $crate::$then! { $with event:
            is_set notify timeout set_and_clear set_and_clear_within_a_limit ping_pong debug
        }
    };
    (lock, $then:ident $with:tt) => {
        $crate::$then! { $with lock:
            constructor debug acquire_destroy acquire_release try_acquire try_acquire_contended
            acquire_contended mutual_exclusion with timeout timeout_in_time timeouts_race_releases
        }
    };
    (plain_lock, $then:ident $with:tt) => {
        $crate::$then! { $with plain_lock:
            reacquire try_reacquire different_thread state_after_timeout release_unacquired
        }
    };
    (rlock, $then:ident $with:tt) => {
        $crate::$then! { $with rlock:
            reacquire release_unacquired recursion_count different_thread last_release nested_with
        }
    };
    (condition, $then:ident $with:tt) => {
        $crate::$then! { $with condition:
            acquire unacquired_wait unacquired_notify notify_some notify_all
            notified_waits_for_the_lock fifo notify_nobody timeout timeout_in_time
            notify_after_a_timeout notifications_race_timeouts wait_for wait_for_timeout
            wait_for_what_holds wait_for_a_silent_change two_conditions debug
        }
    };
    (condition_over_rlock, $then:ident $with:tt) => {
        $crate::$then! { $with condition_over_rlock:
            wait_releases_all timeout_restores_all another_holds
        }
    };
    (semaphore, $then:ident $with:tt) => {
        $crate::$then! { $with semaphore:
            constructor acquire acquire_destroy try_acquire try_acquire_contended
            acquire_contended multirelease release_of_none acquire_timeout one_permit with
            admission timeouts_race_releases
        }
    };
    (unbounded_semaphore, $then:ident $with:tt) => {
        $crate::$then! { $with unbounded_semaphore:
            release_unacquired debug
        }
    };
    (bounded_semaphore, $then:ident $with:tt) => {
        $crate::$then! { $with bounded_semaphore:
            release_unacquired over_release_changes_nothing debug
        }
    };
    (barrier, $then:ident $with:tt) => {
        $crate::$then! { $with barrier:
            constructor one_pass many_passes wait_return action action_fails abort reset
            reset_and_come_back reset_of_an_empty_one abort_and_reset timeout default_timeout
            timeout_before_default timeout_in_time single_party debug
        }
    };
    (queue, $then:ident $with:tt) => {
        $crate::$then! { $with queue:
            constructor order order_in_between sizes without_a_limit nowait timeout blocking_put
            blocking_get all_wake task_done join_waits_for_done queue_join nothing_is_lost debug
        }
    };
    (queue_shutdown, $then:ident $with:tt) => {
        $crate::$then! { $with queue_shutdown:
            empty nonempty immediate allowed_transitions all_methods immediate_all_methods
            immediate_leaves_what_was_taken many_workers immediate_many_workers get immediate_get
            pending_get put immediate_put join immediate_join put_join immediate_put_join
            get_task_done_join debug
        }
    };
    (queue_items, $then:ident $with:tt) => {
        $crate::$then! { $with queue_items:
            references destroyed shutdown refused passed_on
        }
    };
    (simple_queue, $then:ident $with:tt) => {
        $crate::$then! { $with simple_queue:
            basic timeout blocking_get order many_workers many_workers_nonblock
            many_workers_timeout debug
        }
    };
    (simple_queue_items, $then:ident $with:tt) => {
        $crate::$then! { $with simple_queue_items:
            references destroyed
        }
    };
    (thread, $then:ident $with:tt) => {
        $crate::$then! { $with thread:
            various_ops name name_of_the_system ident stack_sizes foreign_thread main_thread
            enumerate_after_join active_count join join_again join_by_several join_with_timeout
            join_itself join_unstarted start_again start_by_several daemon daemonize_active_thread
            thread_from_thread dropped_handle body_is_destroyed panic custom_excepthook
            custom_excepthook_fail original_excepthook debug
        }
    };
}

/// Makes a guarded `#[test]` of each case of a suite, for one world and one implementation.
///
/// The tests have the names of the cases; put each use into a module that has the suite's name.
/// See [`contract`](crate::contract).
#[macro_export]
macro_rules! contract_tests {
    ($suite:ident, $world:ty, $subject:ty) => {
        $crate::contract_cases! { $suite, contract_each_test [$world, $subject] }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! contract_each_test {
    ([$world:ty, $subject:ty] $suite:ident: $($case:ident)+) => {$(
        #[test]
        fn $case() {
            $crate::guarded($crate::contract::$suite::$case::<$world, $subject>);
        }
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! contract_names {
    ([] $suite:ident: $($case:ident)+) => {
        &[$(concat!(stringify!($suite), "::", stringify!($case))),+]
    };
}

const SUITES: &[&[&str]] = &[
    contract_cases!(event, contract_names []),
    contract_cases!(lock, contract_names []),
    contract_cases!(plain_lock, contract_names []),
    contract_cases!(rlock, contract_names []),
    contract_cases!(condition, contract_names []),
    contract_cases!(condition_over_rlock, contract_names []),
    contract_cases!(semaphore, contract_names []),
    contract_cases!(unbounded_semaphore, contract_names []),
    contract_cases!(bounded_semaphore, contract_names []),
    contract_cases!(barrier, contract_names []),
    contract_cases!(queue, contract_names []),
    contract_cases!(queue_shutdown, contract_names []),
    contract_cases!(queue_items, contract_names []),
    contract_cases!(simple_queue, contract_names []),
    contract_cases!(simple_queue_items, contract_names []),
    contract_cases!(thread, contract_names []),
];

/// The names of all cases, such as `event::notify`.
pub fn cases() -> impl Iterator<Item = &'static str> {
    SUITES.iter().copied().flatten().copied()
}
