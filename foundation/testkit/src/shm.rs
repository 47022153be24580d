//! Whose names in `/dev/shm` are.
//!
//! The folder is shared with every program of the machine, and its names carry no owner but the
//! user. A new name counts as ours if it belongs to our user and no process outside of our family
//! has it open or mapped. A stranger that works with a segment gives itself away by that; what
//! remains is a stranger that leaks a name of its own at the same moment, as the same user.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::{family, procfs};

pub(crate) const FOLDER: &str = "/dev/shm";

pub(crate) fn is_ours(path: &Path) -> bool {
    let owner = |path: &Path| {
        fs::symlink_metadata(path)
            .map(|metadata| metadata.uid())
            .ok()
    };
    let mine = owner(Path::new("/proc/self"));
    mine.is_some() && owner(path) == mine && !is_held_by_stranger(path)
}

fn is_held_by_stranger(path: &Path) -> bool {
    let mut family: BTreeSet<u32> = family::descendants();
    family.insert(std::process::id());
    let name = path.to_string_lossy();
    procfs::processes()
        .into_iter()
        .filter(|pid| !family.contains(pid))
        .any(|pid| holds(pid, &name))
}

fn holds(pid: u32, name: &str) -> bool {
    let mapped = || fs::read(format!("/proc/{pid}/maps")).is_ok_and(|maps| maps_name(&maps, name));
    let open = |fd| procfs::descriptor_target(pid, fd).is_some_and(|target| target == name);
    procfs::descriptors(pid).into_iter().any(open) || mapped()
}

fn maps_name(maps: &[u8], name: &str) -> bool {
    maps.split(|byte| *byte == b'\n')
        .any(|line| line.ends_with(name.as_bytes()))
}
