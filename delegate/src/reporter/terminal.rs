//! A live region on the terminal: a line a worker, and one with the counts.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use manyways_process::Exit;

use super::log::{LogReporter, OneLine};
use super::{Reporter, Worker};
use crate::Failure;

/// How often the times of the lines are brought up to date.
const REFRESH: Duration = Duration::from_millis(100);

/// Shows on the terminal what each worker does and for how long, and counts below; failures scroll
/// by above.
///
/// ```text
/// failed "http://example.org/old": 404 Not Found
///   1  2.3s "http://example.org/big"
///   2  0.1s "http://example.org/new"
///   3       idle
///   14 of 20 done, 1 failed, 0 lost; 2.4s
/// ```
///
/// When standard error is no terminal it writes plain lines as [`LogReporter`] does. Children that
/// print to the terminal disturb the picture.
#[derive(Debug)]
pub struct TerminalReporter {
    view: View,
}

#[derive(Debug)]
enum View {
    Live(Screen),
    Lines(LogReporter),
}

impl TerminalReporter {
    /// Shows on standard error.
    #[must_use]
    pub fn new() -> TerminalReporter {
        TerminalReporter::on(ProgressDrawTarget::stderr())
    }

    fn on(target: ProgressDrawTarget) -> TerminalReporter {
        let view = match target.is_hidden() {
            true => View::Lines(LogReporter::new()),
            false => View::Live(Screen::new(target)),
        };
        TerminalReporter { view }
    }
}

impl Default for TerminalReporter {
    fn default() -> TerminalReporter {
        TerminalReporter::new()
    }
}

/// Hands the event to the one that is there. For `LogReporter` the types must be named.
impl<I: Debug, R> Reporter<I, R> for TerminalReporter {
    fn init(&mut self) {
        match &mut self.view {
            View::Live(screen) => screen.begin(),
            View::Lines(log) => Reporter::<I, R>::init(log),
        }
    }

    fn enqueue(&mut self, items: usize) {
        match &mut self.view {
            View::Live(screen) => screen.counts.total += items,
            View::Lines(log) => Reporter::<I, R>::enqueue(log, items),
        }
    }

    fn spawn(&mut self, worker: Worker) {
        match &mut self.view {
            View::Live(screen) => screen.add(worker),
            View::Lines(log) => Reporter::<I, R>::spawn(log, worker),
        }
    }

    fn begin(&mut self, worker: Worker, item: &I) {
        match &mut self.view {
            View::Live(screen) => screen.busy(worker, format!("{item:?}")),
            View::Lines(log) => Reporter::<I, R>::begin(log, worker, item),
        }
    }

    fn success(&mut self, worker: Worker, item: &I, result: &R, took: Duration) {
        match &mut self.view {
            View::Live(screen) => {
                screen.counts.done += 1;
                screen.idle(worker);
            }
            View::Lines(log) => log.success(worker, item, result, took),
        }
    }

    fn fail(&mut self, worker: Worker, item: &I, failure: &Failure, took: Duration) {
        match &mut self.view {
            View::Live(screen) => {
                screen.counts.failed += 1;
                screen.say(&format!("failed {item:?}: {}", OneLine(failure)));
                screen.idle(worker);
            }
            View::Lines(log) => Reporter::<I, R>::fail(log, worker, item, failure, took),
        }
    }

    fn abort(&mut self, worker: Worker, item: &I, failure: &Failure, took: Duration) {
        match &mut self.view {
            View::Live(screen) => {
                screen.counts.lost += 1;
                screen.say(&format!("lost {item:?}: {}", OneLine(failure)));
            }
            View::Lines(log) => Reporter::<I, R>::abort(log, worker, item, failure, took),
        }
    }

    fn not_run(&mut self, item: &I, failure: &Failure) {
        match &mut self.view {
            View::Live(screen) => {
                screen.counts.failed += 1;
                screen.say(&format!("failed {item:?}: {}", OneLine(failure)));
            }
            View::Lines(log) => Reporter::<I, R>::not_run(log, item, failure),
        }
    }

