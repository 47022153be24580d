//! What can be run in processes: functions of arguments, and functions that know their channel.

use std::fmt;

use manyways_wire as wire;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Kind, Result};
use crate::{Channel, Error};

/// Something that a managed process runs: sends values of type `R`, receives values of type `S`.
///
/// Implemented by [`MakeParallel`] and [`MakeReusable`], which wrap ordinary functions, and by every
/// function that takes its channel first and the arguments second, which may send as it likes:
///
/// ```
/// use pprocess::{Channel, Queue};
///
/// let mut queue = Queue::new().limit(2).continuous(true);
/// let count = queue.manage(|channel: &mut Channel<u32>, upto: u32| {
///     (0..upto).for_each(|n| channel.send(&n).unwrap());
/// });
/// count.call(3)?;
/// count.call(4)?;
/// assert_eq!(queue.by_ref().count(), 7);
/// # Ok::<(), pprocess::Error>(())
/// ```
pub trait Callable<A, R, S = ()> {
    /// Runs, in the process, with the process's end of the channel.
    fn run(&self, channel: &mut Channel<R, S>, arguments: A);

    /// How arguments are sent, if processes may serve several calls.
    #[doc(hidden)]
    fn codec(&self) -> Option<Codec<A>> {
        None
    }
}

impl<A, R, S, F: Fn(&mut Channel<R, S>, A)> Callable<A, R, S> for F {
    fn run(&self, channel: &mut Channel<R, S>, arguments: A) {
        self(channel, arguments);
    }
}

/// Makes an ordinary function of one argument parallel: each call gets a process of its own, which
/// inherits the argument and sends the function's value. The argument may be anything, and may borrow;
/// only the value travels. For several arguments take a tuple: `|(i, j)| calculate(i, j)`.
#[derive(Clone, Copy)]
pub struct MakeParallel<F>(F);

impl<F> MakeParallel<F> {
    /// Wraps `function`.
    pub fn new<A, R>(function: F) -> MakeParallel<F>
    where
        F: Fn(A) -> R,
    {
        MakeParallel(function)
    }
}

impl<A, R, S, F> Callable<A, R, S> for MakeParallel<F>
where
    F: Fn(A) -> R,
    R: Serialize,
    S: DeserializeOwned,
{
    fn run(&self, channel: &mut Channel<R, S>, arguments: A) {
        send_value(channel, &(self.0)(arguments));
    }
}

/// Makes an ordinary function of one argument parallel and its processes reusable: in a map, queue or
/// exchange with `reuse(true)` a process serves one call after the other, and the arguments are sent to
/// it. Without `reuse(true)` it is as [`MakeParallel`].
///
/// A process whose call panicked serves no further one, and another takes its place.
///
/// A process may be killed while it is idle, and nobody may know it yet when it is given the next call.
/// A call that it had not read goes to another process, so it is run once. One that it had read has an
/// error at its place, begun or not.
#[derive(Clone, Copy)]
pub struct MakeReusable<F>(F);

impl<F> MakeReusable<F> {
    /// Wraps `function`.
    pub fn new<A, R>(function: F) -> MakeReusable<F>
    where
        F: Fn(A) -> R,
        A: Serialize + DeserializeOwned,
    {
        MakeReusable(function)
    }
}

impl<A, R, S, F> Callable<A, R, S> for MakeReusable<F>
where
    F: Fn(A) -> R,
    A: Serialize + DeserializeOwned,
    R: Serialize,
    S: DeserializeOwned,
{
    fn run(&self, channel: &mut Channel<R, S>, arguments: A) {
        send_value(channel, &(self.0)(arguments));
    }

    fn codec(&self) -> Option<Codec<A>> {
        Some(Codec {
            encode: encode_arguments,
            decode: |content| wire::decode(content).map_err(undecodable),
        })
    }
}

/// A value that cannot be encoded is told to the parent, which gives the reason to the caller. When the
/// parent is gone there is nobody to tell.
fn send_value<R: Serialize, S: DeserializeOwned>(channel: &mut Channel<R, S>, value: &R) {
    if let Err(error) = channel.send(value)
        && error.is_encode()
    {
        let _ = channel.send_refusal(&error);
    }
}

fn encode_arguments<A: Serialize>(arguments: &A, message: &mut Vec<u8>) -> Result<()> {
    wire::encode_into(arguments, message)
        .map_err(|error| Error::new("send the arguments", Kind::Encode(error)))
}

fn undecodable(error: wire::Error) -> Error {
    Error::new("read the arguments", Kind::Decode(error))
}

/// How arguments travel to a process that is used again.
#[doc(hidden)]
pub struct Codec<A> {
    pub(crate) encode: fn(&A, &mut Vec<u8>) -> Result<()>,
    pub(crate) decode: fn(&[u8]) -> Result<A>,
}

impl<A> fmt::Debug for Codec<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codec")
    }
}

impl<F> fmt::Debug for MakeParallel<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MakeParallel({})", std::any::type_name::<F>())
    }
}

impl<F> fmt::Debug for MakeReusable<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MakeReusable({})", std::any::type_name::<F>())
    }
}
