//! One mistake each: what is reported, and whose it is.

use cuda::emu::exec::{Checks, Fault, FaultKind};

use crate::machine::Machine;

const FAULTS: &str = include_str!("kernels/faults.ptx");

fn fault(kernel: &str, threads: u32, params: impl FnOnce(&Machine) -> Vec<u64>) -> Fault {
    let machine = Machine::new(FAULTS);
    let params = params(&machine);
    let fault = machine.try_run(kernel, 1, threads, &params).unwrap_err();
    assert_eq!(fault.kernel, kernel);
    fault
}

fn words(count: usize) -> impl Fn(&Machine) -> Vec<u64> {
    move |machine| vec![machine.words(&vec![0; count])]
}

fn unwritten(count: u64) -> impl Fn(&Machine) -> Vec<u64> {
    move |machine| vec![machine.memory.alloc(count * 4).unwrap()]
}

#[test]
fn accesses_outside_of_allocations() {
    let found = fault("out_of_bounds", 32, words(100));
    assert_eq!(
        (found.kind, found.thread),
        (FaultKind::IllegalAddress, [3, 0, 0])
    );
    let (base, len) = found.allocation.unwrap();
    assert_eq!((found.address, len), (Some(base + 400), 400));
    assert_eq!(found.source.as_ref().map(|source| source.line), Some(4));
    let text = found.to_string();
    assert!(
        text.contains("a write of 4 bytes of global memory is out of bounds"),
        "{text}"
    );
    assert!(
        text.contains("by thread (3,0,0) in block (0,0,0)"),
        "{text}"
    );
    assert!(
        text.contains("0 bytes after the allocation of 400 bytes"),
        "{text}"
    );
    let found = fault("null", 32, |_| vec![0]);
    assert_eq!(
        (found.kind, found.thread),
        (FaultKind::IllegalAddress, [9, 0, 0])
    );
    let found = fault("shared_bounds", 1, |_| vec![8]);
    assert_eq!(found.kind, FaultKind::IllegalAddress);
    let found = fault("in_function", 1, words(1));
    assert_eq!(found.kind, FaultKind::IllegalAddress);
    assert!(found.function.is_some_and(|name| name.contains("helper")));
}

#[test]
fn misaligned_accesses() {
    let found = fault("misaligned", 32, words(4));
    assert_eq!(
        (found.kind, found.thread),
        (FaultKind::Misaligned, [5, 0, 0])
    );
}

#[test]
fn memory_that_was_freed() {
    let found = fault("out_of_bounds", 1, |machine| {
        let address = machine.memory.alloc(1000).unwrap();
        machine.memory.free(address).unwrap();
        vec![address]
    });
    assert_eq!(found.kind, FaultKind::UseAfterFree);
    let found = fault("double_free", 1, |_| vec![]);
    assert_eq!(found.kind, FaultKind::UseAfterFree);
}

#[test]
fn reads_of_what_nobody_has_written() {
    let found = fault("uninitialised", 32, |machine| {
        let half = machine.memory.alloc(128).unwrap();
        machine.memory.write(half, &[1; 64]).unwrap();
        vec![half, machine.memory.alloc(128).unwrap()]
    });
    assert_eq!(
        (found.kind, found.thread),
        (FaultKind::Uninitialised, [16, 0, 0])
    );
    let found = fault("uninitialised_shared", 64, words(64));
    assert_eq!(
        (found.kind, found.thread),
        (FaultKind::Uninitialised, [32, 0, 0])
    );
    let found = fault("uninitialised_local", 1, |machine| {
        vec![machine.words(&[0]), 3]
    });
    assert_eq!(found.kind, FaultKind::Uninitialised);
}

#[test]
fn checks_can_be_switched_off() {
    let mut machine = Machine::new(FAULTS);
    machine.checks = Checks::NONE;
    let [a, b] = [(); 2].map(|()| machine.memory.alloc(256).unwrap());
    machine.run("uninitialised", 1, 64, &[a, b]);
    machine.run("uninitialised_shared", 1, 64, &[a]);
    machine.run("uninitialised_local", 1, 1, &[a, 3]);
    machine.run("race", 1, 64, &[a]);
    machine.run("divergent", 1, 32, &[a]);
}

