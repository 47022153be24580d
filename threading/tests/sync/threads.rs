//! What may go from thread to thread, and what may be used by several.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use manyways_testkit::guarded;
use static_assertions::{assert_impl_all, assert_not_impl_any};
use threading::deadlock::{Action, Report};
use threading::{
    Barrier, BarrierError, BoundedSemaphore, CancelToken, Condition, Event, Limit, Lock, LockGuard,
    MisuseError, Permit, RLock, RLockGuard, Semaphore, WaitError,
};

assert_impl_all!(Lock<()>: Send, Sync, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Lock<Cell<u8>>: Send, Sync);
assert_not_impl_any!(Lock<Rc<u8>>: Send, Sync);
assert_impl_all!(LockGuard<'static, u8>: Sync);
assert_not_impl_any!(LockGuard<'static, u8>: Send);
assert_not_impl_any!(LockGuard<'static, Cell<u8>>: Send, Sync);

assert_impl_all!(RLock<()>: Send, Sync, UnwindSafe, RefUnwindSafe);
assert_impl_all!(RLock<Cell<u8>>: Send, Sync);
assert_not_impl_any!(RLock<Rc<u8>>: Send, Sync);
assert_impl_all!(RLockGuard<'static, u8>: Sync);
assert_not_impl_any!(RLockGuard<'static, u8>: Send);
assert_not_impl_any!(RLockGuard<'static, Cell<u8>>: Send, Sync);

assert_impl_all!(Barrier: Send, Sync, UnwindSafe, RefUnwindSafe);
assert_impl_all!(BoundedSemaphore: Send, Sync, UnwindSafe, RefUnwindSafe);
assert_impl_all!(CancelToken: Send, Sync, Clone, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Condition: Send, Sync, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Event: Send, Sync, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Limit<'static>: Send, Sync, Copy);
assert_impl_all!(Permit<'static>: Send, Sync);
assert_impl_all!(Semaphore: Send, Sync, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Action: Send, Sync);
assert_impl_all!(Report: Send, Sync, Clone);

assert_impl_all!(BarrierError: std::error::Error, Send, Sync, Copy);
assert_impl_all!(MisuseError: std::error::Error, Send, Sync, Copy);
assert_impl_all!(WaitError: std::error::Error, Send, Sync, Copy);

#[test]
fn errors_say_what_and_what_to_do() {
    guarded(|| {
        assert!(WaitError::TimedOut.is_timed_out() && !WaitError::TimedOut.is_cancelled());
        assert!(WaitError::Cancelled.is_cancelled() && !WaitError::Cancelled.is_timed_out());
        assert!(BarrierError::Broken.to_string().contains("`reset`"));
        let misuse = Lock::new(()).release().unwrap_err();
        assert!(
            format!("{misuse:?}")
                .starts_with("MisuseError(release of a lock that is not held, at ")
        );
        assert!(
            misuse
                .to_string()
                .ends_with("; release it once for each acquire")
        );
    });
}
