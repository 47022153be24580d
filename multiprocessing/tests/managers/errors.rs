//! `TestManagerExceptions`, and what else a call can come to grief on.

use manyways_testkit::guarded;
use multiprocessing::managers::{
    Encoded, FaultKind, ListProxy, ManagedType, Manager, Proxy, Value, ValueProxy,
};

use crate::support::with_manager;

fn kind<T: std::fmt::Debug>(result: multiprocessing::managers::Result<T>) -> FaultKind {
    result.unwrap_err().fault_kind().unwrap()
}

/// `test_queue_get` and `test_dispatch`: what cannot be had is an error or `None`, and the manager goes on.
#[test]
fn errors_are_those_of_python() {
    with_manager(|manager| {
        let queue = manager.queue::<i64>(1).unwrap();
        assert_eq!(queue.get_timeout(std::time::Duration::ZERO).unwrap(), None);
        assert_eq!(kind(queue.task_done()), FaultKind::Value);

        let list = manager.list::<Value>([1.into(), "a".into()]).unwrap();
        assert_eq!(kind(list.get(2)), FaultKind::Index);
        assert_eq!(kind(list.pop_at(-3)), FaultKind::Index);
        assert_eq!(kind(list.remove(7)), FaultKind::Value);
        assert_eq!(kind(list.sort()), FaultKind::Type);
        assert_eq!(list.len().unwrap(), 2);
        assert_eq!(kind(list.increment(1, 1)), FaultKind::Type);
        assert_eq!(kind(list.repeat(i64::MAX)), FaultKind::Limit);

        let dict = manager.dict::<Value, Value>([]).unwrap();
        assert_eq!(kind(dict.insert(vec![1], 1)), FaultKind::Type);
        assert_eq!(kind(dict.compare_exchange("missing", 1, 2)), FaultKind::Key);

        let array = manager.array([1, 2]).unwrap();
        assert_eq!(kind(array.set(2, 1)), FaultKind::Index);
        assert_eq!(
            kind(array.proxy().call::<()>("set", (0, "text"))),
            FaultKind::Type
        );
        assert_eq!(
            kind(manager.array([1.into(), Value::from(1.5)])),
            FaultKind::Type
        );

        assert_eq!(kind(manager.semaphore(-1)), FaultKind::Value);
        assert_eq!(kind(manager.barrier(0)), FaultKind::Value);
        assert_eq!(kind(manager.create("Nothing", ())), FaultKind::NoType);
        assert_eq!(
            kind(list.proxy().call::<()>("no_method", ())),
            FaultKind::Attribute
        );
        assert_eq!(kind(list.proxy().call::<()>("append", ())), FaultKind::Type);
        assert_eq!(
            kind(list.proxy().call::<()>("append", (1, 2))),
            FaultKind::Type
        );
    });
}

#[test]
fn a_panic_comes_with_message_place_and_backtrace() {
    guarded(|| {
        let fragile = ManagedType::new("Fragile", |(start,): (i64,)| {
            assert!(start >= 0, "no negative start");
            start
        })
        .method("add", |sum: &mut i64, (by,): (i64,)| {
            *sum += by;
            assert!(*sum < 10, "too much: {sum}");
            *sum
        });
        let manager = Manager::options().register(fragile).start().unwrap();
        let object = manager.create("Fragile", (1,)).unwrap();
        assert_eq!(object.call::<i64>("add", (2,)).unwrap(), 3);
        let error = object.call::<i64>("add", (20,)).unwrap_err();
        let report = error.panic_report().unwrap();
        assert_eq!(report.message(), "too much: 23");
        assert!(report.place().unwrap().contains("errors.rs"), "{report}");
        assert!(
            report.backtrace().contains("errors"),
            "{}",
            report.backtrace()
        );
        // The object is as the panic left it, and the manager goes on.
        assert_eq!(object.call::<i64>("add", (-20,)).unwrap(), 3);

        let error = manager.create("Fragile", (-1,)).unwrap_err();
        assert_eq!(error.panic_report().unwrap().message(), "no negative start");
    });
}

#[test]
fn an_item_of_another_type_is_told_and_stays() {
    with_manager(|manager| {
        let numbers = manager.list([1_u8]).unwrap();
        numbers.proxy().call::<()>("append", ("text",)).unwrap();
        numbers.proxy().call::<()>("append", (300,)).unwrap();
        for at in [1, 2] {
            let error = numbers.get(at).unwrap_err();
            assert!(
                error.wrong_item().is_some() && error.fault().is_none(),
                "{error}"
            );
        }
        assert_eq!(numbers.get(0).unwrap(), 1);
        assert_eq!(numbers.len().unwrap(), 3);
    });
}

#[test]
fn values_of_any_serde_type_can_be_items() {
    with_manager(|manager| {
        let address = Encoded(std::net::Ipv4Addr::LOCALHOST);
        let list = manager.list([address]).unwrap();
        assert_eq!(list.get(0).unwrap(), address);
        assert_eq!(list.count(address).unwrap(), 1);
    });
}

#[test]
fn a_result_that_is_too_long_is_an_error_of_its_call() {
    with_manager(|manager| {
        let list = manager.list([vec![0_u8; 1]]).unwrap();
        list.clear().unwrap();
        for _ in 0..3 {
            list.proxy()
                .call::<()>("append", (Value::Bytes(vec![0; 30 << 20]),))
                .unwrap();
        }
        assert_eq!(
            kind(
                list.proxy()
                    .call::<Value>("slice", (None::<i64>, None::<i64>))
            ),
            FaultKind::Limit
        );
        assert_eq!(list.len().unwrap(), 3);
        let error = list
            .proxy()
            .call::<()>("append", (Value::Bytes(vec![0; 65 << 20]),));
        assert!(error.unwrap_err().to_string().contains("are allowed"));
        assert_eq!(list.len().unwrap(), 3);
    });
}

#[test]
fn objects_of_another_manager_are_refused() {
    guarded(|| {
        let (one, other) = (Manager::start().unwrap(), Manager::start().unwrap());
        let stranger = other.list([1]).unwrap();
        let list = one.list::<Value>([]).unwrap();
        assert!(list.append(stranger.clone()).unwrap_err().is_closed());
        assert!(one.list([stranger.proxy().clone()]).is_err());
        assert!(list.is_empty().unwrap());
        let not_a_proxy = Proxy::of(&Value::from(1)).unwrap_err();
        assert!(not_a_proxy.wrong_item().is_some());
    });
}

#[test]
fn an_object_is_taken_for_nothing_else() {
    with_manager(|manager| {
        let value = manager.create("Value", (7,)).unwrap();
        assert_eq!(
            ValueProxy::<i64>::try_from(value.clone())
                .unwrap()
                .get()
                .unwrap(),
            7
        );
        let error = ListProxy::<i64>::try_from(value.clone()).unwrap_err();
        assert!(error.to_string().contains("not a ListProxy"), "{error}");
        // It is in the error, and not lost.
        let found = error.wrong_item().unwrap().clone();
        assert_eq!(Proxy::of(&found).unwrap(), value);
    });
}
