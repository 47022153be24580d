//! The shared memory's protocols under loom, which tries every interleaving and every reordering that the memory model
//! allows. Threads stand in for processes.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p multiprocessing --lib model`

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::board::{Board, Hunger};
use super::stream::{Reader, Writer};

/// A counted signal: the doorbell's or the link's stand-in.
#[derive(Default)]
struct Bell {
    rings: Mutex<usize>,
    rung: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rings.lock().unwrap() += 1;
        self.rung.notify_one();
    }

    /// Waits for a ring; gives how many had come.
    fn wait(&self) -> usize {
        let mut rings = self.rings.lock().unwrap();
        while *rings == 0 {
            rings = self.rung.wait(rings).unwrap();
        }
        std::mem::take(&mut *rings)
    }
}

/// What the two sides share: the board, the supervisor's doorbell, and the worker's link.
struct Shared {
    board: Board,
    doorbell: Bell,
    link: Bell,
}

impl Shared {
    fn new() -> Arc<Shared> {
        Arc::new(Shared {
            board: Board::new(1).unwrap(),
            doorbell: Bell::default(),
            link: Bell::default(),
        })
    }

    /// The worker's sleep, as `Bell::sleep_unless` in `worker/bell.rs` has it.
    fn sleep_unless(&self, mut is_so: impl FnMut() -> bool) {
        let desk = self.board.desk(0);
        desk.set_sleeping();
        if is_so() && desk.stays_awake() {
            return;
        }
        assert_eq!(self.link.wait(), 1, "a sleep is ended once");
    }

    /// The supervisor's sleep, as `wait_as` in `supervisor/sleep.rs` has it.
    fn sleep_hungry(&self, has_news: impl FnOnce() -> bool) {
        self.board.set_hunger(Hunger::Hungry);
        if !has_news() {
            self.doorbell.wait();
        }
        self.board.set_hunger(Hunger::Fed);
    }
}

