//! Map and reduce in the children, for inputs too big for their results to travel one by one.

use std::collections::BTreeMap;

use manyways_wire as wire;
use serde::{Serialize, de::DeserializeOwned};

use crate::cell::Items;
use crate::crew::{Crew, Event, Outcome, Verdict};
use crate::map::{Initializer, run, unusable};
use crate::worker::{Outbox, Work, kind};
use crate::{Error, ForkMap};

/// Maps each item to a value and combines the values to one; `None` for no items.
///
/// Each process combines what it maps, and sends one value for each piece of the input; the parent
/// combines those, in the order of the input. So `combine` has to be associative, and need not be
/// commutative. With numbers that round, the result depends on where the pieces end; with
/// [`Chunks::Static`](crate::Chunks::Static) they always end in the same places.
///
/// ```
/// let longest = forkmap::reduce(
///     ["fork", "map", "reduce"],
///     |word| word.to_owned(),
///     |a: String, b: String| if b.len() > a.len() { b } else { a },
/// )?;
/// assert_eq!(longest.as_deref(), Some("reduce"));
/// # Ok::<(), forkmap::Error>(())
/// ```
///
/// # Errors
///
/// As [`map`](crate::map). There are no partial results, and
/// [`keep_going`](ForkMap::keep_going) has no meaning here. A piece of which an item was lost is
/// mapped again as a whole where [`retries`](ForkMap::retries) allow it.
pub fn reduce<T, A, I, F, C>(items: I, f: F, combine: C) -> Result<Option<A>, Error>
where
    I: IntoIterator<Item = T>,
    F: FnMut(T) -> A,
    C: FnMut(A, A) -> A,
    A: Serialize + DeserializeOwned,
{
    ForkMap::new().reduce(items, f, combine)
}

impl<'a> ForkMap<'a> {
    /// As [`reduce`], with these options.
    ///
    /// # Errors
    ///
    /// As [`reduce`].
    pub fn reduce<T, A, I, F, C>(mut self, items: I, f: F, combine: C) -> Result<Option<A>, Error>
    where
        I: IntoIterator<Item = T>,
        F: FnMut(T) -> A,
        C: FnMut(A, A) -> A,
        A: Serialize + DeserializeOwned,
    {
        let items = Items::gather(items);
        self.options.keep_going = false;
        let initializer = self.options.initializer.take();
        let count = items.len();
        let work = ReduceWork {
            items: Items::new(items),
            f,
            combine,
            sum: None,
            initializer,
        };
        let crew = Crew::start(self.options, count, work)?;
        let mut pieces: BTreeMap<usize, A> = BTreeMap::new();
        let mut failures = Vec::new();
        let Outcome { kind, mut work } = run(crew, &mut |event| match event {
            Event::Partial { first, encoded } => match wire::decode(encoded) {
                Ok(piece) => {
                    pieces.insert(first, piece);
                    Verdict::Go
                }
                Err(error) => unusable(&error),
            },
            Event::Failed(failure) => {
                failures.push(failure);
                Verdict::Go
            }
            Event::Result { .. } => Verdict::Go,
        })?;
        match kind {
            None => Ok(pieces.into_values().reduce(&mut work.combine)),
            Some(kind) => Err(Error::of(kind, failures)),
        }
    }
}

/// One result a piece.
struct ReduceWork<'a, T, A, F, C> {
    items: Items<T>,
    f: F,
    combine: C,
    /// Of the piece so far.
    sum: Option<A>,
    initializer: Initializer<'a>,
}

impl<T, A, F, C> Work for ReduceWork<'_, T, A, F, C>
where
    F: FnMut(T) -> A,
    C: FnMut(A, A) -> A,
    A: Serialize,
{
    fn initialize(&mut self, place: usize) {
        if let Some(initializer) = &mut self.initializer {
            initializer(place);
        }
    }

    fn item(&mut self, index: usize, outbox: &mut Outbox<'_>) {
        let value = (self.f)(self.items.take(index));
        self.sum = Some(match self.sum.take() {
            Some(sum) => (self.combine)(sum, value),
            None => value,
        });
        outbox.folded();
    }

    fn end_of_piece(&mut self, outbox: &mut Outbox<'_>) {
        if let Some(sum) = self.sum.take() {
            outbox.result(kind::PARTIAL, &sum);
        }
    }
}
