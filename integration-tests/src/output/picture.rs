//! The geometry of a picture: lanes as rows, time from left to right.
//!
//! All pictures of a page share one scale, so that a shorter run is a shorter picture. A picture
//! has at most a few hundred blocks a lane however many files there are: spans narrower than a
//! pixel are gathered in blocks of a few pixels, which are as high as the share of their time that
//! was busy.

use super::lanes::{Lane, is_measuring};
use crate::job::{Doing, Job, Span};
use crate::text;

/// Where the time axis begins; the lanes' names stand to the left of it.
const LEFT: f64 = 84.0;
/// Length of the time axis.
const PLOT: f64 = 800.0;
/// Room for the lanes' figures to the right of it.
const RIGHT: f64 = 160.0;
/// From one lane to the next.
const PITCH: f64 = 34.0;
/// Height of the upper band of a lane, in which measuring is drawn.
const MEASURE_BAND: f64 = 18.0;
/// Height of the lower band, in which merging is drawn.
const MERGE_BAND: f64 = 7.0;
/// Room for the axis below the lanes.
const AXIS: f64 = 24.0;
/// A gathering block is not made wider than this, so that changes within a run stay visible.
const WIDEST_GATHERING: f64 = 6.0;
/// A block is at least this wide and high, else it would not be seen.
const THINNEST: f64 = 0.8;

/// Everything needed to draw one run. All lengths are in pixels.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) left: f64,
    /// Where the lanes end and the axis begins.
    pub(crate) bottom: f64,
    /// Where this run ended.
    pub(crate) end: f64,
    /// Where the axis ends.
    pub(crate) right: f64,
    pub(crate) rows: Vec<Row>,
    pub(crate) ticks: Vec<Tick>,
}

/// A lane as it is drawn.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) figures: String,
    /// Base line of the text.
    pub(crate) text_y: f64,
    pub(crate) top: f64,
    pub(crate) height: f64,
    pub(crate) blocks: Vec<Block>,
}

/// A rectangle: one span, or several gathered.
#[derive(Debug, PartialEq)]
pub(crate) struct Block {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) class: &'static str,
    pub(crate) title: String,
}

/// A mark on the time axis.
#[derive(Debug)]
pub(crate) struct Tick {
    pub(crate) x: f64,
    pub(crate) label: String,
}

/// Turns times into places on the axis.
#[derive(Debug, Clone, Copy)]
struct Scale {
    start_ns: u64,
    pixels_per_ns: f64,
}

impl Scale {
    fn x(&self, time_ns: u64) -> f64 {
        LEFT + time_ns.saturating_sub(self.start_ns) as f64 * self.pixels_per_ns
    }

    fn width(&self, duration_ns: u64) -> f64 {
        duration_ns as f64 * self.pixels_per_ns
    }
}

impl Picture {
    /// Draws the `lanes` of a run that took `time_ns` from `start_ns`, on an axis of `longest_ns`.
    pub(crate) fn new(
        job: &Job,
        lanes: &[Lane],
        start_ns: u64,
        time_ns: u64,
        longest_ns: u64,
    ) -> Self {
        let longest_ns = longest_ns.max(1);
        let scale = Scale {
            start_ns,
            pixels_per_ns: PLOT / longest_ns as f64,
        };
        let rows = lanes
            .iter()
            .enumerate()
            .map(|(index, lane)| row(job, lane, index, time_ns, scale));
        let bottom = PITCH * lanes.len() as f64;
        Self {
            width: LEFT + PLOT + RIGHT,
            height: bottom + AXIS,
            left: LEFT,
            bottom,
            end: LEFT + scale.width(time_ns),
            right: LEFT + PLOT,
            rows: rows.collect(),
            ticks: ticks(longest_ns),
        }
    }

    /// For those who do not see it: `caller: 3 % busy; worker 1: 97 % busy, 12 files`.
    pub(crate) fn in_words(&self) -> String {
        let rows = self.rows.iter();
        let rows = rows.map(|row| format!("{}: {}", row.label, row.figures));
        rows.collect::<Vec<_>>().join("; ")
    }
}

