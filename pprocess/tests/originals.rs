//! The original's examples and tests, by their names, rewritten. What they show is the same: many
//! small calculations that add up, through every way of running them.

use std::time::Duration;

use manyways_testkit as testkit;
use pprocess::{Channel, Exchange, MakeParallel, MakeReusable, Map, Queue, exit, pmap};

const N: u64 = 4;

fn calculate((i, j): (u64, u64)) -> u64 {
    i * N + j
}

fn pairs() -> impl Iterator<Item = (u64, u64)> {
    (0..N).flat_map(|i| (0..N).map(move |j| (i, j)))
}

fn expected() -> Vec<u64> {
    (0..N * N).collect()
}

fn place(
    results: &mut [u64],
) -> impl FnMut(&mut Channel<(), (u64, u64, u64)>) -> pprocess::Result<()> {
    |channel| {
        let (i, j, value) = channel.receive()?;
        results[usize::try_from(i * N + j).unwrap()] = value;
        Ok(())
    }
}

#[test]
fn simple_create() {
    testkit::guarded(|| {
        let mut results = vec![99; 16];
        let mut exchange = Exchange::new(place(&mut results)).limit(3);
        for (i, j) in pairs() {
            exchange
                .create(move |channel| {
                    channel.send(&(i, j, calculate((i, j)))).unwrap();
                    exit(channel)
                })
                .unwrap();
        }
        exchange.finish().unwrap();
        drop(exchange);
        assert_eq!(results, expected());
    });
}

#[test]
fn simple_create_map() {
    testkit::guarded(|| {
        let results = Map::new().limit(3);
        for pair in pairs() {
            results
                .create(move |channel| {
                    channel.send(&calculate(pair)).unwrap();
                    exit(channel)
                })
                .unwrap();
        }
        let results: Vec<u64> = results.map(Result::unwrap).collect();
        assert_eq!(results, expected());
    });
}

#[test]
fn simple_create_queue() {
    testkit::guarded(|| {
        let queue = Queue::new().limit(3);
        for pair in pairs() {
            queue
                .create(move |channel| {
                    channel.send(&calculate(pair)).unwrap();
                    exit(channel)
                })
                .unwrap();
        }
        assert_eq!(sorted(queue), expected());
    });
}

fn sorted(results: impl Iterator<Item = pprocess::Result<u64>>) -> Vec<u64> {
    let mut results: Vec<u64> = results.map(Result::unwrap).collect();
    results.sort_unstable();
    results
}

#[test]
fn simple_managed() {
    testkit::guarded(|| {
        let mut results = vec![99; 16];
        let mut exchange = Exchange::new(place(&mut results)).limit(3);
        let calc = exchange.manage(|channel: &mut Channel<(u64, u64, u64)>, (i, j)| {
            channel.send(&(i, j, calculate((i, j)))).unwrap();
        });
        for pair in pairs() {
            calc.call(pair).unwrap();
        }
        exchange.finish().unwrap();
        drop((calc, exchange));
        assert_eq!(results, expected());
    });
}

#[test]
fn simple_managed_map() {
    testkit::guarded(|| {
        let results = Map::new().limit(3);
        let calc = results.manage(MakeParallel::new(calculate));
        for pair in pairs() {
            calc.call(pair).unwrap();
        }
        let results: Vec<u64> = results.map(Result::unwrap).collect();
        assert_eq!(results, expected());
    });
}

#[test]
fn simple_managed_queue() {
    testkit::guarded(|| {
        let queue = Queue::new().limit(3).reuse(true);
        let calc = queue.manage(MakeReusable::new(calculate));
        for pair in pairs() {
            calc.call(pair).unwrap();
        }
        assert_eq!(sorted(queue), expected());
    });
}

#[test]
fn simple_pmap() {
    testkit::guarded(|| {
        let results = pmap(calculate, pairs(), 3).unwrap();
        let results: Vec<u64> = results.map(Result::unwrap).collect();
        assert_eq!(results, expected());
    });
}

