//! Socket files: binding, connecting, telling the living from the dead, and who may talk to whom.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use manyways_process::poll_readable;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, UnixAddr, connect, getsockopt, socket, sockopt,
};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Uid, geteuid};

use crate::error::{Kind, LONGEST_ADDRESS, Refusal};

/// How long the lock of a directory is waited for. Its holders need microseconds.
const LOCK_LIMIT: Duration = Duration::from_secs(5);

/// How long the process at an address is waited for that is about to be used, to tell it from a dying one.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);

/// Between two looks at something that is about to change.
pub(super) const PAUSE: Duration = Duration::from_millis(2);

/// The process at the other side of a socket, as the kernel knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) pid: u32,
    pub(super) uid: u32,
}

/// Asks the kernel who is there. The client sees who listened, the server who connected.
pub(super) fn credentials(socket: impl AsFd) -> io::Result<Credentials> {
    let peer = getsockopt(&socket.as_fd(), sockopt::PeerCredentials)?;
    Ok(Credentials {
        pid: peer.pid().unsigned_abs(),
        uid: peer.uid(),
    })
}

/// Whether a process of user `own` deals with one of user `peer`. Not even root is an exception: what a
/// background process sends is decoded here, and what it is sent, there.
pub(super) fn may_talk(own: u32, peer: u32) -> bool {
    own == peer
}

pub(super) fn own_uid() -> u32 {
    geteuid().as_raw()
}

/// A socket file that this process listens at.
#[derive(Debug)]
pub(super) struct Bound {
    path: PathBuf,
    listener: Option<UnixListener>,
    identity: (u64, u64),
}

impl Bound {
    /// Binds and listens, in the place of a socket file that a dead process has left.
    ///
    /// Sets the file mode creation mask for a moment, so only for processes with one thread.
    pub(super) fn bind(path: &Path) -> Result<Bound, Refusal> {
        let length = path.as_os_str().len();
        if length > LONGEST_ADDRESS {
            return Err(Refusal::TooLong(length));
        }
        let _lock = lock_directory(path)?;
        make_free(path)?;
        // Nobody but the user may connect, not even in the moment before a chmod could be done.
        let mask = umask(Mode::from_bits_truncate(0o177));
        let listener = UnixListener::bind(path);
        umask(mask);
        let listener = listener.map_err(refused("bind the socket"))?;
        listener
            .set_nonblocking(true)
            .map_err(refused("set up the socket"))?;
        let file = fs::symlink_metadata(path).map_err(refused("look at the new socket file"))?;
        Ok(Bound {
            path: path.to_owned(),
            listener: Some(listener),
            identity: identity(&file),
        })
    }

    pub(super) fn listener(&self) -> Option<&UnixListener> {
        self.listener.as_ref()
    }

    /// In a process that shall not listen: an address is dead when its supervisor is.
    pub(super) fn close(&mut self) {
        self.listener = None;
    }

    /// Removes the file, unless it is another one's by now, and stops to listen.
    pub(super) fn remove(&mut self) {
        let _lock = lock_directory(&self.path);
        let file = fs::symlink_metadata(&self.path);
        if file.is_ok_and(|file| identity(&file) == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
        self.listener = None;
    }
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

fn refused(doing: &str) -> impl Fn(io::Error) -> Refusal + '_ {
    move |error| match error.raw_os_error() {
        Some(errno) => Refusal::System {
            doing: doing.to_owned(),
            errno,
        },
        None => Refusal::Other(format!("{doing}: {error}")),
    }
}

/// Keeps others from binding or removing addresses in the same directory, so that nobody takes a file
/// for stale that another has just put in its place. Leaves no file behind.
fn lock_directory(path: &Path) -> Result<Flock<File>, Refusal> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = File::open(parent.unwrap_or(Path::new(".")));
    let mut directory = directory.map_err(refused("open the directory"))?;
    let until = Instant::now() + LOCK_LIMIT;
    loop {
        match Flock::lock(directory, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((_, errno)) if errno != Errno::EWOULDBLOCK || Instant::now() > until => {
                return Err(refused("lock the directory")(errno.into()));
            }
            Err((file, _)) => directory = file,
        }
        std::thread::sleep(PAUSE);
    }
}

