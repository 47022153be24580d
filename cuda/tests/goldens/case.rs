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
    /// How many of its kernel are enough.
    pub(crate) wanted: usize,
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
/// More than a kernel has without asking for it.
const LARGE_SHARED: u32 = 60 << 10;

impl Case {
    /// Those that may suit a kernel, one after another. There are none if it cannot be told what it takes, or if its threads
    /// take places in its results as they come, or it stores what it has not set.
    pub(crate) fn all<'a>(
        kept: &'a Kept,
        entry: &'a Entry,
        prototype: Option<&'a Prototype>,
    ) -> impl Iterator<Item = Case> + use<'a> {
        let is_choosing = prototype.is_some_and(|prototype| prototype.has(&["operation", "type"]));
        let prototype =
            prototype.filter(|prototype| !prototype.has(&["found"]) && entry.name != "scan_parts");
        let attempts = match is_choosing {
            true => choices(kept),
            false => (0..SHAPES.len()).collect(),
        };
        let wanted = if is_choosing { attempts.len() } else { 2 };
        let cases = prototype.into_iter().flat_map(move |prototype| {
            let case = move |attempt| Case::new(kept, entry, prototype, attempt);
            attempts.clone().into_iter().map(case)
        });
        cases.map(move |case| Case { wanted, ..case })
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
            tolerance: Tolerance::of(&entry.text, kept.source.contains("complex")),
            is_cooperative,
            shared: if kept.ptx.contains(".extern .shared") {
                LARGE_SHARED
            } else {
                0
            },
            wanted: 0,
        }
    }
}

/// The operations, or types, that a kernel of the library has by their numbers. What others do is undefined.
fn choices(kept: &Kept) -> Vec<usize> {
    let element = kept.element().unwrap_or_default();
    let is_complex = element.starts_with("complex");
    let is_real = is_complex || element.starts_with("float");
    let numbers: &[usize] = match kept.name.split('_').next() {
        Some("comparison") if is_complex => &[0, 1, 6, 7, 8, 9],
        Some("comparison") => &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        Some("arithmetic") if is_complex => &[0, 1, 2, 3, 11, 15],
        Some("arithmetic") if is_real => &[0, 1, 2, 3, 4, 5, 11, 12, 13],
        Some("arithmetic") if element == "bool" => &[0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13],
        Some("arithmetic") => &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
        _ => &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
    };
    numbers.to_vec()
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.title, self.attempt)
    }
}
