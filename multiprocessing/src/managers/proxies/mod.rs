//! Faces of the types that every manager has.

mod array;
mod dict;
mod list;
mod locks;
mod meetings;
mod namespace;
mod pool;
mod queue;
mod results;
mod set;
mod value;

pub use self::{
    array::ArrayProxy,
    dict::DictProxy,
    list::ListProxy,
    locks::{Acquired, ConditionProxy, LockGuard, LockProxy, RLockProxy, SemaphoreProxy},
    meetings::{BarrierProxy, EventProxy},
    namespace::NamespaceProxy,
    pool::PoolProxy,
    queue::QueueProxy,
    results::{AsyncResultProxy, IMapProxy},
    set::SetProxy,
    value::ValueProxy,
};

use std::time::Duration;

use super::value::Value;

/// What every face has: it is an item of containers, travels in messages, and knows its proxy.
macro_rules! face {
    ($face:ident $(<$($type:ident),*>)?, $($type_id:literal)|*) => {
        impl $(<$($type),*>)? $face $(<$($type),*>)? {
            /// The object as one of any type.
            #[must_use]
            pub fn proxy(&self) -> &crate::managers::Proxy {
                &self.proxy
            }

            pub(crate) fn of(proxy: crate::managers::Proxy) -> Self {
                $face { proxy, $(items: std::marker::PhantomData::<fn() -> ($($type,)*)>)? }
            }
        }

        impl $(<$($type),*>)? Clone for $face $(<$($type),*>)? {
            fn clone(&self) -> Self {
                $face::of(self.proxy.clone())
            }
        }

        impl $(<$($type),*>)? std::fmt::Debug for $face $(<$($type),*>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($face)).field(&self.proxy).finish()
            }
        }

        impl $(<$($type),*>)? crate::managers::Item for $face $(<$($type),*>)? {
            const NAME: &'static str = stringify!($face);

            fn into_value(self) -> crate::managers::Value {
                self.proxy.into_value()
            }

            fn from_value(value: crate::managers::Value) -> Result<Self, crate::managers::Value> {
                let proxy = crate::managers::Proxy::from_value(value)?;
                match proxy.type_id() {
                    $($type_id)|* => Ok($face::of(proxy)),
                    _ => Err(proxy.into_value()),
                }
            }
        }

        impl $(<$($type),*>)? TryFrom<crate::managers::Proxy> for $face $(<$($type),*>)? {
            type Error = crate::managers::Error;

            /// The object as one of this type, which it must be.
            fn try_from(proxy: crate::managers::Proxy) -> Result<Self, crate::managers::Error> {
                match proxy.type_id() {
                    $($type_id)|* => Ok($face::of(proxy)),
                    other => {
                        let attempt = crate::managers::error::Attempt::Find(other.to_owned());
                        let found = crate::managers::Item::into_value(proxy);
                        Err(crate::managers::Error::wrong_type(attempt, stringify!($face), found))
                    }
                }
            }
        }

        impl $(<$($type),*>)? From<$face $(<$($type),*>)?> for crate::managers::Value {
            fn from(face: $face $(<$($type),*>)?) -> crate::managers::Value {
                face.proxy.into()
            }
        }

        impl $(<$($type),*>)? serde::Serialize for $face $(<$($type),*>)? {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.proxy.serialize(serializer)
            }
        }

        impl<'de $($(,$type)*)?> serde::Deserialize<'de> for $face $(<$($type),*>)? {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let proxy = crate::managers::Proxy::deserialize(deserializer)?;
                match proxy.type_id() {
                    $($type_id)|* => Ok($face::of(proxy)),
                    other => Err(serde::de::Error::custom(format_args!(
                        "a {other} of a manager is no {}",
                        stringify!($face)
                    ))),
                }
            }
        }
    };
}
use face;

/// A time limit as an argument: seconds, `None` for no limit.
fn limit(limit: Option<Duration>) -> Value {
    limit.map(|limit| limit.as_secs_f64()).into()
}
