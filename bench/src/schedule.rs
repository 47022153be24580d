//! The rounds: ours, peer, peer, ours, peer, peer, ...

use std::io::{self, IsTerminal};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::table::{Metric, Program, Source};
use crate::workshop::{Trouble, Workshop};
use crate::{command, machine};

/// How much is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// No round is begun that would probably end later than this after the first; `None` for no limit.
    pub(crate) budget: Option<Duration>,
    /// For one run of one program.
    pub(crate) limit: Duration,
}

/// Only a program that was given this much time, or all that it may take, can be called hanging.
const HANGS: Duration = Duration::from_secs(15);

/// The programs of one crate's metrics, in the metrics' order. One that several metrics read from runs
/// once a round.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    source: Source,
    run: String,
    cores: Option<usize>,
    command: Result<Command, Trouble>,
    /// What it printed, once a round.
    printed: Vec<String>,
}

impl Schedule {
    /// Adds a program of `metric`, made ready to run, unless it is there already.
    pub(crate) fn add(&mut self, program: &Program, metric: &Metric, workshop: &mut Workshop) {
        if self.find(program, metric).is_none() {
            self.entries.push(Entry {
                source: program.source.clone(),
                run: program.run.clone(),
                cores: metric.cores,
                command: enough_cores(metric)
                    .and_then(|()| workshop.command(program, metric.cores)),
                printed: Vec::new(),
            });
        }
    }

    fn find(&self, program: &Program, metric: &Metric) -> Option<&Entry> {
        let wanted = (&program.source, &program.run, metric.cores);
        let mut entries = self.entries.iter();
        entries.find(|entry| (&entry.source, &entry.run, entry.cores) == wanted)
    }

    /// Runs the rounds and says how many there were: one at least, and as many as effort has it.
    pub(crate) fn run(&mut self, name: &str, effort: Effort) -> usize {
        let start = Instant::now();
        let mut rounds = 0;
        while rounds < effort.rounds && effort.has_time_for_another(start.elapsed(), rounds) {
            rounds += 1;
            if io::stderr().is_terminal() {
                eprintln!("bench: {name}, round {rounds} of {}", effort.rounds);
            }
            for entry in &mut self.entries {
                entry.run_once(effort.limit, effort.time_left(start.elapsed()));
            }
        }
        rounds
    }

    /// What a program of `metric` printed, once a round, or why it did not.
    ///
    /// # Panics
    ///
    /// If it has not been added.
    pub(crate) fn printed(&self, program: &Program, metric: &Metric) -> Result<&[String], Trouble> {
        let entry = self.find(program, metric).expect("an added program");
        match &entry.command {
            Ok(_) => Ok(&entry.printed),
            Err(trouble) => Err(trouble.clone()),
        }
    }
}

impl Entry {
    /// A program that has failed once is not run again.
    fn run_once(&mut self, limit: Duration, time_left: Duration) {
        let Ok(command) = &mut self.command else {
            return;
        };
        match command::run(command, limit.min(time_left)) {
            Ok(printed) => self.printed.push(printed),
            Err(failure) if failure.is_too_long() && time_left < limit.min(HANGS) => {
                let why = "there was no time left for it; try without --quick";
                self.command = Err(Trouble::Missing(why.to_owned()));
            }
            Err(failure) => self.command = Err(failure.into()),
        }
    }
}

fn enough_cores(metric: &Metric) -> Result<(), Trouble> {
    let (cores, needed) = (machine::cores().len(), metric.needs_cores);
    match cores < needed {
        true => Err(Trouble::Missing(format!(
            "it needs {needed} cores, and there are {cores}"
        ))),
        false => Ok(()),
    }
}

impl Effort {
    /// Whether one more round, as long as those before, ends within the budget.
    fn has_time_for_another(&self, elapsed: Duration, rounds: usize) -> bool {
        let (Some(budget), Ok(rounds @ 1..)) = (self.budget, u32::try_from(rounds)) else {
            return true;
        };
        elapsed + elapsed / rounds < budget
    }

    /// What is left of the budget when so much time has gone.
    fn time_left(&self, elapsed: Duration) -> Duration {
        let left = self.budget.map(|budget| budget.saturating_sub(elapsed));
        left.map_or(Duration::MAX, |left| left.max(Duration::from_secs(1)))
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

    const FULL: Effort = Effort {
        budget: None,
        ..QUICK
    };

    #[test]
    fn a_round_that_would_not_fit_is_not_begun() {
        assert!(QUICK.has_time_for_another(seconds(0), 0));
        assert!(QUICK.has_time_for_another(seconds(20), 1));
        assert!(!QUICK.has_time_for_another(seconds(40), 2));
        assert!(FULL.has_time_for_another(seconds(4000), 2));
    }

    #[test]
    fn no_program_may_run_past_the_budget() {
        assert_eq!(QUICK.time_left(seconds(0)), seconds(50));
        assert_eq!(QUICK.time_left(seconds(45)), seconds(5));
        assert_eq!(QUICK.time_left(seconds(60)), seconds(1));
        assert_eq!(FULL.time_left(seconds(4000)), Duration::MAX);
    }

    /// A program that sleeps, started with so much time left, and a limit of a second.
    fn sleeper(time_left: Duration) -> Trouble {
        let mut command = Command::new("sleep");
        command.arg("1000");
        let mut entry = Entry {
            source: Source::Shell(String::new()),
            run: String::new(),
            cores: None,
            command: Ok(command),
            printed: Vec::new(),
        };
        entry.run_once(seconds(1), time_left);
        entry.command.unwrap_err()
    }

    #[test]
    fn a_program_for_which_no_time_was_left_is_not_called_broken() {
        let cut_short = sleeper(Duration::from_millis(100));
        assert!(matches!(cut_short, Trouble::Missing(why) if why.contains("no time left")));
        assert!(matches!(sleeper(seconds(50)), Trouble::Broken(_)));
    }
}
