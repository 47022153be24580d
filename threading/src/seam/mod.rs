//! The seam through which every atomic, mutex, thread-local and sleep of the protocols passes, so that loom
//! (every interleaving and every reordering) and shuttle (random schedules) can stand in for the machine.
//!
//! | configuration | stands on |
//! |---|---|
//! | none | `std`, `parking_lot` and futexes |
//! | `--cfg loom` | loom; a time limit is over as soon as it is looked at |
//! | `--cfg shuttle` | shuttle; as above |

/// A `const fn` wherever the types of the seam can be made in one: loom's cannot.
macro_rules! const_fn {
    ($(#[$attribute:meta])* $visibility:vis const fn $($rest:tt)*) => {
        #[cfg(not(loom))]
        $(#[$attribute])*
        $visibility const fn $($rest)*

        #[cfg(loom)]
        $(#[$attribute])*
        $visibility fn $($rest)*
    };
}
pub(crate) use const_fn;

#[cfg(not(loom))]
mod cell;
#[cfg(any(loom, shuttle))]
mod model;
#[cfg(not(any(loom, shuttle)))]
mod real;

#[cfg(any(loom, shuttle))]
pub(crate) use self::model::*;
#[cfg(not(any(loom, shuttle)))]
pub(crate) use self::real::*;
