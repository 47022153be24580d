//! Life, death and sleep of a model's processes.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::{Condvar, Mutex};

use crate::error::LifeError;
use crate::life::{Death, Identity};

const PROCESSES: usize = 4;

/// What the kernel knows.
struct Kernel {
    dead: [AtomicBool; PROCESSES],
    bedroom: Mutex<Bedroom>,
}

/// All who sleep.
struct Bedroom {
    sleepers: Vec<Sleeper>,
    deaths: u32,
}

impl Bedroom {
    fn has(&self, bell: &Arc<Condvar>) -> bool {
        let mut sleepers = self.sleepers.iter();
        sleepers.any(|sleeper| Arc::ptr_eq(&sleeper.bell, bell))
    }
}

struct Sleeper {
    word: usize,
    bell: Arc<Condvar>,
}

loom::lazy_static! {
    static ref KERNEL: Kernel = Kernel {
        dead: std::array::from_fn(|_| AtomicBool::new(false)),
        bedroom: Mutex::new(Bedroom { sleepers: Vec::new(), deaths: 0 }),
    };
}

loom::thread_local! {
    static ME: Cell<u16> = Cell::new(0);
    /// How many steps this process still does; `None` if it lives on.
    static STEPS_LEFT: Cell<Option<u32>> = Cell::new(None);
    static IS_DEAD: Cell<bool> = Cell::new(false);
    /// How many had died when this process last woke by itself.
    static DEATHS_SEEN: Cell<u32> = Cell::new(0);
}

/// A process died, in a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Died;

/// Runs `body` as process `number`, which dies after so many steps, if that is said.
pub(crate) fn in_process<R>(
    number: u16,
    steps: Option<u32>,
    body: impl FnOnce() -> R,
) -> Result<R, Died> {
    let before = ME.with(|me| me.replace(number));
    STEPS_LEFT.with(|left| left.set(steps));
    let outcome = panic::catch_unwind(AssertUnwindSafe(body));
    ME.with(|me| me.set(before));
    STEPS_LEFT.with(|left| left.set(None));
    IS_DEAD.with(|is_dead| is_dead.set(false));
    outcome.map_err(|panic| match panic.downcast::<Died>() {
        Ok(died) => *died,
        Err(panic) => panic::resume_unwind(panic),
    })
}

/// Before each step that others can see: whether this process is there to do it. Here it dies.
pub(super) fn goes_on() -> bool {
    if is_dead() {
        return false;
    }
    match STEPS_LEFT.with(Cell::get) {
        Some(0) => die(),
        left => STEPS_LEFT.with(|steps| steps.set(left.map(|left| left - 1))),
    }
    true
}

fn is_dead() -> bool {
    IS_DEAD.with(Cell::get)
}

fn die() -> ! {
    IS_DEAD.with(|is_dead| is_dead.set(true));
    KERNEL.dead[usize::from(ME.with(Cell::get))].store(true, Ordering::Release);
    KERNEL.bedroom.lock().unwrap().deaths += 1;
    wake(|_| true, u32::MAX);
    panic::resume_unwind(Box::new(Died))
}

/// Sleeps on the word at this address if it is `still` what the caller saw. After a death, time passes for everybody.
pub(super) fn wait_in(word: usize, still: impl FnOnce() -> bool) {
    let bell = Arc::new(Condvar::new());
    let mut bedroom = KERNEL.bedroom.lock().unwrap();
    let deaths = bedroom.deaths;
    let time_passes = DEATHS_SEEN.with(|seen| seen.replace(deaths)) != deaths;
    if time_passes || !still() {
        return;
    }
    bedroom.sleepers.push(Sleeper {
        word,
        bell: bell.clone(),
    });
    while bedroom.has(&bell) {
        bedroom = bell.wait(bedroom).unwrap();
    }
    DEATHS_SEEN.with(|seen| seen.set(bedroom.deaths));
}

pub(super) fn wake_all_of(word: usize, count: u32) -> usize {
    wake(|sleeper| sleeper.word == word, count)
}

fn wake(is_meant: impl Fn(&Sleeper) -> bool, count: u32) -> usize {
    let mut bedroom = KERNEL.bedroom.lock().unwrap();
    let mut woken = 0;
    bedroom.sleepers.retain(|sleeper| {
        let wakes = woken < count && is_meant(sleeper);
        if wakes {
            woken += 1;
            sleeper.bell.notify_one();
        }
        !wakes
    });
    woken as usize
}

/// Who takes part, and who is dead.
#[derive(Debug)]
pub(crate) struct Life;

impl Life {
    pub(crate) fn me(&self) -> Result<Identity, LifeError> {
        if is_dead() {
            return Err(LifeError::new(libc::ESRCH));
        }
        Ok(Identity::after(ME.with(Cell::get), 0))
    }

    pub(crate) fn is_me(&self, identity: Identity) -> bool {
        self.me() == Ok(identity)
    }

    pub(crate) fn death(&self, identity: Identity) -> Option<Death> {
        let is_dead = &KERNEL.dead[usize::from(identity.slot())];
        is_dead.load(Ordering::Acquire).then(|| Death {
            pid: self.pid_of(identity),
        })
    }

    pub(crate) fn pid_of(&self, identity: Identity) -> Option<u32> {
        Some(identity.slot().into())
    }
}
