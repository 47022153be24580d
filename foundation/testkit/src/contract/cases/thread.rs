//! What threads must do: CPython's `test_threading` and `test_thread`, as far as they are not about
//! its interpreter.

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};

use super::{BRIEF, EVER, HANDS};
use crate::contract::{
    Counter, Crew, ExceptHook, Gate, Log, Refusal, Thread, ThreadOptions, World,
};
use crate::view::ProcessView;

/// A thread that runs until the gate opens, and has begun to run.
fn started<T: Thread>(options: ThreadOptions<'_>, gate: &Gate) -> T {
    let (runs, gate) = (Gate::new(), gate.clone());
    let thread = T::build(options, {
        let runs = runs.clone();
        move || {
            runs.open();
            gate.pass();
        }
    });
    thread.start().unwrap();
    runs.pass();
    thread
}

fn finish<T: Thread>(gate: &Gate, threads: impl IntoIterator<Item = T>) {
    gate.open();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}

fn is_listed<T: Thread>(thread: &T) -> bool {
    T::enumerate().iter().any(|listed| listed.same(thread))
}

/// Several threads run at once, are alive and listed while they do, and only then
/// (`ThreadTests.test_various_ops`, `ThreadRunningTests.test_starting_threads`).
pub fn various_ops<W: World, T: Thread>() {
    let (gate, ran) = (Gate::new(), Counter::new());
    let threads = Vec::from_iter((0..10).map(|_| {
        let (gate, ran) = (gate.clone(), ran.clone());
        T::new(move || {
            ran.add();
            gate.pass();
        })
    }));
    for thread in &threads {
        assert!(!thread.is_alive() && thread.ident().is_none() && !is_listed(thread));
        thread.start().unwrap();
    }
    ran.wait_for(10);
    for thread in &threads {
        assert!(thread.is_alive() && thread.ident().is_some() && is_listed(thread));
    }
    gate.open();
    for thread in &threads {
        thread.join().unwrap();
        assert!(!thread.is_alive() && thread.ident().is_some() && !is_listed(thread));
    }
}

/// A thread has the name that it was given, or one of its own (`ThreadTests.test_name`).
pub fn name<W: World, T: Thread>() {
    let named = |name| {
        let options = ThreadOptions {
            name,
            ..ThreadOptions::default()
        };
        T::build(options, || ()).name()
    };
    assert_eq!(named(Some("hello")), "hello");
    let [one, other] = [named(None), named(None)];
    assert!(one != other && !one.is_empty(), "{one} and {other}");
}

/// The thread of the operating system carries the name, as far as it fits.
pub fn name_of_the_system<W: World, T: Thread>() {
    let gate = Gate::new();
    let name = Some("a name of more than fifteen bytes");
    let thread: T = started(
        ThreadOptions {
            name,
            ..ThreadOptions::default()
        },
        &gate,
    );
    let process = ProcessView::of(std::process::id()).expect("this process exists");
    let found = process
        .threads()
        .iter()
        .find(|view| Some(u64::from(view.tid())) == thread.native_id());
    assert_eq!(found.map(|view| view.name()), Some("a name of more "));
    finish(&gate, [thread]);
}

/// Idents differ among living threads, and inside of the thread are the same
/// (`ThreadTests.test_ident_of_no_threading_threads`).
pub fn ident<W: World, T: Thread>() {
    let (gate, inside) = (Gate::new(), Arc::new(Mutex::new(Vec::new())));
    let ran = Counter::new();
    let threads = Vec::from_iter((0..HANDS).map(|_| {
        let (gate, inside, ran) = (gate.clone(), Arc::clone(&inside), ran.clone());
        T::new(move || {
            inside
                .lock()
                .unwrap()
                .push((T::current().ident(), nix_tid()));
            ran.add();
            gate.pass();
        })
    }));
    threads.iter().for_each(|thread| thread.start().unwrap());
    ran.wait_for(HANDS);
    let ids = |thread: &T| (thread.ident(), thread.native_id());
    let mut outside = Vec::from_iter(threads.iter().map(ids));
    outside.push(ids(&T::current()));
    outside.sort_unstable();
    let mut inside = std::mem::take(&mut *inside.lock().unwrap());
    inside.push((T::current().ident(), nix_tid()));
    inside.sort_unstable();
    assert_eq!(outside, inside);
    inside.dedup_by_key(|ids| ids.0);
    assert_eq!(inside.len(), threads.len() + 1, "an ident is there twice");
    finish(&gate, threads);
}

