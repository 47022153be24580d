//! The workers of a run, from fork to burial.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use manyways_process::{Exit, Link, poll_ready};

use crate::reporter::{Reporter, Worker as Identity};
use crate::worker::Worker;

/// A set of workers that run the same body.
pub(crate) struct Pool<'f> {
    pub(crate) workers: Vec<Worker>,
    /// How many there shall be.
    pub(crate) wanted: usize,
    /// Why the last fork failed, until another death makes room.
    pub(crate) refusal: Option<String>,
    body: Box<dyn FnMut(&mut Link) + 'f>,
}

/// A worker that has something to say.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) at: usize,
    /// How the process ended; then what is in the link is all there will ever be.
    pub(crate) exit: Option<Exit>,
}

impl<'f> Pool<'f> {
    /// An empty pool; each worker to be forked will run `body`.
    pub(crate) fn new(wanted: usize, body: impl FnMut(&mut Link) + 'f) -> Pool<'f> {
        Pool {
            workers: Vec::new(),
            wanted,
            refusal: None,
            body: Box::new(body),
        }
    }

    /// Forks one more worker. It gets the lowest number that is free.
    pub(crate) fn fork(&mut self) -> manyways_process::Result<Identity> {
        let mut ids = 1..;
        let id = ids.find(|id| self.workers.iter().all(|worker| worker.identity.id != *id));
        let worker = Worker::fork(id.unwrap_or(usize::MAX), &mut *self.body)?;
        let identity = worker.identity;
        self.workers.push(worker);
        Ok(identity)
    }

    /// Waits until a worker has something to say, or `until`. The last worker in the list comes
    /// first, so that each may be removed when it is dealt with.
    pub(crate) fn wait(&mut self, until: Option<Instant>) -> io::Result<Vec<Ready>> {
        let mut sources = Vec::with_capacity(2 * self.workers.len());
        let mut polled = Vec::with_capacity(2 * self.workers.len());
        for (at, worker) in self.workers.iter().enumerate().rev() {
            // The process comes first: after its end, what the link holds is all there will be.
            let Some(process) = worker.process_fd() else {
                return Ok(vec![self.buried_elsewhere(at)]);
            };
            sources.push((at, true));
            polled.push((process, false));
            if let Some(link) = worker.link_fd() {
                sources.push((at, false));
                polled.push(link);
            }
        }
        let timeout = until.map(|until| until.saturating_duration_since(Instant::now()));
        let ready = poll_ready(&polled, timeout)?;
        let mut ready: Vec<(usize, bool)> =
            ready.into_iter().map(|source| sources[source]).collect();
        ready.dedup_by_key(|(at, _)| *at);
        let look = |(at, ended): (usize, bool)| Ready {
            at,
            exit: ended.then(|| self.workers[at].exit()).flatten(),
        };
        Ok(ready.into_iter().map(look).collect())
    }

    /// A worker without a descriptor: somebody else took its exit status before we could open one.
    fn buried_elsewhere(&self, at: usize) -> Ready {
        let exit = Some(Exit::Unknown);
        Ready { at, exit }
    }

    /// Removes idle workers that have died in the meantime, and workers that are still busy with
    /// what nobody waits for any more: a run that ended in a reporter's panic.
    pub(crate) fn tidy<I, R>(&mut self, reporter: &mut dyn Reporter<I, R>) {
        self.refusal = None;
        for at in (0..self.workers.len()).rev() {
            let worker = &mut self.workers[at];
            let exit = match worker.is_idle() {
                true => worker.exit(),
                false => Some(worker.kill()),
            };
            if let Some(exit) = exit {
                let worker = self.workers.remove(at);
                reporter.exit(worker.identity, exit);
            }
        }
    }

    /// Dismisses all workers and waits for their ends; those that are still there after `grace` are
    /// killed.
    pub(crate) fn end<I, R>(&mut self, grace: Duration, reporter: &mut dyn Reporter<I, R>) {
        for worker in &mut self.workers {
            worker.dismiss(grace);
        }
        while !self.workers.is_empty() {
            let until = self
                .workers
                .iter()
                .filter_map(|worker| worker.wakes_at(None))
                .min();
            let ended = self.wait(until).unwrap_or_else(|_| self.kill_all());
            for Ready { at, exit } in ended {
                if let Some(exit) = exit {
                    let worker = self.workers.remove(at);
                    reporter.exit(worker.identity, exit);
                }
            }
            for worker in &mut self.workers {
                worker.keep_time(None, grace);
            }
        }
        self.wanted = 0;
    }

    /// Kills every worker and waits for that.
    pub(crate) fn kill_all(&mut self) -> Vec<Ready> {
        let workers = self.workers.iter_mut().enumerate().rev();
        let killed = workers.map(|(at, worker)| Ready {
            at,
            exit: Some(worker.kill()),
        });
        killed.collect()
    }
}

impl fmt::Debug for Pool<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("workers", &self.workers)
            .field("wanted", &self.wanted)
            .field("refusal", &self.refusal)
            .finish_non_exhaustive()
    }
}
