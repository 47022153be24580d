//! Warps side by side: what is done for all of them at once, beside what it means for each thread.

use cuda::emu::exec::{Fault, FaultKind};
use proptest::prelude::*;

use crate::machine::Machine;
use crate::rows::{HEAD, INDEXED, LANES, LEN, indices, words};

const WARPS: usize = 3;
const THREADS: usize = WARPS * LANES;

/// Indices of a block. Mostly those of each warp follow each other.
fn block_indices() -> impl Strategy<Value = Vec<i32>> {
    let row = (0..LEN as i32 - 31).prop_map(|first| (first..first + 32).collect());
    let warp = prop_oneof![6 => row, 1 => indices()];
    prop::collection::vec(warp, WARPS).prop_map(|warps: Vec<Vec<i32>>| warps.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn loads_and_stores_by_index(indices in block_indices()) {
        let machine = Machine::new(&format!("{HEAD}{INDEXED}"));
        let values: Vec<u32> = (0..THREADS as u32).map(|value| value * 7 + 1).collect();
        let (x, index) = (machine.words(&values), machine.words(&words(&indices)));
        let out = machine.words(&[0; THREADS]);
        machine.run("gather", 1, THREADS as u32, &[x, index, out]);
        let read = |index: &i32| values.get(*index as usize).copied().unwrap_or(0);
        let wanted: Vec<u32> = indices.iter().map(read).collect();
        prop_assert_eq!(machine.read_words(out, THREADS), wanted);

        let out = machine.words(&[0; LEN]);
        machine.run("scatter", 1, THREADS as u32, &[x, index, out]);
        let mut wanted = vec![0; LEN];
        for (thread, index) in indices.iter().enumerate().filter(|(_, index)| **index >= 0) {
            wanted[*index as usize] = values[thread];
        }
        prop_assert_eq!(machine.read_words(out, LEN), wanted);
    }
}

/// Each thread takes every 96th element, until there is none left, and does `op` with what it has and the element.
fn folding_kernel(op: &str) -> String {
    format!(
        "{HEAD}
.visible .entry fold(.param .u64 px, .param .u64 py, .param .u64 pn) {{
    .reg .pred %p<3>; .reg .f32 %f<3>; .reg .b32 %r<6>; .reg .b64 %rd<8>;
    ld.param.u64 %rd1, [px]; ld.param.u64 %rd2, [py]; ld.param.u32 %r1, [pn];
    mov.u32 %r2, %tid.x;
    mov.u32 %r3, %ntid.x;
    mov.u32 %r4, %r2;
    mov.f32 %f1, 0f3F800000;
    setp.ge.s32 %p1, %r4, %r1;
    @%p1 bra DONE;
LOOP:
    mul.wide.s32 %rd3, %r4, 4;
    add.s64 %rd4, %rd1, %rd3;
    ld.global.f32 %f2, [%rd4];
    {op}
    add.s32 %r4, %r4, %r3;
    setp.lt.s32 %p2, %r4, %r1;
    @%p2 bra LOOP;
DONE:
    mul.wide.u32 %rd5, %r2, 4;
    add.s64 %rd6, %rd2, %rd5;
    st.global.f32 [%rd6], %f1;
    ret;
}}"
    )
}

/// What a thread does with its value and an element, in PTX and here.
type Fold = (&'static str, fn(f32, f32) -> f32);

const FOLDS: [Fold; 7] = [
    ("add.rn.f32 %f1, %f1, %f2;", |value, x| value + x),
    ("add.rn.f32 %f1, %f2, %f1;", |value, x| x + value),
    ("sub.rn.f32 %f1, %f1, %f2;", |value, x| value - x),
    ("sub.rn.f32 %f1, %f2, %f1;", |value, x| x - value),
    ("mul.rn.f32 %f1, %f1, %f2;", |value, x| value * x),
    ("mul.rn.f32 %f1, %f2, %f2;", |_, x| x * x),
    (
        "sub.rn.f32 %f2, %f2, %f1; add.rn.f32 %f1, %f1, %f2;",
        |value, x| value + (x - value),
    ),
];

/// The bits of a float, of which all that are no number are the same on the device.
fn bits(float: f32) -> u32 {
    if float.is_nan() {
        0x7fff_ffff
    } else {
        float.to_bits()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn floats_are_loaded_and_used(
        fold in 0..FOLDS.len(),
        values in prop::collection::vec(prop_oneof![4 => -9f32..9.0, 1 => any::<f32>()], 0..500),
    ) {
        let (op, f) = FOLDS[fold];
        let machine = Machine::new(&folding_kernel(op));
        // Behind the last there is one element more, so that there is an allocation for none.
        let x = machine.floats(&[&values[..], &[0.0]].concat());
        let out = machine.words(&[0; THREADS]);
        machine.run("fold", 1, THREADS as u32, &[x, out, values.len() as u64]);
        let own = |thread: usize| values.iter().skip(thread).step_by(THREADS);
        let wanted = |thread| bits(own(thread).fold(1.0, |value, x| f(value, *x)));
        let wanted: Vec<u32> = (0..THREADS).map(wanted).collect();
        prop_assert_eq!(machine.read_words(out, THREADS), wanted);
    }
}

/// What the fold finds wrong with an array that it takes for so long.
fn fault(len: usize, prepare: impl FnOnce(&Machine) -> u64) -> Fault {
    let machine = Machine::new(&folding_kernel(FOLDS[0].0));
    let x = prepare(&machine);
    let out = machine.words(&[0; THREADS]);
    machine
        .try_run("fold", 1, THREADS as u32, &[x, out, len as u64])
        .unwrap_err()
}

#[test]
fn checks_hold_for_all_warps() {
    // The second time around, a lane of the second warp is the first that passes the end.
    let found = fault(2 * THREADS, |machine| machine.words(&[0; THREADS + 40]));
    assert_eq!(found.kind, FaultKind::IllegalAddress, "{found}");
    assert_eq!(found.thread, [40, 0, 0]);

    let found = fault(THREADS, |machine| machine.words(&[0; THREADS + 1]) + 2);
    assert_eq!(found.kind, FaultKind::Misaligned, "{found}");
    assert_eq!(found.thread, [0, 0, 0]);

    let found = fault(THREADS, |machine| {
        let array = machine.words(&[0; THREADS]);
        machine.memory.free(array).unwrap();
        array
    });
    assert_eq!(found.kind, FaultKind::UseAfterFree, "{found}");

    let found = fault(2 * THREADS, |machine| {
        let array = machine.memory.alloc(2 * THREADS as u64 * 4).unwrap();
        let written = 2 * THREADS as u64 - 1;
        machine.memory.fill(array, &[0; 4], written).unwrap();
        array
    });
    assert_eq!(found.kind, FaultKind::Uninitialised, "{found}");
    assert_eq!(found.thread, [THREADS as u32 - 1, 0, 0]);
}

#[test]
fn warps_before_the_one_that_is_wrong_have_stored() {
    let machine = Machine::new(&format!("{HEAD}{INDEXED}"));
    let indices: Vec<u32> = (0..THREADS as u32).collect();
    let (x, out) = (machine.words(&indices), machine.words(&[9; 50]));
    let found = machine.try_run("scatter", 1, THREADS as u32, &[x, x, out]);
    let found = found.unwrap_err();
    assert_eq!(found.kind, FaultKind::IllegalAddress, "{found}");
    assert_eq!(found.thread, [50, 0, 0]);
    assert_eq!(machine.read_words(out, 32), &indices[..32]);
}

/// Threads that are told so jump over what the others read from a second array.
const JUMP: &str = "
.visible .entry jump(.param .u64 px, .param .u64 py, .param .u64 pout) {
    .reg .pred %p<2>; .reg .b32 %r<6>; .reg .b64 %rd<8>;
    ld.param.u64 %rd1, [px]; ld.param.u64 %rd2, [py]; ld.param.u64 %rd3, [pout];
    mov.u32 %r1, %tid.x;
    mul.wide.u32 %rd4, %r1, 4;
    add.s64 %rd5, %rd1, %rd4;
    ld.global.u32 %r2, [%rd5];
    setp.ne.s32 %p1, %r2, 0;
    mov.u32 %r3, 1;
    @%p1 bra BEHIND;
    add.s64 %rd6, %rd2, %rd4;
    ld.global.u32 %r4, [%rd6];
    add.s32 %r3, %r3, %r4;
    mul.lo.s32 %r3, %r3, 3;
BEHIND:
    bar.sync 0;
    add.s32 %r3, %r3, 7;
    add.s64 %rd7, %rd3, %rd4;
    st.global.u32 [%rd7], %r3;
    ret;
}";

/// Who jumps, a word for each thread of some warps. Of many warps all do, or nobody.
fn jumpers() -> impl Strategy<Value = Vec<u32>> {
    let all_or_none = prop_oneof![Just(0u32), Just(1)].prop_map(|all| vec![all; LANES]);
    let some = prop::collection::vec(0..2u32, LANES);
    prop::collection::vec(prop_oneof![3 => all_or_none, 1 => some], 2..12)
        .prop_map(|warps| warps.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_lanes_jump(jumps in jumpers()) {
        let machine = Machine::new(&format!("{HEAD}{JUMP}"));
        let threads = jumps.len() as u32;
        let values: Vec<u32> = (0..threads).map(|thread| thread * 5).collect();
        let (x, y) = (machine.words(&jumps), machine.words(&values));
        let (nobody, out) = (machine.words(&vec![0; jumps.len()]), machine.words(&vec![0; jumps.len()]));
        let most = machine.run("jump", 2, threads, &[nobody, y, out]).instructions;
        let done = machine.run("jump", 2, threads, &[x, y, out]).instructions;
        let wanted = values.iter().zip(&jumps).map(|(value, jumps)| match jumps {
            0 => (1 + value) * 3 + 7,
            _ => 1 + 7,
        });
        prop_assert_eq!(machine.read_words(out, jumps.len()), wanted.collect::<Vec<_>>());
        // A warp of which all jump does four less, in each of the two blocks.
        let all_jump = jumps.chunks(LANES).filter(|warp| !warp.contains(&0)).count();
        prop_assert_eq!(most - done, 2 * 4 * all_jump as u64);
    }
}

#[test]
fn what_goes_wrong_where_some_jump_is_told_of_its_thread() {
    let machine = Machine::new(&format!("{HEAD}{JUMP}"));
    let run = |jumps: &[u32], len: usize| {
        let (x, y) = (machine.words(jumps), machine.words(&vec![0; len]));
        let out = machine.words(&vec![0; jumps.len()]);
        machine
            .try_run("jump", 1, jumps.len() as u32, &[x, y, out])
            .err()
    };
    // In a warp of which some jump, and in one of which nobody does, behind one of which all do.
    let mut jumps = vec![1; 4 * LANES];
    jumps[44..50].fill(0);
    jumps[3 * LANES..].fill(0);
    for (len, thread) in [(46, 46), (100, 100)] {
        let found = run(&jumps, len).expect("an array that is too short");
        assert_eq!(found.kind, FaultKind::IllegalAddress, "{found}");
        assert_eq!(found.thread, [thread, 0, 0], "{found}");
    }
    // Nobody reads what only those would that jump.
    jumps[3 * LANES..].fill(1);
    assert!(run(&jumps, 50).is_none());
}
