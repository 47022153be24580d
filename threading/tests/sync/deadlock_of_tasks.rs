//! Deadlocks through tasks, executors and scopes.

use std::sync::{Arc, Barrier, OnceLock};
use std::time::Duration;

use manyways_testkit::guarded;
use threading::deadlock::Report;
use threading::futures::{
    Future, Pending, ReturnWhen, ThreadPoolExecutor, as_completed, promise, wait,
};
use threading::{CancelToken, Condition, Event, Limit, Lock, Thread, WaitError, run_main, scope};

use crate::deadlock::{detecting, detecting_with, found};
use crate::support::await_shown;

fn pool_of(max_workers: usize) -> ThreadPoolExecutor {
    let builder = ThreadPoolExecutor::builder().max_workers(max_workers);
    builder.thread_name_prefix("pool").build().unwrap()
}

/// The one report, as text.
#[track_caller]
fn only(reports: &[Report]) -> String {
    let [report] = reports else {
        panic!("one report: {reports:?}")
    };
    report.to_string()
}

/// What holds a lock, and a task that waits for it and waits already.
fn task_in_need_of(lock: &Arc<Lock<u8>>, pool: &ThreadPoolExecutor) -> Future<bool> {
    let wanted = lock.clone();
    let task = pool.submit(move || found(|| drop(wanted.lock()))).unwrap();
    await_shown(lock, "waiters: 1");
    task
}

#[test]
fn who_holds_a_lock_waits_for_a_task_that_waits_for_it() {
    guarded(|| {
        let (lock, pool) = (Arc::new(Lock::new(1_u8)), pool_of(2));
        let reports = detecting(|| {
            let guard = lock.lock();
            let task = task_in_need_of(&lock, &pool);
            assert!(found(|| task.wait()));
            drop(guard);
            assert!(!task.result().unwrap());
        });
        let text = only(&reports);
        assert!(text.contains("2 threads wait for each other"), "{text}");
        assert!(text.contains("for the result of a task,\n    which thread \"pool_0\""));
        assert!(text.contains("for Lock<u8> at 0x"), "{text}");
        let lines = reports[0].parties().iter().map(|party| party.waits_at());
        assert!(lines.into_iter().all(|line| line.file() == file!()));
    });
}

/// No thread has begun it, and the only one that ever will is stuck.
#[test]
fn a_task_in_line_behind_one_that_is_stuck() {
    guarded(|| {
        let lock = Arc::new(Lock::new(1_u8));
        let reports = detecting(|| {
            let pool = pool_of(1);
            let guard = lock.lock();
            let stuck = task_in_need_of(&lock, &pool);
            let behind = pool.submit(|| 5).unwrap();
            assert!(found(|| behind.wait()));
            drop(guard);
            assert!(!stuck.result().unwrap());
            assert_eq!(behind.result().unwrap(), 5);
        });
        let text = only(&reports);
        assert!(
            text.contains("    to be run by thread \"pool_0\""),
            "{text}"
        );
    });
}

#[test]
fn a_task_in_line_waits_for_no_deadlock_while_one_thread_is_free_or_may_come() {
    guarded(|| {
        for max_workers in [2, 3] {
            let lock = Arc::new(Lock::new(1_u8));
            let reports = detecting(|| {
                let pool = pool_of(max_workers);
                let (begun, go) = (Arc::new(Event::new()), Arc::new(Event::new()));
                let guard = lock.lock();
                let stuck = task_in_need_of(&lock, &pool);
                let busy = {
                    let (begun, go) = (begun.clone(), go.clone());
                    pool.submit(move || {
                        begun.set();
                        go.wait();
                    })
                };
                begun.wait();
                let behind = pool.submit(|| 5).unwrap();
                std::thread::scope(|scope| {
                    scope.spawn(|| {
                        await_shown(&behind, if max_workers == 2 { "waiters: 1" } else { "" });
                        go.set();
                    });
                    behind.wait();
                });
                drop(guard);
                assert!(!stuck.result().unwrap());
                busy.unwrap().result().unwrap();
            });
            assert!(reports.is_empty(), "{reports:?}");
        }
    });
}

