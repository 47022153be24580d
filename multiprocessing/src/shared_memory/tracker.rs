//! The background process that creates a process's blocks and removes what that process leaves behind.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::mem;
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use manyways_process::{Fork, Link, Output, ProcessLocal};
use nix::fcntl::{OFlag, posix_fallocate};
use nix::sys::mman::{shm_open, shm_unlink};
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};

use super::segment::{Identity, unlink_if};

/// This process's tracker, once it has created a block.
static TRACKER: ProcessLocal<Mutex<Option<Tracker>>> = ProcessLocal::new(|_| Mutex::default());

fn lock() -> MutexGuard<'static, Option<Tracker>> {
    let tracker = TRACKER.get().lock();
    tracker.unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct Tracker {
    link: Link,
    /// What it has to remove, for the one that takes its place should somebody end it.
    blocks: Blocks,
}

/// Blocks by name.
type Blocks = HashMap<String, Identity>;

#[derive(Debug, Serialize, Deserialize)]
enum Request {
    Create {
        name: Option<String>,
        size: u64,
    },
    /// Its name is gone.
    Forget {
        name: String,
    },
}

/// The block's name and file, which comes beside it; or the number of the system's error.
type Reply = Result<(String, Identity), i32>;

/// A new block, locked as its user locks it.
pub(super) fn create(name: Option<&str>, size: NonZeroUsize) -> io::Result<(String, File)> {
    let mut state = lock();
    let tracker = match state.take() {
        Some(tracker) => state.insert(tracker),
        None => state.insert(Tracker::start(Blocks::new())?),
    };
    if let Ok(created) = tracker.create(name, size) {
        return created;
    }
    // Somebody has ended it; another one takes over what it had.
    *tracker = Tracker::start(mem::take(&mut tracker.blocks))?;
    tracker.create(name, size).map_err(io::Error::other)?
}

/// The name of a block is gone.
pub(super) fn forget(name: &str) {
    if let Some(tracker) = lock().as_mut()
        && tracker.blocks.remove(name).is_some()
    {
        let name = name.to_owned();
        // If this fails there is no tracker, and the next one will not hear of the name.
        let _ = tracker.link.send(&Request::Forget { name });
    }
}

impl Tracker {
    /// Starts a tracker of these blocks. It has nothing of this process but the link.
    fn start(blocks: Blocks) -> io::Result<Tracker> {
        let theirs = blocks.clone();
        let fork = Fork::new()
            .name("shm tracker")
            .stdout(Output::Null)
            .stderr(Output::Null)
            .close_other_files();
        let (_, link) = fork
            .spawn_detached(move |link| track(link, theirs))
            .map_err(io::Error::other)?;
        let link = link.take_descriptors();
        Ok(Tracker { link, blocks })
    }

    /// The outer error is the loss of the tracker.
    fn create(
        &mut self,
        name: Option<&str>,
        size: NonZeroUsize,
    ) -> manyways_process::Result<io::Result<(String, File)>> {
        let name = name.map(str::to_owned);
        let size = size.get() as u64;
        self.link.send(&Request::Create { name, size })?;
        let (reply, files): (Reply, Vec<OwnedFd>) = self.link.recv_with()?;
        let (name, identity) = match reply {
            Ok(created) => created,
            Err(number) => return Ok(Err(io::Error::from_raw_os_error(number))),
        };
        let Some(file) = files.into_iter().next() else {
            return Ok(Err(io::Error::other("the new block came without its file")));
        };
        self.blocks.insert(name.clone(), identity);
        Ok(Ok((name, file.into())))
    }
}

/// The tracker's whole life: it serves its creator, and then removes what is left.
fn track(link: &mut Link, mut blocks: Blocks) {
    while let Ok(request) = link.recv::<Request>() {
        match request {
            Request::Forget { name } => drop(blocks.remove(&name)),
            Request::Create { name, size } => {
                let (reply, files): (Reply, _) = match make(name, size) {
                    Ok((name, file, identity)) => {
                        blocks.insert(name.clone(), identity);
                        (Ok((name, identity)), vec![OwnedFd::from(file)])
                    }
                    Err(error) => (Err(error.raw_os_error().unwrap_or(libc::EIO)), Vec::new()),
                };
                // If nobody is there to be told, the next request will not come either.
                let _ = link.send_with(&reply, files);
            }
        }
    }
    thread::scope(|scope| {
        for (name, identity) in &blocks {
            scope.spawn(move || remove_when_unused(name, *identity));
        }
    });
}

fn make(name: Option<String>, size: u64) -> io::Result<(String, File, Identity)> {
    let (name, file) = match name {
        Some(name) => (name.clone(), new_file(&name)?),
        None => new_name()?,
    };
    let filled = fill(&file, size);
    if filled.is_err() {
        let _ = shm_unlink(name.as_str());
    }
    Ok((name, file, filled?))
}

/// Under a name that nobody has.
fn new_name() -> io::Result<(String, File)> {
    loop {
        let name = format!("mw-{:016x}", getrandom::u64().map_err(io::Error::other)?);
        match new_file(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            file => return Ok((name, file?)),
        }
    }
}

fn new_file(name: &str) -> io::Result<File> {
    let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_RDWR;
    let file = shm_open(name, flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
    Ok(file.into())
}

/// Reserves the memory: without it the first write to a page that is not to be had would end the process.
fn fill(file: &File, size: u64) -> io::Result<Identity> {
    file.lock_shared()?;
    let size = libc::off_t::try_from(size).map_err(|_| io::ErrorKind::OutOfMemory)?;
    posix_fallocate(file, 0, size)?;
    Identity::of(file).ok_or_else(|| io::ErrorKind::Other.into())
}

/// Waits until nobody has the block open, and removes it. Whoever opens it meanwhile waits, and finds it gone.
fn remove_when_unused(name: &str, identity: Identity) {
    let Ok(file) = shm_open(name, OFlag::O_RDWR, Mode::empty()).map(File::from) else {
        return; // Somebody has unlinked it.
    };
    if Identity::of(&file) == Some(identity) && file.lock().is_ok() {
        let _ = unlink_if(name, Some(identity));
    }
}
