//! Futures in async code.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::cell::Reader;
use super::error::{FutureError, Outcome};

/// A [`Future`](super::Future) that is awaited: what its `into_future` gives.
///
/// It wakes its waker from the thread that runs the task, and needs no particular executor. Dropped, it lets its
/// task go on.
///
/// ```
/// # use std::pin::pin;
/// # use std::task::{Context, Poll, Waker};
/// # fn block_on<F: Future>(future: F) -> F::Output {
/// #     let mut future = pin!(future);
/// #     loop {
/// #         match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
/// #             Poll::Ready(output) => return output,
/// #             Poll::Pending => std::thread::yield_now(),
/// #         }
/// #     }
/// # }
/// use threading::futures::ThreadPoolExecutor;
///
/// async fn in_the_background(pool: &ThreadPoolExecutor) -> usize {
///     let words = pool.submit(|| "blocking work in async code".split(' ').count()).unwrap();
///     words.await.unwrap()
/// }
///
/// let pool = ThreadPoolExecutor::new();
/// assert_eq!(block_on(in_the_background(&pool)), 5);
/// ```
#[must_use = "futures of async code do nothing unless polled"]
pub struct Awaiting<T> {
    reader: Reader<T>,
}

impl<T> Awaiting<T> {
    pub(super) fn new(reader: Reader<T>) -> Awaiting<T> {
        Awaiting { reader }
    }
}

/// Nothing in it is pinned.
impl<T> Unpin for Awaiting<T> {}

impl<T> Future for Awaiting<T> {
    type Output = Result<T, FutureError>;

    /// # Panics
    ///
    /// If it is polled after it was ready.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome<T>> {
        let shared = self.reader.shared();
        if !shared.phase().is_settled() && shared.set_waker(context.waker()) {
            return Poll::Pending;
        }
        let outcome = self.reader.take();
        Poll::Ready(outcome.expect("a future is not polled after it was ready"))
    }
}

impl<T> fmt::Debug for Awaiting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Awaiting")
            .field("phase", &self.reader.shared().phase())
            .finish_non_exhaustive()
    }
}
