//! A callable together with the map, queue or exchange that its results go to.

use std::fmt;
use std::rc::Rc;

use manyways_wire as wire;
use serde::de::DeserializeOwned;

use crate::callable::{Callable, Codec};
use crate::error::{Kind, Result};
use crate::pool::{Job, Order, PoolOwner, SharedPool, open};
use crate::protocol::Tag;
use crate::{Channel, Error};

/// A callable that was given to [`Map::manage`](crate::Map::manage),
/// [`Queue::manage`](crate::Queue::manage) or [`Exchange::manage`](crate::Exchange::manage). Its calls
/// start processes there, or wait there until one may be started.
///
/// It is a handle: clones manage the same callable. It may be used while the map is iterated over.
pub struct ManagedCallable<'a, A, R, S = ()> {
    pool: SharedPool<'a, R, S>,
    run: Run<'a, A, R, S>,
    reuse: Option<Reuse<A>>,
}

type Run<'a, A, R, S> = Rc<dyn Fn(&mut Channel<R, S>, A) + 'a>;

/// The callable's number among those that processes serve, and how its arguments travel.
struct Reuse<A> {
    number: usize,
    encode: fn(&A, &mut Vec<u8>) -> Result<()>,
}

impl<'a, A: 'a, R: DeserializeOwned + 'a, S: DeserializeOwned + 'a> ManagedCallable<'a, A, R, S> {
    pub(crate) fn new(
        pool: &PoolOwner<'a, R, S>,
        callable: impl Callable<A, R, S> + 'a,
    ) -> ManagedCallable<'a, A, R, S> {
        let codec = callable.codec();
        let run: Run<'a, A, R, S> =
            Rc::new(move |channel, arguments| callable.run(channel, arguments));
        let reuse = codec.filter(|_| pool.get().reuse).map(|codec| Reuse {
            number: serve(pool, Rc::clone(&run), &codec),
            encode: codec.encode,
        });
        let pool = pool.share();
        ManagedCallable { pool, run, reuse }
    }

    /// Makes a call and returns its number: calls, and processes that were started by hand, are
    /// numbered from 0 in one sequence for each map, queue or exchange. A map has the call's result at
    /// this index; errors name it.
    ///
    /// It never waits. When the limit is reached the call is queued, first come first served, and gets
    /// its process when another has ended and the program asks for results (iterates, or calls one of
    /// `ready`, `store`, `wait` and `finish`) or makes a further call. If the system has no room for
    /// another process the call waits in the same way; with no process running at all, its result is
    /// the error.
    ///
    /// # Errors
    ///
    /// `is_encode` when arguments that have to be sent cannot be encoded. An error also when the map,
    /// queue or exchange is gone, or when it is the one that started the calling process. Nothing was
    /// called then.
    pub fn call(&self, arguments: A) -> Result<usize> {
        let mut pool = open(&self.pool)?;
        let job = match &self.reuse {
            Some(reuse) => reuse.job(&arguments)?,
            None => {
                let run = Rc::clone(&self.run);
                Job::Fresh(Some(Box::new(move |channel| run(channel, arguments))))
            }
        };
        Ok(pool.enqueue(job))
    }
}

/// Makes the callable known to processes that are used again.
fn serve<'a, A: 'a, R: DeserializeOwned + 'a, S: DeserializeOwned + 'a>(
    pool: &PoolOwner<'a, R, S>,
    run: Run<'a, A, R, S>,
    codec: &Codec<A>,
) -> usize {
    let decode = codec.decode;
    pool.get().serve(Rc::new(move |channel, arguments| {
        match decode(arguments) {
            Ok(arguments) => run(channel, arguments),
            // With the parent gone there is nobody to tell.
            Err(error) => drop(channel.send_refusal(&error)),
        }
    }))
}

impl<A> Reuse<A> {
    fn job<'a, R, S>(&self, arguments: &A) -> Result<Job<'a, R, S>> {
        let mut message = Tag::Call.message();
        wire::encode_into(&self.number, &mut message)
            .map_err(|error| Error::new("make a call", Kind::Encode(error)))?;
        (self.encode)(arguments, &mut message)?;
        Ok(Job::Reused(Order {
            callable: self.number,
            message: message.into(),
            losses: 0,
        }))
    }
}

impl<A, R, S> Clone for ManagedCallable<'_, A, R, S> {
    fn clone(&self) -> Self {
        ManagedCallable {
            pool: Rc::clone(&self.pool),
            run: Rc::clone(&self.run),
            reuse: self.reuse.as_ref().map(|reuse| Reuse { ..*reuse }),
        }
    }
}

impl<A, R, S> fmt::Debug for ManagedCallable<'_, A, R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedCallable")
            .field("reused", &self.reuse.is_some())
            .finish_non_exhaustive()
    }
}
