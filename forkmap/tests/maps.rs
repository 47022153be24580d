//! What a map computes: the original's own tests (squares, tuples, two sequences, every number of
//! processes) and what users do with it beyond them.

use std::cell::Cell;
use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use forkmap::{Chunks, ForkMap, TryError};
use manyways_testkit::{guarded, guarded_for};

fn square(x: u64) -> u64 {
    x * x
}

#[test]
fn squares_with_any_number_of_processes() {
    guarded(|| {
        let expected: Vec<u64> = (0..10_000).map(square).collect();
        assert_eq!(forkmap::map(0..10_000, square).unwrap(), expected);
        for processes in [0, 1, 2, 10, 100] {
            let squares = ForkMap::new().processes(processes).map(0..10_000, square);
            assert_eq!(squares.unwrap(), expected, "{processes} processes");
        }
    });
}

#[test]
fn few_items_and_many_processes() {
    guarded(|| {
        for processes in 1..15 {
            for items in 0..5 {
                let expected: Vec<u64> = (0..items).map(square).collect();
                let squares = ForkMap::new().processes(processes).map(0..items, square);
                assert_eq!(
                    squares.unwrap(),
                    expected,
                    "{items} items, {processes} processes"
                );
            }
        }
    });
}

#[test]
fn every_policy_gives_the_same_answer() {
    guarded(|| {
        let expected: Vec<u64> = (0..1000).map(square).collect();
        let policies = [
            Chunks::Guided,
            Chunks::Static,
            Chunks::fixed(1),
            Chunks::fixed(7),
            Chunks::fixed(5000),
        ];
        for chunks in policies {
            let squares = ForkMap::new()
                .processes(3)
                .chunks(chunks)
                .map(0..1000, square);
            assert_eq!(squares.unwrap(), expected, "{chunks:?}");
        }
    });
}

#[test]
fn static_pieces_are_contiguous_and_one_a_process() {
    guarded(|| {
        let map = ForkMap::new().processes(3).chunks(Chunks::Static);
        let mut pids = map.map(0..10, |_| std::process::id()).unwrap();
        pids.dedup();
        assert_eq!(pids.len(), 3);
    });
}

#[test]
fn tuples_strings_and_options_come_back() {
    guarded(|| {
        let row = |x: u32| {
            (
                x,
                f64::from(x) / 2.0,
                format!("item {x}"),
                x.is_multiple_of(2).then_some(x),
            )
        };
        let rows = forkmap::map(0..100, row).unwrap();
        assert_eq!(rows, (0..100).map(row).collect::<Vec<_>>());
        assert_eq!(forkmap::map(0..5, |_| ()).unwrap().len(), 5);
    });
}

#[test]
fn several_sequences() {
    guarded(|| {
        let products = forkmap::zip_map((0..100, 100..200), |(x, y)| x * y).unwrap();
        assert_eq!(products[99], 99 * 199);
        let sums = forkmap::zip_map(([1], ["two"], [3.0]), |(a, b, c)| format!("{a} {b} {c}"));
        assert_eq!(sums.unwrap(), ["1 two 3"]);
        let error = forkmap::zip_map((0..3, 0..5), |(x, y)| x + y).unwrap_err();
        assert!(
            error.is_unequal_lengths() && error.to_string().contains("[3, 5]"),
            "{error}"
        );
    });
}

#[test]
fn inputs_are_inherited_not_sent() {
    guarded(|| {
        let words: Vec<Rc<str>> = ["a", "bb", "ccc"].map(Rc::from).into();
        let factor = Cell::new(10);
        let scaled = forkmap::map(&words, |word| word.len() * factor.get()).unwrap();
        assert_eq!(scaled, [10, 20, 30]);
        // By value, too: closures are not serialisable, and each is called once.
        let closures: Vec<Box<dyn FnOnce() -> usize>> = words
            .iter()
            .cloned()
            .map(|word| Box::new(move || word.len()) as Box<_>)
            .collect();
        assert_eq!(
            forkmap::map(closures, |closure| closure()).unwrap(),
            [1, 2, 3]
        );
        assert_eq!(
            Rc::strong_count(&words[0]),
            1,
            "the parent has dropped its copy"
        );
    });
}

