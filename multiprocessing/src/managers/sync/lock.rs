//! `Lock` and `RLock`.

use super::monitor::Monitor;
use super::taken;
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::{Caller, Owner};
use crate::managers::value::Value;

/// Both locks: a `Lock` that any client may release, and an `RLock` that its owner may take again.
#[derive(Debug)]
pub(crate) struct Lock {
    reentrant: bool,
    state: Monitor<Held>,
}

/// Who has a lock, and how often.
#[derive(Debug, Default)]
pub(crate) struct Held {
    owner: Option<Owner>,
    depth: u64,
    /// The last owner died with it, and the next is to be told.
    orphaned: bool,
}

impl Held {
    /// Takes it if it is free, or may be taken again. `Some(true)`: its last owner died with it.
    pub(crate) fn take(&mut self, owner: Owner, reentrant: bool) -> Option<bool> {
        if reentrant && self.owner == Some(owner) {
            self.depth += 1;
            return Some(false);
        }
        if self.owner.is_some() {
            return None;
        }
        self.owner = Some(owner);
        self.depth = 1;
        Some(std::mem::take(&mut self.orphaned))
    }

    pub(crate) fn give_back(&mut self) {
        self.depth -= 1;
        if self.depth == 0 {
            self.owner = None;
        }
    }

    pub(crate) fn is_held_by(&self, owner: Owner) -> bool {
        self.owner == Some(owner)
    }

    pub(crate) fn is_held_in(&self, session: u64) -> bool {
        self.owner.is_some_and(|owner| owner.session == session)
    }

    pub(crate) fn is_held(&self) -> bool {
        self.owner.is_some()
    }

    /// Gives it up whole, to be taken whole again later.
    pub(crate) fn give_up(&mut self) -> u64 {
        self.owner = None;
        std::mem::take(&mut self.depth)
    }

    pub(crate) fn take_whole(&mut self, owner: Owner, depth: u64) -> Option<bool> {
        let orphaned = self.take(owner, false)?;
        self.depth = depth;
        Some(orphaned)
    }

    pub(crate) fn abandon(&mut self, session: u64) {
        if self.is_held_in(session) {
            self.give_up();
            self.orphaned = true;
        }
    }
}

impl Lock {
    pub(crate) fn new(reentrant: bool) -> Lock {
        Lock {
            reentrant,
            state: Monitor::default(),
        }
    }

    fn release(&self, owner: Owner) -> Result<Value, Fault> {
        self.state.change(|held| {
            if !held.is_held() {
                return Err(misuse("release of a lock that is not held"));
            }
            if self.reentrant && !held.is_held_by(owner) {
                return Err(misuse(
                    "release of an RLock by another thread than its owner",
                ));
            }
            held.give_back();
            Ok(Value::None)
        })
    }
}

pub(crate) fn misuse(what: &str) -> Fault {
    Fault::new(FaultKind::Misuse, what)
}

impl Object for Lock {
    fn call(&self, method: &str, mut args: Args, caller: &Caller) -> Result<Value, Fault> {
        match method {
            "acquire" => {
                let deadline = args.take_deadline()?;
                args.done()?;
                let owner = caller.owner();
                let attempt = |held: &mut Held| held.take(owner, self.reentrant);
                Ok(taken(self.state.wait(caller, deadline, attempt)?))
            }
            "release" => args.done().and_then(|()| self.release(caller.owner())),
            "locked" => args.done().map(|()| self.state.look(Held::is_held).into()),
            _ => Err(no_method("Lock", method)),
        }
    }

    fn abandon(&self, session: u64) {
        self.state.change(|held| held.abandon(session));
    }
}
