//! Equal before and after.

use std::thread;
use std::time::{Duration, Instant};

use crate::leak::Leaks;
use crate::snapshot::Snapshot;

/// How long [`LeakGuard::check`] waits for what is on its way out.
const SETTLE: Duration = Duration::from_secs(2);
/// How long [`guarded`](crate::guarded()) does, which has the tests of a binary that are not guarded beside it, on a
/// machine that may be busy. Only who fails waits that long.
pub(crate) const LONG_SETTLE: Duration = Duration::from_secs(20);
/// First pause between two looks; it doubles up to sixteen times this.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// Remembers what this process holds, to tell later what was added.
///
/// It compares
/// - open file descriptors by number and target, in both directions (that programs, libraries and
///   files of `/proc` are no longer open is no loss: a panic elsewhere reads them for its backtrace);
/// - descendants, zombies included, and orphans of descendants (see below);
/// - threads by id, except those that are inside [`guarded`](crate::guarded());
/// - names in `/dev/shm` that belong to this user and that no stranger has open or mapped;
/// - entries of [`std::env::temp_dir`].
///
/// Other programs cannot disturb the last one: a process that links this crate gets, before `main`,
/// a private folder as `TMPDIR`, removed at exit, which the programs that it runs inherit. So a
/// file counts only if it was made by way of `TMPDIR`, not if a program writes to `/tmp` by that
/// name.
///
/// Orphans are told by the variable `MANYWAYS_TEST_FAMILY` in the environment of programs that were
/// run, and by the address of the stack of copies that were forked. An orphan that was run with a
/// cleared environment is not seen.
///
/// ```
/// use manyways_testkit::{Leak, LeakGuard};
///
/// let guard = LeakGuard::new();
/// let pipe = std::io::pipe().unwrap();
/// let leaks = guard.check().unwrap_err();
/// assert!(matches!(leaks.entries(), [Leak::Descriptor { .. }, Leak::Descriptor { .. }]), "{leaks}");
/// drop(pipe);
/// guard.check().unwrap();
/// ```
#[derive(Debug)]
pub struct LeakGuard {
    before: Snapshot,
}

impl LeakGuard {
    /// Takes the picture to compare with. What another thread has open for a moment, such as the program's own file for
    /// a backtrace, is not missed later: a descriptor that is gone a millisecond later is not expected to stay.
    ///
    /// # Panics
    /// If the private folder for temporary files could not be made at start-up.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "taking a snapshot is no default value"
    )]
    pub fn new() -> LeakGuard {
        LeakGuard {
            before: Snapshot::take_settled(),
        }
    }

    /// Compares, for up to two seconds until nothing is left over: threads and processes that were
    /// told to end take a moment, and so do new threads of the test harness until they wait their
    /// turn in [`guarded`](crate::guarded()). It returns as soon as it finds nothing. It may be
    /// called again.
    ///
    /// # Errors
    /// What was left behind.
    pub fn check(&self) -> Result<(), Leaks> {
        self.check_within(SETTLE)
    }

    pub(crate) fn check_within(&self, settle: Duration) -> Result<(), Leaks> {
        let end = Instant::now() + settle;
        let mut pause = FIRST_PAUSE;
        loop {
            let leaks = self.before.leaks(&Snapshot::take());
            if leaks.is_empty() {
                return Ok(());
            }
            if Instant::now() >= end {
                return Err(Leaks(leaks));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(FIRST_PAUSE * 16);
        }
    }
}
