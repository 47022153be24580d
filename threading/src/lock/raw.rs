//! The lock under [`Lock`](super::Lock) and [`RLock`](super::RLock): who waits for it and who gets it, without data.

use crate::deadlock::{self, Place, Resource};
use crate::seam::{AtomicU32, Ordering, const_fn};
use crate::wait::{Left, Limit, Locked, Spin, Turn, WaitError, WaitQueue};

/// Somebody holds the lock.
const HELD: u32 = 1;
/// Somebody is in line. Changed under the queue's mutex.
const WAITED: u32 = 2;
/// One that was in line has been woken and tries to take the lock: no release need wake another. Set under
/// the queue's mutex, cleared by the one that was woken.
const WOKEN: u32 = 4;
/// The first in line has been beaten for too long: the next release hands it the lock. Changed under the queue's
/// mutex.
const STARVED: u32 = 8;
/// A holder panicked. Set by it, cleared by users.
const POISONED: u32 = 16;
/// Deadlock detection knows the holder. Set and cleared by it.
const WATCHED: u32 = 32;

/// The message that the lock is free.
const RETRY: u32 = 1;
/// The message that the lock is the waiter's.
const HANDED_OVER: u32 = 2;
/// The message to one that waits for something else, and shall now take the lock by itself.
pub(crate) const GO: u32 = 3;

/// A word that says all, and a line.
///
/// A release wakes the first in line, and whoever comes first takes the lock: handing it over each time would cost a
/// wake-up an acquisition. One that is beaten waits at the head again, and is handed the lock when it starves.
///
/// The word is last, and so beside the data, which whoever takes the lock wants next: under contention one cache line
/// goes from processor to processor, not two.
#[derive(Debug)]
#[repr(C)]
pub struct RawLock {
    queue: WaitQueue,
    state: AtomicU32,
}

/// What is taken, and by which line: for the detection of deadlocks. Two words, so that it travels in registers past the
/// short path, which has no use for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taking {
    pub(crate) what: &'static What,
    pub(crate) place: Place,
}

/// A type of lock and the way in which it is taken.
#[derive(Debug)]
pub(crate) struct What {
    pub(crate) kind: &'static str,
    /// Names the type of the data.
    pub(crate) data: fn() -> &'static str,
    /// Whether this thread, and no other, will release it.
    pub(crate) owned: bool,
}

impl RawLock {
    const_fn! {
        pub(crate) const fn new() -> RawLock {
            RawLock {
                state: AtomicU32::new(0),
                queue: WaitQueue::new(()),
            }
        }
    }

    /// Takes the lock.
    ///
    /// # Panics
    ///
    /// If that would close a cycle, and deadlock detection has been told to panic.
    #[inline]
    pub(crate) fn acquire(&self, taking: Taking) {
        if deadlock::is_on() || !self.take_free() {
            let _ = self.acquire_slowly(Limit::NEVER, taking);
        }
    }

    /// Takes the lock, for a wait that gave it up and cannot return without it; `message` is what ended the wait. Reports a
    /// cycle, and waits on.
    pub(crate) fn acquire_again(&self, message: u32, taking: Taking) {
        match message {
            HANDED_OVER => {}
            RETRY => self
                .contend_as(Turn::First.woken(), Limit::NEVER)
                .unwrap_or(()),
            _ if self.take_unless_held(0).is_ok() => {}
            _ => {
                let _waits = deadlock::waits_anyway(taking.place, || Some(self.resource(taking)));
                let _ = self.contend_as(Turn::First, Limit::NEVER);
            }
        }
        self.watch(taking);
    }

    /// Moves waiters from another line to the end of this lock's, so that they sleep on until it is theirs to take; sends
    /// them [`GO`] if it is free. How many there were.
    pub(crate) fn take_over<S>(&self, others: &mut Locked<'_, S>, count: usize) -> usize {
        // The detection of deadlocks wants to see them wait for this lock.
        if others.waiters() == 0 || deadlock::is_on() {
            return others.notify(count, GO);
        }
        match self.join(Turn::First) {
            Some(mut queue) => others.move_to(&mut queue, count),
            None => others.notify(count, GO),
        }
    }

    /// Takes the lock within a limit.
    ///
    /// # Errors
    ///
    /// When the limit is over.
    #[inline]
    pub(crate) fn acquire_within(&self, limit: Limit<'_>, taking: Taking) -> Result<(), WaitError> {
        limit.check_token()?;
        if deadlock::is_on() || !self.take_free() {
            return self.acquire_slowly(limit, taking);
        }
        Ok(())
    }

    /// Takes the lock if it is free.
    #[inline]
    pub(crate) fn try_acquire(&self, taking: Taking) -> bool {
        if deadlock::is_on() || !self.take_free() {
            return self.try_slowly(taking);
        }
        true
    }

