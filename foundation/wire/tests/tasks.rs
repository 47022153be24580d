//! Functions that are found by their names and called with bytes.

use manyways_wire::task::{Entry, Task, entry_of, find, prepare};
use manyways_wire::{decode, encode};
use std::any::type_name_of_val;

fn add(a: u32, b: u32) -> u32 {
    a + b
}

fn nothing() {}

fn unregistered(_: u8) {}

#[allow(clippy::needless_pass_by_value, clippy::too_many_arguments)]
fn eight(a: u8, b: u16, c: u32, d: u64, e: i8, f: String, g: Vec<u8>, h: Option<char>) -> String {
    format!("{a} {b} {c} {d} {e} {f} {g:?} {h:?}")
}

mod twice {
    pub(super) fn named() {}
}

inventory::submit! { Entry::new(|| type_name_of_val(&add), |args| prepare::<(u32, u32), _>(add, args)) }
inventory::submit! { Entry::new(|| type_name_of_val(&nothing), |args| prepare::<(), _>(nothing, args)) }
inventory::submit! {
    Entry::new(
        || type_name_of_val(&eight),
        |args| prepare::<(u8, u16, u32, u64, i8, String, Vec<u8>, Option<char>), _>(eight, args),
    )
}
inventory::submit! { Entry::new(|| type_name_of_val(&twice::named), |args| prepare::<(), _>(twice::named, args)) }
inventory::submit! { Entry::new(|| type_name_of_val(&twice::named), |args| prepare::<(), _>(twice::named, args)) }

fn remotely<A: serde::Serialize, T: Task<A>>(function: T, arguments: A) -> T::Output {
    let name = entry_of(&function).unwrap().name();
    let value = find(name).unwrap().call(&encode(&arguments).unwrap());
    decode(&value.unwrap()).unwrap()
}

#[test]
fn a_registered_function_is_called() {
    assert_eq!(remotely(add, (20, 22)), 42);
    remotely(nothing, ());
    let arguments = (1, 2, 3, 4, -5, "six".to_owned(), vec![7], Some('8'));
    assert_eq!(remotely(eight, arguments), "1 2 3 4 -5 six [7] Some('8')");
}

#[test]
fn the_name_is_the_path() {
    assert_eq!(entry_of(&add).unwrap().name(), "tasks::add");
    assert_eq!(
        format!("{:?}", find("tasks::add").unwrap()),
        r#"Entry("tasks::add")"#
    );
}

#[test]
fn what_is_not_registered_is_an_error_that_says_what_to_do() {
    let error = entry_of(&unregistered).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the function `tasks::unregistered` is not registered in this program; put #[task] before it"
    );
    assert_eq!(
        (error.name(), error.is_ambiguous()),
        ("tasks::unregistered", false)
    );
    let error = entry_of::<(u8,), _>(&|a: u8| a).unwrap_err().to_string();
    assert!(
        error.contains("is a closure") && error.contains("make it a function"),
        "{error}"
    );
    let pointer: fn(u32, u32) -> u32 = add;
    assert!(entry_of(&pointer).is_err());
}

#[test]
fn two_of_one_name_are_not_guessed_between() {
    let error = entry_of(&twice::named).unwrap_err();
    assert!(
        error.is_ambiguous() && error.to_string().contains("two functions"),
        "{error}"
    );
}

#[test]
fn bytes_that_are_no_arguments_are_refused_and_the_function_is_not_called() {
    let entry = entry_of(&add).unwrap();
    for wrong in [&[][..], &[1], &[1, 2, 3], &[0xFF; 12]] {
        assert!(entry.call(wrong).unwrap_err().is_decode(), "{wrong:?}");
    }
}
