//! Who dies gives back what it held, and nobody waits for it.

use std::thread;
use std::time::{Duration, Instant};

use manyways_process::{Child, Fork, Link};
use manyways_testkit::{Crash, guarded, kill_process};
use multiprocessing::managers::{Acquired, FaultKind, Manager};

use crate::support::{LONG, fork, with_manager};

/// A client that does something, says so, and waits to be killed.
fn victim(body: impl FnOnce()) -> Child {
    let (child, mut link): (Child, Link) = Fork::new()
        .spawn(|link| {
            body();
            link.send(&()).unwrap();
            loop {
                thread::park();
            }
        })
        .unwrap();
    link.recv::<()>().unwrap();
    child
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn locks_come_back_and_the_next_is_told_soon() {
    with_manager(|manager| {
        let (lock, rlock) = (manager.lock().unwrap(), manager.rlock().unwrap());
        let condition = manager.condition().unwrap();
        for _ in 0..5 {
            let child = victim(|| {
                let _ = lock.acquire().unwrap();
                let _ = (rlock.acquire().unwrap(), rlock.acquire().unwrap());
                let _ = condition.acquire().unwrap();
            });
            let waiter = thread::spawn({
                let lock = lock.clone();
                move || {
                    let acquired = lock.acquire().unwrap();
                    (acquired, Instant::now())
                }
            });
            // Most likely the waiter waits by now; what it must get is the same if it comes later.
            thread::sleep(Duration::from_millis(5));
            let killed = Instant::now();
            kill(child);
            let (acquired, at) = waiter.join().unwrap();
            assert_eq!(acquired, Acquired::OwnerDied);
            assert!(at - killed < LONG / 2);
            lock.release().unwrap();
            for acquired in [rlock.acquire().unwrap(), condition.acquire().unwrap()] {
                assert_eq!(acquired, Acquired::OwnerDied);
            }
            rlock.release().unwrap();
            condition.release().unwrap();
        }
    });
}

#[test]
fn permits_come_back() {
    with_manager(|manager| {
        for semaphore in [
            manager.semaphore(3).unwrap(),
            manager.bounded_semaphore(3).unwrap(),
        ] {
            let _ = semaphore.acquire().unwrap();
            let child = victim(|| {
                let _ = (semaphore.acquire().unwrap(), semaphore.acquire().unwrap());
            });
            assert_eq!(semaphore.get_value().unwrap(), 0);
            kill(child);
            assert_eq!(semaphore.acquire().unwrap(), Acquired::OwnerDied);
            assert_eq!(semaphore.acquire().unwrap(), Acquired::OwnerDied);
            semaphore.release_many(3).unwrap();
            assert_eq!(semaphore.acquire().unwrap(), Acquired::Clean);
        }
    });
}

/// A client whose call waits in the server.
fn waiting(call: impl FnOnce()) -> Child {
    let (child, _link) = Fork::new().spawn(|_| call()).unwrap();
    child
}

#[test]
fn who_waits_at_a_barrier_and_dies_breaks_it() {
    with_manager(|manager| {
        let barrier = manager.barrier(3).unwrap();
        let child = waiting(|| drop(barrier.wait(None)));
        let other = fork(|| barrier.wait(None).unwrap_err().fault_kind());
        while barrier.n_waiting().unwrap() < 2 {
            thread::yield_now();
        }
        kill(child);
        assert_eq!(other.join().unwrap(), Some(FaultKind::BrokenBarrier));
        assert!(barrier.is_broken().unwrap());
    });
}

#[test]
fn a_dead_waiter_takes_no_item_no_lock_and_no_notification() {
    with_manager(|manager| {
        let queue = manager.queue::<i64>(0).unwrap();
        let lock = manager.lock().unwrap();
        let condition = manager.condition().unwrap();
        let waits = manager.value(0).unwrap();
        let _ = lock.acquire().unwrap();
        let children = [
            waiting(|| drop(queue.get())),
            waiting(|| drop(lock.acquire())),
            waiting(|| {
                let _guard = condition.lock().unwrap();
                waits.increment(1).unwrap();
                let _ = condition.wait(None);
            }),
        ];
        while waits.get().unwrap() == 0 {
            thread::yield_now();
        }
        // Once the lock is free, it waits.
        drop(condition.lock().unwrap());
        let survivor = fork(|| {
            let _guard = condition.lock().unwrap();
            waits.increment(1).unwrap();
            condition.wait(Some(LONG)).unwrap()
        });
        while waits.get().unwrap() == 1 {
            thread::yield_now();
        }
        {
            // Both the notification and the death happen while the lock is held here.
            let _guard = condition.lock().unwrap();
            condition.notify(1).unwrap();
            children.into_iter().for_each(kill);
        }
        assert!(survivor.join().unwrap(), "the notification is passed on");
        queue.put(7).unwrap();
        assert_eq!(queue.get_timeout(LONG).unwrap(), Some(7));
        lock.release().unwrap();
        assert!(lock.acquire_timeout(LONG).unwrap().is_some());
    });
}

#[test]
fn references_of_the_dead_go() {
    with_manager(|manager| {
        let kept = manager.list([0]).unwrap();
        for crash in [Crash::Kill, Crash::Abort, Crash::Exit, Crash::Panic] {
            let child = fork(|| {
                let lists: Vec<_> = (0..10).map(|_| manager.list([1]).unwrap()).collect();
                kept.append(lists.len() as i32).unwrap();
                let _ = crash.trigger();
            });
            assert!(child.join().is_err());
            let give_up = Instant::now() + LONG;
            while manager.object_count().unwrap() > 1 {
                assert!(Instant::now() < give_up, "objects of the dead stay");
                thread::yield_now();
            }
        }
        assert_eq!(kept.len().unwrap(), 5);
    });
}

#[test]
fn when_the_server_is_killed_every_call_says_so() {
    guarded(|| {
        let manager = Manager::start().unwrap();
        let (list, queue) = (manager.list([1]).unwrap(), manager.queue::<i64>(0).unwrap());
        let waiter = fork(|| queue.get().unwrap_err().is_closed());
        let waits_here = thread::spawn({
            let queue = queue.clone();
            move || queue.get().unwrap_err().is_closed()
        });
        // Most likely both wait by now; a call that comes after the death must fail alike.
        thread::sleep(Duration::from_millis(20));
        kill_process(manager.pid().unwrap()).unwrap();
        assert!(waiter.join().unwrap() && waits_here.join().unwrap());
        assert!(list.get(0).unwrap_err().is_closed());
        assert!(manager.list([1]).unwrap_err().is_closed());
        assert_eq!(manager.shutdown().unwrap().signal(), Some(9));
    });
}

#[test]
fn the_server_dies_with_who_started_it() {
    guarded(|| {
        let (mut child, mut link) = Fork::new()
            .spawn(|link| {
                let manager = Manager::start().unwrap();
                link.send(&(manager.pid().unwrap(), manager.address().to_string()))
                    .unwrap();
                loop {
                    thread::park();
                }
            })
            .unwrap();
        let (_pid, address): (u32, String) = link.recv().unwrap();
        let address: multiprocessing::connection::Address = address.parse().unwrap();
        let manager = Manager::options().connect(&address).unwrap();
        let list = manager.list([1]).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let give_up = Instant::now() + LONG;
        while list.len().is_ok() {
            assert!(Instant::now() < give_up, "the server lives on");
        }
        assert!(list.len().unwrap_err().is_closed());
    });
}

#[test]
fn a_stopped_client_is_not_dead() {
    with_manager(|manager| {
        let lock = manager.lock().unwrap();
        let mut child = victim(|| {
            let _ = lock.acquire().unwrap();
        });
        child.signal(libc::SIGSTOP).unwrap();
        assert_eq!(lock.acquire_timeout(crate::support::SHORT).unwrap(), None);
        kill(child);
        assert_eq!(lock.acquire().unwrap(), Acquired::OwnerDied);
    });
}