fn nix_tid() -> Option<u64> {
    u64::try_from(nix::unistd::gettid().as_raw()).ok()
}

/// A thread with a small stack and one with a large stack run
/// (`ThreadTests.test_various_ops_small_stack`, `test_various_ops_large_stack`,
/// `ThreadRunningTests.test_nt_and_posix_stack_size`).
pub fn stack_sizes<W: World, T: Thread>() {
    for size in [256 << 10, 1 << 20, 64 << 20] {
        let depths = Log::new();
        let (log, frames) = (depths.clone(), u32::try_from(size / 2048).unwrap());
        let stack_size = Some(size);
        let options = ThreadOptions {
            stack_size,
            ..ThreadOptions::default()
        };
        let thread = T::build(options, move || log.push(dive(frames)));
        thread.start().unwrap();
        thread.join().unwrap();
        assert_eq!(depths.values(), [frames]);
    }
}

/// Uses at least 256 bytes of stack a frame, so an eighth of it or more in all. Each frame is used
/// after the call, so that it exists.
#[inline(never)]
fn dive(frames: u32) -> u32 {
    let frame = std::hint::black_box([frames; 64]);
    if frames == 0 {
        return 0;
    }
    dive(frames - 1) + std::hint::black_box(&frame)[63].min(1)
}

/// A thread that something else started is known to itself as any other, and listed no longer than
/// it lives (`ThreadTests.test_foreign_thread`).
pub fn foreign_thread<W: World, T: Thread>() {
    let known = Arc::new(Mutex::new(None));
    let inside = Arc::clone(&known);
    let body = move || {
        let me = T::current();
        assert!(me.same(&T::current()) && me.is_alive() && is_listed(&me));
        *inside.lock().unwrap() = Some(me);
    };
    std::thread::spawn(body).join().unwrap();
    let thread: T = known.lock().unwrap().take().expect("it knew itself");
    assert!(!is_listed(&thread) && !thread.is_alive());
}

/// The main thread is alive, listed, and no other (`ThreadTests.test_main_thread`).
pub fn main_thread<W: World, T: Thread>() {
    let main = T::main();
    assert!(main.same(&T::main()) && main.is_alive() && is_listed(&main));
    assert_eq!((main.name().as_str(), main.daemon()), ("MainThread", false));
    let thread = T::new(|| assert!(!T::current().same(&T::main())));
    thread.start().unwrap();
    thread.join().unwrap();
}

/// A thread that was joined is listed no more, at once (`ThreadTests.test_enumerate_after_join`).
pub fn enumerate_after_join<W: World, T: Thread>() {
    for _ in 0..100 {
        let thread = T::new(|| ());
        thread.start().unwrap();
        thread.join().unwrap();
        assert!(!is_listed(&thread));
    }
}

/// The number of threads goes up with a start and down with an end
/// (`ThreadRunningTests.test__count`).
pub fn active_count<W: World, T: Thread>() {
    // From here on this thread is known, and counted.
    let _this = T::current();
    let before = T::active_count();
    assert_eq!(before, T::enumerate().len());
    let gate = Gate::new();
    let threads: [T; 3] = [(); 3].map(|()| started(ThreadOptions::default(), &gate));
    assert_eq!(T::active_count(), before + 3);
    finish(&gate, threads);
    assert_eq!(T::active_count(), before);
}

/// A join returns after the end (`ThreadRunningTests.test_join_thread`).
pub fn join<W: World, T: Thread>() {
    let (gate, done) = (Gate::new(), Counter::new());
    let thread = T::new({
        let (gate, done) = (gate.clone(), done.clone());
        move || {
            gate.pass();
            done.add();
        }
    });
    thread.start().unwrap();
    let crew = Crew::<W>::start(1, {
        let (thread, done) = (thread.clone(), done.clone());
        move |_| {
            thread.join().unwrap();
            assert_eq!(done.get(), 1);
        }
    });
    crew.settle();
    gate.open();
    crew.join();
    thread.join().unwrap();
}

