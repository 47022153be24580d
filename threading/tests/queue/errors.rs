//! What refused calls say.

use std::error::Error;
use std::time::Duration;

use manyways_testkit::guarded;
use threading::{CancelToken, LifoQueue, PriorityQueue, Queue, SimpleQueue};

#[test]
fn a_put_says_why_not_and_gives_the_item_back() {
    guarded(|| {
        let token = CancelToken::new();
        let queue = Queue::new(1);
        queue.put(1).unwrap();

        let full = queue.try_put(2).unwrap_err();
        assert!(full.is_full() && !full.is_timed_out());
        assert_eq!(
            full.to_string(),
            "the item was not put: the queue is full; put waits for room"
        );
        let late = queue.put_timeout(3, Duration::ZERO).unwrap_err();
        assert!(late.is_timed_out() && !late.is_full());
        token.cancel();
        let cancelled = queue.put_timeout(4, &token).unwrap_err();
        assert!(cancelled.is_cancelled() && !cancelled.is_timed_out());
        queue.shutdown();
        let ended = queue.put(5).unwrap_err();
        assert!(ended.is_shutdown() && !ended.is_cancelled());
        assert_eq!(
            format!("{ended:?}"),
            "PutError(the item was not put: the queue was shut down)"
        );
        let items = [full, late, cancelled, ended].map(|error| error.into_item());
        assert_eq!(items, [2, 3, 4, 5]);
    });
}

#[test]
fn a_get_says_why_not() {
    guarded(|| {
        let token = CancelToken::new();
        let queue = LifoQueue::<u8>::new(1);
        let empty = queue.try_get().unwrap_err();
        assert!(empty.is_empty() && !empty.is_shutdown());
        let late = queue.get_timeout(Duration::ZERO).unwrap_err();
        assert!(late.is_timed_out() && !late.is_empty());
        token.cancel();
        let cancelled = queue.get_timeout(&token).unwrap_err();
        assert!(cancelled.is_cancelled() && !cancelled.is_timed_out());
        queue.shutdown();
        let ended = queue.get_timeout(Duration::MAX).unwrap_err();
        assert!(ended.is_shutdown() && !ended.is_cancelled());
        assert_eq!(queue.try_get(), Err(ended));
        let _: Box<dyn Error> = ended.into();
        assert_eq!(
            format!("{ended:?}"),
            "GetError(no item was got: the queue was shut down)"
        );
    });
}

/// A cancelled token makes a call fail that need not wait, and that changes nothing.
#[test]
fn a_cancelled_token_is_looked_at_first() {
    guarded(|| {
        let token = CancelToken::new();
        token.cancel();
        let (queue, simple) = (Queue::new(2), SimpleQueue::new());
        queue.put(1).unwrap();
        simple.put(1);
        assert!(queue.put_timeout(2, &token).unwrap_err().is_cancelled());
        assert!(queue.get_timeout(&token).unwrap_err().is_cancelled());
        assert!(simple.get_timeout(&token).unwrap_err().is_cancelled());
        queue.get().unwrap();
        queue.task_done().unwrap();
        assert!(queue.join_timeout(&token).unwrap_err().is_cancelled());
        assert!(queue.join_timeout(Duration::ZERO).is_ok());
        assert_eq!((queue.qsize(), simple.qsize()), (0, 1));
    });
}

#[test]
fn what_is_done_too_often_is_told_with_its_place() {
    guarded(|| {
        let (fifo, priority) = (Queue::new(0), PriorityQueue::<u8>::new(0));
        fifo.put(1).unwrap();
        fifo.task_done().unwrap();
        let line = line!() + 1;
        let misuse = fifo.task_done().unwrap_err();
        assert_eq!(
            misuse.to_string(),
            format!(
                "task_done more often than items were put, at {}:{line}:27; call it once for each item that was got",
                file!()
            )
        );
        let location = priority.task_done().unwrap_err().location();
        assert_eq!(location.file(), file!());
        fifo.put(2).unwrap();
        assert_eq!(fifo.unfinished_tasks(), 1);
        assert!(fifo.task_done().is_ok());
    });
}

/// What was thrown away is done; what was got before is not.
#[test]
fn tasks_after_an_immediate_shutdown() {
    guarded(|| {
        let queue = Queue::new(0);
        (0..5).for_each(|item| queue.put(item).unwrap());
        queue.get().unwrap();
        queue.get().unwrap();
        queue.task_done().unwrap();
        queue.shutdown_immediate();
        assert_eq!(queue.unfinished_tasks(), 1);
        assert!(
            queue
                .join_timeout(Duration::ZERO)
                .unwrap_err()
                .is_timed_out()
        );
        queue.task_done().unwrap();
        queue.join();
        assert!(queue.task_done().is_err());
    });
}