/// All threads of the pool are stuck, each in its own way.
#[test]
fn a_task_in_line_behind_several_that_are_stuck() {
    guarded(|| {
        let [one, two] = [1, 2].map(|n| Arc::new(Lock::new(n)));
        let reports = detecting(|| {
            let pool = pool_of(2);
            let guards = (one.lock(), two.lock());
            let stuck = [&one, &two].map(|lock| task_in_need_of(lock, &pool));
            let behind = [(); 2].map(|()| pool.submit(|| ()).unwrap());
            assert!(found(|| assert!(as_completed(&behind).next().is_some())));
            drop(guards);
            assert!(stuck.into_iter().all(|task| !task.result().unwrap()));
        });
        let text = only(&reports);
        assert!(text.contains("3 threads wait for each other"), "{text}");
        assert!(text.contains("for the result of one of 2 tasks"), "{text}");
        let first = &reports[0].parties()[0];
        assert_eq!(first.waits_on().count(), 2);
        assert_eq!(first.waits_at().file(), file!());
    });
}

#[test]
fn two_tasks_that_wait_for_each_other() {
    guarded(|| {
        let reports = detecting(|| {
            let pool = pool_of(2);
            let meet = Arc::new(Barrier::new(2));
            let places = Arc::new([(); 2].map(|()| OnceLock::<Future<bool>>::new()));
            let task = |other: usize| {
                let (meet, places) = (meet.clone(), places.clone());
                move || {
                    meet.wait();
                    found(|| places[other].wait().wait())
                }
            };
            let tasks = [task(1), task(0)].map(|task| pool.submit(task).unwrap());
            for (place, task) in places.iter().zip(tasks) {
                place.set(task).unwrap();
            }
            let found = places.iter().map(|task| *task.wait().result_ref().unwrap());
            assert_eq!(found.filter(|found| *found).count(), 1);
        });
        assert!(only(&reports).contains("2 threads wait for each other"));
    });
}

#[test]
fn a_task_that_waits_for_itself() {
    guarded(|| {
        let reports = detecting(|| {
            let (pool, own) = (pool_of(1), Arc::new(OnceLock::<Future<bool>>::new()));
            let itself = own.clone();
            let task = pool.submit(move || found(|| itself.wait().wait()));
            own.set(task.unwrap()).unwrap();
            assert!(own.wait().result_ref().unwrap());
        });
        assert!(only(&reports).contains("a thread waits for itself"));
    });
}

/// Such a one is not run in place by who waits for it: its threads' own line is a deadlock.
#[test]
fn a_task_of_a_scoped_executor_of_one_thread_that_waits_for_another() {
    guarded(|| {
        let reports = detecting(|| {
            scope(|scope| {
                let builder = ThreadPoolExecutor::builder().max_workers(1);
                let pool = Arc::new(builder.scoped(scope).unwrap());
                let inner = pool.clone();
                let outer = pool.submit(move || {
                    let behind = inner.submit(|| ()).unwrap();
                    found(|| behind.wait())
                });
                assert!(outer.unwrap().result().unwrap());
            })
            .unwrap();
        });
        assert!(only(&reports).contains("a thread waits for itself"));
    });
}

/// Neither can be left before its threads have ended: so the wait goes on, whatever the action does, even if it panics.
#[test]
fn who_holds_a_lock_ends_an_executor_or_a_scope_whose_thread_waits_for_it() {
    static LOCK: Lock = Lock::new(());
    let await_and_take = || {
        let taken = LOCK.lock();
        drop(taken);
    };
    let end_executor = || {
        let pool = pool_of(1);
        drop(pool.submit(await_and_take).unwrap());
        await_shown(&LOCK, "waiters: 1");
        pool.shutdown(Pending::Run);
    };
    let end_scope = || {
        let spawned = scope(|scope| {
            scope.spawn(await_and_take);
            await_shown(&LOCK, "waiters: 1");
        });
        spawned.unwrap();
    };
    guarded(|| {
        let reports = detecting_with(
            || LOCK.release().unwrap(),
            || {
                for end in [&end_executor as &dyn Fn(), &end_scope] {
                    std::mem::forget(LOCK.lock());
                    end();
                }
            },
        );
        let [executor, scope] = &reports[..] else {
            panic!("{reports:?}")
        };
        assert!(executor.to_string().contains("for the end of an executor"));
        assert!(scope.to_string().contains("for the end of a scope"));
        assert_eq!(scope.parties()[0].waits_at().file(), file!());
    });
}