/// Sees to it that nothing is at an address, unless a process lives there. The directory is locked.
fn make_free(path: &Path) -> Result<(), Refusal> {
    let until = Instant::now() + LOCK_LIMIT;
    loop {
        match look_at(path) {
            Found::Nothing => return Ok(()),
            Found::Stale => {
                let removed = fs::remove_file(path);
                return removed.map_err(refused("remove the socket file of a dead process"));
            }
            Found::Living(socket) if is_dying(&socket) && Instant::now() < until => {}
            Found::Living(_) => return Err(Refusal::InUse),
            Found::NoSocket => return Err(Refusal::NoSocket),
            Found::Unknown(error) => return Err(refused("look at the address")(error)),
        }
        std::thread::sleep(PAUSE);
    }
}

/// Whether the process that listens there closes the connection without a greeting: it is about to
/// close its listening socket as well. One that is stopped does not answer, and lives.
fn is_dying(socket: &OwnedFd) -> bool {
    let answered = poll_readable(&[socket.as_fd()], Some(ANSWER_LIMIT));
    if !answered.is_ok_and(|ready| !ready.is_empty()) {
        return false;
    }
    let read = nix::unistd::read(socket, &mut [0]);
    matches!(read, Ok(0) | Err(Errno::ECONNRESET))
}

/// What is at an address.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    /// A process listens there; this is a connection to it.
    Living(OwnedFd),
    /// A socket file with nobody behind it.
    Stale,
    NoSocket,
    Unknown(io::Error),
}

/// Tries to connect. Does not wait.
pub(super) fn look_at(path: &Path) -> Found {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
        Err(error) => return Found::Unknown(error),
        Ok(file) if !file.file_type().is_socket() => return Found::NoSocket,
        Ok(_) => {}
    }
    match try_connect(path) {
        Ok(socket) => Found::Living(socket),
        Err(Errno::ECONNREFUSED) => Found::Stale,
        Err(Errno::ENOENT) => Found::Nothing,
        Err(Errno::EPROTOTYPE) => Found::NoSocket,
        Err(errno) => Found::Unknown(errno.into()),
    }
}

fn try_connect(path: &Path) -> nix::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
    Ok(socket)
}

/// Connects to the living process of this user at an address. The socket file of a dead one is removed.
pub(super) fn connect_to(path: &Path) -> Result<OwnedFd, Kind> {
    let length = path.as_os_str().len();
    if length > LONGEST_ADDRESS {
        return Err(Kind::TooLong(length));
    }
    match look_at(path) {
        Found::Nothing => Err(Kind::Absent),
        Found::NoSocket => Err(Kind::NoSocket),
        Found::Unknown(error) => Err(Kind::System(error)),
        Found::Stale => Err(remove_stale(path)),
        Found::Living(socket) => {
            let peer = credentials(&socket).map_err(Kind::System)?;
            match may_talk(own_uid(), peer.uid) {
                true => Ok(socket),
                false => Err(Kind::Foreign(peer.uid)),
            }
        }
    }
}

/// Looks again with the directory locked: a new process may be taking the place of the dead one.
fn remove_stale(path: &Path) -> Kind {
    let Ok(_lock) = lock_directory(path) else {
        return Kind::Stale;
    };
    let ours = fs::symlink_metadata(path).is_ok_and(|file| file.uid() == Uid::effective().as_raw());
    if ours && matches!(look_at(path), Found::Stale) {
        let _ = fs::remove_file(path);
    }
    Kind::Stale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_processes_of_one_user_talk() {
        assert!(may_talk(1000, 1000) && may_talk(0, 0));
        assert!(!may_talk(1000, 1001) && !may_talk(0, 1000) && !may_talk(1000, 0));
    }

    #[test]
    fn a_file_that_is_no_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes");
        fs::write(&path, "keep").unwrap();
        assert!(matches!(look_at(&path), Found::NoSocket));
        assert!(matches!(Bound::bind(&path), Err(Refusal::NoSocket)));
        assert!(matches!(connect_to(&path), Err(Kind::NoSocket)));
        assert_eq!(fs::read_to_string(&path).unwrap(), "keep");
    }

    #[test]
    fn the_file_of_another_socket_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut first = Bound::bind(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let mut second = Bound::bind(&path).unwrap();
        first.remove();
        assert!(matches!(look_at(&path), Found::Living(_)));
        second.remove();
        assert!(matches!(look_at(&path), Found::Nothing));
    }

    #[test]
    fn a_stale_file_is_replaced_and_a_living_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut dead = Bound::bind(&path).unwrap();
        dead.close();
        assert!(matches!(look_at(&path), Found::Stale));
        let mut living = Bound::bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert!(matches!(Bound::bind(&path), Err(Refusal::InUse)));
        living.close();
        assert!(matches!(connect_to(&path), Err(Kind::Stale)));
        assert!(matches!(connect_to(&path), Err(Kind::Absent)));
    }
}
