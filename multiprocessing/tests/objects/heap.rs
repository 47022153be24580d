//! `_TestHeap`: many values of many sizes that come and go.

use manyways_testkit::guarded;
use multiprocessing::RawArray;

/// `test_heap`: none overlaps another, and each is zeroed.
#[test]
pub(crate) fn values_come_and_go() {
    guarded(|| {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        let mut arrays: Vec<(u8, RawArray<u8>)> = Vec::new();
        for round in 0..2000_u32 {
            let array = RawArray::zeroed(next(3000) as usize).unwrap();
            let number = (round % 255 + 1) as u8;
            assert!(array.to_vec().iter().all(|byte| *byte == 0));
            (0..array.len()).for_each(|index| array.set(index, number));
            arrays.push((number, array));
            if arrays.len() > 50 {
                let index = next(arrays.len() as u64) as usize;
                let (number, array) = arrays.swap_remove(index);
                assert!(array.to_vec().iter().all(|byte| *byte == number));
            }
        }
    });
}
