//! The rounds: ours, peer, peer, ours, peer, peer, ...

use std::io::{self, IsTerminal};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::table::{Against, Metric, Program, Table};
use crate::workshop::{Trouble, Workshop};
use crate::{command, machine, reading};

/// How much is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// No round is begun that would probably end later than this after the first; `None` for no limit.
    pub(crate) budget: Option<Duration>,
    /// For one run of one program.
    pub(crate) limit: Duration,
}

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
    pub(crate) ours: Side,
    pub(crate) peers: Vec<(&'a str, Rival)>,
}

/// What ours is compared with.
#[derive(Debug)]
pub(crate) enum Rival {
    Program { side: Box<Side>, goal: f64 },
    Bound(f64),
}

/// A program with its figures, one a round.
#[derive(Debug)]
pub(crate) struct Side {
    run: String,
    unit: String,
    command: Result<Command, Trouble>,
    figures: Vec<f64>,
}

impl Measured<'_> {
    /// Whether something that should have run did not.
    pub(crate) fn is_broken(&self) -> bool {
        let mut sides = self.metrics.iter().flat_map(MeasuredMetric::sides);
        sides.any(|(_, side)| matches!(side.command, Err(Trouble::Broken(_))))
    }
}

/// Builds what a table names and runs it in rounds.
pub(crate) fn measure<'a>(
    table: &'a Table,
    workshop: &mut Workshop,
    effort: Effort,
) -> Measured<'a> {
    let prepare = |metric| MeasuredMetric::prepare(metric, workshop);
    let mut metrics = table.metrics.iter().map(prepare).collect::<Vec<_>>();
    let start = Instant::now();
    let mut rounds = 0;
    while rounds < effort.rounds && effort.has_time_for_another(start.elapsed(), rounds) {
        rounds += 1;
        if io::stderr().is_terminal() {
            eprintln!("bench: {}, round {rounds} of {}", table.name, effort.rounds);
        }
        for metric in &mut metrics {
            metric.run_once(|| effort.limit_after(start.elapsed()));
        }
    }
    Measured {
        table,
        metrics,
        rounds,
    }
}

impl Effort {
    /// Whether one more round, as long as those before, ends within the budget. There is one at least.
    fn has_time_for_another(&self, elapsed: Duration, rounds: usize) -> bool {
        let Ok(rounds @ 1..) = u32::try_from(rounds) else {
            return true;
        };
        self.budget
            .is_none_or(|budget| elapsed + elapsed / rounds < budget)
    }

    /// The limit of a program that is started when so much time has gone.
    fn limit_after(&self, elapsed: Duration) -> Duration {
        let left = self
            .budget
            .map_or(self.limit, |budget| budget.saturating_sub(elapsed));
        left.max(Duration::from_secs(1)).min(self.limit)
    }
}

impl<'a> MeasuredMetric<'a> {
    fn prepare(metric: &'a Metric, workshop: &mut Workshop) -> MeasuredMetric<'a> {
        let cores = machine::cores().len();
        let mut side = |program: &Program| Side {
            run: program.run.clone(),
            unit: metric.unit.clone(),
            command: match cores < metric.needs_cores {
                true => Err(too_few_cores(metric, cores)),
                false => workshop.command(program, metric.cores),
            },
            figures: Vec::new(),
        };
        let ours = side(&metric.ours);
        let mut rival = |against: &Against| match against {
            Against::Program { program, goal } => Rival::Program {
                side: Box::new(side(program)),
                goal: *goal,
            },
            Against::Bound(bound) => Rival::Bound(*bound),
        };
        let peers = metric.peers.iter();
        let peers = peers.map(|peer| (peer.name.as_str(), rival(&peer.against)));
        MeasuredMetric {
            metric,
            peers: peers.collect(),
            ours,
        }
    }

    fn run_once(&mut self, limit: impl Fn() -> Duration) {
        self.ours.run_once(limit());
        for (_, rival) in &mut self.peers {
            if let Rival::Program { side, .. } = rival {
                side.run_once(limit());
            }
        }
    }

    /// All programs, by name.
    pub(crate) fn sides(&self) -> impl Iterator<Item = (&'a str, &Side)> {
        let peers = self.peers.iter().filter_map(|(name, rival)| match rival {
            Rival::Program { side, .. } => Some((*name, &**side)),
            Rival::Bound(_) => None,
        });
        std::iter::once(("ours", &self.ours)).chain(peers)
    }
}

fn too_few_cores(metric: &Metric, cores: usize) -> Trouble {
    let needed = metric.needs_cores;
    Trouble::Missing(format!("it needs {needed} cores, and there are {cores}"))
}

impl Side {
    /// A program that has failed once is not run again.
    fn run_once(&mut self, limit: Duration) {
        let Ok(command) = &mut self.command else {
            return;
        };
        match command::run(command, limit) {
            Err(failure) => self.command = Err(failure.into()),
            Ok(printed) => match reading::figure(&printed, &self.run, &self.unit) {
                Err(error) => self.command = Err(Trouble::Broken(format!("{command:?} {error:#}"))),
                Ok(figure) => self.figures.push(figure),
            },
        }
    }

    /// The figures of all rounds, or why there are none.
    pub(crate) fn figures(&self) -> Result<&[f64], &Trouble> {
        self.command.as_ref().map(|_| self.figures.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const QUICK: Effort = Effort {
        rounds: 3,
        budget: Some(Duration::from_secs(50)),
        limit: Duration::from_secs(60),
    };

    #[test]
    fn a_round_that_would_not_fit_is_not_begun() {
        assert!(QUICK.has_time_for_another(seconds(0), 0));
        assert!(QUICK.has_time_for_another(seconds(20), 1));
        assert!(!QUICK.has_time_for_another(seconds(40), 2));
        let full = Effort {
            budget: None,
            ..QUICK
        };
        assert!(full.has_time_for_another(seconds(4000), 2));
    }

    #[test]
    fn no_program_may_run_past_the_budget() {
        assert_eq!(QUICK.limit_after(seconds(0)), seconds(50));
        assert_eq!(QUICK.limit_after(seconds(45)), seconds(5));
        assert_eq!(QUICK.limit_after(seconds(60)), seconds(1));
        let full = Effort {
            budget: None,
            ..QUICK
        };
        assert_eq!(full.limit_after(seconds(4000)), seconds(60));
    }
}
