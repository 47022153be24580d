//! What one process has at a time.

use std::time::Duration;

use multiprocessing::{
    Array, BoundedSemaphore, Death, Lock, LockError, RLock, Semaphore, SyncError, Taken, Value,
};

use crate::support::{
    BRIEF, Deaths, LONG, MANY, Other, ROUNDS, Victim, delay, in_all_ways, sleep_on,
};

/// Something that one process has at a time.
pub(crate) trait Exclusive: Clone + Send + Sync {
    fn new() -> Self;

    /// Has it while `body` runs. Gives who died that had it before; `None` instead if the time was up.
    fn with(&self, limit: Duration, body: impl FnOnce()) -> Option<Option<Death>>;
}

fn by_hand(
    taken: Result<Taken, SyncError>,
    body: impl FnOnce(),
    leave: impl FnOnce(),
) -> Option<Option<Death>> {
    let death = match taken {
        Ok(Taken::Clean) => None,
        Ok(Taken::OwnerDied(death)) => Some(death),
        Err(SyncError::TimedOut) => return None,
        Err(error) => panic!("{error}"),
    };
    body();
    leave();
    Some(death)
}

fn by_guard<G>(locked: Result<G, LockError<G>>, body: impl FnOnce()) -> Option<Option<Death>> {
    let death = locked.as_ref().err().and_then(LockError::death);
    match locked.or_else(LockError::recover) {
        Ok(guard) => {
            body();
            drop(guard);
            Some(death)
        }
        Err(SyncError::TimedOut) => None,
        Err(error) => panic!("{error}"),
    }
}

impl Exclusive for Lock {
    fn new() -> Lock {
        Lock::new().unwrap()
    }

    fn with(&self, limit: Duration, body: impl FnOnce()) -> Option<Option<Death>> {
        by_hand(self.acquire_timeout(limit), body, || {
            self.release().unwrap();
        })
    }
}

impl Exclusive for RLock {
    fn new() -> RLock {
        RLock::new().unwrap()
    }

    /// Twice.
    fn with(&self, limit: Duration, body: impl FnOnce()) -> Option<Option<Death>> {
        by_hand(
            self.acquire_timeout(limit),
            || {
                assert_eq!(self.acquire().unwrap(), Taken::Clean);
                body();
                self.release().unwrap();
            },
            || self.release().unwrap(),
        )
    }
}

impl Exclusive for Semaphore {
    fn new() -> Semaphore {
        Semaphore::new(1).unwrap()
    }

    fn with(&self, limit: Duration, body: impl FnOnce()) -> Option<Option<Death>> {
        by_guard(self.permit_timeout(limit), body)
    }
}

impl Exclusive for BoundedSemaphore {
    fn new() -> BoundedSemaphore {
        BoundedSemaphore::new(1).unwrap()
    }

    /// Of permits that came back, none is too many.
    fn with(&self, limit: Duration, body: impl FnOnce()) -> Option<Option<Death>> {
        by_hand(self.acquire_timeout(limit), body, || {
            self.release(1).unwrap();
        })
    }
}

impl Exclusive for Value<u64> {
    fn new() -> Value<u64> {
        Value::new(0).unwrap()
    }

    fn with(&self, limit: Duration, body: impl FnOnce()) -> Option<Option<Death>> {
        by_guard(self.lock_timeout(limit), body)
    }
}

impl Exclusive for Array<u8> {
    fn new() -> Array<u8> {
        Array::zeroed(100).unwrap()
    }

    fn with(&self, limit: Duration, body: impl FnOnce()) -> Option<Option<Death>> {
        by_guard(self.lock_timeout(limit), body)
    }
}

/// One waits already; another comes later. The first gets the news, the other none.
pub(crate) fn holding<E: Exclusive>() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let subject = E::new();
        let mut victim = Victim::start(|ready| {
            let _ = subject.with(LONG, || {
                ready();
                sleep_on()
            });
        });
        let pid = victim.pid();
        let waiter = Other::start(|| {
            let news = subject.with(LONG, || ()).expect("it comes free");
            assert_eq!(news.expect("news of the death").pid(), Some(pid));
        });
        waiter.await_sleep();
        let died = victim.die(way, || assert!(subject.with(BRIEF, || ()).is_none()));
        waiter.finish();
        let news = died.elapsed();
        assert_eq!(subject.with(LONG, || ()), Some(None));
        news
    })
}

pub(crate) fn waiting<E: Exclusive>() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let subject = E::new();
        let mut died = None;
        let taken = subject.with(LONG, || {
            let mut victim = Victim::start(|ready| {
                ready();
                let _ = subject.with(LONG, sleep_on_unit);
            });
            victim.await_sleep();
            died = Some(victim.die(way, || ()));
        });
        assert_eq!((taken, subject.with(LONG, || ())), (Some(None), Some(None)));
        died.expect("it died").elapsed()
    })
}

/// It has it for a moment, or not: there is news or none, and the other gets it in any case.
pub(crate) fn being_woken<E: Exclusive>() -> Deaths {
    in_all_ways(MANY, |way| {
        let subject = E::new();
        let mut waiters = None;
        let _ = subject.with(LONG, || {
            let victim = Victim::start(|ready| {
                ready();
                let _ = subject.with(LONG, sleep_on_unit);
            });
            let other = Other::start(|| assert!(subject.with(LONG, || ()).is_some()));
            victim.await_sleep();
            other.await_sleep();
            waiters = Some((victim, other));
        });
        delay();
        let (mut victim, other) = waiters.expect("both wait");
        let died = victim.die(way, || ());
        other.finish();
        let news = died.elapsed();
        assert!(subject.with(LONG, || ()).is_some());
        assert_eq!(subject.with(LONG, || ()), Some(None));
        news
    })
}

fn sleep_on_unit() {
    sleep_on()
}

/// `get` and `set` do not tell of a death. They leave the news to the next who locks.
pub(crate) fn news_are_left_to_who_locks() -> Deaths {
    in_all_ways(ROUNDS, |way| {
        let value = Value::new(1_u64).unwrap();
        let mut victim = Victim::start(|ready| {
            *value.lock().unwrap() = 2;
            let _guard = value.lock().unwrap();
            ready();
            sleep_on()
        });
        let pid = victim.pid();
        let died = victim.die(way, || ());
        assert_eq!(value.get().unwrap(), 2);
        let news = died.elapsed();
        value.set(3).unwrap();
        let death = value
            .lock()
            .unwrap_err()
            .death()
            .expect("news of the death");
        assert_eq!(death.pid(), Some(pid));
        assert_eq!(*value.lock().unwrap(), 3);
        news
    })
}