fn row(job: &Job, lane: &Lane, index: usize, time_ns: u64, scale: Scale) -> Row {
    let top = PITCH * index as f64;
    let (measuring, merging): (Vec<Span>, Vec<Span>) =
        lane.spans.iter().partition(|span| is_measuring(span));
    let upper = Band {
        class: "measure",
        top,
        height: MEASURE_BAND,
    };
    let lower = Band {
        class: "merge",
        top: top + MEASURE_BAND + 1.0,
        height: MERGE_BAND,
    };
    let mut blocks = upper.blocks(job, &measuring, scale);
    blocks.extend(lower.blocks(job, &merging, scale));
    let files = match lane.files() {
        0 => String::new(),
        files => format!(", {}", text::counted(files, "file")),
    };
    let busy = (lane.measuring_ns() + lane.merging_ns()) as f64 / time_ns.max(1) as f64;
    Row {
        label: lane.label.clone(),
        figures: format!("{:.0} % busy{files}", busy * 100.0),
        text_y: top + MEASURE_BAND - 4.0,
        top,
        height: MEASURE_BAND + 1.0 + MERGE_BAND,
        blocks,
    }
}

/// The part of a lane in which one kind of work is drawn, upwards from its lower edge.
#[derive(Debug, Clone, Copy)]
struct Band {
    class: &'static str,
    top: f64,
    height: f64,
}

/// Successive spans that are drawn as one block.
#[derive(Debug)]
struct Group<'a> {
    first: &'a Span,
    last: &'a Span,
    spans: usize,
    busy_ns: u64,
}

impl Band {
    fn blocks(&self, job: &Job, spans: &[Span], scale: Scale) -> Vec<Block> {
        gathered(spans, scale)
            .iter()
            .map(|group| self.block(job, group, scale))
            .collect()
    }

    fn block(&self, job: &Job, group: &Group<'_>, scale: Scale) -> Block {
        let elapsed_ns = group.elapsed_ns().max(1);
        let share = (group.busy_ns as f64 / elapsed_ns as f64).min(1.0);
        let height = (self.height * share).max(THINNEST);
        Block {
            x: rounded(scale.x(group.first.start_ns)),
            y: rounded(self.top + self.height - height),
            width: rounded(scale.width(elapsed_ns).max(THINNEST)),
            height: rounded(height),
            class: self.class,
            title: group.title(job),
        }
    }
}

impl Group<'_> {
    fn elapsed_ns(&self) -> u64 {
        self.last.end_ns.saturating_sub(self.first.start_ns)
    }

    fn title(&self, job: &Job) -> String {
        let busy = text::time(self.busy_ns);
        match (self.first.doing, self.spans) {
            (Doing::Measure(file), 1) => {
                format!("{}: {busy}", text::escaped_path(&job.path(file)))
            }
            (Doing::Measure(_), files) => {
                format!("{files} files: {busy} of {}", text::time(self.elapsed_ns()))
            }
            (Doing::Merge, 1) => format!("adding up: {busy}"),
            (Doing::Merge, times) => {
                format!(
                    "adding up, {times} times: {busy} of {}",
                    text::time(self.elapsed_ns())
                )
            }
        }
    }
}

/// Spans of a pixel and more stand alone. A narrower one joins the narrow ones before it, as long
/// as the gap between them would not be seen and the block does not become too wide.
fn gathered<'a>(spans: &'a [Span], scale: Scale) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for span in spans {
        let narrow = |span: &Span| scale.width(span.duration_ns()) < 1.0;
        match groups.last_mut() {
            Some(group)
                if narrow(span)
                    && narrow(group.last)
                    && scale.width(span.start_ns.saturating_sub(group.last.end_ns)) < 1.0
                    && scale.width(group.elapsed_ns()) < WIDEST_GATHERING =>
            {
                group.last = span;
                group.spans += 1;
                group.busy_ns += span.duration_ns();
            }
            _ => groups.push(Group {
                first: span,
                last: span,
                spans: 1,
                busy_ns: span.duration_ns(),
            }),
        }
    }
    groups
}

