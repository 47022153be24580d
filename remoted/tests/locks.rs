//! Locks between real processes, and what happens to them when processes die.

mod support;

use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use remoted::{Proc, StubShare, join_all};
use rustix::process::{Pid, Signal as Sig, kill_process};
use support::{LONG, Signal, on_both, share, wait_until_blocked};

/// The original's program with several processes: read, add, write, under the one lock.
#[test]
fn no_count_is_lost_under_the_share_lock() {
    guarded(|| {
        on_both(|_, share| {
            share.set("n", &0).unwrap();
            let count = |share: &StubShare, rounds: i32| {
                for _ in 0..rounds {
                    let _lock = share.lock().unwrap();
                    let n: i32 = share.get("n").unwrap();
                    share.set("n", &(n + 1)).unwrap();
                }
            };
            let procs: Vec<Proc<()>> = (0..4)
                .map(|_| share.new_proc(count, 100).unwrap())
                .collect();
            join_all(procs).into_iter().for_each(Result::unwrap);
            assert_eq!(share.get::<i32>("n").unwrap(), 400);
        });
    });
}

#[test]
fn no_count_is_lost_under_the_lock_of_a_key_or_without_lock() {
    guarded(|| {
        let (handle, share) = share();
        let count = |share: &StubShare, rounds: i32| {
            for _ in 0..rounds {
                share.update("u", |n| n.unwrap_or(0) + 1).unwrap();
                share.add("a", 1).unwrap();
                while {
                    let n: Option<i32> = share.find("c").unwrap();
                    let new = n.unwrap_or(0) + 1;
                    !share.compare_and_swap("c", n.as_ref(), Some(&new)).unwrap()
                } {}
            }
        };
        let procs: Vec<Proc<()>> = (0..4).map(|_| share.new_proc(count, 50).unwrap()).collect();
        join_all(procs).into_iter().for_each(Result::unwrap);
        assert_eq!(share.values::<i32>().unwrap(), [200, 200, 200]);
        handle.stop().unwrap();
    });
}

#[test]
fn one_of_many_makes_the_value() {
    guarded(|| {
        let (handle, share) = share();
        let get = |share: &StubShare, ()| {
            let make = || share.add("made", 1).unwrap();
            share.get_or_insert("once", make).unwrap()
        };
        let procs: Vec<_> = (0..6).map(|_| share.new_proc(get, ()).unwrap()).collect();
        for outcome in join_all(procs) {
            assert_eq!(outcome.unwrap(), 1);
        }
        assert_eq!(share.get::<i32>("made").unwrap(), 1);
        handle.stop().unwrap();
    });
}

#[test]
fn locks_are_the_stubs_and_not_reentrant() {
    guarded(|| {
        let (handle, share) = share();
        let other = share.another().unwrap();
        let guard = share.lock().unwrap();
        assert!(!guard.previous_owner_died());
        let error = share.lock().unwrap_err();
        assert!(
            error.is_held_already() && error.is_cannot_lock_share(),
            "{error}"
        );
        let error = other.unlock().unwrap_err();
        assert!(error.is_cannot_unlock_share(), "{error}");
        assert!(other.try_lock().unwrap().is_none());
        let error = other.lock_timeout(Duration::from_millis(20)).unwrap_err();
        assert!(error.is_timeout() && error.is_cannot_lock_share());
        let holder = format!("held by process {}", std::process::id());
        assert!(error.to_string().contains(&holder), "{error}");
        guard.unlock().unwrap();
        other.try_lock().unwrap().unwrap().keep();
        assert!(share.try_lock().unwrap().is_none());
        other.unlock().unwrap();

        let item = share.lock_item("k").unwrap();
        let error = share.lock_item("k").unwrap_err();
        assert!(error.is_held_already() && error.is_cannot_lock_item());
        assert_eq!(share.update("k", |_| 1).unwrap(), 1);
        assert!(other.try_lock_item("k").unwrap().is_none());
        assert!(other.try_lock_item("l").unwrap().is_some());
        assert_eq!(other.get::<i32>("k").unwrap(), 1);
        other.set_timeout(Some(Duration::from_millis(20)));
        let error = other.set("k", &2).unwrap_err();
        assert!(error.is_timeout() && error.is_cannot_write(), "{error}");
        item.unlock().unwrap();
        other.set("k", &2).unwrap();
        assert!(share.unlock_item("k").unwrap_err().is_cannot_unlock_item());
        handle.stop().unwrap();
    });
}

