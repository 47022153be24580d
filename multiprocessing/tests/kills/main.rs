//! Processes die in all ways, while they hold something, while they wait for it, and while they are being woken. Nobody hangs, the
//! next taker gets the news, and no item is lost that was put.
//!
//! The test that ends last prints how many deaths there were in each cell (`--nocapture` shows it). With
//! `MANYWAYS_TEST_ROUNDS=50` there are fifty times as many.

mod exclusive;
mod families;
mod lists;
mod meetings;
mod pools;
mod queues;
mod support;
mod table;
mod tasks;

use multiprocessing::{
    Array, BoundedSemaphore, JoinableQueue, Lock, Queue, RLock, Semaphore, SimpleQueue, Value,
};
use serde_bytes::ByteBuf;

/// A test of each object, with the cells of its row: holding, waiting, being woken.
macro_rules! matrix {
    ($($test:ident: $object:literal, $cells:expr;)*) => {
        const ROWS: usize = [$($object),*].len();

        $(#[test]
        fn $test() {
            table::row(ROWS, $object, $cells);
        })*
    };
}

macro_rules! exclusive {
    ($object:ty) => {
        [
            &[exclusive::holding::<$object>],
            &[exclusive::waiting::<$object>],
            &[exclusive::being_woken::<$object>],
        ]
    };
}

matrix! {
    lock: "Lock", exclusive!(Lock);
    rlock: "RLock", exclusive!(RLock);
    semaphore: "Semaphore", exclusive!(Semaphore);
    bounded_semaphore: "BoundedSemaphore", exclusive!(BoundedSemaphore);
    value: "Value", [
        &[exclusive::holding::<Value<u64>>, exclusive::news_are_left_to_who_locks],
        &[exclusive::waiting::<Value<u64>>],
        &[exclusive::being_woken::<Value<u64>>],
    ];
    array: "Array", exclusive!(Array<u8>);
    condition: "Condition", [
        &[meetings::a_condition_whose_lock_is_held],
        &[meetings::a_condition_is_waited_for],
        &[meetings::a_condition_is_woken_for],
    ];
    event: "Event", [
        &[meetings::an_event_is_set],
        &[meetings::an_event_is_waited_for],
        &[meetings::an_event_is_woken_for],
    ];
    barrier: "Barrier", [
        &[meetings::a_party_runs_the_action],
        &[meetings::a_party_waits],
        &[meetings::a_party_is_woken],
    ];
    queue: "Queue", [
        &[
            queues::in_the_midst_of_an_item::<Queue<ByteBuf>>,
            queues::putting,
            queues::putting_a_large_item,
            queues::a_large_item_whose_putter_dies_is_forgotten,
            queues::getting_a_large_item,
            queues::a_queue_outlives_all_its_users,
        ],
        &[
            queues::waiting_for_room,
            queues::waiting_for_an_item::<Queue<ByteBuf>>,
        ],
        &[
            queues::woken_by_room,
            queues::woken_by_an_item::<Queue<ByteBuf>>,
        ],
    ];
    simple_queue: "SimpleQueue", [
        &[queues::in_the_midst_of_an_item::<SimpleQueue<ByteBuf>>],
        &[queues::waiting_for_an_item::<SimpleQueue<ByteBuf>>],
        &[queues::woken_by_an_item::<SimpleQueue<ByteBuf>>],
    ];
    joinable_queue: "JoinableQueue", [
        &[
            queues::in_the_midst_of_an_item::<JoinableQueue<ByteBuf>>,
            tasks::holding_tasks,
            tasks::working,
        ],
        &[
            queues::waiting_for_an_item::<JoinableQueue<ByteBuf>>,
            tasks::joining,
        ],
        &[
            queues::woken_by_an_item::<JoinableQueue<ByteBuf>>,
            tasks::joined,
        ],
    ];
    // Nobody sleeps for a list, so nobody is woken.
    shareable_list: "ShareableList", [&[lists::writing], &[lists::reading], &[]];
    pool: "Pool", [
        &[pools::running_a_task],
        &[pools::waiting_for_a_task],
        &[pools::woken_by_a_task],
    ];
}
