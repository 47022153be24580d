//! The file of a UNIX socket.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{process, thread};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::socket::{self, AddressFamily, Backlog, SockFlag, SockType, UnixAddr};

/// How long another listener may take to bind in the same folder.
const FOLDER_BUSY: Duration = Duration::from_secs(5);

/// The file, known by more than its name. It is removed with this value, by the process that made it.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
    creator: u32,
}

/// Binds and listens. A socket file that nobody listens to, left behind by a process that was killed, is replaced.
///
/// This is done under a lock of the folder, so that of two listeners one sees the other either not at all or listening.
/// Nobody can connect before `listen`, so nobody gets in before the mode is set.
pub(crate) fn bind(
    path: &Path,
    private: bool,
    backlog: Backlog,
) -> io::Result<(UnixListener, SocketFile)> {
    let _folder = lock_folder(path)?;
    let kind = SockType::Stream;
    let fd = socket::socket(AddressFamily::Unix, kind, SockFlag::SOCK_CLOEXEC, None)?;
    let name = UnixAddr::new(path)?;
    match socket::bind(fd.as_raw_fd(), &name) {
        Err(Errno::EADDRINUSE) if is_leftover(path, &name)? => {
            fs::remove_file(path)?;
            socket::bind(fd.as_raw_fd(), &name)?;
        }
        bound => bound?,
    }
    let file = SocketFile::at(path)?;
    if private {
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
    }
    socket::listen(&fd, backlog)?;
    Ok((UnixListener::from(fd), file))
}

fn lock_folder(path: &Path) -> io::Result<Flock<OwnedFd>> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut folder = OwnedFd::from(File::open(parent.unwrap_or(Path::new(".")))?);
    let give_up = Instant::now() + FOLDER_BUSY;
    loop {
        match Flock::lock(folder, FlockArg::LockExclusiveNonblock) {
            Ok(locked) => return Ok(locked),
            Err((unlocked, Errno::EWOULDBLOCK)) if Instant::now() < give_up => folder = unlocked,
            Err((_, errno)) => return Err(errno.into()),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether the file is a socket that nobody listens to.
///
/// Without waiting: a listener that is stopped, and has as many callers as may wait for it, listens too.
fn is_leftover(path: &Path, name: &UnixAddr) -> io::Result<bool> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Ok(false);
    }
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let caller = socket::socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    Ok(socket::connect(caller.as_raw_fd(), name) == Err(Errno::ECONNREFUSED))
}

impl SocketFile {
    fn at(path: &Path) -> io::Result<SocketFile> {
        Ok(SocketFile {
            path: std::path::absolute(path)?,
            identity: identity(path)?,
            creator: process::id(),
        })
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

impl Drop for SocketFile {
    /// Unless another file has taken its place.
    fn drop(&mut self) {
        let still = identity(&self.path).is_ok_and(|now| now == self.identity);
        if still && self.creator == process::id() {
            // If it cannot be removed, the next listener finds it to be a leftover.
            let _ = fs::remove_file(&self.path);
        }
    }
}
