//! Values that each thread has its own of.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};

use manyways_testkit::guarded;
use threading::{Event, Local, Thread, scope};

/// Counts those that are alive.
struct Counted(Arc<AtomicU32>);

impl Counted {
    fn new(count: &Arc<AtomicU32>) -> Counted {
        count.fetch_add(1, Ordering::SeqCst);
        Counted(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn each_thread_has_its_own_and_the_function_is_called_once_in_each() {
    guarded(|| {
        let made = AtomicU32::new(0);
        let local = Local::new(|| {
            made.fetch_add(1, Ordering::SeqCst);
            Cell::new(1)
        });
        scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        local.with(|value| value.set(value.get() + 1));
                    }
                    assert_eq!(local.get().get(), 11);
                });
            }
        })
        .unwrap();
        assert_eq!(made.load(Ordering::SeqCst), 4);
        assert_eq!(local.with(Cell::get), 1);
        assert_eq!(made.load(Ordering::SeqCst), 5);
    });
}

#[test]
fn values_are_dropped_before_a_join_returns() {
    guarded(|| {
        let alive = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&alive);
        let local = Arc::new(Local::new(move || Counted::new(&count)));
        for limited in [false, true] {
            let local = Arc::clone(&local);
            let thread = Thread::spawn(move || local.with(|value| value.0.load(Ordering::SeqCst)));
            let thread = thread.unwrap();
            if limited {
                let limit = std::time::Duration::from_secs(60);
                thread.join_timeout(limit).unwrap();
                assert_eq!(alive.load(Ordering::SeqCst), 0);
            }
            assert_eq!(thread.join().unwrap(), 1);
            assert_eq!(alive.load(Ordering::SeqCst), 0);
        }
    });
}

#[test]
fn foreign_threads_drop_theirs_too() {
    guarded(|| {
        let alive = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&alive);
        let local = Arc::new(Local::new(move || Counted::new(&count)));
        std::thread::spawn(move || local.with(|_| ()))
            .join()
            .unwrap();
        assert_eq!(alive.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn a_local_that_is_dropped_first_leaves_nothing() {
    guarded(|| {
        let alive = Arc::new(AtomicU32::new(0));
        let (asked, go) = (Event::new(), Event::new());
        let count = Arc::clone(&alive);
        let local = Arc::new(Local::new(move || Counted::new(&count)));
        let other = Local::new(|| 0);
        scope(|scope| {
            let (theirs, alive) = (Arc::clone(&local), &alive);
            scope.spawn(|| {
                theirs.with(|_| ());
                drop(theirs);
                asked.set();
                go.wait();
                assert_eq!(alive.load(Ordering::SeqCst), 1);
                other.with(|_| ());
                assert_eq!(
                    alive.load(Ordering::SeqCst),
                    0,
                    "gone with the next use of any"
                );
            });
            local.with(|_| ());
            asked.wait();
            assert_eq!(alive.load(Ordering::SeqCst), 2);
            drop(local);
            assert_eq!(
                alive.load(Ordering::SeqCst),
                1,
                "this thread's is gone at once"
            );
            go.set();
        })
        .unwrap();
    });
}

#[test]
fn many_locals_one_after_the_other_take_no_more_room_than_one() {
    guarded(|| {
        let alive = Arc::new(AtomicU32::new(0));
        for _ in 0..10_000 {
            let count = Arc::clone(&alive);
            Local::new(move || Counted::new(&count)).with(|_| ());
            assert_eq!(alive.load(Ordering::SeqCst), 0);
        }
    });
}

#[test]
fn values_need_not_be_send() {
    static OWN: Local<Rc<RefCell<Vec<u32>>>> = Local::new(Rc::default);
    guarded(|| {
        let push = |number| {
            let own = OWN.get();
            own.borrow_mut().push(number);
            OWN.with(|own| own.borrow().clone())
        };
        assert_eq!(push(1), [1]);
        assert_eq!(Thread::spawn(move || push(2)).unwrap().join().unwrap(), [2]);
        OWN.set(Rc::default());
        assert_eq!(push(3), [3]);
        OWN.set(Rc::default());
    });
}

#[test]
fn locals_may_be_used_while_they_are_used_made_and_dropped() {
    guarded(|| {
        let inner = Arc::new(Local::new(|| 20));
        let used = Arc::clone(&inner);
        let outer = Local::new(move || used.get() + 1);
        assert_eq!(outer.with(|outer| outer + inner.with(|inner| *inner)), 41);
        outer.with(|before| {
            outer.set(5);
            assert_eq!((*before, outer.get()), (21, 5));
        });

        struct Uses(Arc<Local<i32, fn() -> i32>>, mpsc::Sender<i32>);
        impl Drop for Uses {
            fn drop(&mut self) {
                self.1.send(self.0.get()).unwrap();
            }
        }
        let (tell, told) = mpsc::channel();
        let made: Arc<Local<i32, fn() -> i32>> = Arc::new(Local::new(|| 7));
        let thread = Thread::spawn(move || {
            let local = Local::new(move || Uses(Arc::clone(&made), tell.clone()));
            local.with(|_| ());
            std::mem::forget(local);
        });
        thread.unwrap().join().unwrap();
        assert_eq!(told.recv(), Ok(7));
    });
}

#[test]
fn a_panic_in_a_destructor_is_told_and_harms_no_other_value() {
    struct Explodes;
    impl Drop for Explodes {
        fn drop(&mut self) {
            panic!("a value's own");
        }
    }
    guarded(|| {
        let (tell, told) = mpsc::channel();
        threading::set_excepthook(move |args| tell.send(args.message().to_owned()).unwrap());
        let alive = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&alive);
        let thread = Thread::spawn(move || {
            static EXPLODES: Local<Explodes> = Local::new(|| Explodes);
            EXPLODES.with(|_| ());
            let counted = Local::new(move || Counted::new(&count));
            counted.with(|_| ());
            std::mem::forget(counted);
            5
        });
        assert_eq!(thread.unwrap().join().unwrap(), 5);
        threading::reset_excepthook();
        assert_eq!(told.iter().collect::<Vec<_>>(), ["a value's own"]);
        assert_eq!(alive.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn debug_tells_how_many_threads_have_a_value() {
    guarded(|| {
        let local = Local::new(|| 1);
        assert_eq!(
            format!("{local:?}"),
            "Local { values: 0, has_value_here: false }"
        );
        local.with(|_| ());
        assert_eq!(
            format!("{local:?}"),
            "Local { values: 1, has_value_here: true }"
        );
    });
}
