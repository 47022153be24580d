//! A waiter.

use super::cell::Links;
use super::parker::Parker;
use crate::seam::{AtomicBool, AtomicU32, Ordering, const_fn};

/// A waiter: lives for ever and is used again, so that whoever holds a reference may wake it, however late. (A late
/// wake-up is one that the next wait of the same node looks at and forgets.) There are as many
/// nodes as there have been waits at one time.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) parker: Parker,
    /// Its place in a line.
    pub(super) links: Links,
    /// Whether it was chosen and may go. Stored after `message`, and after the last look at `links`.
    answered: AtomicBool,
    message: AtomicU32,
}

impl Node {
    const_fn! {
        const fn new() -> Node {
            Node {
                parker: Parker::new(),
                links: Links::new(),
                answered: AtomicBool::new(false),
                message: AtomicU32::new(0),
            }
        }
    }

    /// A node that nobody uses. To be given back.
    pub(super) fn take() -> &'static Node {
        let node = store::take();
        node.answered.store(false, Ordering::Relaxed);
        node
    }

    /// For use by other waits.
    pub(super) fn give_back(&'static self) {
        store::give_back(self);
    }

    /// What the node will be told by [`wake`](Node::wake).
    pub(super) fn set_message(&self, message: u32) {
        self.message.store(message, Ordering::Relaxed);
    }

    /// Lets the waiter go. Only the chooser may, once, when it has no more use for the node's links.
    pub(super) fn wake(&self) {
        self.answered.store(true, Ordering::Release);
        self.parker.unpark();
    }

    pub(super) fn answer(&self) -> Option<u32> {
        let answered = self.answered.load(Ordering::Acquire);
        answered.then(|| self.message.load(Ordering::Relaxed))
    }
}

pub(crate) use self::store::{Hold, hold};

/// Each thread keeps the node that it used last; what is left by threads that ended, or was a thread's second
/// one, is for all.
#[cfg(not(any(loom, shuttle)))]
mod store {
    use std::cell::Cell;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::Node;
    use crate::fork;

    static FREE: Mutex<Free> = Mutex::new(Vec::new());

    type Free = Vec<&'static Node>;

    fn free() -> MutexGuard<'static, Free> {
        FREE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps others from the store.
    pub(crate) struct Hold {
        _free: MutexGuard<'static, Free>,
    }

    pub(crate) fn hold() -> Hold {
        Hold { _free: free() }
    }

    thread_local! {
        static OWN: Own = const { Own(Cell::new(None)) };
    }

    struct Own(Cell<Option<&'static Node>>);

    impl Drop for Own {
        fn drop(&mut self) {
            if let Some(node) = self.0.take() {
                free().push(node);
            }
        }
    }

    pub(super) fn take() -> &'static Node {
        // Fails while the thread ends: destructors of thread-locals may wait too.
        let own = OWN.try_with(|own| own.0.take()).ok().flatten();
        own.or_else(|| free().pop()).unwrap_or_else(make)
    }

    #[cold]
    fn make() -> &'static Node {
        fork::watch();
        Box::leak(Box::new(Node::new()))
    }

    pub(super) fn give_back(node: &'static Node) {
        let second = match OWN.try_with(|own| own.0.replace(Some(node))) {
            Ok(replaced) => replaced,
            Err(_) => Some(node),
        };
        if let Some(node) = second {
            free().push(node);
        }
    }
}

/// A model's objects belong to one of its runs, so nothing is used again.
#[cfg(any(loom, shuttle))]
mod store {
    use super::Node;

    pub(super) fn take() -> &'static Node {
        Box::leak(Box::new(Node::new()))
    }

    pub(super) fn give_back(_: &'static Node) {}

    /// There is no store, and no fork.
    pub(crate) type Hold = ();

    pub(crate) fn hold() -> Hold {}
}
