//! Objects that processes share through a server: Python's `multiprocessing.managers`.
//!
//! A [`Manager`] starts a server process, or finds one. It makes lists, dictionaries, locks, queues and objects of
//! [registered types](ManagedType), and gives proxies for them, which any process can use: [`ListProxy`], [`DictProxy`], ...
//! Items are [`Value`]s of Python's plain types, or of one Rust type that is an [`Item`].
//!
//! # Modules
//!
//! `value`, `item`, `conversions` and `reference` (what travels), `protocol` and `fault` (how); on the server's side `server`, `session`
//! (its clients), `registry`, `managed`, `object`, `types`, `sync` and `pools` (the objects); on the clients' side `client`, `handle`
//! (a part of which is `per_process`), `proxy`, `proxies`; `options` starts the one, `manager` and `makers` are the other.

mod client;
mod conversions;
mod error;
mod fault;
mod handle;
mod item;
mod makers;
mod managed;
mod manager;
mod object;
mod options;
mod per_process;
mod pools;
mod protocol;
mod proxies;
mod proxy;
mod reference;
mod registry;
mod server;
mod session;
mod sync;
mod types;
mod value;

pub use self::{
    error::{Error, Result},
    fault::{Fault, FaultKind},
    item::{Encoded, Item},
    managed::ManagedType,
    manager::Manager,
    options::ManagerOptions,
    proxies::{
        Acquired, ArrayProxy, AsyncResultProxy, BarrierProxy, ConditionProxy, DictProxy,
        EventProxy, IMapProxy, ListProxy, LockGuard, LockProxy, NamespaceProxy, PoolProxy,
        QueueProxy, RLockProxy, SemaphoreProxy, SetProxy, ValueProxy,
    },
    proxy::Proxy,
    reference::Reference,
    server::{Server, Stopper},
    value::Value,
};
