//! Several sequences at once.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, ForkMap};

/// Several sequences of one length: a tuple of two to six iterators.
pub trait Sequences {
    /// One item of each.
    type Row;

    /// The rows, or the lengths if they differ.
    ///
    /// # Errors
    ///
    /// The lengths, in the order of the sequences.
    fn into_rows(self) -> Result<Vec<Self::Row>, Vec<usize>>;
}

macro_rules! sequences {
    ($($name:ident: $type:ident),+) => {
        impl<$($type: IntoIterator),+> Sequences for ($($type,)+) {
            type Row = ($($type::Item,)+);

            fn into_rows(self) -> Result<Vec<Self::Row>, Vec<usize>> {
                let ($($name,)+) = self;
                $(let $name: Vec<$type::Item> = $name.into_iter().collect();)+
                let lengths = vec![$($name.len()),+];
                let length = lengths[0];
                if lengths.iter().any(|other| *other != length) {
                    return Err(lengths);
                }
                $(let mut $name = $name.into_iter();)+
                let row = |_| Some(($($name.next()?,)+));
                Ok((0..length).map_while(row).collect())
            }
        }
    };
}

sequences!(a: A, b: B);
sequences!(a: A, b: B, c: C);
sequences!(a: A, b: B, c: C, d: D);
sequences!(a: A, b: B, c: C, d: D, e: E);
sequences!(a: A, b: B, c: C, d: D, e: E, f: F);

/// As [`map`](crate::map), over several sequences at once: `f` is called with one item of each.
///
/// The original's `map(f, *seqs)` pads shorter sequences with `None`, as Python 2 did; here sequences
/// of different lengths are an error, and nothing is run.
///
/// ```
/// let products = forkmap::zip_map(([1, 2, 3], [10, 20, 30]), |(x, y)| x * y);
/// assert_eq!(products?, [10, 40, 90]);
/// # Ok::<(), forkmap::Error<i32>>(())
/// ```
///
/// # Errors
///
/// If the lengths differ, else as [`map`](crate::map).
pub fn zip_map<S, R, F>(sequences: S, f: F) -> Result<Vec<R>, Error<R>>
where
    S: Sequences,
    F: FnMut(S::Row) -> R,
    R: Serialize + DeserializeOwned,
{
    ForkMap::new().zip_map(sequences, f)
}

impl ForkMap<'_> {
    /// As [`zip_map`], with these options.
    ///
    /// # Errors
    ///
    /// As [`zip_map`].
    pub fn zip_map<S, R, F>(self, sequences: S, f: F) -> Result<Vec<R>, Error<R>>
    where
        S: Sequences,
        F: FnMut(S::Row) -> R,
        R: Serialize + DeserializeOwned,
    {
        self.map(sequences.into_rows().map_err(Error::lengths)?, f)
    }
}
