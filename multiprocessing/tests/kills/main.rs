//! Processes die in all ways, while they hold something, while they wait for it, and while they are being woken. Nobody hangs, the
//! next taker gets the news, and no item is lost that was put.

mod exclusive;
mod families;
mod meetings;
mod queues;
mod support;
mod tasks;
