//! The life of the server.

use std::io;
use std::os::fd::OwnedFd;

use manyways_process::{Child, Error, Fork, Link, leave, poll_readable, tie_life};
use manyways_wire::task;
use nix::sys::signal::{SigSet, Signal};

use super::{News, Request};
use crate::process::child::follow;

/// Serves until nobody wants it any more. A preload that fails ends it.
pub(in crate::process) fn serve(link: &mut Link, preload: &[String]) {
    // Ctrl-C is for the processes. It reaches the server too, as one of the terminal's group; the forks do not inherit this.
    let _ = SigSet::from(Signal::SIGINT).thread_block();
    for name in preload {
        let call = task::find(name).unwrap_or_else(|error| panic!("{error}"));
        call.call(&[])
            .unwrap_or_else(|error| panic!("the preload `{name}`: {error}"));
    }
    let mut children: Vec<(Child, Link)> = Vec::new();
    while await_request(link, &mut children) {
        match link.recv_with::<Request>() {
            Ok((request, descriptors)) => children.extend(fork(&request, descriptors)),
            // The children live on, so nothing is dropped.
            Err(_) => leave(0),
        }
    }
}

/// Tells of children that end until a request comes. `false` when waiting fails.
fn await_request(link: &Link, children: &mut Vec<(Child, Link)>) -> bool {
    loop {
        children.retain_mut(|(child, news)| !tell_end(child, news));
        if link.has_buffered() {
            return true;
        }
        let Ok(request) = link.as_fd() else {
            return false;
        };
        let pidfds = children.iter().filter_map(|(child, _)| child.as_fd().ok()?);
        let watched: Vec<_> = [request].into_iter().chain(pidfds).collect();
        match poll_readable(&watched, None).as_deref() {
            Ok([0, ..]) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// Whether it has ended, which is told then.
fn tell_end(child: &mut Child, news: &mut Link) -> bool {
    let Ok(exit) = child.try_wait() else {
        return true;
    };
    if let Some(exit) = exit {
        // Nobody may want to know any more.
        let _ = news.send(&News::Ended(exit));
    }
    exit.is_some()
}

/// `None` if the request makes no sense or the system has no room, which is told.
fn fork(request: &Request, descriptors: Vec<OwnedFd>) -> Option<(Child, Link)> {
    let [link, line, news] = <[OwnedFd; 3]>::try_from(descriptors).ok()?;
    let mut news = Link::from_socket(news);
    let forked = Fork::new()
        .name(&request.name)
        .outlive_parent()
        .spawn(move |_| {
            tie_life(line);
            leave(follow(&mut Link::from_socket(link).take_descriptors()))
        });
    let started = forked.and_then(|(child, _)| {
        announce(&child, &mut news)?;
        Ok(child)
    });
    match started {
        Ok(child) => Some((child, news)),
        Err(error) => {
            let _ = news.send(&News::Failed(error.to_string()));
            None
        }
    }
}

fn announce(child: &Child, news: &mut Link) -> Result<(), Error> {
    let pidfd = child.as_fd()?.map(|pidfd| pidfd.try_clone_to_owned());
    let pidfd: Vec<OwnedFd> = pidfd.into_iter().filter_map(io::Result::ok).collect();
    news.send_with(&News::Started(child.pid()), pidfd)
}
