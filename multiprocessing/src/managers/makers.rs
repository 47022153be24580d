//! Objects of the types that every manager has.

use super::error::Result;
use super::item::{Item, dict_of};
use super::manager::Manager;
use super::proxies::{
    ArrayProxy, BarrierProxy, ConditionProxy, DictProxy, EventProxy, ListProxy, LockProxy,
    NamespaceProxy, PoolProxy, QueueProxy, RLockProxy, SemaphoreProxy, SetProxy, ValueProxy,
};

impl Manager {
    /// A list of these items.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); so do all of the following.
    pub fn list<T: Item>(&self, items: impl IntoIterator<Item = T>) -> Result<ListProxy<T>> {
        let items: Vec<T> = items.into_iter().collect();
        self.create_with("list", vec![items.into_value()])
            .map(ListProxy::of)
    }

    /// A dictionary of these entries.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn dict<K: Item, V: Item>(
        &self,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<DictProxy<K, V>> {
        self.create_with("dict", vec![dict_of(entries)])
            .map(DictProxy::of)
    }

    /// A set of these members.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn set<T: Item>(&self, members: impl IntoIterator<Item = T>) -> Result<SetProxy<T>> {
        let members: Vec<T> = members.into_iter().collect();
        self.create_with("set", vec![members.into_value()])
            .map(SetProxy::of)
    }

    /// An empty namespace.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn namespace(&self) -> Result<NamespaceProxy> {
        self.create_with("Namespace", Vec::new())
            .map(NamespaceProxy::of)
    }

    /// A place for a value. Python's type code is the Rust type.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn value<T: Item>(&self, value: T) -> Result<ValueProxy<T>> {
        self.create_with("Value", vec![value.into_value()])
            .map(ValueProxy::of)
    }

    /// An array of these numbers.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn array<T: Item>(&self, items: impl IntoIterator<Item = T>) -> Result<ArrayProxy<T>> {
        let items: Vec<T> = items.into_iter().collect();
        self.create_with("Array", vec![items.into_value()])
            .map(ArrayProxy::of)
    }

    /// A lock.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn lock(&self) -> Result<LockProxy> {
        self.create_with("Lock", Vec::new()).map(LockProxy::of)
    }

    /// A lock that its owner may acquire again.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn rlock(&self) -> Result<RLockProxy> {
        self.create_with("RLock", Vec::new()).map(RLockProxy::of)
    }

    /// A semaphore with so many permits.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn semaphore(&self, permits: i64) -> Result<SemaphoreProxy> {
        self.create_with("Semaphore", vec![permits.into()])
            .map(SemaphoreProxy::of)
    }

    /// A semaphore that never has more permits than at first.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn bounded_semaphore(&self, permits: i64) -> Result<SemaphoreProxy> {
        self.create_with("BoundedSemaphore", vec![permits.into()])
            .map(SemaphoreProxy::of)
    }

    /// A condition.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn condition(&self) -> Result<ConditionProxy> {
        self.create_with("Condition", Vec::new())
            .map(ConditionProxy::of)
    }

    /// An event.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn event(&self) -> Result<EventProxy> {
        self.create_with("Event", Vec::new()).map(EventProxy::of)
    }

    /// A barrier of so many parties.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn barrier(&self, parties: usize) -> Result<BarrierProxy> {
        self.create_with("Barrier", vec![parties.into_value()])
            .map(BarrierProxy::of)
    }

    /// A queue of at most so many items, without a bound if 0.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn queue<T: Item>(&self, maxsize: usize) -> Result<QueueProxy<T>> {
        self.create_with("Queue", vec![maxsize.into_value()])
            .map(QueueProxy::of)
    }

    /// A queue whose items are reported as done. As all queues of a manager can do that, only its name is another.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn joinable_queue<T: Item>(&self, maxsize: usize) -> Result<QueueProxy<T>> {
        self.create_with("JoinableQueue", vec![maxsize.into_value()])
            .map(QueueProxy::of)
    }

    /// A pool of so many worker processes, which are the server's; 0 counts as 1. All pools of a manager have at most 1024.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); a fault of the kind `Limit` or `Pool`.
    pub fn pool(&self, processes: usize) -> Result<PoolProxy> {
        self.create_with("Pool", vec![processes.into_value()])
            .map(PoolProxy::of)
    }
}
