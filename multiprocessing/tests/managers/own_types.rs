//! `_TestMyManager`.

use std::thread;

use manyways_testkit::guarded;
use multiprocessing::managers::{FaultKind, ManagedType, Manager, ManagerOptions, Proxy};

use crate::support::{LONG, SHORT};

struct FooBar;

fn first() -> ManagedType<FooBar> {
    ManagedType::new("Foo", |()| FooBar)
        .method("f", |_, ()| "f()".to_owned())
        .try_method("g", |_, ()| Err::<(), _>("a value error"))
}

fn second() -> ManagedType<FooBar> {
    ManagedType::new("Bar", |()| FooBar)
        .method("f", |_, ()| "f()".to_owned())
        .method("_h", |_, ()| "_h()".to_owned())
}

/// An iterator, as Python's `IteratorProxy` shows one.
fn squares() -> ManagedType<std::ops::Range<i64>> {
    ManagedType::new("squares", |()| 0..10)
        .method("next", |range: &mut std::ops::Range<i64>, ()| {
            range.next().map(|number| number * number)
        })
}

fn options() -> ManagerOptions {
    let options = Manager::options().shutdown_timeout(LONG);
    options
        .register(first())
        .register(second())
        .register(squares())
}

fn common(manager: &Manager) {
    let (first, second) = (
        manager.create("Foo", ()).unwrap(),
        manager.create("Bar", ()).unwrap(),
    );
    let call = |object: &Proxy, method: &str| object.call::<String>(method, ());
    assert_eq!(call(&first, "f").unwrap(), "f()");
    let error = first.call::<()>("g", ()).unwrap_err();
    assert_eq!(error.fault_kind(), Some(FaultKind::Raised));
    assert_eq!(
        error.to_string(),
        "could not call g of a manager's Foo: a value error"
    );
    assert_eq!(
        call(&first, "_h").unwrap_err().fault_kind(),
        Some(FaultKind::Attribute)
    );
    assert_eq!(call(&second, "f").unwrap(), "f()");
    assert_eq!(call(&second, "_h").unwrap(), "_h()");

    let squares = manager.create("squares", ()).unwrap();
    let next = || squares.call::<Option<i64>>("next", ()).unwrap();
    let all: Vec<i64> = std::iter::from_fn(next).collect();
    assert_eq!(
        all,
        (0..10).map(|number| number * number).collect::<Vec<_>>()
    );
}

#[test]
fn registered_types_and_an_orderly_end() {
    guarded(|| {
        let manager = options().start().unwrap();
        common(&manager);
        assert!(manager.shutdown().unwrap().success());
    });
}

#[test]
fn the_server_ends_with_its_manager() {
    guarded(|| {
        let manager = options().start().unwrap();
        common(&manager);
        // The guard sees to it that no process is left.
        drop(manager);
    });
}

#[test]
fn a_server_in_a_thread_of_ones_own() {
    guarded(|| {
        let server = options().server().unwrap();
        let (address, stopper) = (server.address().clone(), server.stopper());
        let running = thread::spawn(move || server.serve_forever());
        let manager = Manager::options().connect(&address).unwrap();
        common(&manager);
        assert_eq!(manager.pid(), None);
        assert!(manager.shutdown().is_err(), "it belongs to another");
        stopper.stop();
        running.join().unwrap();
        assert!(
            Manager::options()
                .connect(&address)
                .unwrap_err()
                .is_closed()
        );
    });
}

#[test]
fn a_server_that_does_not_end_is_killed() {
    guarded(|| {
        let stuck = ManagedType::new("Stuck", |()| ()).method("stay", |(): &mut (), ()| -> () {
            loop {
                thread::park();
            }
        });
        let options = Manager::options().register(stuck).shutdown_timeout(SHORT);
        let manager = options.start().unwrap();
        let object = manager.create("Stuck", ()).unwrap();
        let caller = thread::spawn(move || object.call::<()>("stay", ()).unwrap_err());
        while manager.object_count().unwrap() == 0 {
            thread::yield_now();
        }
        let exit = manager.shutdown().unwrap();
        assert!(caller.join().unwrap().is_closed());
        assert!(exit.signal() == Some(9) || exit.success(), "{exit}");
    });
}