/// Every run with at most three preemptions: the full space of two bells takes hours.
fn bounded(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

/// A worker that has written something and rings the hungry; a supervisor that sleeps until it is there.
#[test]
fn what_is_written_wakes_the_supervisor() {
    bounded(|| {
        let shared = Shared::new();
        let worker = {
            let shared = shared.clone();
            thread::spawn(move || {
                let mut writer = Writer::default();
                for number in 1..=2 {
                    writer.write_word(shared.board.desk(0).results(), number, 1);
                    if shared.board.take_hunger(Hunger::Hungry) {
                        shared.doorbell.ring();
                    }
                }
            })
        };
        let (words, mut reader, mut taken) = (
            shared.board.desk(0).results(),
            Reader::default(),
            Vec::new(),
        );
        while taken.len() < 2 {
            if reader.take(words, usize::MAX, &mut taken).unwrap() == 0 {
                shared.sleep_hungry(|| reader.has_news(words));
            }
        }
        assert_eq!(taken, [1, 2]);
        worker.join().unwrap();
    });
}

/// A worker that sleeps for want of tasks is woken once for those that come.
#[test]
fn tasks_wake_the_worker() {
    bounded(|| {
        let shared = Shared::new();
        let worker = {
            let shared = shared.clone();
            thread::spawn(move || {
                let words = shared.board.desk(0).tasks();
                let (mut reader, mut taken) = (Reader::default(), Vec::new());
                while taken.len() < 2 {
                    while !reader.has_news(words) {
                        shared.sleep_unless(|| reader.has_news(words));
                    }
                    reader.take(words, usize::MAX, &mut taken).unwrap();
                }
                assert_eq!(taken, [1, 2]);
            })
        };
        let desk = shared.board.desk(0);
        let mut writer = Writer::default();
        for number in 1..=2 {
            writer.write_word(desk.tasks(), number, 1);
            if desk.take_sleep() {
                shared.link.ring();
            }
        }
        worker.join().unwrap();
    });
}

/// More results than there is room for: the worker rings and sleeps, the supervisor takes them and wakes it.
#[test]
fn a_full_stream_of_results() {
    bounded(|| {
        let shared = Shared::new();
        let worker = {
            let shared = shared.clone();
            thread::spawn(move || {
                let words = shared.board.desk(0).results();
                let (mut writer, bytes) = (Writer::default(), [7; 40]);
                let mut written = 0;
                while written < bytes.len() {
                    written += writer.write(words, &bytes[written..]);
                    if written < bytes.len() {
                        shared.doorbell.ring();
                        shared.sleep_unless(|| writer.room(words, 8) >= 8);
                    }
                }
                if shared.board.take_hunger(Hunger::Hungry) {
                    shared.doorbell.ring();
                }
            })
        };
        let desk = shared.board.desk(0);
        let (mut reader, mut taken) = (Reader::default(), Vec::new());
        while taken.len() < 40 {
            if reader.take(desk.results(), usize::MAX, &mut taken).unwrap() == 0 {
                shared.sleep_hungry(|| reader.has_news(desk.results()));
            } else if desk.take_sleep() {
                shared.link.ring();
            }
        }
        assert_eq!(taken, [7; 40]);
        worker.join().unwrap();
    });
}

/// More tasks than there is room for: the supervisor asks for room and sleeps, the worker makes it and rings.
#[test]
fn a_full_stream_of_tasks() {
    bounded(|| {
        let shared = Shared::new();
        let worker = {
            let shared = shared.clone();
            thread::spawn(move || {
                let desk = shared.board.desk(0);
                let (mut reader, mut taken) = (Reader::default(), Vec::new());
                while taken.len() < 40 {
                    while !reader.has_news(desk.tasks()) {
                        shared.sleep_unless(|| reader.has_news(desk.tasks()));
                    }
                    reader.take(desk.tasks(), usize::MAX, &mut taken).unwrap();
                    if desk.take_want_of_room() {
                        shared.doorbell.ring();
                    }
                }
                assert_eq!(taken, [7; 40]);
            })
        };
        let desk = shared.board.desk(0);
        let (mut writer, bytes) = (Writer::default(), [7; 40]);
        let mut written = writer.write(desk.tasks(), &bytes);
        while written < bytes.len() {
            desk.want_room();
            let more = writer.write(desk.tasks(), &bytes[written..]);
            written += more;
            if desk.take_sleep() {
                shared.link.ring();
            }
            if more == 0 {
                shared.doorbell.wait();
            }
        }
        if desk.take_sleep() {
            shared.link.ring();
        }
        worker.join().unwrap();
    });
}

/// Each chunk is run by the worker or taken back, never both, and none is lost.
#[test]
fn chunks_are_claimed_or_taken_back() {
    loom::model(|| {
        let shared = Shared::new();
        let worker = {
            let shared = shared.clone();
            thread::spawn(move || {
                let desk = shared.board.desk(0);
                [0, 1, 2].map(|number| desk.claim(number))
            })
        };
        let from = shared.board.desk(0).take_back(3);
        let run = worker.join().unwrap();
        assert_eq!(run, [0, 1, 2].map(|number| number < from));
    });
}

/// An item whose time is over has ended or is doomed, never both; and if it has ended, its result can be seen.
#[test]
fn an_item_ends_or_is_doomed() {
    loom::model(|| {
        let shared = Shared::new();
        let worker = {
            let shared = shared.clone();
            thread::spawn(move || {
                let desk = shared.board.desk(0);
                desk.begin_at(1, 77);
                Writer::default().write_word(desk.results(), 5, 1);
                desk.end(1)
            })
        };
        let desk = shared.board.desk(0);
        let since = desk.running_since(1);
        assert!(since.is_none_or(|since| since == 77));
        let is_doomed = since.is_some() && desk.doom(1);
        if since.is_some() && !is_doomed {
            assert!(Reader::default().has_news(desk.results()));
        }
        assert_eq!(worker.join().unwrap(), !is_doomed);
    });
}

/// All that a worker had done before it died is there when its death is known; the item that it was in is one more.
#[test]
fn a_death_between_any_two_steps() {
    loom::model(|| {
        let shared = Shared::new();
        let steps = Arc::new(Mutex::new(0));
        let worker = {
            let (shared, steps) = (shared.clone(), steps.clone());
            thread::spawn(move || {
                // The thread stops at one step or another, as far as the other lets it come.
                let desk = shared.board.desk(0);
                let mut writer = Writer::default();
                for number in 1..=2 {
                    if *steps.lock().unwrap() > 0 {
                        return;
                    }
                    desk.begin(number);
                    if *steps.lock().unwrap() > 0 {
                        return;
                    }
                    writer.write_word(desk.results(), number, 1);
                }
            })
        };
        *steps.lock().unwrap() = 1;
        worker.join().unwrap(); // As the kernel orders a process's last store before the news of its end.
        let desk = shared.board.desk(0);
        let mut told = Vec::new();
        Reader::default()
            .take(desk.results(), usize::MAX, &mut told)
            .unwrap();
        let running = desk.begun() - told.len() as u64;
        assert!(running <= 1, "{} begun, {told:?} told", desk.begun());
    });
}