/// A thread that has ended may be joined, and again
/// (`ThreadRunningTests.test_join_thread_already_exited`, `test_join_several_times`).
pub fn join_again<W: World, T: Thread>() {
    let thread = T::new(|| ());
    thread.start().unwrap();
    while thread.is_alive() {
        std::thread::yield_now();
    }
    for _ in 0..3 {
        thread.join().unwrap();
        thread.join_timeout(EVER).unwrap();
    }
}

/// Several may join a thread at once (`ThreadTests.test_join_from_multiple_threads`).
pub fn join_by_several<W: World, T: Thread>() {
    let gate = Gate::new();
    let thread: T = started(ThreadOptions::default(), &gate);
    let crew = Crew::<W>::start(HANDS, {
        let thread = thread.clone();
        move |hand| match hand {
            0 => thread.join_timeout(EVER).unwrap(),
            _ => thread.join().unwrap(),
        }
    });
    crew.settle();
    gate.open();
    crew.join();
    thread.join().unwrap();
}

/// A join with a limit ends at the limit, and the thread goes on
/// (`ThreadTests.test_join_with_timeout`, `ThreadRunningTests.test_join_with_timeout`).
pub fn join_with_timeout<W: World, T: Thread>() {
    let gate = Gate::new();
    let thread: T = started(ThreadOptions::default(), &gate);
    for limit in [std::time::Duration::ZERO, BRIEF] {
        let begin = std::time::Instant::now();
        assert_eq!(thread.join_timeout(limit), Err(Refusal::TimedOut));
        assert!(begin.elapsed() >= limit && thread.is_alive());
    }
    gate.open();
    thread.join_timeout(EVER).unwrap();
    assert!(!thread.is_alive());
}

/// A thread may not join itself; another may meanwhile, and afterwards
/// (`ThreadRunningTests.test_join_from_self`, `test_join_then_self_join`,
/// `ThreadingExceptionTests.test_joining_current_thread`).
pub fn join_itself<W: World, T: Thread>() {
    let (gate, refused) = (Gate::new(), Counter::new());
    let thread = T::new({
        let (gate, refused) = (gate.clone(), refused.clone());
        move || {
            gate.pass();
            let me = T::current();
            assert_eq!(me.join(), Err(Refusal::JoinsItself));
            assert_eq!(me.join_timeout(EVER), Err(Refusal::JoinsItself));
            refused.add();
        }
    });
    thread.start().unwrap();
    let joiner = thread.clone();
    let crew = Crew::<W>::start(1, move |_| joiner.join().unwrap());
    crew.settle();
    gate.open();
    crew.join();
    thread.join().unwrap();
    assert_eq!(refused.get(), 1);
}

/// A thread that was not started may not be joined
/// (`ThreadingExceptionTests.test_joining_inactive_thread`,
/// `ThreadRunningTests.test_join_unstarted`).
pub fn join_unstarted<W: World, T: Thread>() {
    let thread = T::new(|| ());
    assert_eq!(thread.join(), Err(Refusal::NotStarted));
    assert_eq!(thread.join_timeout(BRIEF), Err(Refusal::NotStarted));
    thread.start().unwrap();
    thread.join().unwrap();
}

/// A thread is started once (`ThreadingExceptionTests.test_start_thread_again`,
/// `ThreadRunningTests.test_start_duplicate_handle`).
pub fn start_again<W: World, T: Thread>() {
    let runs = Counter::new();
    let counted = runs.clone();
    let thread = T::new(move || counted.add());
    thread.start().unwrap();
    assert_eq!(thread.start(), Err(Refusal::StartedTwice));
    thread.join().unwrap();
    assert_eq!(thread.start(), Err(Refusal::StartedTwice));
    assert_eq!(runs.get(), 1);
}

/// Of several that start a thread, one does.
pub fn start_by_several<W: World, T: Thread>() {
    let (runs, starts) = (Counter::new(), Counter::new());
    let counted = runs.clone();
    let thread = T::new(move || counted.add());
    let crew = Crew::<W>::start(HANDS, {
        let (thread, starts) = (thread.clone(), starts.clone());
        move |_| match thread.start() {
            Ok(()) => starts.add(),
            Err(refusal) => assert_eq!(refusal, Refusal::StartedTwice),
        }
    });
    crew.join();
    thread.join().unwrap();
    assert_eq!((starts.get(), runs.get()), (1, 1));
}

