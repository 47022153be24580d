//! The name that the operating system shows.

use std::ffi::CString;
use std::fs;

use rustix::thread::Pid;

/// The kernel keeps 15 bytes of a thread's name.
const LONGEST: usize = 15;

/// Names the calling thread. Names are for people to see: that one cannot be set is no reason to fail.
pub(super) fn set_own(name: &str) {
    if let Ok(name) = CString::new(fitting(name)) {
        let _ = rustix::thread::set_name(&name);
    }
}

/// Names a running thread of this process.
pub(super) fn set(thread: Pid, name: &str) {
    if thread == rustix::thread::gettid() {
        return set_own(name);
    }
    let file = format!("/proc/self/task/{}/comm", thread.as_raw_nonzero());
    let _ = fs::write(file, fitting(name));
}

/// Whole characters only.
fn fitting(name: &str) -> String {
    let name = &name[..name.floor_char_boundary(LONGEST)];
    name.replace('\0', "?")
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn names_are_cut_between_characters() {
        assert_eq!(fitting("short"), "short");
        assert_eq!(fitting("a name of more than fifteen"), "a name of more ");
        assert_eq!(fitting("ääääääää"), "äääääää");
        assert_eq!(fitting("a\0b"), "a?b");
    }
}
