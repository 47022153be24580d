//! One launch of a kernel.

use std::fmt;

use crate::inputs::{Argument, Inputs};
use crate::kept::{Entry, Kept};
use crate::prototype::Prototype;
use crate::tolerance::Tolerance;
use crate::types::Range;

type Size = (u32, u32, u32);

/// A kernel with its arguments.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) title: String,
    pub(crate) attempt: usize,
    pub(crate) entry: String,
    pub(crate) block: Size,
    pub(crate) grid: Size,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) tolerance: Tolerance,
    /// Its blocks wait for each other.
    pub(crate) is_cooperative: bool,
    /// Bytes of dynamic shared memory.
    pub(crate) shared: u32,
    is_one_of_many: bool,
}

/// Some suit one kernel, some another: a row of threads, a square, a cube, one.
const SHAPES: [(Size, Size, Range); 8] = [
    ((64, 1, 1), (3, 1, 1), Range::Wide),
    ((64, 1, 1), (2, 1, 1), Range::Small),
    ((16, 16, 1), (2, 2, 1), Range::Small),
    ((16, 16, 1), (1, 1, 1), Range::Wide),
    ((4, 4, 4), (1, 1, 1), Range::Small),
    ((256, 1, 1), (2, 1, 1), Range::Small),
    ((8, 8, 1), (1, 1, 1), Range::Small),
    ((1, 1, 1), (1, 1, 1), Range::Small),
];
/// As many as there are operations, or types, to choose from.
const CHOICES: usize = 16;
/// More than a kernel has without asking for it.
const LARGE_SHARED: u32 = 60 << 10;

impl Case {
    /// Those that may suit a kernel, one after another. There are none if it cannot be told what it takes, or if its threads
    /// take places in its results as they come.
    pub(crate) fn all<'a>(
        kept: &'a Kept,
        entry: &'a Entry,
        prototype: Option<&'a Prototype>,
    ) -> impl Iterator<Item = Case> + use<'a> {
        let is_choosing = prototype.is_some_and(|prototype| prototype.has(&["operation", "type"]));
        let prototype = prototype.filter(|prototype| !prototype.has(&["found"]));
        let attempts = if is_choosing { CHOICES } else { SHAPES.len() };
        let cases = prototype.into_iter().flat_map(move |prototype| {
            (0..attempts).map(move |attempt| Case::new(kept, entry, prototype, attempt))
        });
        cases.map(move |case| Case {
            is_one_of_many: is_choosing,
            ..case
        })
    }

    fn new(kept: &Kept, entry: &Entry, prototype: &Prototype, attempt: usize) -> Case {
        let (mut block, mut grid, range) = SHAPES[attempt % SHAPES.len()];
        if let Some(threads) = entry.most_threads {
            (block, grid) = ((threads, 1, 1), (1 + attempt as u32 % 3, 1, 1));
        }
        // Blocks that do not know their place would all do the same, at the same time.
        if !entry.text.contains("%ctaid") {
            grid = (1, 1, 1);
        }
        let is_cooperative = entry.most_threads.is_none() && prototype.has(&["arrived"]);
        if is_cooperative {
            block = (1, 1, 1);
        }
        let title = kept.title(&entry.name);
        let seed = format!("{title}#{attempt}");
        let inputs = Inputs {
            kept,
            entry,
            seed,
            attempt: attempt as u64,
            range,
        };
        let arguments = prototype
            .parameters
            .iter()
            .map(|parameter| inputs.argument(parameter));
        Case {
            title,
            attempt,
            entry: entry.name.clone(),
            block,
            grid,
            arguments: arguments.collect(),
            tolerance: Tolerance::of(&entry.text),
            is_cooperative,
            shared: if kept.ptx.contains(".extern .shared") {
                LARGE_SHARED
            } else {
                0
            },
            is_one_of_many: false,
        }
    }

    /// How many of its kernel are enough.
    pub(crate) fn wanted(&self) -> usize {
        if self.is_one_of_many { CHOICES } else { 2 }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.title, self.attempt)
    }
}
