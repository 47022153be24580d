//! The files behind the blocks.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, FcntlArg, fcntl, posix_fallocate};
use nix::sys::statvfs::fstatvfs;
use nix::unistd::linkat;
use serde::{Deserialize, Serialize};

use crate::file_limit;

/// Where POSIX shared memory is on Linux; Python's too.
const FOLDER: &str = "/dev/shm";

/// Which file a name means, as names can be given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    pub(super) fn of(file: &File) -> io::Result<Identity> {
        let data = file.metadata()?;
        Ok(Identity {
            device: data.dev(),
            inode: data.ino(),
        })
    }

    /// Whether the name means this file.
    pub(super) fn is_at(self, name: &str) -> bool {
        let data = fs::symlink_metadata(path(name));
        data.is_ok_and(|data| (data.dev(), data.ino()) == (self.device, self.inode))
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name)
}

fn options() -> OpenOptions {
    let mut options = File::options();
    options.read(true).write(true);
    options
}

/// A file of `size` bytes that has no name yet, locked as its users lock it.
///
/// The memory is reserved: without that, the first write to a page that is not to be had would end the process.
pub(super) fn reserve(size: NonZeroUsize) -> io::Result<File> {
    let options = &mut options();
    let file = options.mode(0o600).custom_flags(libc::O_TMPFILE);
    let file = file.open(FOLDER).map_err(no_folder)?;
    file.lock_shared()?;
    let size = libc::off_t::try_from(size.get()).map_err(|_| Errno::ENOSPC)?;
    if size.cast_unsigned() > room(&file)? {
        return Err(Errno::ENOSPC.into());
    }
    file_limit::check(size)?;
    for start in (0..size).step_by(PORTION) {
        fill(&file, start, (size - start).min(PORTION as libc::off_t))?;
    }
    Ok(file)
}

/// Bytes that are to be had, as long as nobody takes them. A file system without a limit says 0 of 0.
fn room(file: &File) -> io::Result<u64> {
    let found = fstatvfs(file)?;
    match found.blocks() {
        0 => Ok(u64::MAX),
        _ => Ok(found
            .blocks_available()
            .saturating_mul(found.fragment_size())),
    }
}

/// Bytes that are reserved at once: a signal makes the system begin again, which must not go on for ever.
const PORTION: usize = 16 << 20;

fn fill(file: &File, start: libc::off_t, size: libc::off_t) -> io::Result<()> {
    loop {
        match posix_fallocate(file, start, size) {
            Err(Errno::EINTR) => {}
            filled => return Ok(filled?),
        }
    }
}

fn no_folder(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::Unsupported | io::ErrorKind::IsADirectory => {
            let advice = format!("{FOLDER} is no memory file system; mount a tmpfs there");
            io::Error::new(io::ErrorKind::Unsupported, advice)
        }
        _ => error,
    }
}

/// Gives a file that has no name one that nobody has.
pub(super) fn publish(file: &File, name: &str) -> io::Result<()> {
    let nameless = format!("/proc/self/fd/{}", file.as_raw_fd());
    let follow = AtFlags::AT_SYMLINK_FOLLOW;
    Ok(linkat(
        AT_FDCWD,
        nameless.as_str(),
        AT_FDCWD,
        &path(name),
        follow,
    )?)
}

fn open_unlocked(name: &str) -> io::Result<File> {
    options().custom_flags(libc::O_NOFOLLOW).open(path(name))
}

