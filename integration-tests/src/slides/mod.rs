//! The slides: a small program each, shown with its source and its output.
//!
//! To add one: write `slides/NAME.rs` with a function `program`, declare it here and add it to
//! [`SLIDES`]. The source that is shown is the file that is compiled.

mod cuda;
mod delegate;
mod forkfun;
mod forkmap;
mod multiprocessing;
mod pprocess;
mod remoted;
mod sequential;
mod threading;
mod threads;

use std::fmt;
use std::io::Write;

use manyways_process::catch_panic;

use crate::systems::Failure;

/// Every slide, in the order of the tour.
pub const SLIDES: &[Slide] = &[
    Slide::new(
        "sequential",
        include_str!("sequential.rs"),
        sequential::program,
    ),
    Slide::new("threads", include_str!("threads.rs"), threads::program),
    Slide::new(
        "threading",
        include_str!("threading.rs"),
        threading::program,
    ),
    Slide::new(
        "multiprocessing",
        include_str!("multiprocessing.rs"),
        multiprocessing::program,
    ),
    Slide::new("forkmap", include_str!("forkmap.rs"), forkmap::program),
    Slide::new("forkfun", include_str!("forkfun.rs"), forkfun::program),
    Slide::new("delegate", include_str!("delegate.rs"), delegate::program),
    Slide::new("pprocess", include_str!("pprocess.rs"), pprocess::program),
    Slide::new("remoted", include_str!("remoted.rs"), remoted::program),
    Slide::new("cuda", include_str!("cuda.rs"), cuda::program),
];

/// A small program.
#[derive(Debug, Clone, Copy)]
pub struct Slide {
    /// The system that it shows, by its name in the table of systems.
    pub system: &'static str,
    /// The text of the file in which `program` stands.
    pub source: &'static str,
    /// Runs it.
    pub program: fn(&mut dyn Write) -> Result<(), Failure>,
}

/// A slide that was run.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) slide: &'static Slide,
    pub(crate) output: String,
    pub(crate) error: Option<Failure>,
}

impl Slide {
    const fn new(
        system: &'static str,
        source: &'static str,
        program: fn(&mut dyn Write) -> Result<(), Failure>,
    ) -> Self {
        Self {
            system,
            source,
            program,
        }
    }

    /// What it is about: the first line of its source, a `//!` comment.
    pub fn title(&self) -> &'static str {
        let first = self.source.lines().next().unwrap_or_default();
        first.trim_start_matches("//!").trim().trim_end_matches('.')
    }

    /// Runs it and keeps what it writes, also when it fails or panics halfway.
    pub(crate) fn show(&'static self) -> Shown {
        let mut output = Vec::new();
        let error = match catch_panic(|| (self.program)(&mut output)) {
            Ok(outcome) => outcome.err(),
            Err(report) => Some(report.to_string().into()),
        };
        Shown {
            slide: self,
            output: String::from_utf8_lossy(&output).into_owned(),
            error,
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            slide,
            output,
            error,
        } = self;
        writeln!(f, "== {}: {}\n", slide.system, slide.title())?;
        indented(f, slide.source)?;
        writeln!(f, "\n   prints\n")?;
        indented(f, output)?;
        match error {
            Some(error) => writeln!(f, "\n   and fails: {error}"),
            None => Ok(()),
        }
    }
}

fn indented(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    text.lines().try_for_each(|line| match line {
        "" => writeln!(f),
        line => writeln!(f, "    {line}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slide_that_fails_halfway_shows_what_it_had_written() {
        static SLIDE: Slide = Slide::new("sequential", "//! Fails.", |out| {
            writeln!(out, "so far")?;
            Err("no further".into())
        });
        let shown = SLIDE.show().to_string();
        let expected = "== sequential: Fails\n\n    //! Fails.\n\n   prints\n\n    so far\n\n   \
                        and fails: no further\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_slide_that_panics_is_a_slide_that_fails() {
        static SLIDE: Slide = Slide::new("sequential", "//! Panics.", |out| {
            writeln!(out, "so far")?;
            panic!("no such number")
        });
        let shown = SLIDE.show();
        assert_eq!(shown.output, "so far\n");
        let error = shown.error.unwrap().to_string();
        assert!(error.contains("no such number"), "{error}");
        assert!(error.contains("slides/mod.rs:"), "{error}");
    }
}
