//! Odd input, and callbacks and destructors that do what they should not: nobody hangs, and nothing is lost.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use manyways_testkit::guarded;
use threading::futures::{Pending, ThreadPoolExecutor, promise};
use threading::{
    Barrier, BoundedSemaphore, Builder, CancelToken, Condition, Event, Local, Lock, Queue, RLock,
    Semaphore, Thread, Timer, WaitError, current_thread, scope,
};

/// More than the clock can count, more than the kernel can, and centuries.
const ENDLESS: [Duration; 3] = [
    Duration::MAX,
    Duration::from_secs(i64::MAX as u64),
    Duration::from_secs(1 << 40),
];

fn pool_of(max_workers: usize) -> ThreadPoolExecutor {
    let builder = ThreadPoolExecutor::builder().max_workers(max_workers);
    builder.build().unwrap()
}

/// Does `late` when somebody waits: when `shown` says so.
fn when_waited<R>(
    shown: &(impl std::fmt::Debug + Sync),
    late: impl FnOnce() + Send,
    wait: impl FnOnce() -> R,
) -> R {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !format!("{shown:?}").contains("waiters: 1") {
                std::thread::yield_now();
            }
            late();
        });
        wait()
    })
}

#[test]
fn endless_limits_are_waits_that_do_not_end_by_themselves() {
    guarded(|| {
        for limit in ENDLESS {
            let (event, semaphore) = (Event::new(), Semaphore::new(0));
            let waited = when_waited(&event, || event.set(), || event.wait_timeout(limit));
            assert_eq!(waited, Ok(()));
            let release = || semaphore.release();
            let waited = when_waited(&semaphore, release, || semaphore.acquire_timeout(limit));
            assert_eq!(waited, Ok(()));
            let (lock, condition) = (Lock::new(()), Condition::new());
            let notify = || assert_eq!(condition.notify(&lock.lock(), 1), 1);
            let waits = || condition.wait_timeout(&mut lock.lock(), limit);
            assert_eq!(when_waited(&condition, notify, waits), Ok(()));
            assert!(lock.lock_timeout(limit).is_ok() && RLock::new(()).lock_timeout(limit).is_ok());
            let (promise, future) = promise();
            let keep = || promise.set_result(5).unwrap();
            assert_eq!(
                when_waited(&future, keep, || future.wait_timeout(limit)),
                Ok(())
            );
            assert_eq!(Barrier::new(1).wait_timeout(limit), Ok(0));
            let thread = Thread::spawn(|| ()).unwrap();
            assert!(thread.join_timeout(limit).is_ok());
            let timer = Timer::new(limit, || ());
            timer.start().unwrap();
            timer.cancel();
            assert_eq!(timer.join().unwrap(), None);
        }
    });
}

#[test]
fn a_time_that_was_over_long_ago_ends_a_wait_at_once() {
    guarded(|| {
        let past = Instant::now();
        let event = Event::new();
        assert_eq!(event.wait_timeout(past), Err(WaitError::TimedOut));
        let token = CancelToken::new();
        assert_eq!(
            event.wait_timeout(token.until(past)),
            Err(WaitError::TimedOut)
        );
        let queue = Queue::<u8>::new(1);
        assert!(queue.get_timeout(past).unwrap_err().is_timed_out());
    });
}

#[test]
fn numbers_beyond_all_bounds() {
    guarded(|| {
        let semaphore = Semaphore::new(usize::MAX / 4);
        assert!(semaphore.release_many(usize::MAX).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| semaphore.release())).is_err());
        assert_eq!(semaphore.permits(), usize::MAX / 4);
        assert!(BoundedSemaphore::new(0).release().is_err());
        let barrier = Barrier::new(usize::MAX);
        assert!(barrier.wait_timeout(Duration::ZERO).is_err());
        let pool = pool_of(usize::MAX);
        assert_eq!(pool.submit(|| 5).unwrap().result().unwrap(), 5);
        let squares = pool.map_buffered(usize::MAX, |n| n * n, 1..4);
        assert_eq!(squares.map(Result::unwrap).sum::<i32>(), 14);
        let lock = Lock::new(());
        assert_eq!(Condition::new().notify(&lock.lock(), 0), 0);
    });
}

/// A start that asks for what there is not is an error, and may be tried again.
#[test]
fn stacks_that_do_not_fit_are_errors() {
    guarded(|| {
        for bytes in [usize::MAX, usize::MAX - 4096, 1 << 62] {
            let thread = Builder::new().stack_size(bytes).build(|| 5);
            for _ in 0..2 {
                let error = thread.start().unwrap_err();
                assert!(error.is_system(), "{error}");
            }
        }
        let tiny = Builder::new().stack_size(1).spawn(|| 5).unwrap();
        assert_eq!(tiny.join().unwrap(), 5);
        assert!(current_thread().set_affinity([]).is_err());
    });
}

/// Panics when it is dropped.
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("the bomb");
    }
}

#[test]
fn payloads_whose_drop_panics() {
    guarded(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let bomb = || Bomb(drops.clone());
        let payload = bomb();
        drop(Thread::spawn(move || panic_any(payload)).unwrap().join());
        let (payload, pool) = (bomb(), pool_of(1));
        drop(pool.submit(move || panic_any(payload)).unwrap().result());
        let payload = bomb();
        drop(scope(|scope| {
            scope.spawn(move || panic_any(payload));
        }));
        let count = drops.clone();
        threading::set_excepthook(move |_| panic_any(Bomb(count.clone())));
        let unlucky = Thread::spawn(|| panic!("no luck")).unwrap();
        assert!(unlucky.join().unwrap_err().is_panic());
        threading::reset_excepthook();
        assert_eq!(drops.load(Ordering::Relaxed), 4);
        assert_eq!(pool.submit(|| 5).unwrap().result().unwrap(), 5);
    });
}

