//! How long objects live.

use multiprocessing::connection::pipe;
use multiprocessing::managers::{ListProxy, Manager, Value};

use crate::support::{fork, with_manager};

#[test]
fn an_object_goes_with_the_last_reference_to_it() {
    with_manager(|manager| {
        let count = || manager.object_count().unwrap();
        let list = manager.list([1]).unwrap();
        let copy = list.clone();
        drop(list);
        assert_eq!(count(), 1);
        let outer = manager.list([copy]).unwrap();
        assert_eq!(count(), 2);
        let inner = outer.get(0).unwrap();
        drop(outer);
        assert_eq!(count(), 1);
        assert_eq!(inner.get(0).unwrap(), 1);
        drop(inner);
        assert_eq!(count(), 0);
    });
}

#[test]
fn a_chain_of_objects_goes_however_long_it_is() {
    with_manager(|manager| {
        let mut last = manager.list::<Value>([]).unwrap();
        for _ in 0..5_000 {
            last = manager.list([Value::from(last)]).unwrap();
        }
        assert_eq!(manager.object_count().unwrap(), 5_001);
        drop(last);
        assert_eq!(manager.object_count().unwrap(), 0);
    });
}

#[test]
fn what_was_moved_into_a_child_is_there_when_it_is_first_used() {
    with_manager(|manager| {
        let (mut go, mut wait) = pipe().unwrap();
        let (list, other) = (manager.list([1, 2, 3]).unwrap(), manager.list([0]).unwrap());
        let child = fork(move || {
            wait.recv::<()>().unwrap();
            list.to_vec().unwrap()
        });
        drop(other);
        // The parent's copy has gone with the closure, and the child has not asked for its own yet.
        assert!(manager.object_count().unwrap() >= 1);
        go.send(&()).unwrap();
        assert_eq!(child.join().unwrap(), [1, 2, 3]);
    });
}

#[test]
fn proxies_travel_in_messages() {
    with_manager(|manager| {
        let (mut here, mut there) = pipe().unwrap();
        let worker = fork(move || {
            let (name, list): (String, ListProxy<i64>) = there.recv().unwrap();
            list.append(4).unwrap();
            there.send(&list).unwrap();
            name
        });
        let list = manager.list([1_i64, 2, 3]).unwrap();
        here.send(&("numbers", &list)).unwrap();
        let back: ListProxy<i64> = here.recv().unwrap();
        assert_eq!(back.proxy(), list.proxy());
        assert_eq!(back.to_vec().unwrap(), [1, 2, 3, 4]);
        assert_eq!(worker.join().unwrap(), "numbers");

        // As something else than it is, it is refused.
        here = pipe()
            .map(|(one, mut other)| {
                other.send(&list).unwrap();
                one
            })
            .unwrap();
        let error = here
            .recv::<multiprocessing::managers::LockProxy>()
            .unwrap_err();
        assert!(error.is_decode(), "{error}");
    });
}

#[test]
fn a_proxy_outlives_nothing_of_its_manager() {
    manyways_testkit::guarded(|| {
        let manager = Manager::start().unwrap();
        let list = manager.list([1]).unwrap();
        drop(manager);
        assert!(list.get(0).unwrap_err().is_closed());
        drop(list);
    });
}
