//! The statics that every fork writes to, side by side.
//!
//! After a fork the first write to a page of memory copies it, in the parent and in the child, at 1 to 2 us each. So what
//! is written around each fork lies together, on one page. All of it begins as zeros, so that it lies where other statics
//! of that kind do, the standard library's streams among them, which a fork locks too.

use std::sync::Mutex;

use crate::creator::Counters;
use crate::hook_gate;
use crate::private_fd::PrivateFds;

/// No larger than its alignment, it does not lie on two pages.
#[derive(Debug)]
#[repr(align(256))]
pub(crate) struct OnePage {
    pub(crate) counters: Counters,
    pub(crate) hook_gate: Mutex<hook_gate::State>,
    pub(crate) private_fds: Mutex<PrivateFds>,
}

pub(crate) static ONE_PAGE: OnePage = OnePage {
    counters: Counters::new(),
    hook_gate: Mutex::new(hook_gate::State::new()),
    private_fds: Mutex::new(PrivateFds::new()),
};

const _: () = assert!(size_of::<OnePage>() == align_of::<OnePage>());
