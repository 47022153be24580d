//! Pools in a manager: calls by name, results that any process gets, workers and clients that die.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use multiprocessing::connection::{AuthKey, pipe};
use multiprocessing::managers::{DictProxy, FaultKind, IMapProxy, Manager, PoolProxy, Value};
use multiprocessing::task;

use crate::support::{LONG, SHORT, fork, with_manager};

#[task]
pub(crate) fn square(number: u64) -> u64 {
    number * number
}

#[task]
fn name_of(first: String, second: Option<u8>) -> String {
    format!("{first} {second:?}")
}

#[task]
fn fail_on_three(number: u64) -> u64 {
    assert_ne!(number, 3, "three is not wanted");
    number
}

#[task]
fn die_on_three(number: u64) -> u64 {
    match number {
        3 => std::process::abort(),
        number => number,
    }
}

/// Works until the key is there.
#[task]
pub(crate) fn wait_for_key(keys: DictProxy<i64, i64>, key: i64) -> i64 {
    loop {
        if keys.contains(key).unwrap() {
            return key;
        }
        std::thread::yield_now();
    }
}

fn unregistered(number: u64) -> u64 {
    number
}

#[test]
fn workers_call_functions_for_any_process() {
    with_manager(|manager| {
        let pool = manager.pool(2).unwrap();
        assert_eq!(pool.processes().unwrap(), 2);
        assert_eq!(pool.apply(square, (7,)).unwrap(), 49);
        let named = pool.apply(name_of, ("a".to_owned(), Some(1)));
        assert_eq!(named.unwrap(), "a Some(1)");
        assert_eq!(
            pool.map(square, 0..100).unwrap(),
            (0..100).map(square).collect::<Vec<_>>()
        );
        assert_eq!(pool.map(square, []).unwrap(), []);
        let pairs = [("x".to_owned(), None), ("y".to_owned(), Some(2))];
        assert_eq!(
            pool.starmap(name_of, pairs).unwrap(),
            ["x None", "y Some(2)"]
        );

        // In a child, and in one that got the proxy in a message.
        let (mut here, mut there) = pipe().unwrap();
        here.send(&pool).unwrap();
        let child = fork(move || {
            let theirs: PoolProxy = there.recv().unwrap();
            (
                pool.apply(square, (3,)).unwrap(),
                theirs.map(square, [4, 5]).unwrap(),
            )
        });
        assert_eq!(child.join().unwrap(), (9, vec![16, 25]));
    });
}

#[test]
fn results_come_one_by_one_in_order_or_as_they_come() {
    with_manager(|manager| {
        let pool = manager.pool(2).unwrap();
        let results = pool.imap(square, 1..).unwrap();
        let first: Vec<u64> = results.take(50).map(Result::unwrap).collect();
        assert_eq!(first, (1..=50).map(square).collect::<Vec<_>>());

        let results = pool.imap_unordered(square, 0..50).unwrap();
        let mut all: Vec<u64> = results.map(Result::unwrap).collect();
        all.sort_unstable();
        assert_eq!(all, (0..50).map(square).collect::<Vec<_>>());
        let mut none: IMapProxy<_, u64> = pool.imap(square, []).unwrap();
        assert!(none.next().is_none() && none.next().is_none());

        // The first waits for what comes later; the second overtakes it only where that may be.
        let keys = manager.dict::<i64, i64>([]).unwrap();
        let waits = |key| (keys.clone(), key);
        keys.insert(2_i64, 0_i64).unwrap();
        let call = |is_ordered: bool| {
            let items = [waits(1), waits(2)];
            match is_ordered {
                true => pool
                    .imap(wait_for_one, items)
                    .map(Iterator::collect::<Vec<_>>),
                false => pool.imap_unordered(wait_for_one, items).map(|mut results| {
                    let first = results.next().unwrap();
                    keys.insert(1_i64, 0_i64).unwrap();
                    [first].into_iter().chain(results).collect()
                }),
            }
        };
        let order = |results: Vec<multiprocessing::managers::Result<i64>>| {
            results.into_iter().map(Result::unwrap).collect::<Vec<_>>()
        };
        assert_eq!(order(call(false).unwrap()), [2, 1]);
        assert_eq!(order(call(true).unwrap()), [1, 2]);
    });
}

#[task]
fn wait_for_one((keys, key): (DictProxy<i64, i64>, i64)) -> i64 {
    wait_for_key(keys, key)
}

