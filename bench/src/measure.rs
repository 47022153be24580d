//! From a table of metrics to figures.

use crate::reading;
use crate::schedule::{Effort, Schedule};
use crate::table::{Against, Metric, Program, Table};
use crate::workshop::{Trouble, Workshop};

/// What came out for one crate.
#[derive(Debug)]
pub(crate) struct Measured<'a> {
    pub(crate) table: &'a Table,
    pub(crate) metrics: Vec<MeasuredMetric<'a>>,
    pub(crate) rounds: usize,
}

/// What came out for one metric.
#[derive(Debug)]
pub(crate) struct MeasuredMetric<'a> {
    pub(crate) metric: &'a Metric,
    pub(crate) ours: Figures,
    pub(crate) peers: Vec<(&'a str, Rival)>,
}

/// One figure a round, or why there are none.
pub(crate) type Figures = Result<Vec<f64>, Trouble>;

/// What ours is compared with.
#[derive(Debug)]
pub(crate) enum Rival {
    Program { figures: Figures, goal: f64 },
    Bound(f64),
}

impl Measured<'_> {
    /// Whether something that should have run did not.
    pub(crate) fn is_broken(&self) -> bool {
        let mut all = self.metrics.iter().flat_map(MeasuredMetric::figures);
        all.any(|(_, figures)| matches!(figures, Err(Trouble::Broken(_))))
    }
}

impl<'a> MeasuredMetric<'a> {
    /// The figures of all programs, by name.
    pub(crate) fn figures(&self) -> impl Iterator<Item = (&'a str, &Figures)> {
        let peers = self.peers.iter().filter_map(|(name, rival)| match rival {
            Rival::Program { figures, .. } => Some((*name, figures)),
            Rival::Bound(_) => None,
        });
        std::iter::once(("ours", &self.ours)).chain(peers)
    }
}

/// Builds what a table names, runs it in rounds, and reads the figures.
pub(crate) fn measure<'a>(
    table: &'a Table,
    workshop: &mut Workshop,
    effort: Effort,
) -> Measured<'a> {
    let mut schedule = Schedule::default();
    for metric in &table.metrics {
        for program in programs(metric) {
            schedule.add(program, metric, workshop);
        }
    }
    let rounds = schedule.run(&table.name, effort);
    let metrics = table.metrics.iter().map(|metric| read(metric, &schedule));
    Measured {
        table,
        metrics: metrics.collect(),
        rounds,
    }
}

fn programs(metric: &Metric) -> impl Iterator<Item = &Program> {
    let peers = metric.peers.iter().filter_map(|peer| match &peer.against {
        Against::Program { program, .. } => Some(program),
        Against::Bound(_) => None,
    });
    std::iter::once(&metric.ours).chain(peers)
}

fn read<'a>(metric: &'a Metric, schedule: &Schedule) -> MeasuredMetric<'a> {
    let rival = |against: &Against| match against {
        Against::Bound(bound) => Rival::Bound(*bound),
        Against::Program { program, goal } => Rival::Program {
            figures: figures(program, metric, schedule),
            goal: *goal,
        },
    };
    let peers = metric.peers.iter();
    let peers = peers.map(|peer| (peer.name.as_str(), rival(&peer.against)));
    MeasuredMetric {
        metric,
        ours: figures(&metric.ours, metric, schedule),
        peers: peers.collect(),
    }
}

fn figures(program: &Program, metric: &Metric, schedule: &Schedule) -> Figures {
    let printed = schedule.printed(program, metric)?.iter();
    let figures = printed.map(|text| reading::figure(text, &program.line, &metric.unit));
    figures.collect::<Result<_, _>>().map_err(|error| {
        let Program { source, run, .. } = program;
        Trouble::Broken(format!("{source} {run} {error:#}"))
    })
}
