//! Which context is meant where none is named.

use std::cell::{Cell, RefCell};
use std::env;
use std::fmt;
use std::marker::PhantomData;

use parking_lot::Mutex;

use super::Context;
use crate::driver::Device;
use crate::error::{Code, Error, Result};

/// The variable that chooses a device.
const VARIABLE: &str = "MANYWAYS_CUDA";

/// What [`autoinit`] chose, for as long as the program runs.
static AUTOMATIC: Mutex<Option<Context>> = Mutex::new(None);

thread_local! {
    /// The contexts that guards keep current, the newest last, with the numbers of the guards.
    static CURRENT: RefCell<Vec<(u64, Context)>> = const { RefCell::new(Vec::new()) };
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

/// Chooses a device and takes its primary context: the first piece of hardware, or the emulated device where there is
/// none. `println!("{context}")` says which.
///
/// From then on that context is what [`Context::current`] gives in all threads that have none of their own. It is kept
/// until the program ends, and later calls give the same.
///
/// The variable `MANYWAYS_CUDA` chooses otherwise: `emu` for the emulated device, `cuda` for the first piece of hardware, a number for
/// the hardware of that number.
///
/// # Errors
/// [`Code::NoDevice`] or [`Code::InvalidDevice`] where the variable asks for hardware that there is not,
/// [`Code::InvalidValue`] where it is something else.
pub fn autoinit() -> Result<Context> {
    let mut automatic = AUTOMATIC.lock();
    if let Some(context) = &*automatic {
        return Ok(context.clone());
    }
    let choice = env::var_os(VARIABLE);
    let choice = choice.as_ref().map(|choice| choice.to_string_lossy());
    let context = Context::primary(chosen_device(choice.as_deref())?)?;
    Ok(automatic.insert(context).clone())
}

fn chosen_device(choice: Option<&str>) -> Result<Device> {
    match choice {
        None | Some("") => Device::get(0),
        Some("emu") => Device::emulated(0),
        Some("cuda") => Device::cuda(0),
        Some(other) => Device::cuda(other.parse().map_err(|_| not_a_choice(other))?),
    }
}

fn not_a_choice(value: &str) -> Error {
    Error::new(Code::InvalidValue, "the choice of a device")
        .because(format_args!("{VARIABLE} is {value:?}"))
        .advise("set it to emu, cuda, or the number of a device")
}

impl Context {
    /// The context that is meant where none is named: the one that this thread last [made
    /// current](Context::make_current) and still keeps so, else the one of [`autoinit`].
    ///
    /// # Errors
    /// [`Code::InvalidContext`] where there is neither.
    pub fn current() -> Result<Context> {
        let own = CURRENT.with_borrow(|stack| stack.last().map(|(_, context)| context.clone()));
        own.or_else(|| AUTOMATIC.lock().clone()).ok_or_else(|| {
            Error::new(Code::InvalidContext, "the current context")
                .because("this thread has none")
                .advise("call cuda::autoinit() first, or make a context current")
        })
    }

    /// Makes this the context that is meant where none is named, in this thread, until the guard is dropped. Of several
    /// guards the newest counts; they may be dropped in any order.
    #[must_use = "the context is current until this is dropped"]
    pub fn make_current(&self) -> Current {
        let number = NEXT.replace(NEXT.get() + 1);
        CURRENT.with_borrow_mut(|stack| stack.push((number, self.clone())));
        Current {
            number,
            this_thread: PhantomData,
        }
    }
}

/// Keeps a context current in the thread that made it so.
pub struct Current {
    number: u64,
    /// It belongs to the thread's stack.
    this_thread: PhantomData<*const ()>,
}

impl Drop for Current {
    fn drop(&mut self) {
        // A guard that is kept until the thread ends may find its stack gone.
        let ended = CURRENT.try_with(|stack| {
            let mut stack = stack.borrow_mut();
            let place = stack.iter().rposition(|(number, _)| *number == self.number);
            place.map(|place| stack.remove(place))
        });
        // Not while the stack is borrowed: the last of a context ends it.
        drop(ended);
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current")
            .field("number", &self.number)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_choice_is_an_error_that_says_what_is_possible() {
        let error = chosen_device(Some("rocm")).unwrap_err();
        assert_eq!(error.code(), Code::InvalidValue);
        assert!(
            error.to_string().contains("\"rocm\"") && error.to_string().contains("emu, cuda"),
            "{error}"
        );
    }
}
