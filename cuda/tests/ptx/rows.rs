//! What is done for all lanes at once, beside what it means for each: random indices, masks and programs.

use cuda::emu::exec::{Fault, FaultKind};
use proptest::prelude::*;

use crate::machine::Machine;

pub(crate) const HEAD: &str = ".version 8.0\n.target sm_80\n.address_size 64\n";
pub(crate) const LANES: usize = 32;
/// Elements of the arrays that are indexed.
pub(crate) const LEN: usize = 64;

pub(crate) const INDEXED: &str = "
.visible .entry gather(.param .u64 px, .param .u64 pi, .param .u64 po) {
    .reg .pred %p<2>; .reg .b32 %r<5>; .reg .b64 %rd<9>;
    ld.param.u64 %rd1, [px]; ld.param.u64 %rd2, [pi]; ld.param.u64 %rd3, [po];
    mov.u32 %r1, %tid.x;
    mul.wide.u32 %rd4, %r1, 4;
    add.s64 %rd5, %rd2, %rd4;
    ld.global.u32 %r2, [%rd5];
    add.s64 %rd6, %rd3, %rd4;
    setp.lt.s32 %p1, %r2, 0;
    @%p1 bra DONE;
    mul.wide.s32 %rd7, %r2, 4;
    add.s64 %rd8, %rd1, %rd7;
    ld.global.u32 %r3, [%rd8];
    st.global.u32 [%rd6], %r3;
DONE:
    ret;
}
.visible .entry scatter(.param .u64 px, .param .u64 pi, .param .u64 po) {
    .reg .pred %p<2>; .reg .b32 %r<5>; .reg .b64 %rd<9>;
    ld.param.u64 %rd1, [px]; ld.param.u64 %rd2, [pi]; ld.param.u64 %rd3, [po];
    mov.u32 %r1, %tid.x;
    mul.wide.u32 %rd4, %r1, 4;
    add.s64 %rd5, %rd2, %rd4;
    ld.global.u32 %r2, [%rd5];
    add.s64 %rd6, %rd1, %rd4;
    ld.global.u32 %r3, [%rd6];
    setp.lt.s32 %p1, %r2, 0;
    @%p1 bra DONE;
    mul.wide.s32 %rd7, %r2, 4;
    add.s64 %rd8, %rd3, %rd7;
    st.global.u32 [%rd8], %r3;
DONE:
    ret;
}";

/// Indices of a warp: -1 for lanes that do nothing.
pub(crate) fn indices() -> impl Strategy<Value = Vec<i32>> {
    let mask = prop_oneof![
        Just(!0u32),
        any::<u32>(),
        (0..32u32).prop_map(|lanes| !(!0 << lanes)),
    ];
    let row = (0..LEN as i32 - 31).prop_map(|first| (0..32).map(|lane| first + lane).collect());
    let halves = (0..16i32, 16..32i32).prop_map(|(low, high)| {
        let index = |lane: i32| if lane < 16 { low + lane } else { high + lane };
        (0..32).map(index).collect()
    });
    let any = prop::collection::vec(0..LEN as i32, LANES);
    let indices = prop_oneof![row, halves, any];
    (indices, mask).prop_map(|(indices, mask): (Vec<i32>, u32)| {
        let masked = |(lane, index): (usize, i32)| if mask >> lane & 1 == 1 { index } else { -1 };
        indices.into_iter().enumerate().map(masked).collect()
    })
}

pub(crate) fn words(values: &[i32]) -> Vec<u32> {
    values.iter().map(|value| *value as u32).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn loads_and_stores_by_index(indices in indices()) {
        let machine = Machine::new(&format!("{HEAD}{INDEXED}"));
        let values: Vec<u32> = (0..LEN as u32).map(|value| value * 7 + 1).collect();
        let (x, index) = (machine.words(&values), machine.words(&words(&indices)));
        let out = machine.words(&[0; LEN]);
        machine.run("gather", 1, LANES as u32, &[x, index, out]);
        let read = |index: &i32| values.get(*index as usize).copied().unwrap_or(0);
        let wanted: Vec<u32> = indices.iter().map(read).collect();
        prop_assert_eq!(machine.read_words(out, LANES), wanted);

        let out = machine.words(&[0; LEN]);
        machine.run("scatter", 1, LANES as u32, &[x, index, out]);
        let mut wanted = vec![0; LEN];
        for (lane, index) in indices.iter().enumerate().filter(|(_, index)| **index >= 0) {
            wanted[*index as usize] = values[lane];
        }
        prop_assert_eq!(machine.read_words(out, LEN), wanted);
    }
}

