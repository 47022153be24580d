//! Starting a share server.

use std::time::Duration;

use manyways_process::{Fork, Output};
use manyways_wire::Secret;

use crate::error::{Attempt, Error, Reason, Result};
use crate::server::{NotReady, Ready, ShareServer};
use crate::{Address, Limits, ShareHandle};

/// How long the server lives after its last client has left, unless told otherwise; as the original.
pub const AUTO_KILL: Duration = Duration::from_secs(5);

/// How long a client may leave its answers untaken, unless told otherwise.
pub const SLOW_CLIENT: Duration = Duration::from_secs(30);

/// Starts a share server with the original's defaults: loopback port [`DEFAULT_PORT`](crate::DEFAULT_PORT),
/// auto-kill [`AUTO_KILL`]. [`InitShare`] has the choices.
///
/// ```no_run
/// let handle = remoted::init_share()?;
/// let share = remoted::StubShare::new()?; // looks at the default port too
/// share.set("n", &0)?;
/// # Ok::<(), remoted::Error>(())
/// ```
///
/// # Errors
///
/// As [`InitShare::start`]; `is_address_in_use` if a share runs there already.
pub fn init_share() -> Result<ShareHandle> {
    InitShare::new().start()
}

/// The choices in starting a share server. A builder.
///
/// ```
/// use std::time::Duration;
/// use remoted::{InitShare, StubShare};
///
/// let handle = InitShare::new().port(0).auto_kill(Duration::from_secs(60)).start()?;
/// let share = StubShare::connect(handle.address())?;
/// # drop(share);
/// # handle.stop()?;
/// # Ok::<(), remoted::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "this only says how a share would be started"]
pub struct InitShare {
    settings: Settings,
}

/// What a server has to know.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub address: Address,
    pub auto_kill: Option<Duration>,
    pub slow_client: Duration,
    pub limits: Limits,
    pub secret: Option<Secret>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            address: Address::default(),
            auto_kill: Some(AUTO_KILL),
            slow_client: SLOW_CLIENT,
            limits: Limits::default(),
            secret: None,
        }
    }
}

impl Settings {
    /// Whether strangers are kept out.
    pub(crate) fn is_safe(&self) -> bool {
        self.secret.is_some() || self.address.is_local()
    }
}

impl InitShare {
    /// The original's defaults.
    pub fn new() -> InitShare {
        InitShare::default()
    }

    /// Where to listen. An address that other machines could reach needs a secret.
    pub fn address(mut self, address: impl Into<Address>) -> InitShare {
        self.settings.address = address.into();
        self
    }

    /// Listens on this loopback port; 0 is a free one, which [`ShareHandle::address`] tells. Every
    /// user of this machine can connect; a UNIX socket or a secret keeps others out.
    pub fn port(self, port: u16) -> InitShare {
        self.address(Address::local(port))
    }

    /// Listens on a UNIX socket with this path, which only this user (and root) can connect to: its mode is
    /// 0600 and each peer's credentials are checked. A file left there by a dead server is replaced. The path
    /// has at most 107 bytes.
    pub fn unix(self, path: impl Into<std::path::PathBuf>) -> InitShare {
        self.address(Address::unix(path))
    }

    /// How long the server lives on after its last client has left.
    pub fn auto_kill(mut self, after: Duration) -> InitShare {
        self.settings.auto_kill = Some(after);
        self
    }

    /// The server lives until it is stopped, by [`ShareHandle::stop`] or
    /// [`StubShare::stop_server`](crate::StubShare::stop_server), or killed.
    pub fn no_auto_kill(mut self) -> InitShare {
        self.settings.auto_kill = None;
        self
    }

    /// How long a client may leave its answers untaken before it is disconnected. Default:
    /// [`SLOW_CLIENT`]. Answers of less than about 200 KiB always find room in the socket, so this
    /// concerns only clients that stop while they get large values.
    pub fn slow_client(mut self, limit: Duration) -> InitShare {
        self.settings.slow_client = limit;
        self
    }

    /// Serves only clients that know this secret too. All links are encrypted, the loopback's included.
    ///
    /// ```
    /// use remoted::{ConnectShare, InitShare, Secret, StubShare};
    ///
    /// let secret = Secret::generate()?;
    /// let handle = InitShare::new().port(0).secret(secret.clone()).start()?;
    /// assert!(StubShare::connect(handle.address()).unwrap_err().is_untrusted());
    ///
    /// let share = ConnectShare::to(handle.address()).secret(secret).connect()?;
    /// share.set("n", &1)?;
    /// # drop(share);
    /// # handle.stop()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn secret(mut self, secret: Secret) -> InitShare {
        self.settings.secret = Some(secret);
        self
    }

    /// What the share accepts at most.
    pub fn limits(mut self, limits: Limits) -> InitShare {
        self.settings.limits = limits;
        self
    }

    /// Forks the server. It listens when this returns.
    ///
    /// The server is a background process: it outlives this one as long as it has clients, and auto-kill ends
    /// it. It is no child of this process: the system's first process reaps it. It has no part in this process's terminal
    /// and standard streams, and keeps none of its open files, so that whoever reads a pipe of this process sees its
    /// end.
    ///
    /// # Errors
    ///
    /// `is_address_in_use`; `is_untrusted` for an address that other machines could reach, without a secret; or what the system
    /// said to the address or the fork.
    pub fn start(self) -> Result<ShareHandle> {
        let settings = self.settings;
        let failed = |reason| Error::new(Attempt::Start(settings.address.clone()), reason);
        if !settings.is_safe() {
            return Err(failed(Reason::NeedsSecret));
        }
        let (mut process, mut link) = Fork::new()
            .name("remoted")
            .stdout(Output::Null)
            .stderr(Output::Null)
            .close_other_files()
            .spawn_detached(|link| ShareServer::run_linked(settings.clone(), link))
            .map_err(|error| failed(Reason::Process(error)))?;
        match link.recv::<Result<Ready, NotReady>>() {
            Ok(Ok(ready)) => Ok(ShareHandle::new(ready, process, link)),
            Ok(Err(not_ready)) => {
                let _ = process.wait();
                Err(failed(Reason::System(not_ready.into())))
            }
            Err(error) => Err(failed(match process.wait() {
                Ok(exit) if error.is_closed() => Reason::Ended(exit),
                _ => Reason::Process(error),
            })),
        }
    }

    /// Binds a server that runs in this process: [`ShareServer::run`].
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn bind(self) -> Result<ShareServer> {
        ShareServer::bind(self.settings)
    }
}