/// A thread is a daemon if it is said, or else if its creator is
/// (`ThreadTests.test_daemon_param`).
pub fn daemon<W: World, T: Thread>() {
    let with = |daemon| {
        let options = ThreadOptions {
            daemon,
            ..ThreadOptions::default()
        };
        T::build(options, || ()).daemon()
    };
    assert_eq!([Some(false), Some(true)].map(with), [false, true]);
    for daemon in [false, true] {
        let children = Log::new();
        let log = children.clone();
        let options = ThreadOptions {
            daemon: Some(daemon),
            ..ThreadOptions::default()
        };
        let parent = T::build(options, move || log.push(T::new(|| ()).daemon().into()));
        parent.start().unwrap();
        parent.join().unwrap();
        assert_eq!(children.values(), [u32::from(daemon)]);
    }
}

/// Whether it is a daemon is said before the start (`ThreadingExceptionTests.test_daemonize_active_thread`).
pub fn daemonize_active_thread<W: World, T: Thread>() {
    let thread = T::new(|| ());
    for daemon in [true, false] {
        thread.set_daemon(daemon).unwrap();
        assert_eq!(thread.daemon(), daemon);
    }
    thread.start().unwrap();
    assert_eq!(thread.set_daemon(true), Err(Refusal::AlreadyStarted));
    thread.join().unwrap();
    assert!(!thread.daemon());
}

/// A thread may start and join another (`ThreadJoinOnShutdown.test_thread_from_thread`).
pub fn thread_from_thread<W: World, T: Thread>() {
    let order = Log::new();
    let log = order.clone();
    let outer = T::new(move || {
        let in_inner = log.clone();
        let inner = T::new(move || in_inner.push(1));
        inner.start().unwrap();
        inner.join().unwrap();
        log.push(2);
    });
    outer.start().unwrap();
    outer.join().unwrap();
    assert_eq!(order.values(), [1, 2]);
}

/// A thread whose handle is gone runs on, and ends (`ThreadRunningTests.test_joinable_not_joined`,
/// `ThreadTests.test_leak_without_join`).
pub fn dropped_handle<W: World, T: Thread>() {
    let (gate, done) = (Gate::new(), Counter::new());
    let thread = T::new({
        let (gate, done) = (gate.clone(), done.clone());
        move || {
            gate.pass();
            done.add();
        }
    });
    thread.start().unwrap();
    drop(thread);
    gate.open();
    done.wait_for(1);
}

/// What a thread was given is destroyed with its end, not with its handle
/// (`ThreadTests.test_no_refcycle_through_target`).
pub fn body_is_destroyed<W: World, T: Thread>() {
    let given = Arc::new(AtomicU32::new(0));
    let body = Arc::clone(&given);
    let thread = T::new(move || drop(format!("{body:?}")));
    thread.start().unwrap();
    thread.join().unwrap();
    assert_eq!(Arc::strong_count(&given), 1);
    drop(thread);
}

/// A join tells that the thread panicked, which ends nothing else.
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

/// `Debug` tells the name, whether it is a daemon, and whether it runs
/// (`ThreadTests.test_repr_daemon`, `test_repr_stopped`).
pub fn debug<W: World, T: Thread>() {
    let gate = Gate::new();
    let options = |daemon| ThreadOptions {
        name: Some("shown"),
        daemon: Some(daemon),
        ..ThreadOptions::default()
    };
    let texts = [false, true].map(|daemon| {
        let thread = T::build(options(daemon), || ());
        format!("{thread:?}")
    });
    assert!(
        texts[0].contains("shown") && texts[0] != texts[1],
        "{texts:?}"
    );
    let thread: T = started(options(false), &gate);
    let running = format!("{thread:?}");
    finish(&gate, [thread.clone()]);
    let stopped = format!("{thread:?}");
    assert!(
        running != stopped && stopped.contains("shown"),
        "{running} and {stopped}"
    );
}