/// What one kernel of `INDEXED` does wrong with indices, an array of so many words and an offset in bytes.
fn fault(kernel: &str, indices: &[i32], prepare: impl FnOnce(&Machine) -> u64) -> Fault {
    let machine = Machine::new(&format!("{HEAD}{INDEXED}"));
    let index = machine.words(&words(indices));
    let array = prepare(&machine);
    let other = machine.words(&[0; LEN]);
    let params = match kernel {
        "gather" => [array, index, other],
        _ => [other, index, array],
    };
    machine
        .try_run(kernel, 1, LANES as u32, &params)
        .unwrap_err()
}

#[test]
fn checks_hold_for_whole_rows() {
    let row: Vec<i32> = (0..32).collect();
    for kernel in ["gather", "scatter"] {
        let found = fault(kernel, &row, |machine| machine.words(&[0; 31]));
        assert_eq!(found.kind, FaultKind::IllegalAddress, "{found}");
        assert_eq!(found.thread, [31, 0, 0]);

        let found = fault(kernel, &row, |machine| machine.words(&[0; LEN]) + 2);
        assert_eq!(found.kind, FaultKind::Misaligned, "{found}");
        assert_eq!(found.thread, [0, 0, 0]);

        let found = fault(kernel, &row, |machine| {
            let array = machine.words(&[0; LEN]);
            machine.memory.free(array).unwrap();
            array
        });
        assert_eq!(found.kind, FaultKind::UseAfterFree, "{found}");
    }
    let found = fault("gather", &row, |machine| {
        let array = machine.memory.alloc(LEN as u64 * 4).unwrap();
        machine.memory.fill(array, &[0; 4], 31).unwrap();
        array
    });
    assert_eq!(found.kind, FaultKind::Uninitialised, "{found}");
    assert_eq!(found.thread, [31, 0, 0]);
}

#[test]
fn indices_that_pass_the_greatest_are_no_row() {
    let mut indices: Vec<i32> = vec![-1; 32];
    indices[0] = i32::MAX;
    let found = fault("gather", &indices, |machine| machine.words(&[0; LEN]));
    assert_eq!(
        (found.kind, found.thread),
        (FaultKind::IllegalAddress, [0, 0, 0])
    );
}

/// Shared memory: each lane stores at one index, and loads at another, with or without a barrier between.
fn shared_kernel(barrier: &str) -> String {
    format!(
        "{HEAD}
.visible .entry exchange(.param .u64 pv, .param .u64 ps, .param .u64 pl, .param .u64 po) {{
    .reg .pred %p<3>; .reg .b32 %r<9>; .reg .b64 %rd<12>;
    .shared .align 4 .b8 s[{bytes}];
    ld.param.u64 %rd1, [pv]; ld.param.u64 %rd2, [ps]; ld.param.u64 %rd3, [pl];
    ld.param.u64 %rd4, [po];
    mov.u32 %r1, %tid.x;
    mul.wide.u32 %rd5, %r1, 4;
    add.s64 %rd6, %rd1, %rd5; ld.global.u32 %r2, [%rd6];
    add.s64 %rd7, %rd2, %rd5; ld.global.u32 %r3, [%rd7];
    add.s64 %rd8, %rd3, %rd5; ld.global.u32 %r4, [%rd8];
    mov.u32 %r5, s;
    setp.lt.s32 %p1, %r3, 0;
    shl.b32 %r6, %r3, 2;
    add.s32 %r6, %r5, %r6;
    @%p1 bra STORED;
    st.shared.u32 [%r6], %r2;
STORED:
    {barrier}
    setp.lt.s32 %p2, %r4, 0;
    shl.b32 %r7, %r4, 2;
    add.s32 %r7, %r5, %r7;
    @%p2 bra LOADED;
    ld.shared.u32 %r8, [%r7];
    add.s64 %rd9, %rd4, %rd5;
    st.global.u32 [%rd9], %r8;
LOADED:
    ret;
}}",
        bytes = LEN * 4
    )
}

