//! The living processes that descend from this one, orphans included.

use std::collections::BTreeSet;
use std::{fs, process};

use crate::home::Home;
use crate::procfs::{self, Stat};

/// The descendants of this process, in ascending order of their ids.
///
/// Three marks tell them: the children that the kernel lists, recursively; an environment that
/// names this process as ancestor, for programs that it ran; and the same place of the stack at
/// `exec`, which the kernel chose at random, for forked copies of this process. The last two also
/// find those whose parent died.
///
/// Where the kernel was told not to choose addresses at random, orphaned copies are not found.
///
/// A zombie is listed only while its parent is in the family: nothing tells an orphaned one, and
/// init reaps those.
///
/// # Panics
/// If the private folder for temporary files could not be made at start-up.
#[must_use]
pub fn descendants() -> BTreeSet<u32> {
    let me = process::id();
    let mut found = BTreeSet::new();
    let mut pending = procfs::children(me);
    pending.extend(marked());
    while let Some(pid) = pending.pop() {
        if pid != me && found.insert(pid) {
            pending.extend(procfs::children(pid));
        }
    }
    found
}

fn marked() -> Vec<u32> {
    let Some(own) = Stat::read("self") else {
        return Vec::new();
    };
    let stack = Some(own.stack_start).filter(|start| *start != 0 && addresses_are_random());
    let (variable, value) = Home::get().marker();
    let mark = format!("{variable}={value}");
    let descends = |pid: &u32| {
        Stat::read(pid).is_some_and(|stat| {
            stat.start_time >= own.start_time
                && (Some(stat.stack_start) == stack || environment_has(*pid, mark.as_bytes()))
        })
    };
    procfs::processes().into_iter().filter(descends).collect()
}

/// Without this the stacks of strangers may begin where ours does.
fn addresses_are_random() -> bool {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let personality = u32::from_str_radix(read("/proc/self/personality").trim(), 16).ok();
    let permitted =
        personality.is_some_and(|flags| flags & libc::ADDR_NO_RANDOMIZE.cast_unsigned() == 0);
    let setting = read("/proc/sys/kernel/randomize_va_space");
    permitted && matches!(setting.trim(), "1" | "2")
}

/// Whether the environment at `exec` held the mark, alone or continued by the names of further
/// descendants.
fn environment_has(pid: u32, mark: &[u8]) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment
        .split(|byte| *byte == 0)
        .filter_map(|entry| entry.strip_prefix(mark))
        .any(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::process::{Command, Stdio};

    use super::*;

    /// The shell ends at once and leaves `sleep` to init; its output stays open until `sleep` dies.
    #[test]
    fn orphans_are_found() {
        let mut shell = Command::new("sh")
            .args(["-c", "sleep 600 >/dev/null & echo $!"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        shell
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut line)
            .unwrap();
        assert!(shell.wait().unwrap().success());
        let orphan: u32 = line.trim().parse().unwrap();
        assert!(descendants().contains(&orphan));
        crate::kill_process(orphan).unwrap();
    }

    #[test]
    fn strangers_are_not_found() {
        let family = descendants();
        assert!(!family.contains(&process::id()));
        assert!(!family.contains(&nix::unistd::getppid().as_raw().cast_unsigned()));
    }
}