#[test]
fn results_and_tasks_whose_drop_panics() {
    guarded(|| {
        let (drops, pool) = (Arc::new(AtomicUsize::new(0)), pool_of(1));
        let bomb = || Bomb(drops.clone());
        let result = bomb();
        // The future is gone: the result is dropped by the thread that runs the task.
        drop(pool.submit(move || result).unwrap());
        let captured = bomb();
        let cancelled = pool.submit(move || drop(captured)).unwrap();
        cancelled.cancel();
        assert!(cancelled.result().is_err());
        let value = bomb();
        let thread = Thread::spawn(move || value).unwrap();
        let handle = thread.handle().clone();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(thread)));
        let _ = handle.join();
        assert_eq!(pool.submit(|| 5).unwrap().result().unwrap(), 5);
        assert_eq!(drops.load(Ordering::Relaxed), 3);
    });
}

#[test]
fn callbacks_that_use_what_calls_them() {
    guarded(|| {
        let pool = Arc::new(pool_of(1));
        let (promise, future) = promise::<u32>();
        let future = Arc::new(future);
        let calls = Arc::new(AtomicUsize::new(0));
        let (again, inner, count) = (future.clone(), pool.clone(), calls.clone());
        future.add_done_callback(move |outcome| {
            assert_eq!(outcome.ok(), Some(&7));
            assert!(!again.done() && !again.cancel());
            let counted = count.clone();
            again.add_done_callback(move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
            });
            inner.submit(|| ()).unwrap().wait();
            inner.shutdown(Pending::Run);
            count.fetch_add(1, Ordering::Relaxed);
            panic!("told, and nothing else");
        });
        promise.set_result(7).unwrap();
        assert!(future.done());
        assert_eq!(calls.load(Ordering::Relaxed), 2);

        let barrier = Arc::new(std::sync::OnceLock::<Barrier>::new());
        let itself = barrier.clone();
        let action = move || itself.wait().reset();
        assert!(barrier.set(Barrier::with_action(1, action)).is_ok());
        assert!(barrier.wait().wait().is_err());
        assert!(!barrier.wait().is_broken());
    });
}

/// The last owner of an executor may be a value of its own thread's, which is dropped when that has no more to do.
#[test]
fn an_executor_that_is_dropped_by_the_end_of_its_own_thread() {
    thread_local!(static LAST: RefCell<Option<Arc<ThreadPoolExecutor>>> = const { RefCell::new(None) });
    static OF_THE_CRATE: Local<RefCell<Option<Arc<ThreadPoolExecutor>>>> =
        Local::new(|| RefCell::new(None));
    guarded(|| {
        let keepers: [fn(Arc<ThreadPoolExecutor>); 2] = [
            |pool| LAST.set(Some(pool)),
            |pool| OF_THE_CRATE.with(|last| *last.borrow_mut() = Some(pool)),
        ];
        for keep in keepers {
            let pool = Arc::new(pool_of(1));
            let (inner, go) = (pool.clone(), Arc::new(Event::new()));
            let gone = go.clone();
            let kept = pool.submit(move || {
                gone.wait();
                keep(inner);
                current_thread()
            });
            pool.shutdown_nowait(Pending::Run);
            drop(pool);
            go.set();
            let worker = kept.unwrap().result().unwrap();
            worker.join().unwrap();
        }
    });
}

/// What the destructors of thread-locals use, some of which are destroyed before this one.
#[test]
fn destructors_of_thread_locals_may_use_all() {
    struct UsesAll(Arc<AtomicUsize>);
    impl Drop for UsesAll {
        fn drop(&mut self) {
            let (lock, rlock, event) = (Lock::new(1), RLock::new(2), Event::new());
            assert_eq!(*lock.lock() + *rlock.lock(), 3);
            assert!(event.wait_timeout(Duration::from_micros(1)).is_err());
            let queue = Queue::new(1);
            queue.put(1).unwrap();
            assert!(queue.put_timeout(2, Duration::from_micros(1)).is_err());
            assert!(current_thread().name().len() > 1);
            let thread = Thread::spawn(|| 5).unwrap();
            assert_eq!(thread.join().unwrap(), 5);
            let pool = pool_of(1);
            assert_eq!(pool.submit(|| 6).unwrap().result().unwrap(), 6);
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    thread_local!(static LATE: RefCell<Option<UsesAll>> = const { RefCell::new(None) });
    guarded(|| {
        let uses = Arc::new(AtomicUsize::new(0));
        for detects in [false, true] {
            if detects {
                threading::deadlock::enable(threading::deadlock::Action::Print);
            }
            let body = |uses: Arc<AtomicUsize>| {
                move || {
                    LATE.set(Some(UsesAll(uses)));
                    // So that the crate's own thread-locals are made later, and are destroyed before.
                    drop(Lock::new(1).lock());
                    let _ = Event::new().wait_timeout(Duration::from_micros(1));
                    drop(current_thread());
                }
            };
            std::thread::spawn(body(uses.clone())).join().unwrap();
            Thread::spawn(body(uses.clone())).unwrap().join().unwrap();
            threading::deadlock::disable();
        }
        assert_eq!(uses.load(Ordering::Relaxed), 4);
    });
}
