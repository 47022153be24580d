//! Where a share is found.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The port of a share that was not told otherwise, as the original's.
pub const DEFAULT_PORT: u16 = 7450;

/// Where a share is found: a TCP address or the path of a UNIX socket.
///
/// `Display` and `FromStr` agree: `127.0.0.1:7450`, or `unix:` and a path. A host name is looked up
/// when it is parsed.
///
/// ```
/// use remoted::Address;
///
/// let address: Address = "127.0.0.1:7450".parse()?;
/// assert_eq!(address, Address::default());
/// let address: Address = "unix:/run/user/1000/share".parse()?;
/// assert_eq!(address.to_string(), "unix:/run/user/1000/share");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Address {
    /// A TCP address. To start a share, port 0 stands for a free one.
    Tcp(SocketAddr),
    /// The path of a UNIX socket.
    Unix(PathBuf),
}

impl Address {
    /// A port of this machine's loopback interface.
    #[must_use]
    pub fn local(port: u16) -> Address {
        Address::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    }

    /// A UNIX socket.
    pub fn unix(path: impl Into<PathBuf>) -> Address {
        Address::Unix(path.into())
    }

    /// Whether only processes of this machine can reach it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Address::Tcp(address) => address.ip().is_loopback(),
            Address::Unix(_) => true,
        }
    }
}

impl Default for Address {
    /// The original's: [`DEFAULT_PORT`], though on the loopback interface only.
    fn default() -> Address {
        Address::local(DEFAULT_PORT)
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Address {
        Address::Tcp(address)
    }
}

impl From<&Address> for Address {
    fn from(address: &Address) -> Address {
        address.clone()
    }
}

impl FromStr for Address {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Address> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Address::unix(path));
        }
        let mut found = text.to_socket_addrs()?;
        found.next().map(Address::Tcp).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("the name in {text:?} has no address"),
            )
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