    fn exit(&mut self, worker: Worker, exit: Exit) {
        match &mut self.view {
            View::Live(screen) => screen.remove(worker),
            View::Lines(log) => Reporter::<I, R>::exit(log, worker, exit),
        }
    }

    fn cleanup(&mut self) {
        match &mut self.view {
            View::Live(screen) => screen.finish(),
            View::Lines(log) => Reporter::<I, R>::cleanup(log),
        }
    }

    fn refresh(&self) -> Option<Duration> {
        matches!(self.view, View::Live(_)).then_some(REFRESH)
    }

    fn tick(&mut self) {
        if let View::Live(screen) = &mut self.view {
            screen.draw();
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    done: usize,
    failed: usize,
    lost: usize,
}

/// The live region.
struct Screen {
    region: MultiProgress,
    lines: BTreeMap<usize, Line>,
    summary: ProgressBar,
    counts: Counts,
    start: Instant,
}

/// A worker's line: what it does, since when.
struct Line {
    bar: ProgressBar,
    item: Option<(String, Instant)>,
}

impl Screen {
    fn new(target: ProgressDrawTarget) -> Screen {
        let region = MultiProgress::with_draw_target(target);
        let summary = region.add(line_bar());
        Screen {
            region,
            lines: BTreeMap::new(),
            summary,
            counts: Counts::default(),
            start: Instant::now(),
        }
    }

    fn begin(&mut self) {
        self.start = Instant::now();
        self.counts = Counts::default();
        if self.summary.is_finished() {
            self.summary = self.region.add(line_bar());
        }
    }

    fn add(&mut self, worker: Worker) {
        // In the order of the workers' numbers, above the summary.
        let place = self.lines.range(..worker.id).count();
        let bar = self.region.insert(place, line_bar());
        self.lines.insert(worker.id, Line { bar, item: None });
        self.idle(worker);
    }

    fn busy(&mut self, worker: Worker, item: String) {
        if let Some(line) = self.lines.get_mut(&worker.id) {
            line.item = Some((item, Instant::now()));
            line.draw(worker.id);
        }
    }

    fn idle(&mut self, worker: Worker) {
        if let Some(line) = self.lines.get_mut(&worker.id) {
            line.item = None;
            line.draw(worker.id);
        }
    }

    fn remove(&mut self, worker: Worker) {
        if let Some(line) = self.lines.remove(&worker.id) {
            line.bar.finish_and_clear();
            self.region.remove(&line.bar);
        }
    }

    /// Prints a line that stays, above the region.
    fn say(&self, line: &str) {
        // A terminal that is gone must not end the work.
        let _ = self.region.println(line);
    }

    fn draw(&self) {
        for (id, line) in &self.lines {
            line.draw(*id);
        }
        self.summary.set_message(self.summary_line());
        self.summary.tick();
    }

    fn summary_line(&self) -> String {
        let Counts {
            total,
            done,
            failed,
            lost,
        } = self.counts;
        let seconds = self.start.elapsed().as_secs_f64();
        format!("{done} of {total} done, {failed} failed, {lost} lost; {seconds:.1}s")
    }

    /// Leaves the counts on the terminal, and nothing else of the region.
    fn finish(&mut self) {
        for line in std::mem::take(&mut self.lines).into_values() {
            line.bar.finish_and_clear();
        }
        self.summary.finish_with_message(self.summary_line());
    }
}

impl Line {
    fn draw(&self, id: usize) {
        let text = match &self.item {
            Some((item, since)) => {
                format!("{id:3} {:5.1}s {item}", since.elapsed().as_secs_f64())
            }
            None => format!("{id:3}        idle"),
        };
        self.bar.set_message(text);
        self.bar.tick();
    }
}

/// A bar that is nothing but its message, cut to the width of the terminal.
fn line_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_msg}");
    let bar = ProgressBar::no_length();
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

impl Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen")
            .field("workers", &self.lines.keys())
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
