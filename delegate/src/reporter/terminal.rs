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

#[cfg(test)]
mod tests {
    use super::{Reporter, TerminalReporter};
    use crate::{Failure, Raised, Worker};
    use indicatif::{InMemoryTerm, ProgressDrawTarget};
    use manyways_process::Exit;
    use std::time::Duration;

    const ONE: Worker = Worker { id: 1, pid: 11 };
    const TWO: Worker = Worker { id: 2, pid: 22 };

    /// Without a limit of the drawing rate.
    fn on(terminal: &InMemoryTerm) -> TerminalReporter {
        TerminalReporter::on(ProgressDrawTarget::term_like(Box::new(terminal.clone())))
    }

    fn show(reporter: &mut TerminalReporter, terminal: &InMemoryTerm) -> Vec<String> {
        Reporter::<&str, u8>::tick(reporter);
        let lines = terminal.contents();
        lines
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    fn raised() -> Failure {
        Failure::Raised(Raised::error(&"404 Not Found"))
    }

    #[test]
    fn the_region_has_a_line_a_worker_and_the_counts() {
        let terminal = InMemoryTerm::new(10, 60);
        let mut reporter = on(&terminal);
        let report: &mut dyn Reporter<&str, u8> = &mut reporter;
        report.init();
        report.enqueue(4);
        report.spawn(TWO);
        report.spawn(ONE);
        report.begin(ONE, &"first");
        report.begin(TWO, &"second");
        report.success(TWO, &"second", &0, Duration::ZERO);
        let lines = show(&mut reporter, &terminal);
        assert_eq!(lines.len(), 3, "{lines:#?}");
        assert!(lines[0].starts_with("  1   0.0s \"first\""), "{lines:#?}");
        assert_eq!(lines[1], "  2        idle");
        assert!(
            lines[2].starts_with("1 of 4 done, 0 failed, 0 lost; 0."),
            "{lines:#?}"
        );
    }

    #[test]
    fn failures_scroll_by_above_and_the_counts_stay_at_the_end() {
        let terminal = InMemoryTerm::new(10, 60);
        let mut reporter = on(&terminal);
        let report: &mut dyn Reporter<&str, u8> = &mut reporter;
        report.init();
        report.enqueue(2);
        report.spawn(ONE);
        report.begin(ONE, &"a");
        report.fail(ONE, &"a", &raised(), Duration::ZERO);
        report.begin(ONE, &"b");
        let exit = Exit::Code(3);
        report.abort(ONE, &"b", &Failure::Died { pid: 11, exit }, Duration::ZERO);
        report.exit(ONE, exit);
        report.cleanup();
        let text = terminal.contents();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(
            lines[..2],
            [
                "failed \"a\": 404 Not Found",
                "lost \"b\": process 11 exited with code 3 before it was done"
            ],
            "{lines:#?}"
        );
        assert!(
            lines
                .last()
                .unwrap()
                .starts_with("0 of 2 done, 1 failed, 1 lost; 0."),
            "{lines:#?}"
        );
        assert!(!text.contains("idle"), "{lines:#?}");
    }

    #[test]
    fn a_replacement_takes_the_line_of_the_dead() {
        let terminal = InMemoryTerm::new(10, 60);
        let mut reporter = on(&terminal);
        let report: &mut dyn Reporter<&str, u8> = &mut reporter;
        report.init();
        report.spawn(ONE);
        report.spawn(TWO);
        report.exit(ONE, Exit::Code(3));
        report.spawn(Worker { id: 1, pid: 33 });
        report.begin(Worker { id: 1, pid: 33 }, &"again");
        let lines = show(&mut reporter, &terminal);
        assert!(
            lines[0].contains("again") && lines[1].contains("idle"),
            "{lines:#?}"
        );
    }
}