#[test]
fn races_on_shared_memory() {
    // Both warps write, then the first reads what the second has written.
    let found = fault("race", 64, words(64));
    assert_eq!(
        (found.kind, found.thread),
        (FaultKind::SharedRace, [0, 0, 0])
    );
    assert!(
        found.to_string().contains("thread (63,0,0) has written"),
        "{found}"
    );
    // With a warp that is not whole, one runs after the other: the second writes what the first has read.
    let mut machine = Machine::new(FAULTS);
    machine.checks.uninitialised_shared = false;
    let out = machine.words(&[0; 64]);
    let found = machine.try_run("race", 1, 63, &[out]).unwrap_err();
    assert_eq!(
        (found.kind, found.thread),
        (FaultKind::SharedRace, [32, 0, 0])
    );
    assert!(
        found.to_string().contains("thread (31,0,0) has read"),
        "{found}"
    );
    let found = fault("race_in_warp", 32, words(32));
    assert_eq!(
        (found.kind, found.thread),
        (FaultKind::SharedRace, [0, 0, 0])
    );
    assert!(
        found.to_string().contains("thread (1,0,0) has written"),
        "{found}"
    );
    let machine = Machine::new(FAULTS);
    let out = machine.words(&[0; 32]);
    machine.run("no_race", 1, 32, &[out]);
}

#[test]
fn barriers_that_not_all_reach() {
    let found = fault("divergent", 32, words(4));
    assert_eq!(found.kind, FaultKind::DivergentBarrier);
    let found = fault("waits_for_ever", 64, words(4));
    assert_eq!(found.kind, FaultKind::DivergentBarrier);
}

#[test]
fn lanes_that_a_mask_names_in_vain() {
    let found = fault("missing", 32, unwritten(32));
    assert_eq!(found.kind, FaultKind::MissingLane);
    let found = fault("unnamed", 32, words(32));
    assert_eq!(
        (found.kind, found.thread),
        (FaultKind::MissingLane, [16, 0, 0])
    );
}

#[test]
fn assertions_and_traps() {
    let found = fault("asserts", 32, |_| vec![20]);
    assert_eq!((found.kind, found.thread), (FaultKind::Assert, [20, 0, 0]));
    assert!(
        found.detail.contains("`threadIdx.x < n` failed"),
        "{}",
        found.detail
    );
    let found = fault("traps", 32, |_| vec![]);
    assert_eq!((found.kind, found.thread), (FaultKind::Trap, [3, 0, 0]));
}

#[test]
fn constants_are_not_written() {
    let machine = Machine::new(FAULTS);
    let out = machine.words(&[0; 2]);
    machine.run("reads_constant", 1, 2, &[out]);
    assert_eq!(machine.read_words(out, 2), [1, 2]);
    // Not by kernels; the host may.
    let constant = machine.image.symbol("constant_").unwrap();
    assert_eq!(constant.size, 8);
    let fault = machine
        .try_run("null", 1, 32, &[constant.address])
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.thread),
        (FaultKind::IllegalAddress, [9, 0, 0])
    );
    assert!(
        fault.detail.contains("goes to a constant"),
        "{}",
        fault.detail
    );
    machine
        .memory
        .write(constant.address, &7u32.to_le_bytes())
        .unwrap();
    machine.run("reads_constant", 1, 2, &[out]);
    assert_eq!(machine.read_words(out, 2), [7, 2]);
}

#[test]
fn launches_that_do_not_fit() {
    let machine = Machine::new(FAULTS);
    for (entry, grid, block) in [
        ("nobody", 1, 1),
        ("traps", 1, 1025),
        ("traps", 0, 1),
        ("traps", 1, 0),
    ] {
        let fault = machine.try_run(entry, grid, block, &[]).unwrap_err();
        assert_eq!(fault.kind, FaultKind::InvalidLaunch, "{fault}");
    }
}
