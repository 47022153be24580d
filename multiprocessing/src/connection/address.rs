//! Where a listener listens.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a [`Listener`](super::Listener) listens: a UNIX socket on this machine, or a TCP port.
///
/// Paths and [`SocketAddr`]s turn into addresses. As text they are `unix:/run/my.sock`, `abstract:name`, and
/// `127.0.0.1:6000` or `localhost:6000`.
///
/// ```
/// use multiprocessing::connection::Address;
/// use std::path::Path;
///
/// let unix: Address = "unix:/run/my.sock".parse()?;
/// assert_eq!(unix, Address::from(Path::new("/run/my.sock")));
/// let tcp: Address = "127.0.0.1:6000".parse()?;
/// assert_eq!(tcp.to_string(), "127.0.0.1:6000");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Address {
    /// A UNIX socket with a file.
    Unix(#[serde(with = "path")] PathBuf),
    /// A UNIX socket whose name is in no folder. It goes with its listener, and anybody on the machine may take it.
    Abstract(String),
    /// A TCP port.
    Tcp(SocketAddr),
}

impl Address {
    /// Whether nobody outside of this machine can reach it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Address::Unix(_) | Address::Abstract(_) => true,
            Address::Tcp(address) => address.ip().to_canonical().is_loopback(),
        }
    }
}

impl From<&Path> for Address {
    fn from(path: &Path) -> Address {
        Address::Unix(path.to_owned())
    }
}

impl From<PathBuf> for Address {
    fn from(path: PathBuf) -> Address {
        Address::Unix(path)
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

/// A path in messages: its bytes, which need be no text.
mod path {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serializer};
    use serde_bytes::ByteBuf;

    pub(super) fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(path.as_os_str().as_bytes())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        let bytes = ByteBuf::deserialize(from)?;
        Ok(OsString::from_vec(bytes.into_vec()).into())
    }
}

impl FromStr for Address {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Address> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Address::Unix(path.into()));
        }
        if let Some(name) = text.strip_prefix("abstract:") {
            return Ok(Address::Abstract(name.to_owned()));
        }
        let no_address = |kind, why: &dyn fmt::Display| {
            let advice = "write HOST:PORT, unix:PATH or abstract:NAME";
            io::Error::new(kind, format!("{text:?} is no address: {why}; {advice}"))
        };
        let found = text.to_socket_addrs();
        let found = found
            .map_err(|error| no_address(error.kind(), &error))?
            .next();
        let nowhere = || no_address(io::ErrorKind::NotFound, &"its name stands for none");
        found.map(Address::Tcp).ok_or_else(nowhere)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
            Address::Abstract(name) => write!(f, "abstract:{name}"),
            Address::Tcp(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for text in ["unix:/a/b", "abstract:name", "127.0.0.1:80", "[::1]:80"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in ["no port", "/a/b", "", "host:99999"] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(
                error.contains(&format!("{text:?} is no address")) && error.contains("unix:PATH")
            );
        }
    }

    #[test]
    fn messages_and_back() {
        use std::os::unix::ffi::OsStrExt;
        let no_text = Path::new(std::ffi::OsStr::from_bytes(b"/a/\xff"));
        let texts = ["abstract:name", "127.0.0.1:80", "[::1]:80"];
        let addresses = texts.map(|text| text.parse().unwrap());
        for address in addresses.into_iter().chain([Address::from(no_text)]) {
            let bytes = manyways_wire::encode(&address).unwrap();
            assert_eq!(manyways_wire::decode::<Address>(&bytes).unwrap(), address);
        }
    }

    #[test]
    fn local_is_what_no_other_machine_reaches() {
        for text in [
            "unix:/a",
            "abstract:a",
            "127.9.0.1:80",
            "[::1]:80",
            "[::ffff:127.0.0.1]:80",
        ] {
            assert!(text.parse::<Address>().unwrap().is_local(), "{text}");
        }
        for text in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80"] {
            assert!(!text.parse::<Address>().unwrap().is_local(), "{text}");
        }
    }
}