/// The drop of a guard sends the unlock and does not wait; what follows comes after it all the same.
#[test]
fn a_dropped_guard_gives_the_lock_back() {
    guarded(|| {
        on_both(|_, share| {
            let other = share.another().unwrap();
            for round in 0..100 {
                drop(share.lock().unwrap());
                drop(share.lock_item("k").unwrap());
                let mut guard = other.lock().unwrap();
                assert!(!guard.previous_owner_died());
                other.set("k", &round).unwrap();
                guard.unlock().unwrap();
                guard = share.lock().unwrap();
                assert_eq!(share.get::<i32>("k").unwrap(), round);
                drop(guard);
            }
        });
    });
}

#[test]
fn a_circle_of_waits_is_an_error_for_who_closes_it() {
    guarded(|| {
        let (handle, share) = share();
        let (ready, go) = (Signal::new(), Signal::new());
        let proc = share
            .new_proc(
                |share, ()| {
                    let _b = share.lock_item("b").unwrap();
                    ready.send();
                    go.wait();
                    let a = share.lock_item("a").unwrap();
                    a.previous_owner_died()
                },
                (),
            )
            .unwrap();
        ready.wait();
        let a = share.lock_item("a").unwrap();
        go.send();
        wait_until_blocked(&share, proc.pid());
        let error = share.lock_item("b").unwrap_err();
        assert!(
            error.is_deadlock() && error.is_cannot_lock_item(),
            "{error}"
        );
        drop(a);
        assert!(!proc.join().unwrap());
        handle.stop().unwrap();
    });
}

#[test]
fn waiting_for_a_value_ends_when_it_is_set_or_time_is_up() {
    guarded(|| {
        let (handle, share) = share();
        let began = Instant::now();
        let limit = Duration::from_millis(50);
        let error = share.wait_for::<i32>("k", Some(limit)).unwrap_err();
        assert!(error.is_timeout() && began.elapsed() >= limit, "{error}");
        let proc = share
            .new_proc(|share, ()| share.wait_for::<i32>("k", None).unwrap(), ())
            .unwrap();
        wait_until_blocked(&share, proc.pid());
        share.set("k", &5).unwrap();
        assert_eq!(proc.join().unwrap(), 5);
        handle.stop().unwrap();
    });
}

/// SIGKILL while holding: the share's lock and a key's.
#[test]
fn the_locks_of_a_killed_process_are_free_and_the_next_owner_is_told() {
    guarded(|| {
        on_both(|_, share| {
            let holding = Signal::new();
            let mut proc = share
                .new_proc(
                    |share, ()| {
                        let _k = share.lock_item("k").unwrap();
                        let _all = share.lock().unwrap();
                        holding.send();
                        std::thread::sleep(LONG);
                    },
                    (),
                )
                .unwrap();
            holding.wait();
            assert!(share.try_lock().unwrap().is_none());
            proc.child().kill().unwrap();
            let all = share.lock().unwrap();
            assert!(all.previous_owner_died());
            drop(all);
            assert!(share.lock_item("k").unwrap().previous_owner_died());
            assert!(!share.lock().unwrap().previous_owner_died());
            assert!(!share.lock_item("k").unwrap().previous_owner_died());
            assert_eq!(proc.join().unwrap_err().exit().unwrap().signal(), Some(9));
        });
    });
}

/// SIGKILL while waiting: the place in the line is gone, the one behind moves up.
#[test]
fn a_killed_waiter_holds_nobody_up() {
    guarded(|| {
        on_both(|_, share| {
            let guard = share.lock().unwrap();
            let wait = |share: &StubShare, ()| share.lock().unwrap().previous_owner_died();
            let mut first = share.new_proc(wait, ()).unwrap();
            wait_until_blocked(share, first.pid());
            let second = share.new_proc(wait, ()).unwrap();
            wait_until_blocked(share, second.pid());
            first.child().kill().unwrap();
            first.child().wait().unwrap();
            drop(guard);
            assert!(!second.join().unwrap());
        });
    });
}