    /// The lock that nobody holds, waits for or has poisoned.
    #[inline]
    fn take_free(&self) -> bool {
        self.state
            .compare_exchange(0, HELD, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    #[cold]
    fn try_slowly(&self, taking: Taking) -> bool {
        let taken = self.take_unless_held(0).is_ok();
        if taken {
            self.watch(taking);
        }
        taken
    }

    #[cold]
    fn acquire_slowly(&self, limit: Limit<'_>, taking: Taking) -> Result<(), WaitError> {
        if self.take_unless_held(0).is_err() {
            let _waits = limit
                .is_never()
                .then(|| deadlock::waits(taking.place, || Some(self.resource(taking))));
            self.contend_as(Turn::First, limit.start())?;
        }
        self.watch(taking);
        Ok(())
    }

    /// Takes the lock, and clears `also`; or gives the state in which somebody holds it.
    fn take_unless_held(&self, also: u32) -> Result<(), u32> {
        let mut state = self.state.load(Ordering::Relaxed);
        while state & HELD == 0 {
            let taken = (state | HELD) & !also;
            match self.exchange(state, taken, Ordering::Acquire) {
                Ok(()) => return Ok(()),
                Err(now) => state = now,
            }
        }
        Err(state)
    }

    /// Takes the lock: spins for it, waits in line, tries when woken.
    fn contend_as(&self, mut turn: Turn, limit: Limit<'_>) -> Result<(), WaitError> {
        let mut spin = Spin::new();
        loop {
            let Err(state) = self.take_unless_held(woken_bit(turn)) else {
                return Ok(());
            };
            // Those who come last do not spin past a line.
            if (state & WAITED == 0 || turn.is_woken()) && spin.turn() {
                continue;
            }
            let Some(queue) = self.join(turn) else {
                continue;
            };
            let woken = turn.woken();
            match turn.enqueue(queue).wait(limit) {
                Ok(HANDED_OVER) => return Ok(()),
                Ok(_) => turn = woken,
                Err(left) => return Err(self.left(&left)),
            }
            spin = Spin::new();
        }
    }

    /// Locks the queue and says in the state that somebody is in line, unless the lock has become free.
    fn join(&self, turn: Turn) -> Option<Locked<'_, ()>> {
        let queue = self.queue.lock();
        let starved = if turn.is_starved() { STARVED } else { 0 };
        let mut state = self.state.load(Ordering::Relaxed);
        while state & HELD != 0 {
            let joined = (state | WAITED | starved) & !woken_bit(turn);
            match self.exchange(state, joined, Ordering::Relaxed) {
                Ok(()) => return Some(queue),
                Err(now) => state = now,
            }
        }
        None
    }

    #[cold]
    fn left(&self, left: &Left<'_, ()>) -> WaitError {
        if left.queue.waiters() == 0 {
            self.state.fetch_and(!(WAITED | STARVED), Ordering::Relaxed);
        }
        left.why
    }

    /// Gives the lock up. False if nobody held it.
    #[inline]
    pub(crate) fn release(&self) -> bool {
        let released = self.exchange(HELD, 0, Ordering::Release);
        released.is_ok() || self.release_slowly()
    }

    #[cold]
    fn release_slowly(&self) -> bool {
        self.unwatch();
        let mut state = self.state.load(Ordering::Relaxed);
        while state & HELD != 0 {
            if state & WAITED != 0 && state & WOKEN == 0 {
                return self.release_to_line();
            }
            match self.exchange(state, state & !HELD, Ordering::Release) {
                Ok(()) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// Wakes the first in line, or hands it the lock. The line does not change meanwhile, though it may have since the
    /// caller looked.
    fn release_to_line(&self) -> bool {
        let mut queue = self.queue.lock();
        let mut state = self.state.load(Ordering::Relaxed);
        while state & HELD != 0 {
            let message = match state & (WOKEN | STARVED) {
                _ if queue.waiters() == 0 => None,
                0 => Some(RETRY),
                STARVED => Some(HANDED_OVER),
                _ => None,
            };
            let next = match message {
                None => state & !HELD,
                Some(RETRY) => state & !HELD | WOKEN,
                Some(_) => state & !STARVED,
            };
            let chosen = usize::from(message.is_some());
            let last = queue.waiters() == chosen;
            let next = if last { next & !WAITED } else { next };
            match self.exchange(state, next, Ordering::Release) {
                Ok(()) => {
                    message.map(|message| queue.notify_one(message));
                    return true;
                }
                Err(now) => state = now,
            }
        }
        false
    }

    pub(crate) fn is_held(&self) -> bool {
        self.state.load(Ordering::Relaxed) & HELD != 0
    }

    pub(crate) fn waiters(&self) -> usize {
        self.queue.waiters()
    }

    /// To be called by the holder.
    #[cold]
    pub(crate) fn poison(&self) {
        self.state.fetch_or(POISONED, Ordering::Relaxed);
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.state.load(Ordering::Relaxed) & POISONED != 0
    }

    pub(crate) fn clear_poison(&self) {
        self.state.fetch_and(!POISONED, Ordering::Relaxed);
    }

    fn watch(&self, taking: Taking) {
        if !deadlock::is_on() {
            return;
        }
        if taking.what.owned {
            deadlock::took(self.resource(taking), taking.place);
            self.state.fetch_or(WATCHED, Ordering::Relaxed);
        } else {
            // Another lock may have been here, whose guard was forgotten.
            deadlock::gave(self.address());
        }
    }

    fn unwatch(&self) {
        if self.state.load(Ordering::Relaxed) & WATCHED != 0 {
            deadlock::gave(self.address());
            self.state.fetch_and(!WATCHED, Ordering::Relaxed);
        }
    }

    fn resource(&self, taking: Taking) -> Resource {
        Resource::Lock {
            kind: taking.what.kind,
            data: (taking.what.data)(),
            address: self.address(),
        }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    #[inline]
    fn exchange(&self, from: u32, to: u32, order: Ordering) -> Result<(), u32> {
        self.state
            .compare_exchange(from, to, order, Ordering::Relaxed)
            .map(drop)
    }
}

/// What a contender clears when it takes the lock or joins the line.
fn woken_bit(turn: Turn) -> u32 {
    if turn.is_woken() { WOKEN } else { 0 }
}