/// What a warp's exchange gives, or the first mistake.
fn exchanged(
    stores: &[i32],
    loads: &[i32],
    has_barrier: bool,
) -> Result<Vec<u32>, (FaultKind, u32)> {
    let mut written: [Option<usize>; LEN] = [None; LEN];
    for (lane, index) in stores.iter().enumerate().filter(|(_, index)| **index >= 0) {
        if written[*index as usize].replace(lane).is_some() {
            return Err((FaultKind::SharedRace, lane as u32));
        }
    }
    let mut out = vec![0; LANES];
    for (lane, index) in loads.iter().enumerate().filter(|(_, index)| **index >= 0) {
        match written[*index as usize] {
            None => return Err((FaultKind::Uninitialised, lane as u32)),
            Some(writer) if writer != lane && !has_barrier => {
                return Err((FaultKind::SharedRace, lane as u32));
            }
            Some(writer) => out[lane] = writer as u32 + 100,
        }
    }
    Ok(out)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn shared_memory_by_index(stores in indices(), loads in indices(), has_barrier: bool) {
        let machine = Machine::new(&shared_kernel(if has_barrier { "bar.sync 0;" } else { "" }));
        let values: Vec<u32> = (100..132).collect();
        let out = machine.words(&[0; LANES]);
        let params = [
            machine.words(&values),
            machine.words(&words(&stores)),
            machine.words(&words(&loads)),
            out,
        ];
        let found = match machine.try_run("exchange", 1, LANES as u32, &params) {
            Ok(_) => Ok(machine.read_words(out, LANES)),
            Err(fault) => Err((fault.kind, fault.thread[0])),
        };
        prop_assert_eq!(found, exchanged(&stores, &loads, has_barrier));
    }
}

