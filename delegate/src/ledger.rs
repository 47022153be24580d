//! Which items wait, which are done, and what became of them. No processes here.

use std::collections::VecDeque;

use crate::Failure;

/// How many workers may die with an item as their next before they began it, until the item is
/// given up. Such a death is hardly the item's fault, but a machine where every process dies at once
/// must not keep a run going for ever.
const MOST_LOSSES: u32 = 3;

/// The items of a run by position.
#[derive(Debug)]
pub(crate) struct Ledger<R> {
    waiting: VecDeque<usize>,
    entries: Vec<Entry<R>>,
    retries: u32,
    unsettled: usize,
}

#[derive(Debug)]
struct Entry<R> {
    outcome: Option<Result<R, Failure>>,
    failures: u32,
    losses: u32,
}

impl<R> Ledger<R> {
    /// `count` items, none begun, each of which may be run again `retries` times.
    pub(crate) fn new(count: usize, retries: u32) -> Ledger<R> {
        let entry = |_| Entry {
            outcome: None,
            failures: 0,
            losses: 0,
        };
        Ledger {
            waiting: (0..count).collect(),
            entries: (0..count).map(entry).collect(),
            retries,
            unsettled: count,
        }
    }

    /// Takes the next item that waits.
    pub(crate) fn next(&mut self) -> Option<usize> {
        self.waiting.pop_front()
    }

    /// How many items wait for a worker.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many items have no outcome yet, waiting or with a worker.
    pub(crate) fn unsettled(&self) -> usize {
        self.unsettled
    }

    /// Puts an item that was not begun back to the front.
    pub(crate) fn put_back(&mut self, position: usize) {
        self.waiting.push_front(position);
    }

    /// Notes that a worker died before it began the item that was its next; whether that has
    /// happened to this item too often.
    pub(crate) fn has_lost_enough(&mut self, position: usize) -> bool {
        let losses = &mut self.entries[position].losses;
        *losses += 1;
        *losses >= MOST_LOSSES
    }

    /// Notes how a run of the item ended. One that failed and may be retried waits again, behind
    /// the others.
    pub(crate) fn settle(&mut self, position: usize, outcome: Result<R, Failure>) {
        let entry = &mut self.entries[position];
        if outcome.as_ref().is_err_and(Failure::is_worth_a_retry) && entry.failures < self.retries {
            entry.failures += 1;
            self.waiting.push_back(position);
        } else {
            entry.outcome = Some(outcome);
            self.unsettled -= 1;
        }
    }

    /// The outcomes in the order of the items.
    pub(crate) fn into_outcomes(self) -> impl Iterator<Item = Result<R, Failure>> {
        let missing = || Failure::NotRun {
            reason: "the run ended early".to_owned(),
        };
        let outcomes = self.entries.into_iter().map(|entry| entry.outcome);
        outcomes.map(move |outcome| outcome.unwrap_or_else(|| Err(missing())))
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;
    use crate::{Failure, Raised};

    fn raised() -> Failure {
        Failure::Raised(Raised::error(&"busy"))
    }

    #[test]
    fn a_failed_item_waits_again_behind_the_others_until_its_retries_are_used_up() {
        let mut ledger = Ledger::<u8>::new(2, 1);
        assert_eq!(ledger.next(), Some(0));
        ledger.settle(0, Err(raised()));
        assert_eq!(
            (ledger.next(), ledger.next(), ledger.next()),
            (Some(1), Some(0), None)
        );
        ledger.settle(1, Ok(7));
        assert_eq!(ledger.unsettled(), 1);
        ledger.settle(0, Err(raised()));
        assert_eq!(ledger.unsettled(), 0);
        let outcomes: Vec<_> = ledger.into_outcomes().collect();
        assert_eq!(outcomes, [Err(raised()), Ok(7)]);
    }

    #[test]
    fn what_would_fail_again_is_not_retried() {
        let mut ledger = Ledger::<u8>::new(1, 5);
        let position = ledger.next().unwrap();
        let reason = "no such type".to_owned();
        ledger.settle(position, Err(Failure::Unsendable { reason }));
        assert_eq!((ledger.unsettled(), ledger.waiting()), (0, 0));
    }

    #[test]
    fn an_item_that_was_not_begun_goes_back_to_the_front() {
        let mut ledger = Ledger::<u8>::new(3, 0);
        let position = ledger.next().unwrap();
        assert!(!ledger.has_lost_enough(position));
        ledger.put_back(position);
        assert_eq!(ledger.waiting(), 3);
        assert_eq!(ledger.next(), Some(0));
        assert!(!ledger.has_lost_enough(position));
        assert!(ledger.has_lost_enough(position));
    }
}
