//! How many cores the machine has.

use std::collections::BTreeSet;
use std::fs;
use std::thread::available_parallelism;

/// The number of physical cores: the distinct pairs of physical id and core id in `/proc/cpuinfo`, so
/// that the two threads of a core count once, as in the original. Where the file does not tell (not all
/// architectures and virtual machines do) it is what
/// [`available_parallelism`] says, and at least 1.
///
/// This is about the machine. A container or an affinity mask may allow less.
#[must_use]
pub fn get_number_of_cores() -> usize {
    let described = fs::read_to_string("/proc/cpuinfo").ok();
    let physical = described.as_deref().and_then(physical_cores);
    physical.unwrap_or_else(|| available_parallelism().map_or(1, usize::from))
}

/// The distinct pairs in the text of a `cpuinfo`; `None` if it has none.
fn physical_cores(cpuinfo: &str) -> Option<usize> {
    let processors = cpuinfo.split("\n\n");
    let cores: BTreeSet<(u32, u32)> = processors
        .filter_map(|one| Some((field(one, "physical id")?, field(one, "core id")?)))
        .collect();
    (!cores.is_empty()).then_some(cores.len())
}

fn field(processor: &str, name: &str) -> Option<u32> {
    processor.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::{get_number_of_cores, physical_cores};

    fn cpuinfo(pairs: &[(u32, u32)]) -> String {
        let one = |(number, (socket, core)): (usize, &(u32, u32))| {
            format!(
                "processor\t: {number}\nvendor_id\t: Genuine\nphysical id\t: {socket}\nsiblings\t: 4\n\
                 core id\t\t: {core}\ncpu cores\t: 2\nflags\t\t: fpu vme\n\n"
            )
        };
        pairs.iter().enumerate().map(one).collect()
    }

    #[test]
    fn threads_of_one_core_count_once() {
        let text = cpuinfo(&[(0, 0), (0, 1), (0, 0), (0, 1)]);
        assert_eq!(physical_cores(&text), Some(2));
    }

    #[test]
    fn cores_of_two_sockets_have_the_same_numbers() {
        let text = cpuinfo(&[(0, 0), (0, 1), (1, 0), (1, 1)]);
        assert_eq!(physical_cores(&text), Some(4));
    }

    #[test]
    fn core_numbers_may_have_gaps() {
        assert_eq!(physical_cores(&cpuinfo(&[(0, 0), (0, 4), (3, 9)])), Some(3));
    }

    #[test]
    fn texts_that_do_not_tell_are_told_apart() {
        let arm = "processor\t: 0\nBogoMIPS\t: 50.00\nCPU part\t: 0xd0c\n\nprocessor\t: 1\n";
        assert_eq!(physical_cores(arm), None);
        assert_eq!(physical_cores(""), None);
        assert_eq!(physical_cores("physical id : x\ncore id : 0\n"), None);
        assert_eq!(physical_cores("processor : 0\nphysical id : 0\n"), None);
    }

    #[test]
    fn this_machine_has_some() {
        assert!(get_number_of_cores() >= 1);
    }
}