/// Marks at round times, at most nine of them.
fn ticks(longest_ns: u64) -> Vec<Tick> {
    let step = step(longest_ns);
    (0..=longest_ns / step)
        .map(|index| index * step)
        .map(|time_ns| Tick {
            x: rounded(LEFT + PLOT * time_ns as f64 / longest_ns as f64),
            label: label(time_ns, step),
        })
        .collect()
}

/// The smallest of 1, 2, 5, 10, ... nanoseconds of which no more than eight fit.
fn step(longest_ns: u64) -> u64 {
    let mut decade: u64 = 1;
    loop {
        for step in [decade, 2 * decade, 5 * decade] {
            if longest_ns / step <= 8 {
                return step;
            }
        }
        decade = decade.saturating_mul(10);
    }
}

fn label(time_ns: u64, step: u64) -> String {
    match step {
        1_000_000_000.. => format!("{} s", time_ns / 1_000_000_000),
        1_000_000.. => format!("{} ms", time_ns / 1_000_000),
        1_000.. => format!("{} µs", time_ns / 1_000),
        _ => format!("{time_ns} ns"),
    }
}

/// Hundredths of a pixel are enough, and keep the page small.
fn rounded(pixels: f64) -> f64 {
    (pixels * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale {
        start_ns: 0,
        pixels_per_ns: 0.01,
    };

    fn span(start_ns: u64, end_ns: u64) -> Span {
        Span {
            worker: 1,
            start_ns,
            end_ns,
            doing: Doing::Merge,
        }
    }

    fn sizes(spans: &[Span]) -> Vec<usize> {
        gathered(spans, SCALE)
            .iter()
            .map(|group| group.spans)
            .collect()
    }

    #[test]
    fn wide_spans_stand_alone_and_narrow_neighbours_are_gathered() {
        assert_eq!(sizes(&[span(0, 100), span(100, 200)]), [1, 1]);
        assert_eq!(
            sizes(&[span(0, 50), span(60, 99), span(100, 300), span(300, 310)]),
            [2, 1, 1]
        );
        assert_eq!(
            sizes(&[span(0, 10), span(110, 120)]),
            [1, 1],
            "a gap of a pixel is seen"
        );
    }

    #[test]
    fn a_hundred_thousand_spans_make_a_few_hundred_blocks() {
        let spans: Vec<_> = (0..100_000).map(|n| span(n, n + 1)).collect();
        let scale = Scale {
            pixels_per_ns: PLOT / 100_000.0,
            ..SCALE
        };
        let groups = gathered(&spans, scale);
        assert!((100..=200).contains(&groups.len()), "{}", groups.len());
        assert_eq!(
            groups.iter().map(|group| group.spans).sum::<usize>(),
            spans.len()
        );
    }

    #[test]
    fn a_gathering_block_is_as_high_as_it_was_busy() {
        let band = Band {
            class: "merge",
            top: 10.0,
            height: 20.0,
        };
        let directory = tempfile::tempdir().unwrap();
        let job = Job::walk(directory.path(), &[]).unwrap();
        let blocks = band.blocks(&job, &[span(100, 120), span(180, 200)], SCALE);
        let expected = Block {
            x: LEFT + 1.0,
            y: 22.0,
            width: 1.0,
            height: 8.0,
            class: "merge",
            title: "adding up, 2 times: 40 ns of 100 ns".to_owned(),
        };
        assert_eq!(blocks, [expected]);
    }

    #[test]
    fn marks_stand_at_round_times() {
        let labels = |longest| {
            ticks(longest)
                .into_iter()
                .map(|tick| tick.label)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            labels(7_300_000),
            [
                "0 ms", "1 ms", "2 ms", "3 ms", "4 ms", "5 ms", "6 ms", "7 ms"
            ]
        );
        assert_eq!(
            labels(90_000_000_000),
            ["0 s", "20 s", "40 s", "60 s", "80 s"]
        );
        assert_eq!(labels(1), ["0 ns", "1 ns"]);
        assert!((1..u64::BITS).all(|bits| ticks(u64::MAX >> bits).len() <= 9));
    }
}
