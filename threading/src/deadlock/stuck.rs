//! Which threads will never go on.
//!
//! A wait ends when one of certain threads does something (releases the lock, runs the task), or when each of certain
//! threads does (all of an executor's end). Threads that wait are stuck if that can only be done by threads that are
//! stuck: the largest set of which this is true is found by striking out, again and again, those that somebody outside
//! of the set may let go. Where it is not known who may, a thread is not stuck.

use std::collections::HashSet;

use super::report::{Party, Relation, Report, Thread};
use super::resource::{Note, Resource, Task};
use super::table::Table;

/// Who must do something for a wait to end.
enum Needs {
    /// Any of these.
    One(Vec<u64>),
    /// Each of these.
    All(Vec<u64>),
}

impl Table {
    /// The deadlock that this thread's wait has closed, with all who are in it, this one first.
    pub(super) fn deadlock_of(&self, thread: u64) -> Option<Report> {
        let wait = self.wait_of(thread)?;
        if self.is_abandoned(wait) {
            return Some(Report::abandoned(self.parties(&[thread])));
        }
        // Most often there is no way back, which is found soon.
        let candidates = self.way_back_to(thread, |_| true)?;
        let stuck = self.stuck(candidates);
        if !stuck.contains(&thread) {
            return None;
        }
        let involved = self.way_back_to(thread, |other| stuck.contains(&other))?;
        Some(Report::cycle(self.parties(&involved)))
    }

    /// Whether it is for a lock whose holder has ended.
    fn is_abandoned(&self, wait: &Note) -> bool {
        let holder = wait.resource.address().and_then(|lock| self.holder(lock));
        holder.is_some_and(|holder| self.has_ended(holder))
    }

    /// All for whom this thread waits, itself first, those for whom they wait, and so on; none if the thread itself is not
    /// among these. Then it would be one more that waits for others, whose deadlock was told when it was closed.
    fn way_back_to(&self, thread: u64, may: impl Fn(u64) -> bool) -> Option<Vec<u64>> {
        let (mut found, mut looked_at, mut is_back) = (vec![thread], 0, false);
        while let Some(&waiter) = found.get(looked_at) {
            looked_at += 1;
            for other in self.needed_by(waiter) {
                is_back |= other == thread;
                if may(other) && !found.contains(&other) {
                    found.push(other);
                }
            }
        }
        is_back.then_some(found)
    }

    fn stuck(&self, candidates: Vec<u64>) -> HashSet<u64> {
        let mut stuck: HashSet<u64> = candidates.into_iter().collect();
        loop {
            let goes_on = |thread: &u64| !self.is_blocked(*thread, &stuck);
            let going_on: Vec<_> = stuck.iter().copied().filter(goes_on).collect();
            if going_on.is_empty() {
                return stuck;
            }
            for thread in going_on {
                stuck.remove(&thread);
            }
        }
    }

    /// Whether the thread can do nothing as long as these are stuck.
    fn is_blocked(&self, thread: u64, stuck: &HashSet<u64>) -> bool {
        let is_stuck = |thread: &u64| stuck.contains(thread);
        match self
            .wait_of(thread)
            .and_then(|wait| self.needs(&wait.resource))
        {
            Some(Needs::One(threads)) => threads.iter().all(is_stuck),
            Some(Needs::All(threads)) => threads.iter().any(is_stuck),
            None => self.has_ended(thread),
        }
    }

    fn needed_by(&self, thread: u64) -> Vec<u64> {
        match self
            .wait_of(thread)
            .and_then(|wait| self.needs(&wait.resource))
        {
            Some(Needs::One(threads) | Needs::All(threads)) => threads,
            None => Vec::new(),
        }
    }

    /// None if that is not known, or nobody need do anything.
    fn needs(&self, resource: &Resource) -> Option<Needs> {
        match resource {
            Resource::Lock { address, .. } => Some(Needs::One(vec![self.holder(*address)?])),
            Resource::Thread(thread) => Some(Needs::One(vec![*thread])),
            Resource::Task(task) => Some(Needs::One(self.able(task)?)),
            Resource::AnyTask(tasks) => {
                let able: Option<Vec<_>> = tasks.iter().map(|task| self.able(task)).collect();
                let mut able = able?.concat();
                able.sort_unstable();
                able.dedup();
                Some(Needs::One(able))
            }
            Resource::Team(team) => Some(Needs::All(self.crew(*team)?.threads.clone())),
        }
    }

    /// Who can settle a task: the one who runs it, or, as it may be in line, every thread of its executor. There must
    /// be no more of these to come, and all must be known.
    fn able(&self, task: &Task) -> Option<Vec<u64>> {
        if let Some(runner) = self.runner(task.address) {
            return Some(vec![runner]);
        }
        let crew = self.crew(task.team?)?;
        crew.is_complete().then(|| crew.threads.clone())
    }

    fn parties(&self, threads: &[u64]) -> Vec<Party> {
        threads
            .iter()
            .filter_map(|thread| self.party(*thread))
            .collect()
    }

    fn party(&self, thread: u64) -> Option<Party> {
        let wait = self.wait_of(thread)?.clone();
        let others = self.needed_by(thread);
        Some(Party {
            thread: self.named(thread),
            relation: self.relation(&wait, &others),
            others: others.into_iter().map(|other| self.named(other)).collect(),
            wait,
        })
    }

    fn named(&self, thread: u64) -> Thread {
        let name = self
            .record_of(thread)
            .and_then(|record| record.name.clone());
        Thread {
            name,
            ident: thread,
        }
    }

    fn relation(&self, wait: &Note, others: &[u64]) -> Relation {
        match &wait.resource {
            Resource::Lock { address, .. } => {
                let holder = others.first().and_then(|holder| self.record_of(*holder));
                let mut held = holder.into_iter().flat_map(|holder| &holder.holds);
                let lock = held.find(|note| note.resource.address() == Some(*address));
                lock.map_or(Relation::Is, |lock| Relation::Took(lock.place))
            }
            Resource::Thread(_) => Relation::Is,
            Resource::Task(task) if self.runner(task.address).is_some() => Relation::Runs,
            Resource::Task(_) | Resource::AnyTask(_) => Relation::MayRun,
            Resource::Team(_) => Relation::Belongs,
        }
    }
}
