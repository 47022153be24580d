//! Functions that travel between the processes of a pool.
//!
//! All processes of a pool run one program. What is sent for a function is the place in the program of a constant that the
//! compiler has made for it, an [`Entry`]; a worker takes nothing for one that does not lie in the program, or in a library
//! that it has loaded, and bear the entries' mark. So no function has to be registered, and closures can be sent that have
//! captured nothing.

use std::any::type_name;

use manyways_wire as wire;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::sys;
use super::worker::RunningChunk;

/// A function of as many arguments as the tuple `Args` has, up to eight.
///
/// Functions and closures alike. Those for the processes of a [`Pool`](super::Pool) must have captured nothing, which the
/// compiler checks; threads take any.
///
/// ```compile_fail
/// let factor = 2;
/// multiprocessing::Pool::new(2).unwrap().map(move |n: i32| n * factor, 0..10).unwrap();
/// ```
pub trait Function<Args>: Send + Sync + 'static {
    /// What it gives.
    type Output;

    /// Calls it.
    fn call(&self, args: Args) -> Self::Output;
}

macro_rules! function_of {
    ($($argument:ident $number:tt),*) => {
        impl<F, R, $($argument),*> Function<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> R + Send + Sync + 'static,
        {
            type Output = R;

            #[inline]
            fn call(&self, _args: ($($argument,)*)) -> R {
                self($(_args.$number),*)
            }
        }
    };
}

function_of!();
function_of!(A 0);
function_of!(A 0, B 1);
function_of!(A 0, B 1, C 2);
function_of!(A 0, B 1, C 2, D 3);
function_of!(A 0, B 1, C 2, D 3, E 4);
function_of!(A 0, B 1, C 2, D 3, E 4, G 5);
function_of!(A 0, B 1, C 2, D 3, E 4, G 5, H 6);
function_of!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7);

/// What entries are known by.
pub(crate) type Mark = [u64; 2];

/// A function, ready to be called in a worker.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Entry {
    mark: Mark,
    /// Runs the chunk's items from the next on, to the end or to a panic.
    run: fn(&mut RunningChunk<'_, '_>),
    /// Calls it once, and drops what it gives. The error says that the arguments are no such.
    call: fn(&[u8]) -> Result<(), String>,
    name: fn() -> &'static str,
}

impl Entry {
    pub(crate) const MARK: Mark = [0x9d1f_64c8_03ab_57e2, 0x42b7_e90c_d65a_318f];

    /// The entry of a function.
    pub(crate) fn of<F, Args>(_function: F) -> &'static Entry
    where
        F: Function<Args> + Copy,
        Args: DeserializeOwned,
        F::Output: Serialize,
    {
        const {
            Entry::check_captures::<F>();
            &Entry {
                mark: Entry::MARK,
                run: run::<F, Args>,
                call: call::<F, Args>,
                name: type_name::<F>,
            }
        }
    }

    const fn check_captures<F>() {
        assert!(
            size_of::<F>() == 0,
            "a pool's workers cannot be sent what a closure has captured: pass it as an argument"
        );
    }

    pub(crate) fn place(&'static self) -> u64 {
        sys::place_of(self)
    }

    pub(crate) fn name(&self) -> &'static str {
        (self.name)()
    }

    pub(crate) fn call(&self, args: &[u8]) -> Result<(), String> {
        (self.call)(args)
    }

    pub(crate) fn run(&self, chunk: &mut RunningChunk<'_, '_>) {
        (self.run)(chunk);
    }
}

fn run<F, Args>(chunk: &mut RunningChunk<'_, '_>)
where
    F: Function<Args> + Copy,
    Args: DeserializeOwned,
    F::Output: Serialize,
{
    let function = sys::again::<F>();
    while let Some(item) = chunk.begin_next() {
        match item.decode::<Args>() {
            Ok(args) => chunk.succeed(&function.call(args)),
            Err(error) => chunk.fail_to_decode(&error),
        }
    }
}

fn call<F, Args>(args: &[u8]) -> Result<(), String>
where
    F: Function<Args> + Copy,
    Args: DeserializeOwned,
{
    let args = wire::decode::<Args>(args).map_err(|error| error.to_string())?;
    drop(sys::again::<F>().call(args));
    Ok(())
}
