//! Memory that is kept shows, memory that is given back does not.
//!
//! One test has the process for itself, as every thread's memory counts.

use std::hint::black_box;

use manyways_testkit::{guarded, resident_bytes};

#[test]
fn resident_bytes_follow_what_is_held() {
    const BLOCK: usize = 32 << 20;
    const ROUNDS: usize = 1000;
    guarded(|| {
        let before = resident_bytes();
        let block = black_box(vec![1_u8; BLOCK]);
        assert!(resident_bytes() >= before + BLOCK as u64);
        drop(block);

        let round = || drop(black_box(vec![1_u8; BLOCK / ROUNDS]));
        round();
        let before = resident_bytes();
        (0..ROUNDS).for_each(|_| round());
        assert!(resident_bytes() < before + BLOCK as u64 / 16);
    });
}
