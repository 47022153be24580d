//! What a context's kernels may use: limits, caches, the memory of other devices.

use super::Context;
use crate::backend::{CachePreference, Limit};
use crate::error::Result;

impl Context {
    /// A limit of this context's kernels.
    ///
    /// # Errors
    /// [`Code::UnsupportedLimit`](crate::Code::UnsupportedLimit) if the device does not have it.
    pub fn get_limit(&self, limit: Limit) -> Result<usize> {
        self.check()?;
        let value = self.backend().context_limit(self.handle(), limit);
        value.map_err(|error| error.on(format_args!("{limit:?}")))
    }

    /// Changes a limit. The driver may round the value, and some limits cannot be changed once kernels have run.
    ///
    /// # Errors
    /// [`Code::UnsupportedLimit`](crate::Code::UnsupportedLimit) if the device does not have it,
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) or [`Code::OutOfMemory`](crate::Code::OutOfMemory) for an
    /// impossible value.
    pub fn set_limit(&self, limit: Limit, value: usize) -> Result<()> {
        self.check()?;
        let set = self
            .backend()
            .context_set_limit(self.handle(), limit, value);
        set.map_err(|error| error.on(format_args!("{limit:?} to {value}")))
    }

    /// What this context's kernels would rather have.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn get_cache_config(&self) -> Result<CachePreference> {
        self.check()?;
        self.backend().context_cache_preference(self.handle())
    }

    /// Says what this context's kernels would rather have, unless a function says otherwise.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn set_cache_config(&self, preference: CachePreference) -> Result<()> {
        self.check()?;
        self.backend()
            .context_set_cache_preference(self.handle(), preference)
    }

    /// Lets this context's kernels use the memory of `peer`, a context of another device.
    ///
    /// # Errors
    /// [`Code::PeerAccessUnsupported`](crate::Code::PeerAccessUnsupported) or
    /// [`Code::PeerAccessAlreadyEnabled`](crate::Code::PeerAccessAlreadyEnabled).
    pub fn enable_peer_access(&self, peer: &Context) -> Result<()> {
        self.same_backend(peer, "cuCtxEnablePeerAccess")?;
        let enabled = self
            .backend()
            .peer_access_enable(self.handle(), peer.handle());
        enabled.map_err(|error| error.on(format_args!("{peer} from {self}")))
    }

    /// Takes that back.
    ///
    /// # Errors
    /// [`Code::PeerAccessNotEnabled`](crate::Code::PeerAccessNotEnabled).
    pub fn disable_peer_access(&self, peer: &Context) -> Result<()> {
        self.same_backend(peer, "cuCtxDisablePeerAccess")?;
        let disabled = self
            .backend()
            .peer_access_disable(self.handle(), peer.handle());
        disabled.map_err(|error| error.on(format_args!("{peer} from {self}")))
    }
}