#[test]
fn a_shared_object_is_one_for_all() {
    guarded(|| {
        let options = options()
            .share("the_foo", "Foo", ())
            .share("numbers", "list", (vec![1, 2],));
        let manager = options.start().unwrap();
        let one = manager.create("numbers", ()).unwrap();
        one.call::<()>("append", (3,)).unwrap();
        let other = manager.create("numbers", ()).unwrap();
        assert_eq!(one, other);
        assert_eq!(other.call::<usize>("len", ()).unwrap(), 3);
        assert_eq!(manager.create("the_foo", ()).unwrap().type_id(), "Foo");
    });
}

#[test]
fn the_initialiser_runs_in_the_server() {
    guarded(|| {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let options = options().initializer(|| {
            // Its files are not the parent's, so it says it by its type.
            NUMBER.store(7, std::sync::atomic::Ordering::Relaxed);
        });
        drop(writer);
        let probe = ManagedType::new("Probe", |()| ()).method("number", |_, ()| {
            NUMBER.load(std::sync::atomic::Ordering::Relaxed)
        });
        let manager = options.register(probe).start().unwrap();
        let probe = manager.create("Probe", ()).unwrap();
        assert_eq!(probe.call::<i32>("number", ()).unwrap(), 7);
        assert_eq!(NUMBER.load(std::sync::atomic::Ordering::Relaxed), 0);
        assert_eq!(std::io::Read::read(&mut reader, &mut [0]).unwrap(), 0);
    });
}

static NUMBER: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(0);

#[test]
fn the_server_hides_no_end_of_a_stream() {
    guarded(|| {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let manager = Manager::start().unwrap();
        drop(writer);
        assert_eq!(std::io::Read::read(&mut reader, &mut [0]).unwrap(), 0);
        drop(manager);
    });
}

/// `method_to_typeid`: a method's result that is an object, for as long as anybody has it.
#[test]
fn a_method_may_make_an_object() {
    guarded(|| {
        let page = ManagedType::new("Page", |(text,): (String,)| text)
            .method("add", |text: &mut String, (more,): (String,)| {
                text.push_str(&more);
            })
            .method("read", |text: &mut String, ()| text.clone());
        let book = ManagedType::new("Book", |()| 0_i64)
            .object_method("open", page, |pages: &mut i64, (text,): (String,)| {
                assert_ne!(text, "torn", "no such page");
                *pages += 1;
                text
            })
            .method("pages", |pages: &mut i64, ()| *pages);
        let manager = Manager::options().register(book).start().unwrap();
        let book = manager.create("Book", ()).unwrap();
        let open = |text: &str| book.call::<Proxy>("open", (text,));
        let (one, other) = (open("one").unwrap(), open("other").unwrap());
        one.call::<()>("add", (", and more",)).unwrap();
        assert_eq!(one.call::<String>("read", ()).unwrap(), "one, and more");
        assert_eq!(other.call::<String>("read", ()).unwrap(), "other");
        assert_eq!(
            (one.type_id(), book.call::<i64>("pages", ()).unwrap()),
            ("Page", 2)
        );
        let error = open("torn").unwrap_err();
        assert_eq!(error.fault_kind(), Some(FaultKind::Panicked), "{error}");
        // It is made by its book alone.
        let error = manager.create("Page", ("three",)).unwrap_err();
        assert_eq!(error.fault_kind(), Some(FaultKind::NoType), "{error}");
        drop((one, other));
        while manager.object_count().unwrap() > 1 {
            std::thread::yield_now();
        }
    });
}
