//! Memory as the host sees it.

use std::sync::Arc;

use super::{GlobalMemory, MemoryError};

#[test]
fn bytes_come_back_at_every_alignment() {
    let memory = GlobalMemory::new(1 << 20);
    let base = memory.alloc(1000).unwrap();
    for start in 0..20 {
        for len in 0..40 {
            let bytes: Vec<u8> = (0..len).map(|index| (start * 7 + index) as u8).collect();
            memory.write(base + start, &bytes).unwrap();
            let mut back = vec![0; bytes.len()];
            memory.read(base + start, &mut back).unwrap();
            assert_eq!(back, bytes);
        }
    }
    memory.free(base).unwrap();
    assert_eq!((memory.live(), memory.used()), (0, 0));
}

#[test]
fn what_is_not_an_allocation_is_said() {
    let memory = GlobalMemory::new(1 << 20);
    let base = memory.alloc(100).unwrap();
    let near = Some((base, 100));
    let over = memory.write(base + 90, &[0; 11]);
    assert_eq!(
        over,
        Err(MemoryError::IllegalAddress {
            address: base + 90,
            len: 11,
            allocation: near
        })
    );
    assert!(matches!(
        memory.read(base + 100, &mut [0]),
        Err(MemoryError::IllegalAddress { allocation, .. }) if allocation == near
    ));
    assert_eq!(
        memory.free(base + 4),
        Err(MemoryError::NotAnAllocation { address: base + 4 })
    );
    memory.free(base).unwrap();
    let allocation = (base, 100);
    assert_eq!(
        memory.read(base + 50, &mut [0]),
        Err(MemoryError::UseAfterFree {
            address: base + 50,
            allocation
        })
    );
    assert_eq!(
        memory.free(base),
        Err(MemoryError::UseAfterFree {
            address: base,
            allocation
        })
    );
}

#[test]
fn the_limit_holds() {
    let memory = GlobalMemory::new(1000);
    let base = memory.alloc(600).unwrap();
    assert_eq!(
        memory.alloc(401),
        Err(MemoryError::OutOfMemory {
            asked: 401,
            left: 400
        })
    );
    memory.free(base).unwrap();
    assert_eq!(memory.alloc(0), Err(MemoryError::InvalidSize));
    memory.alloc(1000).unwrap();
}

#[test]
fn fills_repeat_their_pattern() {
    let memory = GlobalMemory::new(1 << 20);
    let base = memory.alloc(300_000).unwrap();
    memory.fill(base + 3, &[1, 2, 3], 80_000).unwrap();
    let mut back = vec![0; 240_000];
    memory.read(base + 3, &mut back).unwrap();
    assert!(back.chunks(3).all(|piece| piece == [1, 2, 3]));
    assert!(memory.is_initialised(base + 3, 240_000).unwrap());
    assert!(!memory.is_initialised(base + 2, 2).unwrap());
    assert!(!memory.is_initialised(base + 240_003, 1).unwrap());
}

#[test]
fn copies_may_overlap_and_take_holes_along() {
    let memory = GlobalMemory::new(1 << 20);
    let base = memory.alloc(100_000).unwrap();
    let bytes: Vec<u8> = (0..50_000u32).map(|index| (index % 251) as u8).collect();
    for (from, to) in [(1000, 1005), (1005, 1000), (0, 40_000)] {
        memory.write(base + from, &bytes).unwrap();
        memory.copy(base + to, base + from, 50_000).unwrap();
        let mut back = vec![0; 50_000];
        memory.read(base + to, &mut back).unwrap();
        assert!(back == bytes);
    }
    let unwritten = memory.alloc(8).unwrap();
    memory.copy(base, unwritten, 8).unwrap();
    assert!(!memory.is_initialised(base, 8).unwrap());
}

#[test]
fn peers_reach_each_other_only_while_enabled() {
    let near = GlobalMemory::new(1000);
    let far = Arc::new(GlobalMemory::new(1000));
    let there = far.alloc(4).unwrap();
    assert!(near.write(there, &[1]).is_err());
    near.enable_peer(&far);
    near.write(there, &[1, 2, 3, 4]).unwrap();
    let here = near.alloc(4).unwrap();
    near.copy(here, there, 4).unwrap();
    let mut back = [0; 4];
    near.read(here, &mut back).unwrap();
    assert_eq!(back, [1, 2, 3, 4]);
    near.disable_peer(&far);
    assert!(near.read(there, &mut back).is_err());
}

#[test]
fn host_memory_is_reached_at_its_address() {
    let memory = GlobalMemory::new(0);
    let address = memory.alloc_host(64).unwrap();
    assert!(memory.is_initialised(address, 64).unwrap());
    memory.write(address + 1, &[5]).unwrap();
    assert_eq!((memory.live(), memory.used()), (1, 0));
    memory.free(address).unwrap();
    assert_eq!(memory.live(), 0);
}
