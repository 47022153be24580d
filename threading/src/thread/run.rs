//! What a thread does.

/// What a thread does: a type of one's own, as a subclass of Python's `Thread`, or any closure.
///
/// Python's `run` works on the thread object, and whoever wants a value back reads an attribute after `join`. Here
/// [`run`](Run::run) consumes the object, and what it returns is what [`Thread::join`](crate::Thread::join) gives;
/// to have the object itself back, return it.
///
/// ```
/// use threading::{Run, Thread};
///
/// struct SumPrimes {
///     below: u64,
/// }
///
/// impl Run for SumPrimes {
///     type Output = u64;
///
///     fn run(self) -> u64 {
///         let is_prime = |n: &u64| (2..*n).all(|d| n % d != 0);
///         (2..self.below).filter(is_prime).sum()
///     }
/// }
///
/// let thread = Thread::new(SumPrimes { below: 100 });
/// thread.start()?;
/// assert_eq!(thread.join()?, 1060);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a thread can run",
    note = "threads run closures without arguments, and types that implement `threading::Run`"
)]
pub trait Run {
    /// What comes of it.
    type Output;

    /// Is called in the new thread.
    fn run(self) -> Self::Output;
}

impl<F, T> Run for F
where
    F: FnOnce() -> T,
{
    type Output = T;

    fn run(self) -> T {
        self()
    }
}
