//! What may be sent to, and shared with, other threads.

use std::cell::Cell;
use std::rc::Rc;

use static_assertions::{assert_impl_all, assert_not_impl_any};
use threading::PanicReport;
use threading::futures::{
    AsCompleted, AsCompletedTimeout, Awaiting, Builder, DoneAndNotDone, Future, FutureError,
    MapError, Promise, RefusedError, ResultError, ScopedExecutor, SubmitError, ThreadPoolExecutor,
};

assert_impl_all!(ThreadPoolExecutor: Send, Sync);
assert_impl_all!(ScopedExecutor<'static>: Send, Sync);
assert_impl_all!(Builder: Send, Sync);

// A future lends its result; a promise does not.
assert_impl_all!(Future<u32>: Send, Sync, Unpin);
assert_impl_all!(Future<Cell<u32>>: Send);
assert_not_impl_any!(Future<Cell<u32>>: Sync);
assert_not_impl_any!(Future<Rc<u32>>: Send, Sync);
assert_impl_all!(Awaiting<u32>: Send, Sync, Unpin);
assert_not_impl_any!(Awaiting<Cell<u32>>: Sync);
assert_not_impl_any!(Awaiting<Rc<u32>>: Send, Sync);
assert_impl_all!(Promise<u32>: Send, Sync);
assert_impl_all!(Promise<Cell<u32>>: Send, Sync);
assert_not_impl_any!(Promise<Rc<u32>>: Send, Sync);
assert_not_impl_any!(Future<u32>: Clone);

assert_impl_all!(AsCompleted<Future<u32>>: Send, Sync);
assert_impl_all!(AsCompletedTimeout<'static, Future<u32>>: Send, Sync);
assert_impl_all!(DoneAndNotDone<Future<u32>>: Send, Sync);

assert_impl_all!(FutureError: std::error::Error, Send, Sync);
assert_impl_all!(MapError: std::error::Error, Send, Sync);
assert_impl_all!(RefusedError: std::error::Error, Send, Sync);
assert_impl_all!(ResultError<u32>: std::error::Error, Send, Sync);
assert_impl_all!(SubmitError<u32>: std::error::Error, Send, Sync);
assert_not_impl_any!(SubmitError<Cell<u32>>: Sync);
assert_impl_all!(PanicReport: Clone, Send, Sync);
