//! Single processes.

use std::convert::Infallible;

use manyways_process::{Fork, leave};

use crate::error::{Kind, Result};
use crate::{Channel, Error};

/// Starts a process that runs `body` in a copy of this program, and returns the channel to it. The
/// child's channel is the one that `body` gets.
///
/// The closure and all that it captures are inherited, never sent. The process ends when `body`
/// returns, and with this process at the latest.
///
/// ```
/// use pprocess::Channel;
///
/// let table = [2, 3, 5, 7];
/// let mut channel = pprocess::start(|channel: &mut Channel<u64, usize>| {
///     while let Ok(index) = channel.receive() {
///         channel.send(&table[index]).unwrap();
///     }
/// })?;
/// channel.send(&2)?;
/// assert_eq!(channel.receive()?, 5);
/// assert!(channel.wait()?.success());
/// # Ok::<(), pprocess::Error>(())
/// ```
///
/// # Errors
///
/// When the system has no room for another process or open file.
pub fn start<S, R>(body: impl FnOnce(&mut Channel<S, R>)) -> Result<Channel<R, S>> {
    let started = Fork::new().spawn(|link| {
        if let Ok(mut channel) = Channel::to_creator(link) {
            body(&mut channel);
            channel.close();
        }
    });
    let (child, link) = started.map_err(|error| Error::process("start a process", error))?;
    Channel::to_child(child, link, None)
}

/// Makes a process that runs `body` to its [`exit`], and returns the channel to it.
///
/// In Python `create()` returns twice, in the parent and in the child, and the child must leave by
/// `exit(channel)`. In Rust the second return would unwind through frames whose values belong to the
/// parent: destructors would delete its files and release its locks a second time. So the child's part
/// is a closure here, and its type makes sure that the child leaves by [`exit`] (or panics): no other
/// function returns what the closure must return.
///
/// ```
/// let mut channel = pprocess::create(|channel| {
///     channel.send(&"done".to_owned()).unwrap();
///     pprocess::exit(channel)
/// })?;
/// assert_eq!(channel.receive()?, "done");
/// # channel.close();
/// # let _: &pprocess::Channel<(), String> = &channel;
/// # Ok::<(), pprocess::Error>(())
/// ```
///
/// # Errors
///
/// As [`start`].
pub fn create<S, R>(body: impl FnOnce(&mut Channel<S, R>) -> Infallible) -> Result<Channel<R, S>> {
    start(|channel| match body(channel) {})
}

/// Closes a child's channel and ends the child with exit code 0, without running any destructor.
///
/// # Panics
///
/// If the channel is not a child's end: the program would end there, its files unwritten.
pub fn exit<S, R>(channel: &mut Channel<S, R>) -> ! {
    use crate::endpoint::Peer;
    let in_child = matches!(channel.endpoint().peer(), Peer::Creator(_));
    assert!(
        in_child,
        "pprocess::exit is for the process that was created"
    );
    channel.close();
    leave(0)
}

/// An error of a handle that is used where it cannot work.
pub(crate) fn misuse(attempted: &'static str, why: &'static str) -> Error {
    Error::new(attempted, Kind::Misuse(why))
}
