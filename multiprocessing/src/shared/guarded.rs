//! Plain values under a lock.

use std::time::{Duration, Instant};

use bytemuck::Pod;
use manyways_shared_memory::{self as memory, Place, Taken};

use super::cell::{Held, Values};
use super::header::Header;
use crate::sync::{Death, LockError, OwnerDied, SyncError};

/// A header, values, the lock that guards them, and news of a dead holder that nobody has heard yet: all in one place.
#[derive(Debug, Clone)]
pub(super) struct Guarded<T> {
    lock: memory::RLock,
    /// 0, or 1 and the process id of the dead holder.
    news: Values<u64>,
    values: Values<T>,
    place: Place,
}

/// Where the parts lie behind the header.
struct Layout {
    news: usize,
    lock: usize,
    values: usize,
    align: usize,
}

const DIED: u64 = 1 << 32;

impl<T: Pod> Guarded<T> {
    fn layout() -> Layout {
        let align = Values::<T>::ALIGN.max(memory::RLock::ALIGN);
        let news = Header::SIZE;
        let lock = (news + 8).next_multiple_of(memory::RLock::ALIGN);
        Layout {
            news,
            lock,
            values: (lock + memory::RLock::SIZE).next_multiple_of(align),
            align,
        }
    }

    /// So many values, all of whose bits are 0.
    pub(super) fn new(len: usize) -> Result<Guarded<T>, SyncError> {
        let layout = Self::layout();
        let size = Values::<T>::size(len).and_then(|size| size.checked_add(layout.values));
        let place = Place::new(size.unwrap_or(usize::MAX), layout.align)?;
        memory::RLock::new_at(place.slice(layout.lock, memory::RLock::SIZE))?;
        Header::Guarded.write::<T>(&place);
        let guarded = Guarded::at(place)?;
        Ok(guarded.expect("a place that was made for values holds values"))
    }

    /// The values in a place. `None` if it does not hold such values.
    pub(super) fn at(place: Place) -> Result<Option<Guarded<T>>, memory::PlaceError> {
        let layout = Self::layout();
        if place.len() < layout.values || !Header::Guarded.is_in::<T>(&place) {
            return Ok(None);
        }
        let lock = memory::RLock::at(place.slice(layout.lock, memory::RLock::SIZE))?;
        let news = Values::at(place.slice(layout.news, 8));
        let values = Values::at(place.slice(layout.values, place.len() - layout.values));
        Ok(news.zip(values).map(|(news, values)| Guarded {
            lock,
            news,
            values,
            place,
        }))
    }

    /// For `Debug`: who holds it, and how often.
    pub(super) fn raw_lock(&self) -> &memory::RLock {
        &self.lock
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn lock(
        &self,
        deadline: Option<Instant>,
    ) -> Result<Held<'_, T>, LockError<Held<'_, T>>> {
        let (held, death) = self.take(deadline)?;
        let death = death.or_else(|| self.hear_news());
        match death {
            None => Ok(held),
            Some(death) => Err(LockError::OwnerDied(OwnerDied::new(held, death))),
        }
    }

    /// Takes the lock for a moment. If its holder has died, somebody who takes it by [`lock`](Self::lock) will hear of it.
    pub(super) fn briefly<R>(&self, look: impl FnOnce(&mut [T]) -> R) -> Result<R, SyncError> {
        let (mut held, death) = self.take(None)?;
        if let Some(death) = death {
            self.news
                .store(0, DIED | u64::from(death.pid().unwrap_or(0)));
        }
        Ok(look(&mut held))
    }

    fn take(&self, deadline: Option<Instant>) -> Result<(Held<'_, T>, Option<Death>), SyncError> {
        assert!(
            !self.lock.is_mine(),
            "this thread holds the value's guard; use that, or drop it first"
        );
        let death = match self.lock.acquire(deadline)? {
            Taken::Clean => None,
            Taken::OwnerDied(death) => Some(death),
        };
        Ok((Held::of(&self.lock, &self.values), death))
    }

    fn hear_news(&self) -> Option<Death> {
        let news = self.news.load(0);
        if news == 0 {
            return None;
        }
        self.news.store(0, 0);
        let pid = u32::try_from(news & !DIED).ok().filter(|pid| *pid != 0);
        Some(Death::of(pid))
    }
}

/// When a time limit ends, from now.
pub(super) fn limit(timeout: Duration) -> Option<Instant> {
    crate::sync::deadline(timeout)
}
