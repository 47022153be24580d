//! The listening socket.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use manyways_process::PrivateFd;
use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, ioctl_fionbio};
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketFlags, sockopt};
use serde::{Deserialize, Serialize};

use crate::Address;
use crate::socket::{Socket, connect_fd, stream_socket};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 4096;
/// How long another server may take to bind its socket in the same folder.
const FOLDER_BUSY: Duration = Duration::from_secs(5);

/// A listening socket that forked children do not keep. A UNIX socket's file goes with it.
#[derive(Debug)]
pub(crate) struct Listener {
    fd: PrivateFd,
    address: Address,
    file: Option<SocketFile>,
}

impl Listener {
    pub(crate) fn bind(address: &Address) -> io::Result<Listener> {
        match address {
            Address::Tcp(_) => Listener::bind_tcp(address),
            Address::Unix(path) => Listener::bind_unix(path),
        }
    }

    /// Where it listens: the address it was bound to, with the port that was free.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn file(&self) -> Option<&SocketFile> {
        self.file.as_ref()
    }

    pub(crate) fn as_fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.fd.get()
    }

    /// The next connection, non-blocking.
    pub(crate) fn accept(&self) -> io::Result<Socket> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let listening = self.fd.get()?;
        let fd = PrivateFd::open(|| Ok(net::accept_with(listening, flags)?))?;
        Socket::accepted(fd, &self.address)
    }

    fn bind_tcp(address: &Address) -> io::Result<Listener> {
        let Address::Tcp(wanted) = address else {
            return Err(Errno::AFNOSUPPORT.into());
        };
        let family = match wanted.is_ipv6() {
            true => AddressFamily::INET6,
            false => AddressFamily::INET,
        };
        let fd = PrivateFd::open(|| stream_socket(family))?;
        sockopt::set_socket_reuseaddr(fd.get()?, true)?;
        net::bind(fd.get()?, wanted)?;
        listen(fd.get()?)?;
        let bound = net::getsockname(fd.get()?)?.try_into()?;
        Ok(Listener {
            fd,
            address: Address::Tcp(bound),
            file: None,
        })
    }

    /// Binds under a lock of the folder, so that of two servers one sees the other either not at all or
    /// listening, and a file that nobody listens to is a leftover.
    fn bind_unix(path: &Path) -> io::Result<Listener> {
        let _folder = lock_folder(path)?;
        let fd = PrivateFd::open(|| stream_socket(AddressFamily::UNIX))?;
        let name = SocketAddrUnix::new(path)?;
        match net::bind(fd.get()?, &name) {
            Err(Errno::ADDRINUSE) if is_leftover(path)? => {
                fs::remove_file(path)?;
                net::bind(fd.get()?, &name)?;
            }
            bound => bound?,
        }
        let file = SocketFile::at(path)?;
        // Nobody can connect before `listen`, so nobody gets in before the mode is set.
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        listen(fd.get()?)?;
        Ok(Listener {
            fd,
            address: Address::unix(path),
            file: Some(file),
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let (Some(file), Ok(_)) = (&self.file, self.fd.get()) {
            file.remove();
        }
    }
}

fn listen(fd: BorrowedFd<'_>) -> io::Result<()> {
    ioctl_fionbio(fd, true)?;
    Ok(net::listen(fd, BACKLOG)?)
}

fn lock_folder(path: &Path) -> io::Result<File> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = File::open(parent.unwrap_or(Path::new(".")))?;
    let give_up = Instant::now() + FOLDER_BUSY;
    loop {
        match flock(folder.as_fd(), FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) if Instant::now() < give_up => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(Errno::WOULDBLOCK) => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "another process keeps the folder of the socket locked",
                ));
            }
            locked => return locked.map(|()| folder).map_err(io::Error::from),
        }
    }
}

/// Whether the file is a socket that nobody listens to.
fn is_leftover(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::FileTypeExt;
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Ok(false);
    }
    let probe = PrivateFd::open(|| stream_socket(AddressFamily::UNIX))?;
    ioctl_fionbio(probe.get()?, true)?;
    let tried = connect_fd(probe.get()?, &Address::unix(path));
    Ok(tried.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused))
}

/// The file of a UNIX socket, known by more than its name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl SocketFile {
    fn at(path: &Path) -> io::Result<SocketFile> {
        let metadata = fs::symlink_metadata(path)?;
        Ok(SocketFile {
            path: std::path::absolute(path)?,
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }

    /// Removes the file, unless another has taken its place.
    pub(crate) fn remove(&self) {
        let now = SocketFile::at(&self.path);
        if now.is_ok_and(|now| (now.device, now.inode) == (self.device, self.inode)) {
            // If it cannot be removed, the next server finds it to be a leftover.
            let _ = fs::remove_file(&self.path);
        }
    }
}