/// One instruction of a random program.
#[derive(Debug, Clone)]
enum Line {
    Float(&'static str, [usize; 3]),
    Add([usize; 3]),
    /// A comparison of floats or integers, whose result is added to a counter.
    Compare(bool, &'static str, [usize; 2]),
}

fn line() -> impl Strategy<Value = Line> {
    let slot = 0..4usize;
    let slots = [slot.clone(), slot.clone(), slot.clone()];
    let relation = prop::sample::select(vec!["lt", "le", "gt", "ge", "eq", "ne"]);
    prop_oneof![
        4 => (prop::sample::select(vec!["add", "sub", "mul"]), slots.clone())
            .prop_map(|(op, slots)| Line::Float(op, slots)),
        2 => slots.prop_map(Line::Add),
        2 => (any::<bool>(), relation, [slot.clone(), slot])
            .prop_map(|(float, relation, slots)| Line::Compare(float, relation, slots)),
    ]
}

impl Line {
    fn text(&self) -> String {
        match self {
            Line::Float(op, [d, a, b]) => format!("{op}.rn.f32 %f{d}, %f{a}, %f{b};"),
            Line::Add([d, a, b]) => format!("add.s32 %r{d}, %r{a}, %r{b};"),
            Line::Compare(float, relation, [a, b]) => {
                let (ty, reg) = if *float { ("f32", "f") } else { ("s32", "r") };
                format!(
                    "setp.{relation}.{ty} %p1, %{reg}{a}, %{reg}{b}; selp.u32 %r6, 1, 0, %p1; \
                     shl.b32 %r5, %r5, 1; xor.b32 %r5, %r5, %r6;"
                )
            }
        }
    }

    fn run(&self, floats: &mut [f32; 4], integers: &mut [i32; 4], counter: &mut u32) {
        match *self {
            Line::Float(op, [d, a, b]) => {
                let (a, b) = (floats[a], floats[b]);
                let value = match op {
                    "add" => a + b,
                    "sub" => a - b,
                    _ => a * b,
                };
                floats[d] = if value.is_nan() {
                    f32::from_bits(0x7fff_ffff)
                } else {
                    value
                };
            }
            Line::Add([d, a, b]) => integers[d] = integers[a].wrapping_add(integers[b]),
            Line::Compare(true, relation, [a, b]) => {
                let holds = holds(relation, floats[a].partial_cmp(&floats[b]));
                *counter = *counter << 1 ^ u32::from(holds);
            }
            Line::Compare(false, relation, [a, b]) => {
                let holds = holds(relation, integers[a].partial_cmp(&integers[b]));
                *counter = *counter << 1 ^ u32::from(holds);
            }
        }
    }
}

fn holds(relation: &str, order: Option<std::cmp::Ordering>) -> bool {
    order.is_some_and(|order| match relation {
        "lt" => order.is_lt(),
        "le" => order.is_le(),
        "gt" => order.is_gt(),
        "ge" => order.is_ge(),
        "eq" => order.is_eq(),
        _ => order.is_ne(),
    })
}

/// A kernel that does all lines, and some of them only in lanes whose mask says so.
fn program(always: &[Line], sometimes: &[Line]) -> String {
    let text = |lines: &[Line]| {
        lines
            .iter()
            .map(Line::text)
            .collect::<Vec<_>>()
            .join("\n    ")
    };
    let move_all = |verb: &str| {
        let words = 0..4usize;
        words
            .map(|slot| match verb {
                "ld" => format!(
                    "ld.global.f32 %f{slot}, [%rd4+{}]; ld.global.u32 %r{slot}, [%rd4+{}];",
                    slot * 4,
                    slot * 4
                ),
                _ => format!(
                    "st.global.f32 [%rd5+{}], %f{slot}; st.global.u32 [%rd5+{}], %r{slot};",
                    slot * 4,
                    slot * 4 + 16
                ),
            })
            .collect::<String>()
    };
    format!(
        "{HEAD}
.visible .entry program(.param .u64 pi, .param .u64 po, .param .u32 pm) {{
    .reg .pred %p<3>; .reg .b32 %r<12>; .reg .f32 %f<4>; .reg .b64 %rd<8>;
    ld.param.u64 %rd1, [pi]; ld.param.u64 %rd2, [po]; ld.param.u32 %r7, [pm];
    mov.u32 %r8, %tid.x;
    mul.wide.u32 %rd3, %r8, 64;
    add.s64 %rd4, %rd1, %rd3;
    add.s64 %rd5, %rd2, %rd3;
    {load}
    mov.u32 %r5, 0;
    and.b32 %r9, %r8, 31;
    shr.u32 %r10, %r7, %r9;
    and.b32 %r10, %r10, 1;
    setp.eq.u32 %p2, %r10, 0;
    {first}
    @%p2 bra OVER;
    {middle}
OVER:
    {first}
    {store}
    st.global.u32 [%rd5+32], %r5;
    ret;
}}",
        load = move_all("ld"),
        store = move_all("st"),
        first = text(always),
        middle = text(sometimes),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_programs(
        always in prop::collection::vec(line(), 1..12),
        sometimes in prop::collection::vec(line(), 0..12),
        inputs in prop::collection::vec(any::<u32>(), 64 * 16),
        mask in any::<u32>(),
    ) {
        let machine = Machine::new(&program(&always, &sometimes));
        let input = machine.words(&inputs);
        let out = machine.words(&[0; 64 * 16]);
        machine.run("program", 1, 64, &[input, out, u64::from(mask)]);
        let found = machine.read_words(out, 64 * 16);
        for thread in 0..64 {
            let own = &inputs[thread * 16..][..4];
            let mut floats = [0, 1, 2, 3].map(|slot: usize| f32::from_bits(own[slot]));
            let mut integers = [0, 1, 2, 3].map(|slot: usize| own[slot] as i32);
            let mut counter = 0;
            let taken = mask >> (thread % 32) & 1 == 1;
            let middle = sometimes.iter().filter(|_| taken);
            for line in always.iter().chain(middle).chain(&always) {
                line.run(&mut floats, &mut integers, &mut counter);
            }
            let mut wanted: Vec<u32> = floats.iter().map(|float| float.to_bits()).collect();
            wanted.extend(integers.iter().map(|integer| *integer as u32));
            wanted.push(counter);
            prop_assert_eq!(&found[thread * 16..][..9], &wanted[..], "thread {}", thread);
        }
    }
}