/// Opens the file of a block, and keeps it from being removed.
pub(super) fn open(name: &str) -> io::Result<(File, NonZeroUsize)> {
    let file = open_unlocked(name)?;
    lock_shared(&file)?;
    let data = file.metadata()?;
    // Whoever removes it holds the lock meanwhile, so the name may have gone while this waited.
    let size = usize::try_from(data.size())
        .ok()
        .and_then(NonZeroUsize::new);
    match size {
        Some(size) if data.is_file() && data.nlink() > 0 => Ok((file, size)),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

/// Milliseconds that a block may be about to be removed, which takes microseconds.
const REMOVAL: u32 = 1000;

fn lock_shared(file: &File) -> io::Result<()> {
    for _ in 0..REMOVAL {
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
    let advice = "another program has locked it for itself (flock); end that";
    Err(io::Error::new(io::ErrorKind::TimedOut, advice))
}

/// Removes a name if it means this file.
pub(super) fn unlink(name: &str, identity: Identity) -> io::Result<()> {
    unlink_open(&open_unlocked(name)?, name, identity)
}

/// As [`unlink`], with the file to which the name led.
///
/// All who remove names lock the file for that. So if this one still has a name, it is the one that led here, and nobody gives it
/// to another file meanwhile.
fn unlink_open(file: &File, name: &str, identity: Identity) -> io::Result<()> {
    lock_whole(file)?;
    if Identity::of(file)? != identity || file.metadata()?.nlink() == 0 {
        return Err(io::ErrorKind::NotFound.into());
    }
    fs::remove_file(path(name))
}

/// A lock beside that of the users, given up when the file is closed.
fn lock_whole(file: &File) -> io::Result<()> {
    let range = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    loop {
        match fcntl(file, FcntlArg::F_OFD_SETLKW(&range)) {
            Err(Errno::EINTR) => {}
            locked => return Ok(locked.map(drop)?),
        }
    }
}

/// Removes the block if nobody has it open. Whether there is nothing left to do.
pub(super) fn remove_if_unused(name: &str, identity: Identity) -> bool {
    let file = match open_unlocked(name) {
        Ok(file) => file,
        Err(error) => return !is_passing(&error),
    };
    if !Identity::of(&file).is_ok_and(|found| found == identity) {
        return true;
    }
    // Whoever opens it from now on waits, and finds it gone.
    file.try_lock().is_ok() && unlink_open(&file, name, identity).is_ok()
}

/// Whether it may be otherwise the next time.
fn is_passing(error: &io::Error) -> bool {
    let number = error.raw_os_error();
    matches!(
        number,
        Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::EINTR)
    )
}

#[cfg(test)]
mod tests {
    use manyways_testkit::guarded;

    use super::*;

    fn file(name: &str) -> (File, Identity) {
        let file = reserve(NonZeroUsize::MIN).unwrap();
        publish(&file, name).unwrap();
        let identity = Identity::of(&file).unwrap();
        (file, identity)
    }

    #[test]
    fn a_name_is_removed_once_and_only_from_its_file() {
        guarded(|| {
            let name = format!("mw-unit-name-{}", std::process::id());
            let (first, identity) = file(&name);
            let led_here = open_unlocked(&name).unwrap();
            unlink(&name, identity).unwrap();
            let (_second, of_second) = file(&name);
            // One that had come by the name before it was given again.
            let late = unlink_open(&led_here, &name, identity).unwrap_err();
            assert_eq!(late.kind(), io::ErrorKind::NotFound);
            assert!(unlink(&name, identity).is_err());
            assert!(of_second.is_at(&name) && !identity.is_at(&name));
            unlink(&name, of_second).unwrap();
            drop(first);
        });
    }

    #[test]
    fn only_what_nobody_has_open_is_removed() {
        guarded(|| {
            let name = format!("mw-unit-unused-{}", std::process::id());
            let (user, identity) = file(&name);
            assert!(!remove_if_unused(&name, identity));
            drop(user);
            assert!(remove_if_unused(&name, identity));
            assert!(!identity.is_at(&name));
            assert!(remove_if_unused(&name, identity), "gone already");
        });
    }

    #[test]
    fn a_lock_of_a_stranger_is_an_error_and_no_hang() {
        guarded(|| {
            let name = format!("mw-unit-locked-{}", std::process::id());
            let (user, identity) = file(&name);
            drop(user);
            let stranger = open_unlocked(&name).unwrap();
            stranger.try_lock().unwrap();
            assert_eq!(open(&name).unwrap_err().kind(), io::ErrorKind::TimedOut);
            unlink(&name, identity).unwrap();
        });
    }
}
