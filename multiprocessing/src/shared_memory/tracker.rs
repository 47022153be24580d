//! The background process that removes the blocks which a process leaves behind.

use std::collections::HashMap;
use std::io;
use std::sync::MutexGuard;
use std::thread;
use std::time::Duration;

use manyways_process::{Fork, Link, Output, ProcessLocal};
use serde::{Deserialize, Serialize};

use super::cell::unmap_all_in_tracker;
use super::file::{Identity, remove_if_unused};
use crate::mutex::Mutex;

/// This process's tracker, once it has created a block.
static TRACKER: ProcessLocal<Mutex<Tracker>> = ProcessLocal::new(|_| Mutex::default());

fn lock() -> MutexGuard<'static, Tracker> {
    TRACKER.get().lock()
}

#[derive(Debug, Default)]
struct Tracker {
    /// The process, unless none has been started.
    link: Option<Link>,
    /// What it has to remove, for the one that takes its place should somebody end it.
    blocks: Blocks,
}

/// Names of blocks. One that was unlinked by another process stays until it is [pruned](Tracker::prune).
type Blocks = HashMap<Identity, String>;

#[derive(Debug, Serialize, Deserialize)]
enum Request {
    /// Answered by `()`.
    Track(Identity, String),
    Forget(Identity),
}

/// When this returns, the block of this name will be removed, whatever becomes of this process.
pub(super) fn track(identity: Identity, name: &str) -> io::Result<()> {
    let mut tracker = lock();
    tracker.prune();
    tracker.blocks.insert(identity, name.to_owned());
    let tracked = tracker.tell(identity, name);
    if tracked.is_err() {
        tracker.blocks.remove(&identity);
    }
    tracked.map_err(io::Error::other)
}

/// The block has no name any more, or is to keep it.
pub(super) fn forget(identity: Identity) {
    lock().forget(identity);
}

impl Tracker {
    /// Starts a process if there is none, or somebody has ended the one there was.
    fn tell(&mut self, identity: Identity, name: &str) -> manyways_process::Result<()> {
        if let Some(link) = &mut self.link {
            let request = Request::Track(identity, name.to_owned());
            if link.send(&request).and_then(|()| link.recv::<()>()).is_ok() {
                return Ok(());
            }
        }
        // It has all blocks from the start.
        self.link = Some(self.start()?);
        Ok(())
    }

    /// The process has nothing of this one but the link.
    fn start(&self) -> manyways_process::Result<Link> {
        let blocks = self.blocks.clone();
        let fork = Fork::new()
            .name("shm tracker")
            .stdout(Output::Null)
            .stderr(Output::Null)
            .close_other_files();
        let (_, link) = fork.spawn_detached(move |link| run(link, blocks))?;
        Ok(link.take_descriptors())
    }

    fn forget(&mut self, identity: Identity) {
        if self.blocks.remove(&identity).is_some()
            && let Some(link) = &mut self.link
        {
            // If this fails there is no process, and the next one will not hear of the block.
            let _ = link.send(&Request::Forget(identity));
        }
    }

    /// Forgets those that others have unlinked, each time that there are twice as many as before.
    fn prune(&mut self) {
        let count = self.blocks.len();
        if count < 1024 || !count.is_power_of_two() {
            return;
        }
        let blocks = self.blocks.iter();
        let gone: Vec<Identity> = blocks
            .filter(|(identity, name)| !identity.is_at(name))
            .map(|(identity, _)| *identity)
            .collect();
        gone.into_iter().for_each(|identity| self.forget(identity));
    }
}

/// The tracker's whole life: it serves its creator until that has ended, and then removes what is left.
fn run(link: &mut Link, mut blocks: Blocks) {
    unmap_all_in_tracker();
    while let Ok(request) = link.recv() {
        match request {
            Request::Forget(identity) => drop(blocks.remove(&identity)),
            Request::Track(identity, name) => {
                blocks.insert(identity, name);
                // If nobody is there to be told, the next request will not come either.
                let _ = link.send(&());
            }
        }
    }
    remove_when_unused(blocks);
}

/// The longest time between two looks at who has a block open: the system does not tell when that changes.
const LOOK: Duration = Duration::from_millis(500);

fn remove_when_unused(mut blocks: Blocks) {
    let mut pause = Duration::from_millis(1);
    loop {
        blocks.retain(|identity, name| !remove_if_unused(name, *identity));
        if blocks.is_empty() {
            return;
        }
        thread::sleep(pause);
        pause = LOOK.min(pause * 2);
    }
}
