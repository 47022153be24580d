//! One run: every item goes to a worker, and what became of it comes back.
//!
//! The loop hands out orders, waits for the links, the deaths and the time limits of all workers at
//! once, and never blocks on a single one of them.

use std::time::{Duration, Instant};

use manyways_process::Exit;
use serde::de::DeserializeOwned;

use crate::Failure;
use crate::ledger::Ledger;
use crate::pool::{Pool, Ready};
use crate::reporter::Reporter;
use crate::settings::Settings;
use crate::worker::Received;

/// How much work may be queued at a worker behind the item it runs, by the time that items take.
/// It hides the way to the parent and back between short items; an item that turns out to be long
/// holds up no more than this, and long items are not queued at all.
const QUEUE_AHEAD: Duration = Duration::from_micros(500);

/// How many items may be queued at a worker behind the one it runs.
const LONGEST_QUEUE: usize = 16;

/// Puts the order for the item at a position into the buffer.
pub(crate) type Encode<'r> = &'r mut dyn FnMut(usize, &mut Vec<u8>) -> Result<(), Failure>;

/// A run of items over the workers of a pool.
pub(crate) struct Run<'r, 'f, I, R> {
    items: &'r [I],
    encode: Encode<'r>,
    settings: &'r Settings,
    reporter: &'r mut (dyn Reporter<I, R> + 'f),
    pool: &'r mut Pool<'f>,
    ledger: Ledger<R>,
    /// A running mean of the time that an item takes.
    typical: Option<Duration>,
    next_tick: Option<Instant>,
    order: Vec<u8>,
}

