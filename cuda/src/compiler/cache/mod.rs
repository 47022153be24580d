//! Results that are kept: in memory, in the repository of PTX, on disk. NVRTC comes last.

mod disk;
mod entry;
mod kept;
mod library;
mod memory;
mod repository;

use std::sync::Arc;

use self::disk::Disk;
use super::compiled::Compiled;
use super::error::CompileError;
use super::nvrtc::{Nvrtc, nvrtc};
use super::request::Request;

pub use self::repository::{Drift, verify};

#[cfg(test)]
pub(super) use self::entry::tests;

/// The result for a request, compiled only if nobody has done so before.
pub(crate) fn compile(request: &Request) -> Result<Arc<Compiled>, CompileError> {
    if !request.includes.is_complete() {
        return fresh(request).map(Arc::new);
    }
    memory::memory().get_or(request.key(), || find_or_compile(request))
}

fn find_or_compile(request: &Request) -> Result<Compiled, CompileError> {
    if repository::is_recording(request) {
        let compiled = fresh(request)?;
        repository::record(request, &compiled)?;
        return Ok(compiled);
    }
    if let Some(kept) = repository::find(request)? {
        return Ok(kept);
    }
    let disk = Disk::of_user();
    let nvrtc = nvrtc();
    let version = nvrtc.as_ref().ok().map(|nvrtc| nvrtc.version());
    if let Some(kept) = disk.as_ref().and_then(|disk| disk.find(request, version)) {
        return Ok(kept);
    }
    let compiled = compile_with(request, nvrtc)?;
    if let (Some(disk), Some(version)) = (disk, version) {
        disk.keep(request, version, &compiled);
    }
    Ok(compiled)
}

/// By the compiler, whatever is kept.
fn fresh(request: &Request) -> Result<Compiled, CompileError> {
    compile_with(request, nvrtc())
}

fn compile_with(
    request: &Request,
    nvrtc: Result<&Nvrtc, super::nvrtc::Absent>,
) -> Result<Compiled, CompileError> {
    match nvrtc {
        Ok(nvrtc) => nvrtc.compile(request),
        Err(absent) => Err(CompileError::absent(request, absent)),
    }
}
