//! A bar that counts files, on a terminal only.

use std::io::{IsTerminal, stderr, stdout};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Counts finished files. The bar is drawn by whoever calls [`finished`](Self::finished), so no
/// thread of its own runs beside a fork; it goes away when this value is dropped.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar that nobody sees.
    pub fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// A bar for `files` files, seen only where both standard output and standard error are a
    /// terminal: beside a pipe it would be drawn over what the reader of the pipe prints.
    pub(crate) fn new(label: &'static str, files: u64) -> Self {
        if !stdout().is_terminal() || !stderr().is_terminal() {
            return Self::hidden();
        }
        let style =
            ProgressStyle::with_template("{prefix:>16} {bar:40} {pos}/{len} files, {elapsed}");
        let bar = ProgressBar::with_draw_target(Some(files), ProgressDrawTarget::stderr())
            .with_style(
                style
                    .expect("the template is correct")
                    .progress_chars("━╸─"),
            )
            .with_prefix(label);
        Self(bar)
    }

    /// So many files are finished by now.
    pub fn reached(&self, files: u64) {
        self.0.set_position(files);
    }

    /// Counts `files` more as finished.
    pub fn finished(&self, files: u64) {
        self.0.inc(files);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
