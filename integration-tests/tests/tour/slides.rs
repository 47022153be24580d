//! The slides, run by themselves.

use integration_tests::{SLIDES, SYSTEMS};
use manyways_testkit::{DEFAULT_LIMIT, guarded, watched_for};

#[test]
fn every_slide_belongs_to_a_system_and_has_a_title() {
    guarded(|| {
        for slide in SLIDES {
            let name = slide.system;
            assert!(SYSTEMS.iter().any(|system| system.name == name), "{name}");
            assert!(slide.source.starts_with("//! "), "{name}");
            assert!(!slide.title().is_empty(), "{name}");
        }
    });
}

#[test]
fn every_system_has_a_slide() {
    guarded(|| {
        let shown: Vec<_> = SLIDES.iter().map(|slide| slide.system).collect();
        let systems: Vec<_> = SYSTEMS.iter().map(|system| system.name).collect();
        assert_eq!(shown, systems);
    });
}

/// What the slides of the course promise, the same at every run.
#[test]
fn every_slide_prints_what_it_promises() {
    let expected = [
        ("sequential", "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]\n"),
        ("threads", "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]\n"),
        (
            "threading",
            "25 primes\n21 primes\n16 primes\nthe sleeper sleeps: true\n\
             it was asked to stop, and was woken\n",
        ),
        (
            "multiprocessing",
            "(42, None, \"hello\")\n3.1415927\n[0, -1, -2, -3, -4, -5, -6, -7, -8, -9]\n\
             [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]\nthe lock's holder died; the lock is ours\n",
        ),
        (
            "forkmap",
            "10000 squares, the last is 99980001\n9999 squares, all but [5000]\n",
        ),
        ("forkfun", "105 ms of downloads\n"),
        (
            "delegate",
            "home     <h1>home</h1>\nnews     <h1>news</h1>\nmissing  404 Not Found\n\
             fatal    its process exited with code 70\nsilent   not within 2s\n\
             one call with a time limit: 42\n",
        ),
        (
            "pprocess",
            "pmap:  [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]\nMap:   [0, 1, 2, 10, 11, 12]\n\
             Queue: 332833500, of a thousand calls to two processes\n",
        ),
        (
            "remoted",
            "a process has done all its steps: true\na process has done all its steps: true\n\
             a process has done all its steps: true\na process has done all its steps: true\n\
             n = 100, m = 100\n",
        ),
        ("cuda", "dest - a*b: 400 zeros\n"),
    ];
    // The context of a program stays until its end, with the thread of its default stream.
    let cuda = SLIDES.last().unwrap();
    watched_for(DEFAULT_LIMIT, || (cuda.program)(&mut Vec::new())).unwrap();
    guarded(|| {
        for (slide, (system, text)) in SLIDES.iter().zip(expected) {
            assert_eq!(slide.system, system);
            let mut out = Vec::new();
            (slide.program)(&mut out).unwrap_or_else(|error| panic!("{system}: {error}"));
            assert_eq!(String::from_utf8(out).unwrap(), text, "{system}");
        }
        assert_eq!(SLIDES.len(), expected.len());
    });
}
