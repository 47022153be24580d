//! NVIDIA's driver.
//!
//! This file only says which function does what. All calls of the driver are in files `sys.rs`, one for each kind of
//! object; every function there binds its context first.

#[path = "api/sys.rs"]
mod api;
mod calls;
#[path = "copy/sys.rs"]
mod copy;
#[path = "device/sys.rs"]
mod device;
#[path = "graph/sys.rs"]
mod graph;
#[path = "graphics/sys.rs"]
mod graphics;
#[path = "launch/sys.rs"]
mod launch;
#[path = "memory/sys.rs"]
mod memory;
#[path = "module/sys.rs"]
mod module;
#[path = "stream/sys.rs"]
mod stream;
#[path = "texture/sys.rs"]
mod texture;

use std::sync::OnceLock;

use self::api::Api;
use super::*;

/// The driver of this process.
#[derive(Debug)]
struct Nvidia(&'static Api);

static NVIDIA: OnceLock<Nvidia> = OnceLock::new();

/// NVIDIA's driver, or why it cannot be used.
pub(crate) fn backend() -> Result<&'static dyn Backend> {
    let api = api::api()?;
    Ok(NVIDIA.get_or_init(|| Nvidia(api)))
}

impl Backend for Nvidia {}
