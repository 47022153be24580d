//! The types that a server can make objects of.

use std::collections::HashMap;
use std::fmt;

use super::fault::{Fault, FaultKind};
use super::managed::Factory;
use super::object::{Args, Object};
use super::pools::Pool;
use super::sync::{Barrier, Condition, Event, Lock, Queue, Semaphore};
use super::types::{self, Array, Cell, Dict, List, Namespace, Set};
use super::value::Value;

/// Types by name, and names of objects that all clients share.
pub(crate) struct Registry {
    factories: HashMap<String, Factory>,
    /// Of each such name the type of its object, and what it is made of.
    shared: HashMap<String, (String, Vec<Value>)>,
}

impl Registry {
    /// With the types of Python's `SyncManager`.
    pub(crate) fn new() -> Registry {
        let mut registry = Registry {
            factories: HashMap::new(),
            shared: HashMap::new(),
        };
        registry.add_containers();
        registry.add_sync();
        registry.add_type("Pool", |args| Pool::new(args.only()?));
        registry
    }

    pub(crate) fn add(&mut self, type_id: String, factory: Factory) {
        self.factories.insert(type_id, factory);
    }

    pub(crate) fn share(&mut self, name: String, type_id: String, args: Vec<Value>) {
        self.shared.insert(name, (type_id, args));
    }

    /// The type and arguments of the object that all clients share under this name.
    pub(crate) fn shared(&self, name: &str) -> Option<(&str, &[Value])> {
        let (type_id, args) = self.shared.get(name)?;
        Some((type_id, args))
    }

    pub(crate) fn make(&self, type_id: &str, args: Vec<Value>) -> Result<Box<dyn Object>, Fault> {
        let factory = self.factories.get(type_id).ok_or_else(|| {
            let why =
                format!("the manager has no type {type_id:?}; register it where the server starts");
            Fault::new(FaultKind::NoType, why)
        })?;
        factory(Args::new(args))
    }

    fn add_type<T: Object + 'static>(
        &mut self,
        type_id: &str,
        make: impl Fn(Args) -> Result<T, Fault> + Send + Sync + 'static,
    ) {
        let factory = move |args| Ok(Box::new(make(args)?) as Box<dyn Object>);
        self.add(type_id.to_owned(), Box::new(factory));
    }

    fn add_containers(&mut self) {
        self.add_type("list", |args| Ok(List::new(args.only()?)));
        self.add_type("dict", |args| {
            Ok(Dict::new(types::entries_of(args.only()?)?))
        });
        self.add_type("set", |args| Set::new(args.only()?));
        self.add_type("Namespace", |args| {
            args.done().map(|()| Namespace::default())
        });
        self.add_type("Value", |args| Ok(Cell::new(args.only()?)));
        self.add_type("Array", |args| Array::new(args.only()?));
    }

    fn add_sync(&mut self) {
        self.add_type("Lock", |args| args.done().map(|()| Lock::new(false)));
        self.add_type("RLock", |args| args.done().map(|()| Lock::new(true)));
        self.add_type("Semaphore", |args| Semaphore::new(args.only()?, false));
        self.add_type("BoundedSemaphore", |args| {
            Semaphore::new(args.only()?, true)
        });
        self.add_type("Condition", |args| {
            args.done().map(|()| Condition::default())
        });
        self.add_type("Event", |args| args.done().map(|()| Event::default()));
        self.add_type("Barrier", |args| Barrier::new(args.only()?));
        self.add_type("Queue", |args| Ok(Queue::new(args.only()?)));
        self.add_type("JoinableQueue", |args| Ok(Queue::new(args.only()?)));
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut types: Vec<_> = self.factories.keys().collect();
        types.sort_unstable();
        f.debug_struct("Registry")
            .field("types", &types)
            .finish_non_exhaustive()
    }
}
