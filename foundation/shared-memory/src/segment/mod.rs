//! Memory that several processes map, and who they are.

mod header;
mod registry;
mod sys;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::process::{Resource, getrlimit};

use self::header::Header;
use self::sys::Mapping;
use crate::error::{LifeError, PlaceError};
use crate::life::{Death, Identity, SLOTS};

/// Of a segment from which small objects take room.
const SMALL: usize = 64 * 1024;

/// Objects above this get a segment of their own.
pub(crate) const LARGE: usize = 16 * 1024;

/// The largest alignment that an object may ask for.
const PAGE: usize = 4096;

/// A file in memory, mapped once in this process, that goes with the last process that has it.
///
/// It holds two descriptors in each process: the file itself, and the description by which this process's life is known.
#[derive(Debug)]
pub(crate) struct Segment {
    mapping: Mapping,
    memory: OwnedFd,
    file: FileId,
    me: Arc<AtomicU32>,
}

/// Device and inode.
type FileId = (u64, u64);

impl Segment {
    /// The offset of the first object.
    pub(crate) const FIRST: usize = size_of::<Header>();

    /// Takes room for an object: zeroed, and nobody else's.
    pub(crate) fn take_room(len: usize, align: usize) -> Result<(Arc<Segment>, usize), PlaceError> {
        assert!(
            align.is_power_of_two() && align <= PAGE,
            "an alignment is a power of two up to {PAGE}, not {align}"
        );
        if len > LARGE {
            return Segment::of_one_object(len, align);
        }
        loop {
            let current = Segment::current()?;
            match current.header().take_room(current.len(), len, align) {
                Some(offset) => return Ok((current, offset)),
                None => Segment::replace(&current)?,
            };
        }
    }

    fn of_one_object(len: usize, align: usize) -> Result<(Arc<Segment>, usize), PlaceError> {
        let offset = size_of::<Header>().next_multiple_of(align);
        let whole = offset.checked_add(len).ok_or(PlaceError::no_memory(len))?;
        let segment = Segment::create(whole)?;
        let offset = segment.header().take_room(whole, len, align);
        Ok((segment, offset.ok_or(PlaceError::no_memory(len))?))
    }

    fn current() -> Result<Arc<Segment>, PlaceError> {
        let current = registry::lock().current();
        current.map_or_else(Segment::new_current, Ok)
    }

    fn replace(full: &Arc<Segment>) -> Result<Arc<Segment>, PlaceError> {
        // Another thread may have been quicker.
        let current = registry::lock().current();
        match current.filter(|current| !Arc::ptr_eq(current, full)) {
            Some(current) => Ok(current),
            None => Segment::new_current(),
        }
    }

    fn new_current() -> Result<Arc<Segment>, PlaceError> {
        let segment = Segment::create(SMALL)?;
        registry::lock().set_current(&segment);
        Ok(segment)
    }

    fn create(len: usize) -> Result<Arc<Segment>, PlaceError> {
        let created = || {
            check_limit(len)?;
            let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
            let memory = rustix::fs::memfd_create("manyways", flags)?;
            rustix::fs::ftruncate(&memory, len as u64)?;
            rustix::fs::fcntl_add_seals(
                &memory,
                SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL,
            )?;
            Segment::map(memory, len)
        };
        let segment = created().map_err(|error| PlaceError::creating(len, error))?;
        segment.header().initialise(len);
        registry::lock().insert(&segment);
        Ok(segment)
    }

    fn map(memory: OwnedFd, len: usize) -> io::Result<Arc<Segment>> {
        registry::watch_forks()?;
        let mapping = Mapping::new(memory.as_fd(), len)?;
        let file = file_id(memory.as_fd())?;
        Ok(Arc::new(Segment {
            mapping,
            memory,
            file,
            me: Arc::new(AtomicU32::new(0)),
        }))
    }

    /// The segment behind a descriptor that came from another process: the mapping that this process has, or a new one.
    ///
    /// A descriptor of anything else is refused, and one whose file could shrink while it is in use.
    pub(crate) fn from_descriptor(memory: OwnedFd) -> Result<Arc<Segment>, PlaceError> {
        let file = file_id(memory.as_fd()).map_err(PlaceError::attaching)?;
        if let Some(known) = registry::lock().find(file) {
            return Ok(known);
        }
        let len = sealed_len(memory.as_fd())?;
        let segment = Segment::map(memory, len).map_err(PlaceError::attaching)?;
        if !segment.header().is_of(len) {
            return Err(PlaceError::foreign("its first bytes are not a segment's"));
        }
        let mut registry = registry::lock();
        let known = registry.find(file);
        if known.is_none() {
            registry.insert(&segment);
        }
        drop(registry);
        Ok(known.unwrap_or(segment))
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.memory.as_fd()
    }

