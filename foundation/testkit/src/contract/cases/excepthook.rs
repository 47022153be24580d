//! What becomes of a thread that panics: CPython's `ExceptHookTests`.

use std::sync::{Arc, Mutex};

use super::thread::is_listed;
use crate::contract::{Counter, ExceptHook, Refusal, Thread, ThreadOptions, World};

/// A join tells that the thread panicked, which ends nothing else
/// (`ThreadRunningTests.test_unraisable_exception`).
pub fn panic<W: World, T: Thread>() {
    let thread = T::new(|| panic!("the case's own"));
    thread.start().unwrap();
    assert_eq!(thread.join(), Err(Refusal::Panicked));
    assert!(!thread.is_alive() && !is_listed(&thread));
}

/// The hook is called once for a thread that panics, with its name and the message, before a join
/// returns (`ExceptHookTests.test_custom_excepthook`,
/// `ThreadRunningTests.test_unraisable_exception`).
pub fn custom_excepthook<W: World, T: Thread>() {
    let told = with_hook::<T>(|calls| {
        Box::new(move |name, message| calls.lock().unwrap().push(format!("{name}: {message}")))
    });
    assert_eq!(told, ["unlucky: no luck"]);
}

/// A hook that panics itself changes nothing for the thread
/// (`ExceptHookTests.test_custom_excepthook_fail`).
pub fn custom_excepthook_fail<W: World, T: Thread>() {
    let told = with_hook::<T>(|calls| {
        Box::new(move |_, _| {
            calls.lock().unwrap().push("called".to_owned());
            panic!("the hook's own")
        })
    });
    assert_eq!(told, ["called"]);
}

/// The default hook can be brought back (`ExceptHookTests.test_original_excepthook`).
pub fn original_excepthook<W: World, T: Thread>() {
    let calls = Counter::new();
    let counted = calls.clone();
    T::set_excepthook(Some(Box::new(move |_, _| counted.add())));
    T::set_excepthook(None);
    run_unlucky::<T>();
    assert_eq!(calls.get(), 0);
}

type Calls = Arc<Mutex<Vec<String>>>;

/// What the hook noted of a thread that panicked.
fn with_hook<T: Thread>(hook: impl FnOnce(Calls) -> ExceptHook) -> Vec<String> {
    let calls = Calls::default();
    T::set_excepthook(Some(hook(Arc::clone(&calls))));
    run_unlucky::<T>();
    T::set_excepthook(None);
    std::mem::take(
        &mut *calls
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner),
    )
}

fn run_unlucky<T: Thread>() {
    let options = ThreadOptions {
        name: Some("unlucky"),
        ..ThreadOptions::default()
    };
    let thread = T::build(options, || panic!("no luck"));
    thread.start().unwrap();
    let outcome = thread.join();
    assert_eq!(outcome, Err(Refusal::Panicked));
}
