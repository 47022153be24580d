//! A condition: tickets in the order of arrival.

use std::sync::Arc;
use std::time::{Duration, Instant};

use manyways_testkit::contract::{Condition, Outcome, Refusal};

use super::lock::Releasable;
use super::{Monitor, fault};

const PLACES: usize = 32;

#[derive(Debug, Clone, Copy, Default)]
struct Ticket {
    number: u32,
    is_notified: bool,
}

/// Those who wait, the oldest first.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Waiting {
    tickets: [Ticket; PLACES],
    length: usize,
    next: u32,
    /// For a fault.
    kept: usize,
}

impl Waiting {
    fn arrive(&mut self) -> u32 {
        self.next += 1;
        let is_notified = self.kept > 0;
        self.kept = self.kept.saturating_sub(1);
        self.tickets[self.length] = Ticket {
            number: self.next,
            is_notified,
        };
        self.length += 1;
        self.next
    }

    fn notify(&mut self, count: usize, latest_first: bool) -> usize {
        let mut order = Vec::from_iter(0..self.length);
        if latest_first {
            order.reverse();
        }
        order.retain(|place| !self.tickets[*place].is_notified);
        order.truncate(count);
        for place in &order {
            self.tickets[*place].is_notified = true;
        }
        order.len()
    }

    fn place(&self, number: u32) -> usize {
        let waiting = &self.tickets[..self.length];
        waiting
            .iter()
            .position(|ticket| ticket.number == number)
            .unwrap()
    }

    /// Whether it was notified.
    fn leave(&mut self, number: u32) -> bool {
        let place = self.place(number);
        let is_notified = self.tickets[place].is_notified;
        self.tickets.copy_within(place + 1..self.length, place);
        self.length -= 1;
        is_notified
    }
}

#[derive(Debug)]
pub(crate) struct SimpleCondition<M, L, const FAULT: u8 = 0> {
    waiting: M,
    lock: Arc<L>,
}

impl<M: Monitor<Waiting>, L: Releasable, const FAULT: u8> SimpleCondition<M, L, FAULT> {
    fn check(&self) -> Outcome {
        let is_mine = FAULT == fault::CONDITION_UNCHECKED || self.lock.is_mine();
        is_mine.then_some(()).ok_or(Refusal::NotHeld)
    }

    fn wait_within(&self, limit: Option<Duration>) -> Outcome {
        self.check()?;
        let number = self.waiting.change(Waiting::arrive);
        let count = self.lock.release_all();
        self.waiting.until(limit, |waiting| {
            let place = waiting.place(number);
            waiting.tickets[place].is_notified.then_some(())
        });
        let stays = FAULT == fault::CONDITION_NOTIFIES_THE_GONE;
        let in_time = self.waiting.change(|waiting| {
            let is_notified = waiting.tickets[waiting.place(number)].is_notified;
            if is_notified || !stays {
                waiting.leave(number);
            }
            is_notified
        });
        self.lock.restore(count);
        in_time.then_some(()).ok_or(Refusal::TimedOut)
    }

    fn wait_for_within(
        &self,
        limit: Option<Duration>,
        mut predicate: impl FnMut() -> bool,
    ) -> Outcome {
        let end = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut is_last = false;
        while !predicate() {
            if is_last {
                return Err(Refusal::TimedOut);
            }
            let mut left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if FAULT == fault::CONDITION_LIMIT_BEGINS_AGAIN {
                left = limit;
            }
            match self.wait_within(left) {
                Err(Refusal::TimedOut) => is_last = true,
                outcome => outcome?,
            }
        }
        Ok(())
    }
}

impl<M: Monitor<Waiting>, L: Releasable, const FAULT: u8> Condition
    for SimpleCondition<M, L, FAULT>
{
    type Lock = L;

    fn new(lock: Arc<L>) -> Self {
        let waiting = M::new(Waiting::default());
        SimpleCondition { waiting, lock }
    }

    fn wait(&self) -> Outcome {
        self.wait_within(None)
    }

    fn wait_timeout(&self, limit: Duration) -> Outcome {
        self.wait_within(Some(limit))
    }

    fn wait_for(&self, predicate: impl FnMut() -> bool) -> Outcome {
        self.wait_for_within(None, predicate)
    }

    fn wait_for_timeout(&self, limit: Duration, predicate: impl FnMut() -> bool) -> Outcome {
        self.wait_for_within(Some(limit), predicate)
    }

    fn notify(&self, count: usize) -> Outcome {
        self.check()?;
        let count = if FAULT == fault::CONDITION_WAKES_ONE_MORE {
            count + 1
        } else {
            count
        };
        self.waiting.change(|waiting| {
            let notified = waiting.notify(count, FAULT == fault::CONDITION_LIFO);
            if FAULT == fault::CONDITION_KEEPS_NOTIFICATIONS {
                waiting.kept = count - notified;
            }
        });
        Ok(())
    }

    fn notify_all(&self) -> Outcome {
        self.check()?;
        self.waiting.change(|waiting| waiting.notify(PLACES, false));
        Ok(())
    }
}
