//! What can be broken on purpose. 0 is nothing.

macro_rules! faults {
    ($($number:literal $name:ident $what:literal)+) => {
        $(#[doc = $what] pub(crate) const $name: u8 = $number;)+

        pub(crate) const ALL: &[u8] = &[$($number),+];
    };
}

faults! {
    1 LOCK_TWICE "Who may not wait gets a lock that is held."
    2 LOCK_SPINS "Who waits does not sleep."
    3 LOCK_RELEASED_FREE "A free lock is released without a word."
    4 LOCK_HANDED_TO_THE_GONE "A release goes to one who gave up waiting."
    5 LIMIT_HALVED "A wait ends too early."
    6 GUARD_LEAKS "A guard does not release."
    10 RLOCK_ANYONE_RELEASES "Another may release it."
    11 RLOCK_FREE_AT_ONCE "One release undoes several acquisitions."
    12 RLOCK_RESTORED_ONCE "After a wait it is held once, however often it was before."
    20 CONDITION_UNCHECKED "Nobody asks who holds the lock."
    21 CONDITION_NOTIFIES_THE_GONE "A notification goes to one whose limit has passed."
    22 CONDITION_LIMIT_BEGINS_AGAIN "Each notification makes the limit begin again."
    23 CONDITION_WAKES_ONE_MORE "One more wakes than is notified."
    24 CONDITION_LIFO "Who came last wakes first."
    25 CONDITION_KEEPS_NOTIFICATIONS "A notification waits for a waiter."
    30 EVENT_FORGETS "Who runs late, after it was cleared, does not learn that it was set."
    31 EVENT_WAKES_ONE "One of those who wait learns that it was set."
    40 SEMAPHORE_RELEASES_ONE "Of several permits one is released."
    41 SEMAPHORE_OVER_RELEASES "The bound is not kept."
    42 SEMAPHORE_FILLS_UP "A release that is refused releases what fits."
    43 SEMAPHORE_HANDED_TO_THE_GONE "A permit goes to one who gave up waiting."
    50 BARRIER_INDEX_TWICE "Two parties get the same index."
    51 BARRIER_EARLY_ACTION "The action runs when the first comes, too."
    52 BARRIER_WHOLE_AFTER_ABORT "Who comes after an abort waits."
    53 BARRIER_BROKEN_AFTER_RESET "A reset does not mend it."
    54 BARRIER_LEFT_ALONE "When the limit of one passes, the others go on waiting."
    60 QUEUE_TOO_LARGE "It takes one item too many."
    61 QUEUE_OTHER_ORDER "Items leave in an order that is not the queue's."
    62 QUEUE_LEAVES_PUTTERS "Who waits for a place does not learn of the end."
    63 QUEUE_HANDED_TO_THE_GONE "An item goes to one who gave up waiting."
    64 QUEUE_JOINED_WHEN_EMPTY "A join does not wait for what was taken."
    65 QUEUE_END_LOSES "The end of a queue that should drain throws its items away."
    66 QUEUE_END_NOT_COUNTED "What is thrown away is not counted as done."
    70 THREAD_STARTS_AGAIN "A thread may be started twice."
    71 THREAD_LISTED_FOR_EVER "A thread that has ended is listed."
    72 THREAD_HOOK_SKIPPED "The hook is not called."
    73 THREAD_JOINS_ITSELF "A thread that joins itself is not refused, and goes on."
    74 THREAD_DAEMON_NOT_INHERITED "A daemon's thread is none."
}
