//! The attribute that registers a function under its name, for programs that run themselves again.
//!
//! Each system re-exports the macro of its name as `task`; use it from there. The macro leaves the function as it is and
//! submits an entry to the registry of `manyways-wire`, by way of the system's hidden module `__private`, so that programs
//! need no other dependency.

mod expand;
mod signature;

use proc_macro::TokenStream;

/// Registers a function for the processes of `multiprocessing`; there called `multiprocessing::task`.
///
/// The function stays what it is. Its arguments, eight at most, and its value must be owned, and implement serde's
/// `Serialize` and `Deserialize`. It must be a plain function: not generic, not `async`, not `unsafe`, no method.
///
/// ```text
/// #[multiprocessing::task]
/// fn square(number: u64) -> u64 {
///     number * number
/// }
/// ```
#[proc_macro_attribute]
pub fn multiprocessing_task(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand("multiprocessing", &arguments.into(), &item.into()).into()
}
