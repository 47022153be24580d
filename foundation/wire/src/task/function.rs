//! Functions of up to eight arguments, as one trait.

use serde::{Serialize, de::DeserializeOwned};

/// A function whose arguments form the tuple `A`: `fn add(u32, u32) -> u32` is a `Task<(u32, u32)>`.
///
/// Arguments and value must be able to travel. Every function item fits, whether it is registered or not; so does a
/// closure, but none can be registered, and a lookup says so.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be called with the arguments `{A}` in another process",
    label = "not a function of these arguments",
    note = "the arguments are a tuple of the types that the function takes: `(7_u64,)` for one, `()` for none",
    note = "arguments and returned value must implement serde's Serialize and Deserialize, and be owned"
)]
pub trait Task<A>: Copy + 'static {
    /// What the function returns.
    type Output: Serialize + DeserializeOwned + 'static;

    /// Calls the function here.
    fn call(self, arguments: A) -> Self::Output;
}

/// One implementation a number of arguments.
macro_rules! tasks {
    ($(($($argument:ident)*),)*) => {$(
        impl<F, R, $($argument),*> Task<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> R + Copy + 'static,
            R: Serialize + DeserializeOwned + 'static,
        {
            type Output = R;

            #[allow(non_snake_case)]
            fn call(self, ($($argument,)*): ($($argument,)*)) -> R {
                self($($argument),*)
            }
        }
    )*};
}

tasks! {
    (),
    (A),
    (A B),
    (A B C),
    (A B C D),
    (A B C D E),
    (A B C D E G),
    (A B C D E G H),
    (A B C D E G H I),
}
