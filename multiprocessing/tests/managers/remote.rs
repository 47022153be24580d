//! `_TestRemoteManager` and `_TestManagerRestart`.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::ffi::OsStrExt;

use manyways_testkit::guarded;
use multiprocessing::connection::{Address, AuthKey, pipe};
use multiprocessing::managers::{ListProxy, Manager, ManagerOptions, QueueProxy, Value};

use crate::support::{LONG, fork};

fn loopback() -> Address {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()
}

fn server_at(address: Address, key: &AuthKey) -> ManagerOptions {
    let options = Manager::options().address(address).authkey(key.clone());
    options
        .share("get_queue", "Queue", (0,))
        .shutdown_timeout(LONG)
}

fn queue_of(manager: &Manager) -> QueueProxy {
    let proxy = manager.create("get_queue", ()).unwrap();
    QueueProxy::try_from(proxy).unwrap()
}

fn all_kinds() -> Vec<Value> {
    vec![
        "hello world".into(),
        Value::None,
        true.into(),
        2.25.into(),
        "hall\u{e5} v\u{e4}rlden".into(),
        "\u{43f}\u{440}\u{438}\u{432}\u{456}\u{442} \u{441}\u{432}\u{456}\u{442}".into(),
        Value::Bytes(b"hall\xe5 v\xe4rlden".to_vec()),
        i64::MIN.into(),
        u64::MAX.into(),
        i128::MIN.into(),
        (1, vec![2]).into(),
    ]
}

#[test]
fn values_of_all_kinds_go_through_a_remote_manager() {
    guarded(|| {
        let key = AuthKey::generate().unwrap();
        let manager = server_at(loopback(), &key).start().unwrap();
        let (address, k) = (manager.address().clone(), key.clone());
        let putter = fork(move || {
            let manager = Manager::options().authkey(k).connect(address).unwrap();
            queue_of(&manager).put(Value::Tuple(all_kinds())).unwrap();
        });
        let there = Manager::options()
            .authkey(key)
            .connect(manager.address())
            .unwrap();
        assert_eq!(queue_of(&there).get().unwrap(), Value::Tuple(all_kinds()));
        putter.join().unwrap();
        drop(there);
        assert!(manager.shutdown().unwrap().success());
    });
}

#[test]
fn who_does_not_know_the_key_gets_nothing() {
    guarded(|| {
        let key = AuthKey::generate().unwrap();
        let manager = server_at(loopback(), &key).start().unwrap();
        let wrong = Manager::options().authkey(AuthKey::generate().unwrap());
        assert!(
            wrong
                .connect(manager.address())
                .unwrap_err()
                .is_authentication()
        );
        let none = Manager::options().connect(manager.address()).unwrap_err();
        assert!(none.is_authentication() || none.is_closed(), "{none}");

        // Strangers who babble or say nothing.
        let Address::Tcp(address) = *manager.address() else {
            panic!("a TCP address");
        };
        let _silent = TcpStream::connect(address).unwrap();
        let mut babbler = TcpStream::connect(address).unwrap();
        std::io::Write::write_all(&mut babbler, b"GET / HTTP/1.0\r\n\r\n").unwrap();

        let there = Manager::options()
            .authkey(key)
            .connect(manager.address())
            .unwrap();
        queue_of(&there).put(1).unwrap();
        assert_eq!(queue_of(&manager).get().unwrap(), Value::from(1));
    });
}

#[test]
fn no_key_no_service_for_other_machines() {
    guarded(|| {
        let everywhere: Address = "0.0.0.0:0".parse().unwrap();
        let error = Manager::options()
            .address(everywhere.clone())
            .server()
            .unwrap_err();
        assert!(error.is_authentication(), "{error}");
        let error = Manager::options().address(everywhere).start().unwrap_err();
        assert!(error.to_string().contains("authkey"), "{error}");
    });
}

#[test]
fn a_manager_starts_again_at_once_at_the_same_address() {
    guarded(|| {
        let key = AuthKey::generate().unwrap();
        let mut address = loopback();
        for round in 0..5 {
            let manager = server_at(address, &key).start().unwrap();
            address = manager.address().clone();
            let (to, k) = (address.clone(), key.clone());
            fork(move || {
                let manager = Manager::options().authkey(k).connect(to).unwrap();
                queue_of(&manager).put("hello world").unwrap();
            })
            .join()
            .unwrap();
            let queue = queue_of(&manager);
            assert_eq!(queue.get().unwrap(), Value::from("hello world"), "{round}");
            assert!(manager.shutdown().unwrap().success());
            assert!(queue.get().unwrap_err().is_closed());
        }
    });
}

#[test]
fn a_manager_at_a_path() {
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manager");
        let manager = Manager::options().address(path.as_path()).start().unwrap();
        let there = Manager::options().connect(path.as_path()).unwrap();
        assert_eq!(there.list([1]).unwrap().len().unwrap(), 1);
        drop(there);
        let taken = Manager::options()
            .address(path.as_path())
            .start()
            .unwrap_err();
        assert!(taken.to_string().contains("in use"), "{taken}");
        drop(manager);
        assert!(!path.exists());
    });
}

/// Its path travels with its proxies, and paths need be no text.
#[test]
fn a_manager_listens_where_no_text_leads() {
    guarded(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OsStr::from_bytes(b"socket-\xff"));
        let manager = Manager::options().address(path).start().unwrap();
        let list = manager.list([1, 2]).unwrap();
        let (mut here, mut there) = pipe().unwrap();
        here.send(&list).unwrap();
        here.send(manager.address()).unwrap();
        let child = fork(move || {
            let theirs: ListProxy<i32> = there.recv().unwrap();
            let address: Address = there.recv().unwrap();
            let manager = Manager::options().connect(address).unwrap();
            (theirs.to_vec().unwrap(), manager.object_count().unwrap())
        });
        assert_eq!(child.join().unwrap(), (vec![1, 2], 1));
    });
}
