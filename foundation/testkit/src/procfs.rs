//! The few files of `/proc` that the kit reads.
//!
//! They are read with plain `open` and `read`: the watchdog looks at processes that hang in unknown
//! states, and a file that vanished or cannot be parsed means "gone", never an error.

use std::fs;

/// The fields of `/proc/PID/stat` that the kit uses.
#[derive(Debug, Clone)]
pub(crate) struct Stat {
    pub(crate) name: String,
    pub(crate) state: char,
    /// Clock ticks since boot.
    pub(crate) start_time: u64,
    /// Where the stack began at `exec`; zero for a zombie and where reading is not permitted.
    pub(crate) stack_start: u64,
}

impl Stat {
    /// Reads the record of a process or thread; `id` is `PID` or `PID/task/TID`.
    pub(crate) fn read(id: impl std::fmt::Display) -> Option<Stat> {
        Stat::parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// The name stands in parentheses and may itself hold blanks and parentheses, so the last one
    /// closes it.
    fn parse(text: &str) -> Option<Stat> {
        let (head, tail) = text.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        // proc(5) numbers the state as field 3; it is the first one after the name.
        let fields: Vec<&str> = tail.split_ascii_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse().ok();
        Some(Stat {
            name: name.to_owned(),
            state: fields.first()?.chars().next()?,
            start_time: number(22)?,
            stack_start: number(28)?,
        })
    }
}

/// The ids of all processes.
pub(crate) fn processes() -> Vec<u32> {
    numbers_in("/proc")
}

/// The ids of the threads of a process; empty when it is gone.
pub(crate) fn threads(pid: u32) -> Vec<u32> {
    numbers_in(&format!("/proc/{pid}/task"))
}

/// The numbers of the open file descriptors of a process.
pub(crate) fn descriptors(pid: u32) -> Vec<u32> {
    numbers_in(&format!("/proc/{pid}/fd"))
}

/// What a file descriptor refers to, such as `pipe:[4711]` or a path.
pub(crate) fn descriptor_target(pid: u32, fd: u32) -> Option<String> {
    let target = fs::read_link(format!("/proc/{pid}/fd/{fd}")).ok()?;
    Some(target.to_string_lossy().into_owned())
}

/// Whether a descriptor of this process is open for writing only, as one end of a pipe is.
pub(crate) fn is_write_only(fd: u32) -> bool {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).unwrap_or_default();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|octal| i32::from_str_radix(octal.trim(), 8).ok());
    flags.is_some_and(|flags| flags & libc::O_ACCMODE == libc::O_WRONLY)
}

/// The direct children of a process, of all its threads, zombies included.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    threads(pid)
        .into_iter()
        .filter_map(|tid| fs::read_to_string(format!("/proc/{pid}/task/{tid}/children")).ok())
        .flat_map(|list| {
            list.split_ascii_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<u32>>()
        })
        .collect()
}

/// The command line with blanks between the words, or the name in brackets where there is none.
pub(crate) fn command_line(pid: u32) -> String {
    let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&words).replace('\0', " ");
    match line.trim_end() {
        "" => Stat::read(pid).map_or_else(|| "gone".to_owned(), |stat| format!("[{}]", stat.name)),
        line => line.to_owned(),
    }
}

fn numbers_in(folder: &str) -> Vec<u32> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut numbers: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_blanks_and_parentheses_are_parsed() {
        let mut text = String::from("7 (a) S b) c) Z 3");
        for field in 5..=52 {
            text.push_str(&format!(" {field}"));
        }
        let stat = Stat::parse(&text).unwrap();
        assert_eq!((stat.name.as_str(), stat.state), ("a) S b) c", 'Z'));
        assert_eq!((stat.start_time, stat.stack_start), (22, 28));
        assert!(Stat::parse("7 (short) S 1").is_none());
    }

    #[test]
    fn this_process_is_found() {
        let me = std::process::id();
        assert!(processes().contains(&me));
        assert!(!threads(me).is_empty());
        assert!(command_line(me).contains("testkit"));
        assert!(Stat::read(me).unwrap().stack_start != 0);
    }
}
