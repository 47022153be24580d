//! Threads that borrow.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use manyways_testkit::guarded;
use threading::{Builder, Event, Scope, active_count, current_thread, scope};

#[test]
fn threads_borrow_and_change_what_outlives_the_scope() {
    guarded(|| {
        let mut numbers = [1, 2, 3, 4];
        let offset = 10;
        let sum = scope(|scope| {
            let threads: Vec<_> = numbers
                .iter_mut()
                .map(|number| {
                    scope.spawn(move || {
                        *number += offset;
                        *number
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum::<i32>()
        });
        assert_eq!(sum.unwrap(), 50);
        assert_eq!(numbers, [11, 12, 13, 14]);
    });
}

#[test]
fn the_scope_waits_for_threads_that_nobody_joins() {
    guarded(|| {
        for _ in 0..50 {
            let (ended, before) = (AtomicU32::new(0), active_count());
            let over = Event::new();
            scope(|scope| {
                for _ in 0..5 {
                    scope.spawn(|| {
                        over.wait();
                        ended.fetch_add(1, Ordering::Relaxed);
                    });
                }
                // The last that its own thread does in the scope: the others are still to be woken.
                over.set();
            })
            .unwrap();
            assert_eq!(ended.into_inner(), 5);
            assert_eq!(active_count(), before);
        }
    });
}

fn tree<'scope>(scope: &'scope Scope<'scope, '_>, leaves: &'scope AtomicU32, depth: u32) {
    if depth == 0 {
        leaves.fetch_add(1, Ordering::Relaxed);
        return;
    }
    for _ in 0..2 {
        scope.spawn(move || tree(scope, leaves, depth - 1));
    }
}

#[test]
fn threads_spawn_threads_of_the_same_scope() {
    guarded(|| {
        let leaves = AtomicU32::new(0);
        scope(|scope| tree(scope, &leaves, 4)).unwrap();
        assert_eq!(leaves.into_inner(), 16);
    });
}

#[test]
fn the_first_panic_that_nobody_was_given_is_the_scopes_error() {
    guarded(|| {
        let first_ended = Event::new();
        let outcome = scope(|scope| {
            let builder = Builder::new().name("second");
            let second = builder.spawn_scoped(scope, || {
                first_ended.wait();
                panic!("the second")
            });
            let first = Builder::new().name("first");
            let first = first.spawn_scoped(scope, || panic!("the first")).unwrap();
            while first.is_alive() {
                std::thread::yield_now();
            }
            // It is listed as panicked after its end, so its join is waited for through another handle.
            first.handle().join().unwrap_err();
            first_ended.set();
            drop((first, second));
            "the value"
        });
        let error = outcome.unwrap_err();
        assert_eq!((error.thread(), error.is_panic()), ("first", true));
        assert_eq!(error.panic_report().unwrap().message(), "the first");
    });
}

#[test]
fn a_panic_that_was_joined_is_no_error_of_the_scope() {
    guarded(|| {
        let value = scope(|scope| {
            let error = scope.spawn(|| panic!("seen")).join().unwrap_err();
            assert_eq!(error.panic_report().unwrap().message(), "seen");
            5
        });
        assert_eq!(value.unwrap(), 5);
    });
}

#[test]
fn a_panic_of_the_scopes_body_goes_on_when_the_threads_have_ended() {
    guarded(|| {
        let (ended, go) = (AtomicU32::new(0), Event::new());
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            scope(|scope| {
                scope.spawn(|| {
                    go.wait();
                    ended.fetch_add(1, Ordering::Relaxed);
                });
                go.set();
                std::panic::resume_unwind(Box::new("the body's"));
            })
        }));
        let payload = unwound
            .map(|outcome: Result<(), _>| outcome.unwrap())
            .unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"the body's"));
        assert_eq!(ended.into_inner(), 1);
    });
}

#[test]
fn scoped_threads_have_names_tokens_and_places_in_the_list() {
    guarded(|| {
        let go = Event::new();
        scope(|scope| {
            assert!(format!("{scope:?}").contains("running: 0"));
            let body = || {
                (
                    current_thread().name(),
                    go.wait_timeout(&threading::current_token()),
                )
            };
            let thread = Builder::new()
                .name("borrower")
                .spawn_scoped(scope, body)
                .unwrap();
            assert!(threading::enumerate().contains(&thread));
            assert!(format!("{scope:?}").contains("running: 1"));
            thread.cancel();
            let (name, waited) = thread.join().unwrap();
            assert!(&*name == "borrower" && waited.unwrap_err().is_cancelled());
        })
        .unwrap();
    });
}

#[test]
fn a_thread_that_cannot_be_made_leaves_the_scope_as_it_was() {
    guarded(|| {
        let text = String::from("borrowed");
        scope(|scope| {
            let builder = Builder::new().stack_size(1 << 60);
            let error = builder.spawn_scoped(scope, || text.len()).unwrap_err();
            assert!(error.is_system(), "{error}");
        })
        .unwrap();
    });
}

#[test]
fn values_that_borrow_come_back() {
    guarded(|| {
        let text = String::from("several words here");
        let longest = scope(|scope| {
            let thread = scope.spawn(|| text.split(' ').max_by_key(|word| word.len()));
            thread.join().unwrap()
        });
        assert_eq!(longest.unwrap(), Some("several"));
    });
}