#[test]
fn a_result_is_there_later() {
    with_manager(|manager| {
        let pool = manager.pool(1).unwrap();
        let keys = manager.dict::<i64, i64>([]).unwrap();
        let result = pool.apply_async(wait_for_key, (keys.clone(), 5)).unwrap();
        assert!(!result.ready().unwrap());
        let error = result.successful().unwrap_err();
        assert_eq!(error.fault_kind(), Some(FaultKind::Value), "{error}");
        assert!(!result.wait(Some(SHORT)).unwrap());
        assert_eq!(result.get_timeout(Duration::ZERO).unwrap(), None);
        keys.insert(5_i64, 0_i64).unwrap();
        assert!(result.wait(Some(LONG)).unwrap() && result.ready().unwrap());
        assert!(result.successful().unwrap());
        // As often as it is asked for.
        assert_eq!(result.get().unwrap(), 5);
        assert_eq!(result.get_timeout(Duration::ZERO).unwrap(), Some(5));
    });
}

#[test]
fn what_goes_wrong_is_told_to_who_asked() {
    with_manager(|manager| {
        let pool = manager.pool(2).unwrap();
        let error = pool.apply(fail_on_three, (3,)).unwrap_err();
        assert_eq!(error.fault_kind(), Some(FaultKind::Panicked));
        let report = error.panic_report().unwrap();
        assert!(
            report.to_string().contains("three is not wanted"),
            "{report}"
        );
        assert!(pool.map(fail_on_three, 0..6).is_err());

        for round in 0..2 {
            let results: Vec<_> = match round {
                0 => pool.imap(die_on_three, 0..6).unwrap().collect(),
                _ => pool.imap_unordered(die_on_three, 0..6).unwrap().collect(),
            };
            let died: Vec<_> = results
                .iter()
                .filter_map(|result| result.as_ref().err())
                .collect();
            assert_eq!(died.len(), 1, "{results:?}");
            assert_eq!(died[0].fault_kind(), Some(FaultKind::WorkerDied));
            assert!(died[0].to_string().contains("SIGABRT"), "{}", died[0]);
        }
        assert_eq!(pool.apply(square, (2,)).unwrap(), 4, "the pool goes on");

        let error = pool.apply(unregistered, (1,)).unwrap_err();
        assert_eq!(error.fault_kind(), Some(FaultKind::NoFunction));
        assert!(error.to_string().contains("#[task]"), "{error}");
        let error = pool.imap(|number: u64| number, [1]).unwrap_err();
        assert_eq!(error.fault_kind(), Some(FaultKind::NoFunction), "{error}");
        // Together with the two of the first.
        for too_many in [1023, 5000, usize::MAX >> 1] {
            let error = manager.pool(too_many).unwrap_err();
            assert_eq!(error.fault_kind(), Some(FaultKind::Limit), "{error}");
        }
    });
}

/// What no client of this crate's sends.
#[test]
fn a_pool_refuses_nonsense() {
    with_manager(|manager| {
        let pool = manager.pool(1).unwrap();
        let call = |method: &str, args: Value| {
            let error = pool.proxy().call::<Value>(method, args).unwrap_err();
            error
                .fault_kind()
                .unwrap_or_else(|| panic!("{method}: {error}"))
        };
        assert_eq!(call("sing", ().into()), FaultKind::Attribute);
        assert_eq!(call("map", ().into()), FaultKind::Type);
        assert_eq!(call("map", ("f", vec![1]).into()), FaultKind::Type);
        assert_eq!(call("join", ().into()), FaultKind::Misuse);
        assert_eq!(call("close", (1,).into()), FaultKind::Type);
        let bytes = |bytes: &[u8]| vec![Value::Bytes(bytes.to_vec())];
        let begin = |name: &str, args| {
            let job = (name, args);
            let job: multiprocessing::managers::Proxy = pool.proxy().call("map", job).unwrap();
            job.call::<Value>("get", (None::<f64>,))
                .unwrap_err()
                .fault_kind()
        };
        assert_eq!(begin("no::such", bytes(&[])), Some(FaultKind::NoFunction));
        let name = std::any::type_name_of_val(&name_of);
        assert_eq!(begin(name, bytes(&[255; 30])), Some(FaultKind::Type));
        assert_eq!(
            manager.create("Pool", ("many",)).unwrap_err().fault_kind(),
            Some(FaultKind::Type)
        );
    });
}

/// As from another machine: by address and key.
#[test]
fn strangers_use_a_pool_over_an_encrypted_connection() {
    manyways_testkit::guarded(|| {
        let key = AuthKey::generate().unwrap();
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let options = Manager::options().address(loopback).authkey(key.clone());
        let manager = options.share("get_pool", "Pool", (2,)).start().unwrap();
        let address = manager.address().clone();
        let strangers = [0_u64, 100].map(|from| {
            let (address, key) = (address.clone(), key.clone());
            fork(move || {
                let manager = Manager::options().authkey(key).connect(address).unwrap();
                let pool = PoolProxy::try_from(manager.create("get_pool", ()).unwrap()).unwrap();
                let results = pool.imap(square, from..from + 20).unwrap();
                results
                    .map(Result::unwrap)
                    .eq((from..from + 20).map(square))
            })
        });
        assert!(
            strangers
                .map(|stranger| stranger.join().unwrap())
                .iter()
                .all(|is| *is)
        );
    });
}
