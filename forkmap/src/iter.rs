//! Lazy maps: results one by one, with bounded memory.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use manyways_wire as wire;
use serde::{Serialize, de::DeserializeOwned};

use crate::cell::Items;
use crate::crew::{Crew, Event, Verdict};
use crate::error::{Failure, Kind};
use crate::map::{MapWork, unusable};
use crate::{Error, ForkMap};

/// Bytes of results that an ordered iterator holds while it waits for an earlier one: each encoded, and
/// with its place in the buffer.
const HELD: usize = 1 << 20;

/// As [`map`](crate::map), but lazy: an iterator over the results, in the order of the items.
///
/// The processes run ahead of the consumer only as far as their rings (256 KiB each) and a buffer of
/// 1 MiB for results that wait for an earlier one, plus what one look at each ring brings; then they
/// sleep. Results count as encoded, with some 50 bytes for the place of each. One result may be larger
/// than all that. (While an item that a dead process had taken is waiting to be run again, the buffer
/// may grow.)
///
/// The iterator works while it is asked for results: a [`deadline`](ForkMap::deadline) that passes in
/// between is noticed at the next call. It belongs to its process, where it may be neither sent to
/// another thread (the options may hold callbacks that are not `Send`) nor used in a forked child: there
/// its next call is an error.
///
/// It ends after its first error; with [`ForkMap::keep_going`] each failed item is an error
/// at its place, and the iteration goes on. Dropping the iterator ends the processes.
///
/// ```
/// let mut squares = forkmap::imap(1..1_000_000, |x: u64| x * x)?;
/// assert_eq!(squares.next().unwrap()?, 1);
/// assert_eq!(squares.nth(1).unwrap()?, 9); // The rest is never computed.
/// # Ok::<(), forkmap::Error>(())
/// ```
///
/// # Errors
///
/// When no process can be started.
pub fn imap<'a, T, R, I, F>(items: I, f: F) -> Result<Imap<'a, T, R, F>, Error>
where
    I: IntoIterator<Item = T>,
    F: FnMut(T) -> R,
    R: Serialize + DeserializeOwned,
{
    ForkMap::new().imap(items, f)
}

/// As [`imap`], but in the order in which the items are finished, with their indexes.
///
/// The processes run ahead of the consumer by their rings (256 KiB each) and by what one look at each ring
/// brings.
///
/// ```
/// let mut sum = 0;
/// for finished in forkmap::imap_unordered(["a", "bb", "ccc"], |word| word.len())? {
///     let (index, length) = finished?;
///     assert_eq!(length, index + 1);
///     sum += length;
/// }
/// assert_eq!(sum, 6);
/// # Ok::<(), forkmap::Error>(())
/// ```
///
/// # Errors
///
/// When no process can be started.
pub fn imap_unordered<'a, T, R, I, F>(items: I, f: F) -> Result<ImapUnordered<'a, T, R, F>, Error>
where
    I: IntoIterator<Item = T>,
    F: FnMut(T) -> R,
    R: Serialize + DeserializeOwned,
{
    ForkMap::new().imap_unordered(items, f)
}

impl<'a> ForkMap<'a> {
    /// As [`imap`], with these options.
    ///
    /// # Errors
    ///
    /// When no process can be started.
    pub fn imap<T, R, I, F>(self, items: I, f: F) -> Result<Imap<'a, T, R, F>, Error>
    where
        I: IntoIterator<Item = T>,
        F: FnMut(T) -> R,
        R: Serialize + DeserializeOwned,
    {
        let keep_going = self.options.keep_going;
        let run = Run::start(self, Items::gather(items), f)?;
        Ok(Imap {
            run,
            keep_going,
            next: 0,
            waiting: BTreeMap::new(),
            held: 0,
        })
    }

    /// As [`imap_unordered`], with these options.
    ///
    /// # Errors
    ///
    /// When no process can be started.
    pub fn imap_unordered<T, R, I, F>(
        self,
        items: I,
        f: F,
    ) -> Result<ImapUnordered<'a, T, R, F>, Error>
    where
        I: IntoIterator<Item = T>,
        F: FnMut(T) -> R,
        R: Serialize + DeserializeOwned,
    {
        let run = Run::start(self, Items::gather(items), f)?;
        Ok(ImapUnordered {
            run,
            ready: VecDeque::new(),
        })
    }
}

/// A settled item that has not been given out.
type Held<R> = Result<R, Box<Failure>>;

fn give_out<R>(held: Held<R>) -> Result<R, Error> {
    held.map_err(|failure| Error::of(Kind::Items, vec![*failure]))
}

/// A settled item that waits for an earlier one.
struct Waiting<R> {
    held: Held<R>,
    size: usize,
}

impl<R> Waiting<R> {
    /// With what it takes: its bytes, and its place in a tree whose nodes may be half empty.
    fn new(held: Held<R>, bytes: usize) -> Waiting<R> {
        let size = bytes + 2 * size_of::<(usize, Waiting<R>)>();
        Waiting { held, size }
    }
}

/// The crew behind an iterator, until it is over.
struct Run<'a, T, R, F> {
    crew: Option<Crew<'a, MapWork<'a, T, R, F>>>,
    /// What is to be said at the end.
    last_word: Option<Error>,
}

