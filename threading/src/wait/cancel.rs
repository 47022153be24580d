//! What cancels waits.

use std::fmt;
use std::mem;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::limit::Limit;
use super::parker::Parker;
use crate::seam::{AtomicBool, Mutex, Ordering};

/// Cancels every wait that was given it, and tells whoever asks.
///
/// Clones are the same token. A [`child`](CancelToken::child) is cancelled with its parent, or alone.
///
/// Python's threads cannot be stopped from outside; programs poll an event. A token does the same for code that
/// computes ([`is_cancelled`](CancelToken::is_cancelled)), and it also ends the waits of this crate: the thread that
/// waits for a lock, an item or a barrier returns with [`WaitError::Cancelled`](crate::WaitError::Cancelled). Nothing
/// is interrupted that was not given the token.
///
/// ```
/// use threading::{CancelToken, Event, WaitError};
///
/// let (token, never) = (CancelToken::new(), Event::new());
/// std::thread::scope(|scope| {
///     let waiter = scope.spawn(|| never.wait_timeout(&token));
///     token.cancel();
///     assert_eq!(waiter.join().unwrap(), Err(WaitError::Cancelled));
/// });
/// ```
#[derive(Clone)]
pub struct CancelToken {
    shared: Arc<Shared>,
}

struct Shared {
    cancelled: AtomicBool,
    followers: Mutex<Followers>,
}

/// Whom a token tells, once.
#[derive(Default)]
struct Followers {
    sleepers: Vec<&'static Parker>,
    children: Vec<Weak<Shared>>,
    /// At how many children to look for those that are gone.
    crowd: usize,
}

/// Fewer children than this are not worth a look.
const CROWD: usize = 16;

impl CancelToken {
    /// A token that is not cancelled.
    #[must_use]
    pub fn new() -> CancelToken {
        let shared = Shared {
            cancelled: AtomicBool::new(false),
            followers: Mutex::new(Followers::default()),
        };
        CancelToken {
            shared: Arc::new(shared),
        }
    }

    /// A token that is cancelled when this one is, while this one need not be when it is. It is cancelled from the
    /// start if this one is.
    ///
    /// The parent holds no child alive, and forgets those that are gone.
    #[must_use]
    pub fn child(&self) -> CancelToken {
        let child = CancelToken::new();
        let mut followers = self.shared.followers.lock();
        if self.is_cancelled() {
            child.shared.cancelled.store(true, Ordering::Release);
        } else {
            followers.adopt(&child.shared);
        }
        drop(followers);
        child
    }

    /// Cancels this token and its descendants, for ever. Wakes the threads whose waits were given one of them.
    /// Returns whether this is the first time.
    ///
    /// What the caller did before is seen by whoever finds the token cancelled. O(waits and descendants).
    pub fn cancel(&self) -> bool {
        let mut descendants = Vec::new();
        let first = self.shared.cancel(&mut descendants);
        while let Some(token) = descendants.pop() {
            token.cancel(&mut descendants);
        }
        first
    }

    /// Whether it has been cancelled. One load.
    #[inline]
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Acquire)
    }

    /// This token and a duration: whichever ends the wait first.
    #[must_use]
    pub fn within(&self, duration: Duration) -> Limit<'_> {
        Limit::new(Some(duration), Some(self))
    }

    /// This token and a point in time: whichever ends the wait first.
    #[must_use]
    pub fn until(&self, instant: Instant) -> Limit<'_> {
        Limit::until(instant, Some(self))
    }
}

impl CancelToken {
    /// Has [`cancel`](CancelToken::cancel) leave the parker a token, until the end of what is returned. To be followed
    /// by a look at
    /// [`is_cancelled`](CancelToken::is_cancelled): a token that is cancelled calls nobody any more.
    pub(super) fn register(&self, sleeper: &'static Parker) -> Registration<'_> {
        let mut followers = self.shared.followers.lock();
        if !self.is_cancelled() {
            followers.sleepers.push(sleeper);
        }
        drop(followers);
        Registration {
            token: self,
            sleeper,
        }
    }
}

impl Shared {
    /// Tells the sleepers; leaves the children to the caller, as families may be deeper than the stack.
    fn cancel(&self, descendants: &mut Vec<Arc<Shared>>) -> bool {
        if self.cancelled.swap(true, Ordering::AcqRel) {
            return false;
        }
        let followers = mem::take(&mut *self.followers.lock());
        followers
            .sleepers
            .iter()
            .for_each(|sleeper| sleeper.unpark());
        descendants.extend(followers.children.iter().filter_map(Weak::upgrade));
        true
    }
}

impl Followers {
    fn adopt(&mut self, child: &Arc<Shared>) {
        if self.children.len() >= self.crowd.max(CROWD) {
            self.children.retain(|child| child.strong_count() > 0);
            self.crowd = 2 * self.children.len();
        }
        self.children.push(Arc::downgrade(child));
    }
}

/// Nothing that may panic is done while its list is locked.
impl UnwindSafe for CancelToken {}
impl RefUnwindSafe for CancelToken {}

impl Default for CancelToken {
    fn default() -> CancelToken {
        CancelToken::new()
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("CancelToken");
        debug.field("cancelled", &self.is_cancelled());
        if let Some(followers) = self.shared.followers.try_lock() {
            let children = followers.children.iter();
            let alive = children.filter(|child| child.strong_count() > 0).count();
            debug.field("waits", &followers.sleepers.len());
            debug.field("children", &alive);
        }
        debug.finish()
    }
}

/// A wait's place in the list of its token.
#[derive(Debug)]
pub(super) struct Registration<'a> {
    token: &'a CancelToken,
    sleeper: &'static Parker,
}

impl Drop for Registration<'_> {
    fn drop(&mut self) {
        let mut followers = self.token.shared.followers.lock();
        let sleepers = &mut followers.sleepers;
        let place = sleepers
            .iter()
            .position(|other| ptr::eq(*other, self.sleeper));
        if let Some(place) = place {
            sleepers.swap_remove(place);
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn clones_are_one_token() {
        let token = CancelToken::new();
        let clone = token.clone();
        assert!(clone.cancel());
        assert!(token.is_cancelled());
        assert!(!token.cancel());
    }

    #[test]
    fn cancellation_goes_down_and_not_up() {
        let parent = CancelToken::new();
        let [one, two] = [parent.child(), parent.child()];
        let grandchild = one.child();
        assert!(one.cancel());
        assert!(grandchild.is_cancelled());
        assert!(!parent.is_cancelled() && !two.is_cancelled());
        parent.cancel();
        assert!(two.is_cancelled());
        assert!(parent.child().is_cancelled());
    }

    #[test]
    fn a_deep_family_is_no_deep_stack() {
        let parent = CancelToken::new();
        let mut family = vec![parent.child()];
        for _ in 0..100_000 {
            family.push(family[family.len() - 1].child());
        }
        parent.cancel();
        assert!(family.iter().all(CancelToken::is_cancelled));
    }

    #[test]
    fn children_that_are_gone_are_forgotten() {
        let parent = CancelToken::new();
        let kept: Vec<_> = (0..20).map(|_| parent.child()).collect();
        (0..10_000).for_each(|_| drop(parent.child()));
        assert!(parent.shared.followers.lock().children.len() <= 2 * kept.len());
        assert!(format!("{parent:?}").contains("children: 20"));
    }
}