/// SIGKILL around the moment of the grant, again and again: whatever side of it the death falls on, the lock
/// comes to the next.
#[test]
fn a_waiter_killed_while_it_is_granted_loses_no_lock() {
    guarded(|| {
        let (handle, share) = share();
        for round in 0..60_u64 {
            let guard = share.lock_item("k").unwrap();
            let mut proc = share
                .new_proc(
                    |share, ()| {
                        share.lock_item("k").unwrap().keep();
                        std::thread::sleep(LONG);
                    },
                    (),
                )
                .unwrap();
            if round % 3 != 0 {
                wait_until_blocked(&share, proc.pid());
            }
            if round % 2 == 0 {
                drop(guard);
                proc.child().kill().unwrap();
            } else {
                proc.child().kill().unwrap();
                drop(guard);
            }
            let next = share.lock_item_timeout("k", LONG);
            next.unwrap().unlock().unwrap();
        }
        handle.stop().unwrap();
    });
}

#[test]
fn a_panic_under_a_lock_is_told_to_the_next_owner() {
    guarded(|| {
        let (handle, share) = share();
        let proc = share
            .new_proc(
                |share, ()| {
                    let _k = share.lock_item("k").unwrap();
                    panic!("half done");
                },
                (),
            )
            .unwrap();
        let error: remoted::Error = {
            let joined: Result<(), _> = proc.join();
            joined.unwrap_err()
        };
        assert_eq!(error.panic_report().unwrap().message(), "half done");
        assert!(share.lock_item("k").unwrap().previous_owner_died());
        handle.stop().unwrap();
    });
}

/// A stub that is dropped with a kept lock, in a process that lives on.
#[test]
fn the_end_of_a_stub_is_the_end_of_its_locks() {
    guarded(|| {
        let (handle, share) = share();
        let other = share.another().unwrap();
        other.lock().unwrap().keep();
        drop(other);
        assert!(share.lock().unwrap().previous_owner_died());
        handle.stop().unwrap();
    });
}

/// SIGSTOP is not death: nobody takes the lock until the owner goes on and gives it back.
#[test]
fn a_stopped_owner_keeps_its_lock() {
    guarded(|| {
        on_both(|_, share| {
            let proc = share
                .new_proc(
                    |share, ()| {
                        let _lock = share.lock().unwrap();
                        support::stop_myself();
                    },
                    (),
                )
                .unwrap();
            let pid = Pid::from_raw(i32::try_from(proc.pid()).unwrap()).unwrap();
            let stopped = || {
                let view = manyways_testkit::ProcessView::of(proc.pid());
                view.is_some_and(|view| view.state() == 'T')
            };
            while !stopped() {
                std::thread::sleep(Duration::from_millis(1));
            }
            let error = share.lock_timeout(Duration::from_millis(300)).unwrap_err();
            assert!(error.is_timeout());
            // The server serves on: the connect is answered, the get is what waits.
            let other = share.another().unwrap();
            other.set_timeout(Some(Duration::from_millis(10)));
            assert!(other.get::<i32>("x").unwrap_err().is_timeout());
            kill_process(pid, Sig::CONT).unwrap();
            proc.join().unwrap();
            assert!(!share.lock().unwrap().previous_owner_died());
        });
    });
}

/// In the order in which they began to wait.
#[test]
fn the_first_to_ask_is_the_first_to_get_the_lock() {
    guarded(|| {
        let (handle, share) = share();
        let guard = share.lock().unwrap();
        let procs: Vec<_> = (0..5)
            .map(|name| {
                let take = |share: &StubShare, name: i32| {
                    let _lock = share.lock().unwrap();
                    let mut order: Vec<i32> = share.find("order").unwrap().unwrap_or_default();
                    order.push(name);
                    share.set("order", &order).unwrap();
                };
                let proc = share.new_proc(take, name).unwrap();
                wait_until_blocked(&share, proc.pid());
                proc
            })
            .collect();
        drop(guard);
        join_all(procs).into_iter().for_each(Result::unwrap);
        assert_eq!(share.get::<Vec<i32>>("order").unwrap(), [0, 1, 2, 3, 4]);
        handle.stop().unwrap();
    });
}

/// A copy of a stub in a forked child must not speak on its parent's connection.
#[test]
fn an_inherited_stub_refuses_to_work() {
    guarded(|| {
        let (handle, share) = share();
        let guard = share.lock().unwrap();
        let task = support::fork(|| {
            let error = share.get::<i32>("k").unwrap_err();
            error.to_string()
        });
        assert!(task.join().unwrap().contains("belongs to the process"));
        assert!(share.another().unwrap().try_lock().unwrap().is_none());
        guard.unlock().unwrap();
        handle.stop().unwrap();
    });
}
