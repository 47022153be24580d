//! The one-shot map: children that inherit their items.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::hash::Hash;

use manyways_process::Link;
use manyways_wire as wire;
use serde::{Serialize, de::DeserializeOwned};

use crate::pool::Pool;
use crate::protocol::Outcome;
use crate::reporter::Reporter;
use crate::run::Run;
use crate::serve::{call, serve};
use crate::settings::Settings;
use crate::{Builder, Failure, Raised};

/// Runs `function` on every item in six child processes, and returns what became of each item.
///
/// ```
/// let squares = delegate::parallelize(|n| n * n, 1..=10_u64);
/// assert_eq!(squares[&7], Ok(49));
/// assert_eq!(squares.len(), 10);
/// ```
///
/// The children are forked here, so they inherit the items and whatever the closure captures: neither
/// needs to be serialisable, and both may borrow. Only results travel. Each child has its own copy of
/// the function; what an `FnMut` changes is changed in one child only.
///
/// Items go one at a time to the next child that is free. Equal items are run once. An item that
/// panics, or whose process dies, has a [`Failure`] in the map and costs no other item anything: a
/// dead child is replaced. If no process can be started, every item that has not been run has
/// [`Failure::NotRun`]. No item is ever missing.
///
/// For another number of children, a time limit, a reporter or retries, see [`Builder`].
///
/// # Differences from the original
///
/// Dead children are replaced; in the original they were not, and when all were dead the items left
/// were missing from the answer. A panic is carried with its place and its backtrace.
pub fn parallelize<I, R, F, Items>(function: F, items: Items) -> HashMap<I, Result<R, Failure>>
where
    F: FnMut(&I) -> R,
    Items: IntoIterator<Item = I>,
    I: Hash + Eq,
    R: Serialize + DeserializeOwned,
{
    Builder::new().parallelize(function, items)
}

/// As [`parallelize`] for a function that returns a `Result`: an error becomes
/// [`Failure::Raised`] with the error's text (its `{:#}` format) and the name of its type.
///
/// ```
/// use delegate::Failure;
///
/// let numbers = delegate::try_parallelize(|text| text.parse::<i32>(), ["17", "many"]);
/// assert_eq!(numbers["17"], Ok(17));
/// let raised = numbers["many"].as_ref().unwrap_err().raised().unwrap();
/// assert_eq!(raised.message(), "invalid digit found in string");
/// assert_eq!(raised.type_name(), Some("core::num::error::ParseIntError"));
/// ```
pub fn try_parallelize<I, R, E, F, Items>(
    function: F,
    items: Items,
) -> HashMap<I, Result<R, Failure>>
where
    F: FnMut(&I) -> Result<R, E>,
    Items: IntoIterator<Item = I>,
    E: Display,
    I: Hash + Eq,
    R: Serialize + DeserializeOwned,
{
    Builder::new().try_parallelize(function, items)
}

/// Forks the workers and runs the items, of which an order names only the position.
pub(crate) fn run_inherited<'a, I, R>(
    settings: &Settings,
    mut reporter: Box<dyn Reporter<I, R> + 'a>,
    mut function: impl FnMut(&I) -> Result<R, Raised>,
    items: impl IntoIterator<Item = I>,
) -> HashMap<I, Result<R, Failure>>
where
    I: Hash + Eq,
    R: Serialize + DeserializeOwned,
{
    let items = distinct(items);
    let body = |link: &mut Link| {
        serve(link, |order, reply| match wire::decode::<usize>(order) {
            Ok(position) => call(&mut function, &items[position], reply),
            Err(error) => Outcome::Unsendable(error.to_string()),
        });
    };
    let mut encode = |position: usize, order: &mut Vec<u8>| {
        wire::encode_into(&position, order).map_err(|error| Failure::Unsendable {
            reason: error.to_string(),
        })
    };
    let reporter = &mut *reporter;
    let mut pool = Pool::new(settings.children, body);
    reporter.init();
    let run = Run::new(&items, &mut encode, settings, reporter, &mut pool);
    let outcomes: Vec<_> = run.outcomes().collect();
    pool.end(settings.grace, reporter);
    reporter.cleanup();
    drop(pool);
    items.into_iter().zip(outcomes).collect()
}

/// The items without repetitions, in the order of their first occurrences.
pub(crate) fn distinct<I: Hash + Eq>(items: impl IntoIterator<Item = I>) -> Vec<I> {
    let items: Vec<I> = items.into_iter().collect();
    let mut seen = HashSet::with_capacity(items.len());
    let firsts: Vec<bool> = items.iter().map(|item| seen.insert(item)).collect();
    let mut firsts = firsts.into_iter();
    let mut items = items;
    items.retain(|_| firsts.next().unwrap_or(true));
    items
}