    pub(crate) fn len(&self) -> usize {
        self.mapping.len()
    }

    #[inline]
    pub(crate) fn start(&self) -> NonNull<u8> {
        self.mapping.start()
    }

    fn header(&self) -> &Header {
        self.mapping.header()
    }

    /// Who this process is here. The first call makes it someone.
    #[inline]
    pub(crate) fn me(&self) -> Result<Identity, LifeError> {
        match Identity::in_word(self.me.load(Ordering::Relaxed)) {
            Some(me) => Ok(me),
            None => self.begin_life(),
        }
    }

    /// Whether this process has this identity.
    pub(crate) fn is_me(&self, identity: Identity) -> bool {
        identity.word() == self.me.load(Ordering::Relaxed)
    }

    #[cold]
    fn begin_life(&self) -> Result<Identity, LifeError> {
        let mut registry = registry::lock();
        if let Some(me) = Identity::in_word(self.me.load(Ordering::Relaxed)) {
            return Ok(me); // Another thread was quicker.
        }
        let entry = registry.entry(self).ok_or(LifeError::new(libc::EBADF))?;
        let life = sys::open_anew(&self.memory).map_err(|error| LifeError::from(&error))?;
        let slot = self.lock_a_slot(life.as_fd())?;
        let me = self.header().enter(slot, std::process::id());
        entry.life = Some(life);
        self.me.store(me.word(), Ordering::Relaxed);
        Ok(me)
    }

    fn lock_a_slot(&self, life: BorrowedFd<'_>) -> Result<u16, LifeError> {
        let first = self.header().next_slot();
        for slot in (first..SLOTS).chain(0..first) {
            if sys::lock_byte(life, slot).map_err(|error| LifeError::from(&error))? {
                return Ok(slot);
            }
        }
        Err(LifeError::new(libc::EUSERS))
    }

    /// The death of a process, if it is dead. A system call, unless it is this process.
    pub(crate) fn death(&self, identity: Identity) -> Option<Death> {
        if self.is_me(identity) {
            return None;
        }
        let pid = self.header().pid_of(identity);
        // The table is read first: a slot that is locked by a new owner, who has not written himself down yet, is taken
        // for the old one's, until one looks again.
        let lives =
            pid.is_some() && sys::is_locked(self.descriptor(), identity.slot()).unwrap_or(true);
        (!lives).then_some(Death { pid })
    }

    /// The process id of one that takes part, for messages.
    pub(crate) fn pid_of(&self, identity: Identity) -> Option<u32> {
        self.header().pid_of(identity)
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        registry::lock().remove(self);
    }
}

fn file_id(file: BorrowedFd<'_>) -> io::Result<FileId> {
    let stat = rustix::fs::fstat(file)?;
    Ok((stat.st_dev, stat.st_ino))
}

/// The length of a file that keeps it for ever.
fn sealed_len(file: BorrowedFd<'_>) -> Result<usize, PlaceError> {
    let seals = rustix::fs::fcntl_get_seals(file);
    let seals = seals.map_err(|_| PlaceError::foreign("it is no memory file"))?;
    if !seals.contains(SealFlags::SHRINK | SealFlags::GROW) {
        return Err(PlaceError::foreign("its length is not sealed"));
    }
    let stat = rustix::fs::fstat(file).map_err(|error| PlaceError::attaching(error.into()))?;
    let len = usize::try_from(stat.st_size).ok();
    len.filter(|len| *len >= size_of::<Header>())
        .ok_or(PlaceError::foreign("it is too short"))
}

/// The system kills a process that makes a file longer than its limit (`ulimit -f`); an error is told instead.
fn check_limit(len: usize) -> io::Result<()> {
    let limit = getrlimit(Resource::Fsize).current;
    match limit {
        Some(limit) if len as u64 > limit => Err(rustix::io::Errno::FBIG.into()),
        _ => Ok(()),
    }
}
