//! What this process holds at one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, process, thread};

use crate::home::Home;
use crate::leak::Leak;
use crate::procfs::{self, Stat};
use crate::{family, harness, shm};

/// Longer than a file is open from which debug information is mapped.
const MOMENT: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(crate) struct Snapshot {
    descriptors: BTreeMap<u32, String>,
    /// Those of them that were gone at a second look.
    fleeting: BTreeSet<u32>,
    /// Ids are used again, start times are not.
    processes: BTreeMap<(u32, u64), char>,
    threads: BTreeMap<(u32, u64), String>,
    shared_memory: BTreeSet<PathBuf>,
    temporary_files: BTreeSet<PathBuf>,
}

impl Snapshot {
    pub(crate) fn take() -> Snapshot {
        Snapshot {
            descriptors: descriptors(),
            fleeting: BTreeSet::new(),
            processes: processes(),
            threads: threads(),
            shared_memory: entries(Path::new(shm::FOLDER)),
            temporary_files: entries(Home::get().temporary()),
        }
    }

    /// With a second look at what is open: a descriptor that comes or goes at this moment is not expected to stay.
    pub(crate) fn take_settled() -> Snapshot {
        let mut snapshot = Snapshot::take();
        thread::sleep(MOMENT);
        let later = descriptors();
        let fleeting = |(number, target): &(&u32, &String)| later.get(number) != Some(target);
        let fleeting = snapshot.descriptors.iter().filter(fleeting);
        snapshot.fleeting = fleeting.map(|(number, _)| *number).collect();
        snapshot
    }

    /// What `after` has and this one has not, and the descriptors that are gone.
    pub(crate) fn leaks(&self, after: &Snapshot) -> Vec<Leak> {
        let mut leaks = self.descriptor_leaks(after);
        leaks.extend(self.process_leaks(after));
        leaks.extend(self.thread_leaks(after));
        let names = after.shared_memory.difference(&self.shared_memory);
        leaks.extend(
            names
                .filter(|path| shm::is_ours(path))
                .map(|path| Leak::SharedMemory { path: path.clone() }),
        );
        let files = after.temporary_files.difference(&self.temporary_files);
        leaks.extend(files.map(|path| Leak::TemporaryFile { path: path.clone() }));
        leaks.sort();
        leaks
    }

    fn descriptor_leaks(&self, after: &Snapshot) -> Vec<Leak> {
        let only_in = |one: &BTreeMap<u32, String>, other: &BTreeMap<u32, String>| {
            let missing = one
                .iter()
                .filter(|(number, target)| other.get(number) != Some(target));
            missing
                .map(|(number, target)| (*number, target.clone()))
                .collect::<Vec<_>>()
        };
        let opened = only_in(&after.descriptors, &self.descriptors).into_iter();
        let lost = only_in(&self.descriptors, &after.descriptors).into_iter();
        let lost = lost.filter(|(number, target)| {
            !self.fleeting.contains(number) && !is_read_for_backtraces(target)
        });
        opened
            .map(|(number, target)| Leak::Descriptor { number, target })
            .chain(lost.map(|(number, target)| Leak::LostDescriptor { number, target }))
            .collect()
    }

    fn process_leaks(&self, after: &Snapshot) -> impl Iterator<Item = Leak> {
        let fresh = after
            .processes
            .iter()
            .filter(|(id, _)| !self.processes.contains_key(id));
        fresh.map(|((pid, _), state)| Leak::Process {
            pid: *pid,
            state: *state,
            command: procfs::command_line(*pid),
        })
    }

    fn thread_leaks(&self, after: &Snapshot) -> impl Iterator<Item = Leak> {
        let fresh = after
            .threads
            .iter()
            .filter(|(id, _)| !self.threads.contains_key(id));
        fresh
            .filter(|((tid, _), _)| !harness::owns_thread(*tid))
            .map(|((tid, _), name)| Leak::Thread {
                tid: *tid,
                name: name.clone(),
            })
    }
}

/// The descriptor by which the list itself was read is closed again when its target is asked for,
/// and so drops out.
fn descriptors() -> BTreeMap<u32, String> {
    let me = process::id();
    let open = procfs::descriptors(me).into_iter();
    open.filter_map(|number| Some((number, procfs::descriptor_target(me, number)?)))
        .collect()
}

/// Another test that panics has this open for as long as the machine lets it wait.
fn is_read_for_backtraces(target: &str) -> bool {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    // Address, permissions, which end with `p` for a private mapping as programs and libraries have, and more.
    let is_private = |line: &str| {
        let permissions = line.split_ascii_whitespace().nth(1);
        permissions.is_some_and(|permissions| permissions.ends_with('p'))
    };
    let mut lines = maps.lines();
    target.starts_with("/proc/")
        || target.starts_with("/usr/lib/debug/")
        || lines.any(|line| line.ends_with(target) && is_private(line))
}

fn processes() -> BTreeMap<(u32, u64), char> {
    let known = |pid: u32| Stat::read(pid).map(|stat| ((pid, stat.start_time), stat.state));
    family::descendants()
        .into_iter()
        .filter_map(known)
        .collect()
}

fn threads() -> BTreeMap<(u32, u64), String> {
    let known = |tid: u32| {
        let stat = Stat::read(format_args!("self/task/{tid}"))?;
        Some(((tid, stat.start_time), stat.name))
    };
    procfs::threads(process::id())
        .into_iter()
        .filter_map(known)
        .collect()
}

fn entries(folder: &Path) -> BTreeSet<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeSet::new();
    };
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}
