//! The names of all cases, and what is made of them.

/// Hands the cases of a suite to another macro of this crate, after what that one was to be given.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_cases {
    (event, $then:ident $with:tt) => {
        $crate::$then! { $with event: is_set notify timeout set_and_clear set_and_clear_within_a_limit ping_pong debug }
    };
}

/// Makes a guarded `#[test]` of each case of a suite, for one world and one implementation.
///
/// The tests have the names of the cases; put each use into a module that has the suite's name.
/// See [`contract`](crate::contract).
#[macro_export]
macro_rules! contract_tests {
    ($suite:ident, $world:ty, $subject:ty) => {
        $crate::contract_cases! { $suite, contract_each_test [$world, $subject] }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! contract_each_test {
    ([$world:ty, $subject:ty] $suite:ident: $($case:ident)+) => {$(
        #[test]
        fn $case() {
            $crate::guarded($crate::contract::$suite::$case::<$world, $subject>);
        }
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! contract_names {
    ([] $suite:ident: $($case:ident)+) => {
        &[$(concat!(stringify!($suite), "::", stringify!($case))),+]
    };
}

const SUITES: &[&[&str]] = &[contract_cases!(event, contract_names [])];

/// The names of all cases, such as `event::notify`.
pub fn cases() -> impl Iterator<Item = &'static str> {
    SUITES.iter().copied().flatten().copied()
}