#[test]
fn simple_pmap_iter() {
    testkit::guarded(|| {
        let mut next = 0;
        for result in pmap(calculate, pairs(), None).unwrap() {
            assert_eq!(result.unwrap(), next);
            next += 1;
        }
        assert_eq!(next, N * N);
    });
}

#[test]
fn simple_start() {
    testkit::guarded(|| {
        let mut results = vec![99; 16];
        let mut exchange = Exchange::new(place(&mut results)).limit(3);
        for (i, j) in pairs() {
            exchange
                .start(move |channel| channel.send(&(i, j, calculate((i, j)))).unwrap())
                .unwrap();
        }
        exchange.finish().unwrap();
        drop(exchange);
        assert_eq!(results, expected());
    });
}

#[test]
fn simple_start_queue() {
    testkit::guarded(|| {
        let queue = Queue::new().limit(3);
        for pair in pairs() {
            queue
                .start(move |channel| channel.send(&calculate(pair)).unwrap())
                .unwrap();
        }
        assert_eq!(sorted(queue), expected());
    });
}

/// Processes that receive until they are told to stop, made one after the other with `create`.
#[test]
fn create_loop() {
    testkit::guarded(|| {
        let channels: Vec<Channel<u64, u64>> = (0..3)
            .map(|n| {
                pprocess::create(|channel| {
                    while let Ok(number) = channel.receive() {
                        channel.send(&(number + n)).unwrap();
                    }
                    exit(channel)
                })
                .unwrap()
            })
            .collect();
        for (mut channel, n) in channels.into_iter().zip(0..) {
            channel.send(&10).unwrap();
            assert_eq!(channel.receive().unwrap(), 10 + n);
            assert!(channel.wait().unwrap().success());
        }
    });
}

/// One process sends a stream, with `start`.
#[test]
fn start_loop() {
    testkit::guarded(|| {
        let mut channel = pprocess::start(|channel: &mut Channel<u32>| {
            for n in 0..100 {
                channel.send(&n).unwrap();
            }
        })
        .unwrap();
        for n in 0..100 {
            assert_eq!(channel.receive().unwrap(), n);
        }
        assert!(channel.receive().unwrap_err().is_closed());
        assert!(channel.wait().unwrap().success());
    });
}

/// Both sides send and receive, also at the same time.
#[test]
fn two_way() {
    testkit::guarded(|| {
        let mut channel = pprocess::start(|channel: &mut Channel<String, u64>| {
            for _ in 0..50 {
                channel.send(&"to the parent".to_owned()).unwrap();
                assert_eq!(channel.receive().unwrap(), 7);
            }
        })
        .unwrap();
        for _ in 0..50 {
            channel.send(&7).unwrap();
            assert_eq!(channel.receive().unwrap(), "to the parent");
        }
        assert!(channel.wait().unwrap().success());
    });
}

/// A process indexes words and answers questions, while another one supplies the words.
#[test]
fn start_indexer() {
    use std::collections::BTreeMap;
    testkit::guarded(|| {
        let text = "the quick brown fox and the lazy dog and the end";
        let mut indexer = pprocess::start(|channel: &mut Channel<Vec<usize>, String>| {
            let mut index: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (at, word) in text.split(' ').enumerate() {
                index.entry(word).or_default().push(at);
            }
            while let Ok(word) = channel.receive() {
                let places = index.get(&*word).cloned().unwrap_or_default();
                channel.send(&places).unwrap();
            }
        })
        .unwrap();
        for (word, places) in [("the", vec![0, 5, 9]), ("and", vec![4, 8]), ("cat", vec![])] {
            indexer.send(&word.to_owned()).unwrap();
            assert_eq!(indexer.receive().unwrap(), places);
        }
        assert_eq!(
            indexer.receive_timeout(Duration::from_millis(1)).unwrap(),
            None
        );
        assert!(indexer.wait().unwrap().success());
    });
}
