//! Everything that can be said about a run beside its function and its items.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::hash::Hash;
use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use crate::parallelize::run_inherited;
use crate::reporter::{Reporter, Silent};
use crate::settings::Settings;
use crate::{Failure, Parallelizer, Raised};

/// How to run a function over items: children, reporter, time limit, retries.
///
/// ```
/// use std::time::Duration;
///
/// let lengths = delegate::Builder::new()
///     .children(3)
///     .timeout(Duration::from_secs(10))
///     .retries(1)
///     .parallelize(|word| word.len(), ["one", "three", "seventeen"]);
/// assert_eq!(lengths["three"], Ok(5));
/// ```
///
/// `'a` is how long the reporter and the function live, `I` the items' type, `R` the results'.
#[must_use = "nothing runs until `parallelize` or `parallelizer` is called"]
pub struct Builder<'a, I, R> {
    settings: Settings,
    reporter: Box<dyn Reporter<I, R> + 'a>,
}

impl<'a, I, R> Builder<'a, I, R> {
    /// Six children as in the original, a silent reporter, no time limit, no retries.
    pub fn new() -> Builder<'a, I, R> {
        Builder {
            settings: Settings::default(),
            reporter: Box::new(Silent),
        }
    }

    /// At most how many child processes work at a time; 0 counts as 1. There are never more than
    /// items. What the work waits for decides the best number: a network allows many more than the
    /// machine has cores, computing does not.
    pub fn children(mut self, children: usize) -> Self {
        self.settings.children = children.max(1);
        self
    }

    /// Who is told of everything that happens, as it happens. `&mut` reporters do, too.
    pub fn reporter(mut self, reporter: impl Reporter<I, R> + 'a) -> Self {
        self.reporter = Box::new(reporter);
        self
    }

    /// The time that an item may take, counted from when its worker has nothing before it. A worker
    /// that takes longer is told to end (SIGTERM), killed after the [`grace`](Self::grace), and
    /// replaced; the item fails with [`Failure::TimedOut`].
    pub fn timeout(mut self, each: Duration) -> Self {
        self.settings.timeout = Some(each);
        self
    }

    /// How many times more an item is run that failed in a way which
    /// [may turn out better](Failure::is_worth_a_retry) the next time. It waits behind the items
    /// that are still to be run. The results have its last failure.
    pub fn retries(mut self, retries: u32) -> Self {
        self.settings.retries = retries;
        self
    }

    /// How long a worker may take to end once it is told to, until it is killed (SIGKILL). Half a
    /// second where nothing is said.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace;
        self
    }

    /// Runs `function` on every item, and returns what became of each; see
    /// [`parallelize`](crate::parallelize()).
    pub fn parallelize<F, Items>(
        self,
        mut function: F,
        items: Items,
    ) -> HashMap<I, Result<R, Failure>>
    where
        F: FnMut(&I) -> R,
        Items: IntoIterator<Item = I>,
        I: Hash + Eq,
        R: Serialize + DeserializeOwned,
    {
        let function = |item: &I| Ok(function(item));
        run_inherited(&self.settings, self.reporter, function, items)
    }

    /// As [`parallelize`](Self::parallelize) for a function that returns a `Result`; see
    /// [`try_parallelize`](crate::try_parallelize).
    pub fn try_parallelize<E, F, Items>(
        self,
        mut function: F,
        items: Items,
    ) -> HashMap<I, Result<R, Failure>>
    where
        F: FnMut(&I) -> Result<R, E>,
        Items: IntoIterator<Item = I>,
        E: Display,
        I: Hash + Eq,
        R: Serialize + DeserializeOwned,
    {
        let function = |item: &I| function(item).map_err(|error| Raised::error(&error));
        run_inherited(&self.settings, self.reporter, function, items)
    }

    /// Makes a [`Parallelizer`], whose workers serve many sets of items.
    pub fn parallelizer<F>(self, mut function: F) -> Parallelizer<'a, I, R>
    where
        F: FnMut(&I) -> R + 'a,
        I: Hash + Eq + Serialize + DeserializeOwned + 'a,
        R: Serialize + DeserializeOwned + 'a,
    {
        let function = move |item: &I| Ok(function(item));
        Parallelizer::with(self.settings, self.reporter, function)
    }

    /// As [`parallelizer`](Self::parallelizer) for a function that returns a `Result`.
    pub fn try_parallelizer<E, F>(self, mut function: F) -> Parallelizer<'a, I, R>
    where
        F: FnMut(&I) -> Result<R, E> + 'a,
        E: Display,
        I: Hash + Eq + Serialize + DeserializeOwned + 'a,
        R: Serialize + DeserializeOwned + 'a,
    {
        let function = move |item: &I| function(item).map_err(|error| Raised::error(&error));
        Parallelizer::with(self.settings, self.reporter, function)
    }
}

impl<I, R> Default for Builder<'_, I, R> {
    fn default() -> Self {
        Builder::new()
    }
}

impl<I, R> fmt::Debug for Builder<'_, I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
