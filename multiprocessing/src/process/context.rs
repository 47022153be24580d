//! Start methods as objects.

use manyways_wire::task::Task;
use serde::{Serialize, de::DeserializeOwned};

use super::process::Process;
use super::start_method::{StartMethod, get_start_method};

/// Makes processes that are started by one method, whatever the program's default is. For libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    method: StartMethod,
}

/// A context of this start method.
///
/// ```
/// use multiprocessing::{StartMethod, get_context, task};
///
/// #[task]
/// fn square(number: u64) -> u64 {
///     number * number
/// }
///
/// multiprocessing::init(); // In main, first of all.
/// for method in multiprocessing::get_all_start_methods() {
///     let mut process = get_context(method).process(square, (7,));
///     process.start()?;
///     assert_eq!(process.join()?, 49);
/// }
/// # multiprocessing::stop_forkserver();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn get_context(method: StartMethod) -> Context {
    Context { method }
}

impl Context {
    /// The context of the program's start method.
    #[must_use]
    pub fn current() -> Context {
        get_context(get_start_method())
    }

    /// The start method.
    #[must_use]
    pub fn start_method(self) -> StartMethod {
        self.method
    }

    /// A process that will call `task` with `arguments`, a tuple.
    ///
    /// For spawn and forkserver the function must be registered by `#[task]`, and the arguments are encoded at the
    /// start: a copy of them arrives. Objects of this crate that live in open files, such as connections, travel with
    /// them. For fork neither is needed.
    ///
    /// Arguments of other types than the function's do not compile:
    ///
    /// ```compile_fail,E0277
    /// # use multiprocessing::{StartMethod, get_context};
    /// #[multiprocessing::task]
    /// fn square(number: u64) -> u64 {
    ///     number * number
    /// }
    ///
    /// let process = get_context(StartMethod::Spawn).process(square, ("seven".to_owned(),));
    /// ```
    pub fn process<A, T>(self, task: T, arguments: A) -> Process<'static, T::Output>
    where
        A: Serialize + DeserializeOwned + 'static,
        T: Task<A>,
    {
        Process::of_task(self.method, task, arguments)
    }
}
