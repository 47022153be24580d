//! What these tests share.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use manyways_process::{Fork, Task};
use multiprocessing::connection::{Address, AuthKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longer than anything takes that is not to happen.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Long enough to see that something waits.
pub(crate) const SHORT: Duration = Duration::from_millis(50);

pub(crate) fn fork<T: Serialize + DeserializeOwned>(body: impl FnOnce() -> T) -> Task<T> {
    Fork::new().run(body).unwrap()
}

pub(crate) fn loopback() -> Address {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()
}

pub(crate) fn key(byte: u8) -> AuthKey {
    AuthKey::from_key([byte; 32])
}

/// A folder for sockets, which must be empty in the end.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("socket")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let left: Vec<_> = self.0.path().read_dir().unwrap().collect();
            assert!(left.is_empty(), "left behind: {left:?}");
        }
    }
}