#[test]
fn open_files_are_inherited() {
    guarded(|| {
        let path = std::env::temp_dir().join("forkmap-inherited");
        let mut file = fs::File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .unwrap();
        fs::remove_file(&path).unwrap();
        file.write_all(b"0123456789").unwrap();
        let map = ForkMap::new().processes(1);
        let digits = map.map(0..10, |at| {
            let mut digit = [0];
            file.seek(SeekFrom::Start(at)).unwrap();
            file.read_exact(&mut digit).unwrap();
            digit[0]
        });
        assert_eq!(digits.unwrap(), b"0123456789");
    });
}

#[test]
fn each_process_has_its_own_copy_of_the_functions_state() {
    guarded(|| {
        let mut calls = 0;
        let counts = ForkMap::new().processes(2).map(0..100, |_| {
            calls += 1;
            (std::process::id(), calls)
        });
        let counts = counts.unwrap();
        let mut pids: Vec<u32> = counts.iter().map(|(pid, _)| *pid).collect();
        pids.sort_unstable();
        pids.dedup();
        let highest = |pid| {
            counts
                .iter()
                .filter(|(p, _)| *p == pid)
                .map(|(_, calls)| *calls)
                .max()
        };
        let total: i32 = pids.into_iter().filter_map(highest).sum();
        assert_eq!((total, calls), (100, 0));
    });
}

#[test]
fn a_million_tiny_items() {
    guarded(|| {
        let next = forkmap::map(0..1_000_000u64, |x| x + 1).unwrap();
        assert!(
            next.iter().zip(1..).all(|(x, expected)| *x == expected) && next.len() == 1_000_000
        );
        let map = ForkMap::new().processes(2).chunks(Chunks::fixed(1));
        assert_eq!(
            map.map(0..100_000u64, |x| x + 1).unwrap().last(),
            Some(&100_000)
        );
    });
}

#[test]
fn results_of_several_hundred_mebibytes() {
    guarded_for(Duration::from_secs(300), || {
        const SIZE: usize = 150 << 20;
        let texts = ForkMap::new()
            .processes(2)
            .map(0..2, |at| ["x", "y"][at].repeat(SIZE))
            .unwrap();
        for (text, byte) in texts.iter().zip(*b"xy") {
            assert_eq!(text.len(), SIZE);
            assert!(text.bytes().all(|other| other == byte));
        }
    });
}

