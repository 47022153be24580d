//! `_TestContainers`.

use std::collections::HashMap;

use manyways_testkit::guarded;
use multiprocessing::managers::{
    DictProxy, FaultKind, ListProxy, Manager, Proxy, QueueProxy, Value,
};

use crate::support::{fork, values, with_manager};

#[test]
fn a_list_does_what_lists_do() {
    with_manager(|manager| {
        let a = manager.list(0..10).unwrap();
        assert_eq!(a.to_vec().unwrap(), (0..10).collect::<Vec<_>>());

        let b = manager.list::<i32>([]).unwrap();
        assert!(b.to_vec().unwrap().is_empty());
        b.extend(0..5).unwrap();
        assert_eq!(b.to_vec().unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(b.get(2).unwrap(), 2);
        assert_eq!(b.slice(Some(2), Some(10)).unwrap(), [2, 3, 4]);
        b.repeat(2).unwrap();
        assert_eq!(b.to_vec().unwrap(), [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);

        let e = manager.list([a.clone(), b.clone()]).unwrap();
        let inner: Vec<Vec<i32>> = e
            .to_vec()
            .unwrap()
            .iter()
            .map(|list| list.to_vec().unwrap())
            .collect();
        assert_eq!(inner, [a.to_vec().unwrap(), b.to_vec().unwrap()]);

        let mixed = manager.list::<Value>([]).unwrap();
        mixed.extend(values(0..2)).unwrap();
        let f = manager.list([mixed.clone()]).unwrap();
        mixed.append("hello").unwrap();
        let seen = f.get(0).unwrap().to_vec().unwrap();
        assert_eq!(seen, [Value::from(0), Value::from(1), Value::from("hello")]);
    });
}

#[test]
fn a_list_changes_in_place() {
    with_manager(|manager| {
        let list = manager.list(["c", "a", "b"].map(String::from)).unwrap();
        list.insert(1, "d").unwrap();
        list.set(-1, "e").unwrap();
        assert_eq!(list.to_vec().unwrap(), ["c", "d", "a", "e"]);
        list.sort().unwrap();
        list.reverse().unwrap();
        assert_eq!(list.to_vec().unwrap(), ["e", "d", "c", "a"]);
        assert_eq!(list.index("c").unwrap(), 2);
        assert_eq!(list.count("c").unwrap(), 1);
        assert!(!list.contains("x").unwrap());
        list.remove("d").unwrap();
        assert_eq!(
            (list.pop().unwrap(), list.pop_at(0).unwrap()),
            ("a".into(), "e".into())
        );
        assert_eq!(list.len().unwrap(), 1);
        list.clear().unwrap();
        assert!(list.is_empty().unwrap());
    });
}

#[test]
fn a_list_is_iterated_as_it_is_when_each_turn_comes() {
    with_manager(|manager| {
        let list = manager.list(0..10).unwrap();
        let all: Result<Vec<i32>, _> = list.iter().collect();
        assert_eq!(all.unwrap(), (0..10).collect::<Vec<_>>());
        let mut items = list.iter();
        list.set(0, 100).unwrap();
        assert_eq!(items.next().unwrap().unwrap(), 100);
    });
}

#[test]
fn lists_in_a_list_are_the_same_lists() {
    with_manager(|manager| {
        let inner: Vec<_> = (0..3).map(|_| manager.list(0..3).unwrap()).collect();
        let a = manager.list(inner).unwrap();
        a.get(0).unwrap().set(-1, 55).unwrap();
        assert_eq!(a.get(0).unwrap().to_vec().unwrap(), [0, 1, 55]);
        for at in 1..3 {
            assert_eq!(a.get(at).unwrap().to_vec().unwrap(), [0, 1, 2]);
        }
        assert_eq!(a.get(1).unwrap().pop().unwrap(), 2);
        assert_eq!(a.get(1).unwrap().len().unwrap(), 2);
        for at in [0, 2] {
            assert_eq!(a.get(at).unwrap().len().unwrap(), 3);
        }

        let b = manager.list::<Value>([]).unwrap();
        b.append(b.clone()).unwrap();
        assert_eq!(Proxy::of(&b.get(0).unwrap()).unwrap(), *b.proxy());
    });
}

#[test]
fn a_dict_does_what_dicts_do() {
    with_manager(|manager| {
        let dict = manager.dict::<i64, String>([]).unwrap();
        let letter = |at: i64| char::from_u32(at as u32).unwrap().to_string();
        for at in 65..70 {
            dict.insert(at, letter(at)).unwrap();
        }
        let expected: HashMap<i64, String> = (65..70).map(|at| (at, letter(at))).collect();
        assert_eq!(dict.copy::<HashMap<i64, String>>().unwrap(), expected);
        assert_eq!(dict.keys().unwrap(), [65, 66, 67, 68, 69]);
        assert_eq!(dict.values().unwrap(), ["A", "B", "C", "D", "E"]);
        let items: Vec<_> = (65..70).map(|at| (at, letter(at))).collect();
        assert_eq!(dict.items().unwrap(), items);

        assert_eq!(dict.get(65).unwrap().as_deref(), Some("A"));
        assert_eq!(dict.get(1).unwrap(), None);
        assert!(dict.contains(66).unwrap());
        assert_eq!(dict.popitem().unwrap(), Some((69, "E".to_owned())));
        dict.update([(1, "one".to_owned()), (65, "a".to_owned())])
            .unwrap();
        assert_eq!(dict.len().unwrap(), 5);
        dict.clear().unwrap();
        assert!(dict.is_empty().unwrap());
        assert_eq!(dict.pop(65).unwrap(), None);
        assert_eq!(dict.popitem().unwrap(), None);
    });
}

#[test]
fn what_is_none_is_told_from_what_is_missing() {
    with_manager(|manager| {
        let dict = manager.dict([("key".to_owned(), Value::None)]).unwrap();
        assert_eq!(dict.get("key").unwrap(), Some(Value::None));
        assert_eq!(dict.get("other").unwrap(), None);
        let dict = manager.dict([(1, None::<i64>)]).unwrap();
        assert_eq!(dict.get(1).unwrap(), Some(None));
        let queue = manager.queue::<Option<i64>>(0).unwrap();
        queue.put(None).unwrap();
        assert_eq!(
            queue.get_timeout(crate::support::SHORT).unwrap(),
            Some(None)
        );
    });
}

#[test]
fn dicts_in_a_dict_are_the_same_dicts_and_outlive_their_proxies() {
    with_manager(|manager| {
        let entries = |one: (&str, i64), other: (&str, i64)| {
            manager
                .dict([one, other].map(|(key, value)| (key.to_owned(), value)))
                .unwrap()
        };
        let pets = entries(("ferrets", 2), ("hamsters", 4));
        let supplies = entries(("water", 10), ("feed", 3));
        type Inner = DictProxy<String, i64>;
        let d: DictProxy<String, Inner> = manager
            .dict([
                ("pets".to_owned(), pets.clone()),
                ("supplies".to_owned(), supplies.clone()),
            ])
            .unwrap();
        let inner = |key: &str| d.get(key).unwrap().unwrap();

        assert_eq!(inner("supplies").get("water").unwrap(), Some(10));
        inner("supplies").insert("blankets", 5).unwrap();
        assert_eq!(supplies.get("blankets").unwrap(), Some(5));
        inner("supplies").insert("water", 7).unwrap();
        assert_eq!(supplies.get("water").unwrap(), Some(7));

        drop((pets, supplies));
        assert_eq!(inner("pets").get("ferrets").unwrap(), Some(2));
        inner("supplies").insert("blankets", 11).unwrap();
        assert_eq!(inner("supplies").get("blankets").unwrap(), Some(11));

        let (pets, supplies) = (inner("pets"), inner("supplies"));
        d.clear().unwrap();
        assert_eq!(d.len().unwrap(), 0);
        assert_eq!(supplies.get("water").unwrap(), Some(7));
        assert_eq!(pets.get("hamsters").unwrap(), Some(4));

        let l = manager.list([pets.clone(), supplies]).unwrap();
        l.get(0).unwrap().insert("marmots", 1).unwrap();
        assert_eq!(pets.get("marmots").unwrap(), Some(1));
        drop(pets);
        assert_eq!(l.get(0).unwrap().get("marmots").unwrap(), Some(1));

        let outer = manager
            .list::<Value>([vec![88, 99].into(), l.into()])
            .unwrap();
        assert_eq!(
            outer.get(0).unwrap(),
            Value::from(vec![88, 99]),
            "a plain list is a copy"
        );
        let list = outer.get(-1).unwrap();
        let feed = Proxy::of(&list)
            .unwrap()
            .call::<Inner>("get", (-1,))
            .unwrap();
        assert_eq!(feed.get("feed").unwrap(), Some(3));
    });
}

#[test]
fn queues_in_containers() {
    with_manager(|manager| {
        let list = manager.list::<QueueProxy<i64>>([]).unwrap();
        list.append(manager.queue(0).unwrap()).unwrap();
        list.get(0).unwrap().put(123).unwrap();
        assert_eq!(list.get(0).unwrap().get().unwrap(), 123);
        let dict = manager.dict::<i64, QueueProxy<i64>>([]).unwrap();
        dict.insert(0, manager.queue(0).unwrap()).unwrap();
        dict.get(0).unwrap().unwrap().put(456).unwrap();
        assert_eq!(dict.get(0).unwrap().unwrap().get().unwrap(), 456);
    });
}

#[test]
fn a_namespace_has_attributes() {
    with_manager(|manager| {
        let space = manager.namespace().unwrap();
        space.set("name", "Bob").unwrap();
        space.set("job", "Builder").unwrap();
        space.set("_hidden", "hidden").unwrap();
        assert_eq!(space.get::<String>("job").unwrap(), "Builder");
        space.delete("job").unwrap();
        assert_eq!(space.to_string().unwrap(), "Namespace(name='Bob')");
        assert!(space.has("name").unwrap() && !space.has("job").unwrap());
        let error = space.get::<Value>("job").unwrap_err();
        assert_eq!(error.fault_kind(), Some(FaultKind::Attribute));
        assert!(space.delete("job").is_err());
    });
}

#[test]
fn a_set_has_each_member_once() {
    with_manager(|manager| {
        let set = manager.set([1, 2, 2]).unwrap();
        assert_eq!(set.len().unwrap(), 2);
        assert!(set.add(3).unwrap() && !set.add(3).unwrap());
        assert!(set.discard(1).unwrap() && !set.discard(1).unwrap());
        assert!(set.contains(2).unwrap() && !set.contains(1).unwrap());
        assert_eq!(set.pop().unwrap(), Some(3));
        set.clear().unwrap();
        assert!(set.is_empty().unwrap());
        assert_eq!(set.pop().unwrap(), None);
    });
}

/// The slide's program.
#[test]
fn processes_share_a_dict_and_a_list() {
    guarded(|| {
        let manager = Manager::start().unwrap();
        let dict = manager.dict::<Value, Value>([]).unwrap();
        let list = manager.list(0..10).unwrap();
        let (d, l) = (dict.clone(), list.clone());
        let child = fork(move || {
            d.insert(1, "1").unwrap();
            d.insert("2", 2).unwrap();
            l.reverse().unwrap();
        });
        child.join().unwrap();
        assert_eq!(dict.to_string().unwrap(), "{1: '1', '2': 2}");
        assert_eq!(list.to_vec().unwrap(), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    });
}

#[test]
fn steps_of_many_processes_are_indivisible() {
    with_manager(|manager| {
        let counts = manager.dict::<String, i64>([]).unwrap();
        let numbers = manager.list([0_i64]).unwrap();
        let cell = manager.value(0_i64).unwrap();
        let array = manager.array([0.5, 0.0]).unwrap();
        let work = || {
            for _ in 0..100 {
                counts.increment("n", 1).unwrap();
                numbers.increment(0, 2).unwrap();
                array.increment(-1, 0.5).unwrap();
                while {
                    let seen = cell.get().unwrap();
                    !cell.compare_exchange(seen, seen + 1).unwrap()
                } {}
            }
        };
        let children: Vec<_> = (0..3).map(|_| fork(work)).collect();
        children.into_iter().for_each(|child| child.join().unwrap());
        assert_eq!(counts.get("n").unwrap(), Some(300));
        assert_eq!(numbers.get(0).unwrap(), 600);
        assert_eq!(cell.get().unwrap(), 300);
        assert_eq!(array.to_vec().unwrap(), [0.5, 150.0]);
        assert_eq!(counts.setdefault("n", 0).unwrap(), 300);
        assert_eq!(counts.setdefault("m", 7).unwrap(), 7);
    });
}

#[test]
fn threads_of_a_process_call_side_by_side() {
    with_manager(|manager| {
        let list: ListProxy<i64> = manager.list([]).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let list = list.clone();
                scope.spawn(move || (0..50).for_each(|at| list.append(thread * 50 + at).unwrap()));
            }
        });
        let mut all = list.to_vec().unwrap();
        all.sort_unstable();
        assert_eq!(all, (0..400).collect::<Vec<_>>());
    });
}
