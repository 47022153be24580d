//! Loads of structures whose padding nobody has written: NVRTC says which bytes matter.

use cuda::emu::exec::{Fault, FaultKind};

use crate::machine::Machine;
use crate::rows::HEAD;

/// Each thread writes 12 of 16 bytes of each memory, and reads them back with `load`, as four words of which it sums up three.
fn sum(load: &str) -> Result<Vec<u32>, Box<Fault>> {
    let machine = Machine::new(&format!(
        "{HEAD}
.visible .entry sum(.param .u64 px, .param .u64 pout) {{
    .reg .b32 %r<16>; .reg .b64 %rd<16>;
    .shared .align 16 .b8 room[512];
    .local .align 64 .b8 own[64];
    ld.param.u64 %rd1, [px]; ld.param.u64 %rd2, [pout];
    mov.u32 %r1, %tid.x;
    mul.wide.u32 %rd3, %r1, 16;
    add.s64 %rd4, %rd1, %rd3;
    mov.u64 %rd5, room;
    add.s64 %rd6, %rd5, %rd3;
    st.global.v2.u32 [%rd4], {{%r1, %r1}};
    st.global.u32 [%rd4+8], %r1;
    st.shared.v2.u32 [%rd6], {{%r1, %r1}};
    st.shared.u32 [%rd6+8], %r1;
    st.local.v2.u32 [own], {{%r1, %r1}};
    st.local.u32 [own+8], %r1;
    {load}
    add.s32 %r6, %r2, %r3;
    add.s32 %r6, %r6, %r4;
    mul.wide.u32 %rd7, %r1, 4;
    add.s64 %rd7, %rd2, %rd7;
    st.global.u32 [%rd7], %r6;
    ret;
}}"
    ));
    let (x, out) = (
        machine.memory.alloc(32 * 16).unwrap(),
        machine.words(&[0; 32]),
    );
    machine.try_run("sum", 1, 32, &[x, out]).map_err(Box::new)?;
    Ok(machine.read_words(out, 32))
}

#[test]
fn bytes_that_do_not_matter_may_be_unwritten() {
    let wanted: Vec<u32> = (0..32).map(|thread| 3 * thread).collect();
    for (space, place) in [("global", "%rd4"), ("shared", "%rd6"), ("local", "own")] {
        let load = format!("ld.{space}.v4.u32 {{%r2, %r3, %r4, %r5}}, [{place}];");
        for mask in ["4095", "0xfff"] {
            let told = format!(".pragma \"used_bytes_mask {mask}\"; {load}");
            assert_eq!(sum(&told).unwrap(), wanted, "{told}");
        }
        // Nothing said; said of another load; or not so much.
        let others = [
            load.clone(),
            format!(".pragma \"used_bytes_mask 4095\"; mov.u32 %r5, 1; {load}"),
            format!(".pragma \"used_bytes_mask 8191\"; {load}"),
        ];
        for other in others {
            let found = sum(&other).unwrap_err();
            assert_eq!(found.kind, FaultKind::Uninitialised, "{other}: {found}");
        }
    }
}

#[test]
fn what_is_behind_the_mask_matters() {
    let regs: Vec<String> = (8..16).map(|reg| format!("%rd{reg}")).collect();
    let regs = regs.join(", ");
    for pragma in ["", ".pragma \"used_bytes_mask 4095\";"] {
        let load = format!("mov.u32 %r2, 1; {pragma} ld.local.v8.u64 {{{regs}}}, [own];");
        let found = sum(&load).unwrap_err();
        assert_eq!(found.kind, FaultKind::Uninitialised, "{load}: {found}");
    }
}
