//! `TestSimpleQueue`.

use manyways_testkit::guarded;
use multiprocessing::{Event, SimpleQueue, task};

use crate::support::{LONG, started, with_each_method};

#[task]
fn tell_true(queue: SimpleQueue<bool>, may_start: Event, can_continue: Event) {
    assert!(may_start.wait_timeout(LONG));
    queue.put(&true).unwrap();
    queue.put(&false).unwrap();
    can_continue.set();
}

/// `TestSimpleQueue.test_empty`
#[test]
pub(crate) fn empty() {
    with_each_method(|context| {
        let queue = SimpleQueue::new().unwrap();
        let (may_start, can_continue) = (Event::new().unwrap(), Event::new().unwrap());
        let arguments = (queue.clone(), may_start.clone(), can_continue.clone());
        let putter = started(context.process(tell_true, arguments));
        assert!(queue.is_empty());
        may_start.set();
        assert!(can_continue.wait_timeout(LONG));
        assert!(!queue.is_empty());
        assert!(queue.get().unwrap());
        assert!(!queue.get().unwrap());
        assert!(queue.is_empty());
        putter.join().unwrap();
    });
}

/// `TestSimpleQueue.test_close`, `test_closed`, `test_empty_exceptions`
#[test]
pub(crate) fn closed() {
    guarded(|| {
        let queue = SimpleQueue::<u32>::new().unwrap();
        assert!(!queue.is_closed());
        queue.close();
        queue.close();
        assert!(queue.is_closed() && queue.is_empty());
        assert!(queue.put(&1).unwrap_err().is_closed());
        assert!(queue.get().unwrap_err().is_closed());
    });
}
