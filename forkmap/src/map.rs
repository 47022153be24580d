//! The maps that give all results at once.

use std::marker::PhantomData;

use manyways_wire as wire;
use serde::{Serialize, de::DeserializeOwned};

use crate::cell::{Items, Slots};
use crate::crew::{Crew, Event, Outcome, Verdict};
use crate::error::{Failure, Kind};
use crate::worker::{Outbox, Work, kind};
use crate::{Error, ForkMap};

/// `f` over all items, in forked processes; the results in the order of the items.
///
/// The items and everything that `f` borrows are inherited by the processes, not sent: they may
/// borrow, hold `Rc`s, be anything. Only results travel. `f` may keep state (`FnMut`): each process has
/// its own copy of it.
///
/// Time: the forks (about 0.1 ms each), then that of the items divided among the processes, plus a few
/// nanoseconds an item. Memory: the results, and 256 KiB a process.
///
/// # Errors
///
/// When a call panics, or a process dies, or a result cannot be encoded: the error says which item it
/// was and what happened, and has all results that are complete.
///
/// # Panics
///
/// When `R`'s deserialisation panics, which is done here, or a callback of the options; the processes
/// are ended.
///
/// ```
/// let squares = forkmap::map(0..10_000, |x: u64| x * x)?;
/// assert_eq!(squares[99], 9801);
/// # Ok::<(), forkmap::Error<u64>>(())
/// ```
pub fn map<T, R, I, F>(items: I, f: F) -> Result<Vec<R>, Error<R>>
where
    I: IntoIterator<Item = T>,
    F: FnMut(T) -> R,
    R: Serialize + DeserializeOwned,
{
    ForkMap::new().map(items, f)
}

impl<'a> ForkMap<'a> {
    /// As [`map`], with these options.
    ///
    /// # Errors
    ///
    /// As [`map`]; with a deadline, also when it passes.
    pub fn map<T, R, I, F>(mut self, items: I, f: F) -> Result<Vec<R>, Error<R>>
    where
        I: IntoIterator<Item = T>,
        F: FnMut(T) -> R,
        R: Serialize + DeserializeOwned,
    {
        let items = Items::gather(items);
        let mut results = Slots::new(items.len());
        let mut failures = Vec::new();
        let count = items.len();
        let work = MapWork::new(&mut self, items, f);
        let crew = Crew::start(self.options, count, work);
        results.expect();
        let mut collect = |event: Event<'_>| match event {
            Event::Result { index, encoded } => keep(&mut results, index, encoded),
            Event::Failed(failure) => {
                failures.push(failure);
                Verdict::Go
            }
            Event::Partial { .. } => Verdict::Go,
        };
        let outcome = crew.and_then(|crew| run(crew, &mut collect));
        results
            .into_results()
            .map_err(|partial| incomplete(outcome, failures, partial))
    }
}

/// The error of a run that has not given all results.
pub(crate) fn incomplete<W, R>(
    outcome: Result<Outcome<W>, Error>,
    failures: Vec<Failure>,
    partial: Vec<Option<R>>,
) -> Error<R> {
    let kind = match outcome {
        Ok(outcome) => outcome.kind.unwrap_or(Kind::Items),
        Err(error) => error.kind,
    };
    Error {
        kind,
        failures,
        partial,
    }
}

#[inline]
fn keep<R: DeserializeOwned>(results: &mut Slots<R>, index: usize, encoded: &[u8]) -> Verdict {
    match wire::decode(encoded) {
        Ok(result) => {
            results.put(index, result);
            Verdict::Go
        }
        Err(error) => unusable(&error),
    }
}

/// What came from a child is no result.
pub(crate) fn unusable(error: &wire::Error) -> Verdict {
    Verdict::Unusable(format!("it cannot be decoded: {error}"))
}

/// Pumps a run until it is over.
pub(crate) fn run<W: Work>(
    mut crew: Crew<'_, W>,
    collect: &mut impl FnMut(Event<'_>) -> Verdict,
) -> Result<Outcome<W>, Error> {
    while crew.pump(&|_| true, collect)? {}
    Ok(crew.finish())
}

/// The initialiser that the options carry into the children.
pub(crate) type Initializer<'a> = Option<Box<dyn FnMut(usize) + 'a>>;

/// One result an item.
pub(crate) struct MapWork<'a, T, R, F> {
    items: Items<T>,
    f: F,
    initializer: Initializer<'a>,
    result: PhantomData<fn() -> R>,
}

impl<'a, T, R, F> MapWork<'a, T, R, F> {
    pub(crate) fn new(options: &mut ForkMap<'a>, items: Vec<T>, f: F) -> Self {
        let initializer = options.options.initializer.take();
        MapWork {
            items: Items::new(items),
            f,
            initializer,
            result: PhantomData,
        }
    }
}

impl<T, R: Serialize, F: FnMut(T) -> R> Work for MapWork<'_, T, R, F> {
    fn initialize(&mut self, place: usize) {
        if let Some(initializer) = &mut self.initializer {
            initializer(place);
        }
    }

    fn item(&mut self, index: usize, outbox: &mut Outbox<'_>) {
        let result = (self.f)(self.items.take(index));
        outbox.result(kind::RESULT, &result);
    }
}