impl<'r, 'f, I, R: DeserializeOwned> Run<'r, 'f, I, R> {
    pub(crate) fn new(
        items: &'r [I],
        encode: Encode<'r>,
        settings: &'r Settings,
        reporter: &'r mut (dyn Reporter<I, R> + 'f),
        pool: &'r mut Pool<'f>,
    ) -> Run<'r, 'f, I, R> {
        Run {
            items,
            encode,
            settings,
            reporter,
            pool,
            ledger: Ledger::new(items.len(), settings.retries),
            typical: None,
            next_tick: None,
            order: Vec::new(),
        }
    }

    /// Runs all items, and returns what became of each, in their order.
    pub(crate) fn outcomes(mut self) -> impl Iterator<Item = Result<R, Failure>> {
        self.reporter.enqueue(self.items.len());
        self.pool.tidy(self.reporter);
        while self.ledger.unsettled() > 0 {
            let forked = self.fork_if_short();
            self.dispatch();
            if self.pool.workers.is_empty() {
                self.fail_the_waiting();
            }
            if self.ledger.unsettled() > 0 {
                // Between two forks the workers that are there already are not kept waiting.
                let until = if forked {
                    Some(Instant::now())
                } else {
                    self.next_wake()
                };
                self.attend_until(until);
            }
        }
        self.ledger.into_outcomes()
    }

    /// Forks a worker if one is missing; whether it did.
    fn fork_if_short(&mut self) -> bool {
        let short = self.pool.workers.len() < self.staff_wanted();
        if !short || self.pool.refusal.is_some() {
            return false;
        }
        match self.pool.fork() {
            Ok(worker) => self.reporter.spawn(worker),
            Err(error) => self.pool.refusal = Some(error.to_string()),
        }
        true
    }

    fn staff_wanted(&self) -> usize {
        self.pool.wanted.min(self.ledger.unsettled())
    }

    /// For when no worker is left, and none to be had.
    fn fail_the_waiting(&mut self) {
        while let Some(position) = self.ledger.next() {
            let reason = self.pool.refusal.clone();
            let reason = reason.unwrap_or_else(|| "no worker is left".to_owned());
            self.fail_unbegun(position, Failure::NotRun { reason });
        }
    }

    /// Sends orders: first to those that have none, then, while items are short, one more to each.
    fn dispatch(&mut self) {
        for queued in 0..=LONGEST_QUEUE {
            if queued > self.queue_allowed() {
                return;
            }
            for at in 0..self.pool.workers.len() {
                let worker = &self.pool.workers[at];
                if worker.orders.len() == queued && worker.takes_orders() {
                    self.give_next(at);
                }
            }
        }
    }

    /// How many items may be queued behind the one that a worker runs. Never so many that another
    /// worker would be short of items.
    fn queue_allowed(&self) -> usize {
        let by_time = match self.typical {
            None => 0,
            Some(typical) => QUEUE_AHEAD.as_nanos() / typical.as_nanos().max(1),
        };
        let share = self.ledger.waiting() / self.pool.workers.len().max(1);
        share
            .min(LONGEST_QUEUE)
            .min(usize::try_from(by_time).unwrap_or(usize::MAX))
    }

    fn give_next(&mut self, at: usize) {
        while let Some(position) = self.ledger.next() {
            self.order.clear();
            match (self.encode)(position, &mut self.order) {
                Ok(()) => return self.pool.workers[at].give(position, &self.order),
                Err(failure) => self.fail_unbegun(position, failure),
            }
        }
    }

    fn fail_unbegun(&mut self, position: usize, failure: Failure) {
        self.reporter.not_run(&self.items[position], &failure);
        self.ledger.settle(position, Err(failure));
    }

    fn attend_until(&mut self, until: Option<Instant>) {
        match self.pool.wait(until) {
            Ok(ready) => ready.into_iter().for_each(|ready| self.attend(ready)),
            Err(error) => self.give_up(&format!("could not wait for the workers: {error}")),
        }
        self.keep_time();
        self.tick();
    }

    /// Ends the workers whose time is up. Reporters may have held us up since we looked at the links,
    /// so a worker is heard once more first: what it finished in time must not count as late.
    fn keep_time(&mut self) {
        let limit = self.settings.timeout;
        for at in 0..self.pool.workers.len() {
            if self.pool.workers[at].is_due(limit) {
                self.attend(Ready { at, exit: None });
                self.pool.workers[at].keep_time(limit, self.settings.grace);
            }
        }
    }

    fn next_wake(&mut self) -> Option<Instant> {
        let limit = self.settings.timeout;
        let workers = self.pool.workers.iter();
        let next = workers.filter_map(|worker| worker.wakes_at(limit)).min();
        if self.next_tick.is_none() {
            let interval = self.reporter.refresh();
            self.next_tick = interval.and_then(|interval| Instant::now().checked_add(interval));
        }
        next.into_iter().chain(self.next_tick).min()
    }

    fn tick(&mut self) {
        if self.next_tick.is_some_and(|at| at <= Instant::now()) {
            self.next_tick = None;
            self.reporter.tick();
        }
    }

    /// Reads all that a worker has sent, and buries it if it has ended.
    fn attend(&mut self, Ready { at, exit }: Ready) {
        let worker = &mut self.pool.workers[at];
        if worker.link_fd().is_some_and(|(_, pending)| pending) {
            worker.flush();
        }
        loop {
            match self.pool.workers[at].receive(self.settings.grace) {
                Received::Begun => self.begin_first(at),
                Received::Done {
                    result,
                    took,
                    goes_on,
                } => self.settle_first(at, result, took, goes_on),
                Received::Nothing => break,
            }
        }
        if let Some(exit) = exit {
            self.bury(at, exit);
        }
    }

    fn begin_first(&mut self, at: usize) {
        let worker = &mut self.pool.workers[at];
        match worker.orders.front() {
            Some(&position) if !worker.begun => {
                worker.begun = true;
                self.reporter.begin(worker.identity, &self.items[position]);
            }
            _ => worker.break_with("it began what it had not been sent".to_owned()),
        }
    }

    fn settle_first(
        &mut self,
        at: usize,
        result: Result<R, Failure>,
        took: Duration,
        goes_on: bool,
    ) {
        let worker = &mut self.pool.workers[at];
        let identity = worker.identity;
        let begun = worker.begun;
        let Some(position) = worker.finish_first().filter(|_| begun) else {
            return worker.break_with("it finished what it had not begun".to_owned());
        };
        self.typical = Some(match self.typical {
            None => took,
            Some(typical) => (typical * 3 + took) / 4,
        });
        let item = &self.items[position];
        match &result {
            Ok(value) => self.reporter.success(identity, item, value, took),
            Err(failure) => self.reporter.fail(identity, item, failure, took),
        }
        self.ledger.settle(position, result);
        if goes_on {
            self.begin_first(at);
        }
    }

    /// Removes a worker that has ended. The order that it had begun fails with it; those behind were
    /// not begun and go back.
    fn bury(&mut self, at: usize, exit: Exit) {
        let mut worker = self.pool.workers.remove(at);
        self.pool.refusal = None; // Now there is room for another.
        let first = worker.orders.pop_front();
        for &position in worker.orders.iter().rev() {
            self.ledger.put_back(position);
        }
        if let Some(position) = first {
            let failure = worker.failure(exit, self.settings.timeout);
            if worker.begun {
                let item = &self.items[position];
                let took = worker.since.elapsed();
                self.reporter.abort(worker.identity, item, &failure, took);
                self.ledger.settle(position, Err(failure));
            } else if worker.failed_its_order() || self.ledger.has_lost_enough(position) {
                self.fail_unbegun(position, failure);
            } else {
                self.ledger.put_back(position);
            }
        }
        self.reporter.exit(worker.identity, exit);
    }

    /// Ends a run that cannot go on; nothing is left out of the outcomes.
    fn give_up(&mut self, reason: &str) {
        for worker in &mut self.pool.workers {
            worker.break_with(reason.to_owned());
        }
        for Ready { at, exit } in self.pool.kill_all() {
            self.bury(at, exit.unwrap_or(Exit::Unknown));
        }
        self.pool.refusal = Some(reason.to_owned());
        self.fail_the_waiting();
    }
}
