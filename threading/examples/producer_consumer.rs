//! A producer and three consumers share a bounded queue; the program waits for all that was put, then ends the queue.
//!
//! ```text
//! the sum of the squares below 1000 is 332833500
//! the queue: 0 items, 0 unfinished, 3 workers had an end
//! ```

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use threading::Queue;

fn main() {
    let queue = Queue::new(16);
    let sum = AtomicU64::new(0);

    let ends = thread::scope(|scope| {
        let consumers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    // Ends when the queue is shut down and nothing is left in it.
                    for number in &queue {
                        sum.fetch_add(number * number, Ordering::Relaxed);
                        queue.task_done().expect("one report for each item");
                    }
                })
            })
            .collect();
        scope
            .spawn(|| {
                for number in 0..1000_u64 {
                    // Waits while sixteen are in the queue.
                    queue.put(number).expect("nobody has shut the queue down");
                }
            })
            .join()
            .expect("the producer does not panic");

        queue.join();
        let sum = sum.load(Ordering::Relaxed);
        println!("the sum of the squares below 1000 is {sum}");

        queue.shutdown();
        consumers
            .into_iter()
            .filter_map(|consumer| consumer.join().ok())
            .count()
    });
    let (items, unfinished) = (queue.qsize(), queue.unfinished_tasks());
    println!("the queue: {items} items, {unfinished} unfinished, {ends} workers had an end");
}
