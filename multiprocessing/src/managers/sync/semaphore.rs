//! `Semaphore` and `BoundedSemaphore`.

use super::monitor::Monitor;
use super::taken;
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::value::Value;

/// Permits. Those of a client that dies come back.
///
/// A release by a client that holds no permit counts as that of the client that has held one for longest, as where one side
/// acquires and the other releases.
#[derive(Debug)]
pub(crate) struct Semaphore {
    /// The largest value, of a bounded one.
    bound: Option<i64>,
    state: Monitor<Permits>,
}

#[derive(Debug)]
struct Permits {
    value: i64,
    /// The client of each permit that is out, the oldest first.
    out: Vec<u64>,
    /// Permits that came back by a death of which nobody was told.
    orphaned: usize,
}

impl Semaphore {
    pub(crate) fn new(value: i64, bounded: bool) -> Result<Semaphore, Fault> {
        if value < 0 {
            let why = format!("a semaphore's value is at least 0, not {value}");
            return Err(Fault::new(FaultKind::Value, why));
        }
        Ok(Semaphore {
            bound: bounded.then_some(value),
            state: Monitor::new(Permits {
                value,
                out: Vec::new(),
                orphaned: 0,
            }),
        })
    }

    fn release(&self, count: i64, session: u64) -> Result<Value, Fault> {
        if count < 1 {
            let why = format!("at least 1 permit is released, not {count}");
            return Err(Fault::new(FaultKind::Value, why));
        }
        self.state.change(|permits| {
            let after = permits.value.checked_add(count);
            let allowed = after.filter(|after| self.bound.is_none_or(|bound| *after <= bound));
            permits.value = allowed.ok_or_else(|| {
                Fault::new(FaultKind::Value, "a semaphore was released too many times")
            })?;
            (0..count.min(permits.out.len() as i64)).for_each(|_| permits.strike_out(session));
            Ok(Value::None)
        })
    }
}

impl Permits {
    fn acquire(&mut self, session: u64) -> Option<bool> {
        if self.value == 0 {
            return None;
        }
        self.value -= 1;
        self.out.push(session);
        let orphaned = self.orphaned > 0;
        self.orphaned -= usize::from(orphaned);
        Some(orphaned)
    }

    fn strike_out(&mut self, session: u64) {
        let own = self.out.iter().position(|out| *out == session);
        if !self.out.is_empty() {
            self.out.remove(own.unwrap_or(0));
        }
    }

    fn abandon(&mut self, session: u64) {
        let before = self.out.len();
        self.out.retain(|out| *out != session);
        let back = before - self.out.len();
        self.value += back as i64;
        self.orphaned += back;
    }
}

impl Object for Semaphore {
    fn call(&self, method: &str, mut args: Args, caller: &Caller) -> Result<Value, Fault> {
        let session = caller.session.id;
        match method {
            "acquire" => {
                let deadline = args.take_deadline()?;
                args.done()?;
                let attempt = |permits: &mut Permits| permits.acquire(session);
                Ok(taken(self.state.wait(caller, deadline, attempt)?))
            }
            "release" => self.release(args.only()?, session),
            "get_value" => args
                .done()
                .map(|()| self.state.look(|permits| permits.value).into()),
            _ => Err(no_method("Semaphore", method)),
        }
    }

    fn abandon(&self, session: u64) {
        self.state.change(|permits| permits.abandon(session));
    }
}