/// It cannot return without its lock, so the action's panic is told and changes nothing.
#[test]
fn a_condition_takes_its_lock_again_whatever_the_action_does() {
    static LOCK: Lock = Lock::new(());
    guarded(|| {
        let (other, changed, token) = (Lock::new(0), Condition::new(), CancelToken::new());
        let take_both = || {
            std::mem::forget(LOCK.lock());
            drop(other.lock());
        };
        let end_the_wait = || {
            await_shown(&other, "waiters: 1");
            token.cancel();
        };
        let wait_between_them = || {
            let held = other.lock();
            std::thread::scope(|scope| {
                let mut guard = LOCK.lock();
                scope.spawn(take_both);
                scope.spawn(end_the_wait);
                let waited = changed.wait_timeout(&mut guard, &token);
                assert_eq!(waited, Err(WaitError::Cancelled));
                assert!(LOCK.locked());
                drop((guard, held));
            });
        };
        let reports = detecting_with(|| LOCK.release().unwrap(), wait_between_them);
        assert!(only(&reports).contains("2 threads wait for each other"));
    });
}

#[test]
fn what_anybody_may_do_is_no_deadlock() {
    guarded(|| {
        let reports = detecting(|| {
            let (lock, pool) = (Arc::new(Lock::new(1_u8)), pool_of(1));
            let guard = lock.lock();
            let (promise, future) = promise();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    await_shown(&future, "waiters: 1");
                    promise.set_result(7).unwrap();
                });
                assert_eq!(future.result_ref().ok(), Some(&7));
            });
            let task = task_in_need_of(&lock, &pool);
            let waited = wait(
                [&task],
                ReturnWhen::FirstCompleted,
                Duration::from_millis(5),
            );
            assert_eq!(waited.done.len(), 0);
            drop(guard);
            let waited = wait([task], ReturnWhen::AllCompleted, Limit::NEVER);
            assert_eq!(waited.done.len(), 1);
        });
        assert!(reports.is_empty(), "{reports:?}");
    });
}

/// Waits that are over, though their threads have not gone on yet, are no deadlock: tasks that are settled just now, by
/// threads that then wait for what the others hold.
#[test]
fn waits_that_are_just_over_are_no_deadlock() {
    guarded(|| {
        let lock = Arc::new(Lock::new(0_u32));
        let reports = detecting(|| {
            let pool = pool_of(1);
            for round in 0..2_000 {
                let guard = lock.lock();
                let quick = pool.submit(move || round).unwrap();
                let wanted = lock.clone();
                let next = pool.submit(move || *wanted.lock() += 1).unwrap();
                match round % 3 {
                    0 => quick.wait(),
                    1 => drop(as_completed([quick]).next()),
                    _ => drop(wait([quick], ReturnWhen::FirstCompleted, Limit::NEVER)),
                }
                drop(guard);
                next.result().unwrap();
            }
        });
        assert!(reports.is_empty(), "{reports:?}");
        assert_eq!(*lock.lock(), 2_000);
    });
}

/// The main thread's end is told to those who join it before it waits for them.
#[test]
fn the_end_of_the_main_thread_is_no_deadlock() {
    guarded(|| {
        let child = manyways_process::Fork::new().run(|| {
            let reports = detecting(|| {
                run_main(|| {
                    for _ in 0..3 {
                        Thread::spawn(|| threading::main_thread().join().unwrap()).unwrap();
                    }
                });
            });
            format!("{reports:?}")
        });
        assert_eq!(child.unwrap().join().unwrap(), "[]");
    });
}

/// Threads and tasks that take locks in one order, and wait for tasks meanwhile that take later ones: there is a thread for
/// each task, so whatever waits goes on.
#[test]
fn what_goes_on_by_itself_is_no_deadlock() {
    guarded(|| {
        let locks: [_; 3] = std::array::from_fn(|_| Arc::new(Lock::new(0_u32)));
        let reports = detecting(|| {
            let pool = pool_of(4);
            let work = |number: usize| {
                for round in 0..400 {
                    let first = (number + round) % 2;
                    let mut own = locks[first].lock();
                    let later = locks[first + 1 + round % (2 - first)].clone();
                    let task = pool.submit(move || *later.lock() += 1).unwrap();
                    match round % 3 {
                        0 => task.result().unwrap(),
                        1 => as_completed([task]).for_each(drop),
                        _ => drop(wait([task], ReturnWhen::AllCompleted, Limit::NEVER)),
                    }
                    *own += 1;
                }
            };
            scope(|scope| {
                for number in 0..4 {
                    scope.spawn(move || work(number));
                }
            })
            .unwrap();
        });
        assert!(reports.is_empty(), "{reports:?}");
        let counts = locks.iter().map(|lock| *lock.lock());
        assert_eq!(counts.sum::<u32>(), 2 * 4 * 400);
    });
}