#[test]
fn a_program_with_busy_threads_can_map() {
    guarded(|| {
        let done = Arc::new(AtomicBool::new(false));
        let busy: Vec<_> = (0..2)
            .map(|_| {
                let done = done.clone();
                std::thread::spawn(move || {
                    while !done.load(Ordering::Relaxed) {
                        std::hint::black_box(vec![format!("allocate"); 10]);
                        let _ = manyways_process::catch_panic(|| panic!("and panic"));
                    }
                })
            })
            .collect();
        for round in 0..50 {
            let map = ForkMap::new().processes(2);
            assert_eq!(
                map.map(0..20, |x| format!("{x}")).unwrap().len(),
                20,
                "round {round}"
            );
        }
        done.store(true, Ordering::Relaxed);
        busy.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn maps_run_in_several_threads_at_once() {
    guarded(|| {
        std::thread::scope(|scope| {
            for thread in 0..4u64 {
                scope.spawn(move || {
                    for _ in 0..20 {
                        let map = ForkMap::new().processes(2);
                        let sums = map.map(0..50, |x| x + thread).unwrap();
                        assert!(
                            sums.iter()
                                .zip(thread..)
                                .all(|(sum, expected)| *sum == expected)
                        );
                    }
                });
            }
        });
    });
}

#[test]
fn maps_nest() {
    guarded(|| {
        let map = ForkMap::new().processes(2);
        let table = map.map(0..4u64, |x| {
            ForkMap::new()
                .processes(2)
                .map(0..4u64, |y| x * y)
                .unwrap_or_default()
        });
        let table = table.unwrap();
        assert!((0..4).all(|x| (0..4).all(|y| table[x][y] == (x * y) as u64)));
    });
}

#[test]
fn the_initializer_runs_once_in_each_process() {
    guarded(|| {
        let place = Cell::new(None);
        let seen = ForkMap::new()
            .processes(2)
            .chunks(Chunks::Static)
            .initializer(|number| {
                assert_eq!(place.replace(Some(number)), None);
            })
            .map(0..10, |_| place.get());
        let mut seen: Vec<usize> = seen.unwrap().into_iter().flatten().collect();
        assert_eq!(seen.len(), 10);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [0, 1]);
        assert_eq!(place.get(), None, "not here");
    });
}

#[test]
fn progress_counts_up_to_the_end() {
    guarded(|| {
        let mut seen = Vec::new();
        let map = ForkMap::new()
            .processes(2)
            .progress(|progress| seen.push(progress));
        map.map(0..5000, square).unwrap();
        assert!(seen.is_sorted_by_key(|progress| progress.done));
        assert!(seen.iter().all(|progress| progress.total == 5000));
        assert_eq!(seen.last().unwrap().done, 5000);
    });
}

/// The parent sleeps most of this time; it is told of each item as it is finished, though all of them
/// belong to one piece.
#[test]
fn finished_items_of_an_unfinished_piece_are_counted() {
    guarded(|| {
        let (mut read, mut write) = std::io::pipe().unwrap();
        let map = ForkMap::new()
            .processes(1)
            .chunks(Chunks::Static)
            .progress(|progress| {
                if progress.done == 3 {
                    write.write_all(b"!").unwrap();
                }
            });
        let results = map.map(0..4, |x| {
            if x == 3 {
                read.read_exact(&mut [0]).unwrap(); // Goes on when three are known to be done.
            }
            x
        });
        assert_eq!(results.unwrap(), [0, 1, 2, 3]);
    });
}

#[test]
fn the_first_error_of_a_fallible_function_is_given_back() {
    guarded(|| {
        let halve = |x: u32| {
            if x.is_multiple_of(2) {
                Ok(x / 2)
            } else {
                Err(format!("{x} is odd"))
            }
        };
        assert_eq!(
            forkmap::try_map((0..100).map(|x| 2 * x), halve).unwrap()[99],
            99
        );
        let map = ForkMap::new().processes(1);
        match map.try_map([0, 2, 4, 7, 6, 9], halve) {
            Err(TryError::Item {
                index: 3,
                error,
                partial,
                failures,
            }) => {
                assert_eq!(error, "7 is odd");
                assert_eq!(failures, []);
                assert_eq!(partial[..3], [Some(0), Some(1), Some(2)]);
                assert_eq!(partial.len(), 6);
            }
            other => panic!("unexpected: {other:?}"),
        }
        let map = ForkMap::new().processes(1).keep_going(true);
        let picky = |x: i32| match x {
            1 => panic!("no ones"),
            3 => Err("three"),
            x => Ok(x),
        };
        match map.try_map(0..5, |x| picky(x).map_err(str::to_owned)) {
            Err(error @ TryError::Item { .. }) => {
                let text = error.to_string();
                assert!(text.starts_with("item 3: three; item 1: "), "{text}");
                let TryError::Item { partial, .. } = error else {
                    unreachable!()
                };
                assert_eq!(partial[..4], [Some(0), None, Some(2), None]);
            }
            other => panic!("unexpected: {other:?}"),
        }
        match ForkMap::new().try_map([1], |_| -> Result<(), String> { panic!("worse") }) {
            Err(TryError::Map(error)) => assert!(error.to_string().contains("worse"), "{error}"),
            other => panic!("unexpected: {other:?}"),
        }
    });
}

#[test]
fn reduce_keeps_the_order_of_the_input() {
    guarded(|| {
        let letters: Vec<String> = (0..2000).map(|x| format!("{x} ")).collect();
        for chunks in [Chunks::Guided, Chunks::Static, Chunks::fixed(3)] {
            let map = ForkMap::new().processes(3).chunks(chunks);
            let text = map.reduce(&letters, |word| word.clone(), |a, b| a + &b);
            assert_eq!(text.unwrap().unwrap(), letters.concat(), "{chunks:?}");
        }
        assert_eq!(forkmap::reduce([], |x: u8| x, |a, _| a).unwrap(), None);
        assert_eq!(forkmap::reduce([7], |x: u8| x, |a, _| a).unwrap(), Some(7));
        let mut done = Vec::new();
        let map = ForkMap::new().progress(|progress| done.push(progress.done));
        assert_eq!(
            map.reduce(0..1000u64, |x| x, |a, b| a + b).unwrap(),
            Some(499_500)
        );
        assert_eq!(done.last(), Some(&1000));
        assert!(done.is_sorted());
    });
}

#[test]
fn forkfun_accumulates_every_item_once() {
    guarded(|| {
        let mut seen = vec![0; 1000];
        forkmap::forkfun::forkfun(|index, x: usize| seen[index] += x + 1, |x| x, 0..1000).unwrap();
        assert!(seen.iter().zip(1..).all(|(sum, expected)| *sum == expected));
    });
}