impl<'a, T, R: Serialize, F: FnMut(T) -> R> Run<'a, T, R, F> {
    fn start(mut map: ForkMap<'a>, items: Vec<T>, f: F) -> Result<Self, Error> {
        let count = items.len();
        let work = MapWork::new(&mut map, items, f);
        Ok(Run {
            crew: Some(Crew::start(map.options, count, work)?),
            last_word: None,
        })
    }

    /// Takes over what the children have, each with its size in bytes; false when they have nothing more.
    fn pump(
        &mut self,
        wanted: &dyn Fn(usize) -> bool,
        mut hold: impl FnMut(usize, Held<R>, usize),
    ) -> bool
    where
        R: DeserializeOwned,
    {
        let Some(crew) = &mut self.crew else {
            return false;
        };
        let more = crew.pump(wanted, &mut |event| {
            match event {
                Event::Result { index, encoded } => match wire::decode(encoded) {
                    Ok(result) => hold(index, Ok(result), encoded.len()),
                    Err(error) => return unusable(&error),
                },
                Event::Failed(failure) => match failure.index() {
                    Some(index) => {
                        let size = failure.size();
                        hold(index, Err(Box::new(failure)), size);
                    }
                    None => self.last_word = Some(Error::of(Kind::Items, vec![failure])),
                },
                Event::Partial { .. } => {}
            }
            Verdict::Go
        });
        match more {
            Ok(true) => return true,
            Ok(false) => {
                let outcome = self.crew.take().map(Crew::finish);
                if let Some(kind @ Kind::Deadline(_)) = outcome.and_then(|outcome| outcome.kind) {
                    self.last_word = Some(Error::of(kind, Vec::new()));
                }
            }
            Err(error) => {
                self.crew = None;
                self.last_word = Some(error);
            }
        }
        false
    }

    /// Ends the children. Nothing more will come.
    fn end(&mut self) {
        self.crew = None;
        self.last_word = None;
    }
}

/// The iterator of [`imap`].
#[must_use = "the processes end when the iterator is dropped"]
pub struct Imap<'a, T, R, F> {
    run: Run<'a, T, R, F>,
    keep_going: bool,
    next: usize,
    waiting: BTreeMap<usize, Waiting<R>>,
    /// Bytes in `waiting`.
    held: usize,
}

impl<T, R, F> Imap<'_, T, R, F>
where
    F: FnMut(T) -> R,
    R: Serialize + DeserializeOwned,
{
    fn fill(&mut self) -> bool {
        let (next, is_full) = (self.next, self.held >= HELD);
        let Imap {
            run, waiting, held, ..
        } = self;
        // When full, only the children that may have the next item are read; the others sleep.
        run.pump(
            &|floor| !is_full || floor <= next,
            |index, settled, bytes| {
                let settled = Waiting::new(settled, bytes);
                *held += settled.size;
                waiting.insert(index, settled);
            },
        )
    }

    /// The run is over and the next item is missing: why?
    fn give_up(&mut self) -> Option<Error> {
        let waiting = std::mem::take(&mut self.waiting).into_values();
        self.held = 0;
        let first_failure = || waiting.into_iter().find_map(|it| give_out(it.held).err());
        self.run.last_word.take().or_else(first_failure)
    }
}

impl<T, R, F> Iterator for Imap<'_, T, R, F>
where
    F: FnMut(T) -> R,
    R: Serialize + DeserializeOwned,
{
    type Item = Result<R, Error>;

    fn next(&mut self) -> Option<Result<R, Error>> {
        loop {
            if let Some(Waiting { held, size }) = self.waiting.remove(&self.next) {
                self.next += 1;
                self.held -= size;
                let result = give_out(held);
                if result.is_err() && !self.keep_going {
                    self.run.end();
                    self.waiting.clear();
                    self.held = 0;
                }
                return Some(result);
            }
            if !self.fill() && !self.waiting.contains_key(&self.next) {
                return self.give_up().map(Err);
            }
        }
    }
}

impl<T, R, F> fmt::Debug for Imap<'_, T, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Imap")
            .field("next", &self.next)
            .field("waiting", &self.waiting.len())
            .field("held_bytes", &self.held)
            .field("is_over", &self.run.crew.is_none())
            .finish()
    }
}

/// The iterator of [`imap_unordered`].
#[must_use = "the processes end when the iterator is dropped"]
pub struct ImapUnordered<'a, T, R, F> {
    run: Run<'a, T, R, F>,
    ready: VecDeque<(usize, Held<R>)>,
}

impl<T, R, F> Iterator for ImapUnordered<'_, T, R, F>
where
    F: FnMut(T) -> R,
    R: Serialize + DeserializeOwned,
{
    type Item = Result<(usize, R), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((index, settled)) = self.ready.pop_front() {
                return Some(give_out(settled).map(|result| (index, result)));
            }
            let ready = &mut self.ready;
            let more = self
                .run
                .pump(&|_| true, |index, held, _| ready.push_back((index, held)));
            if !more && self.ready.is_empty() {
                return self.run.last_word.take().map(Err);
            }
        }
    }
}

impl<T, R, F> fmt::Debug for ImapUnordered<'_, T, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImapUnordered")
            .field("ready", &self.ready.len())
            .field("is_over", &self.run.crew.is_none())
            .finish()
    }
}
