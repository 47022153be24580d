//! Barriers in shared memory, and what else orders accesses to it. All checks are on: what is ordered is no race.

use cuda::emu::exec::FaultKind;

use crate::machine::Machine;

/// A kernel of 64 threads, each with its number in `%r1` and the address of its word of the output in `%rd1`. The barrier `b`
/// awaits 64 arrivals; `s` has a word for each thread, `%r2` is the address of the
/// thread's and `%r4` that of the thread's opposite.
fn kernel(body: &str) -> String {
    format!(
        ".version 8.0\n.target sm_80\n.address_size 64\n\
         .visible .entry k(.param .u64 out) {{\n\
         .reg .b64 %rd<9>; .reg .b32 %r<9>; .reg .pred %p<4>;\n\
         .shared .align 8 .b64 b; .shared .align 4 .b32 s[64]; .shared .align 4 .b32 flag;\n\
         mov.u32 %r1, %tid.x; mul.wide.u32 %rd2, %r1, 4; ld.param.u64 %rd1, [out]; add.s64 %rd1, %rd1, %rd2;\n\
         shl.b32 %r2, %r1, 2; mov.u32 %r3, s; add.s32 %r2, %r3, %r2;\n\
         add.s32 %r4, %r3, %r3; add.s32 %r4, %r4, 252; sub.s32 %r4, %r4, %r2;\n\
         setp.ne.s32 %p1, %r1, 0;\n\
         @!%p1 mbarrier.init.shared.b64 [b], 64; @!%p1 st.shared.u32 [flag], 0;\n\
         bar.sync 0;\n\
         {body}\n\
         ret; }}\n"
    )
}

fn machine(body: &str) -> (Machine, u64) {
    let machine = Machine::new(&kernel(body));
    let out = machine.words(&[77; 64]);
    (machine, out)
}

fn run(body: &str) -> Vec<u32> {
    let (machine, out) = machine(body);
    machine.run("k", 1, 64, &[out]);
    machine.read_words(out, 64)
}

fn fault(body: &str) -> (FaultKind, String) {
    let (machine, out) = machine(body);
    let fault = machine.try_run("k", 1, 64, &[out]).unwrap_err();
    (fault.kind, fault.to_string())
}

/// Writes the thread's number, and reads that of the thread opposite.
const WRITE: &str = "st.shared.u32 [%r2], %r1;";
const READ: &str = "ld.shared.u32 %r5, [%r4]; st.global.u32 [%rd1], %r5;";

#[test]
fn who_waits_sees_what_was_written_before_the_arrivals() {
    let opposite: Vec<u32> = (0..64).map(|thread| thread ^ 63).collect();
    let by_state = format!(
        "{WRITE} mbarrier.arrive.shared.b64 %rd3, [b];\n\
         W: mbarrier.test_wait.shared.b64 %p2, [b], %rd3; @!%p2 bra W;\n{READ}"
    );
    assert_eq!(run(&by_state), opposite);
    // A generic address, an arrival whose state nobody wants, and the phase's parity.
    let by_parity = format!(
        "{WRITE} cvta.shared.u64 %rd5, 0; mov.u32 %r6, b; cvt.u64.u32 %rd6, %r6; cvta.shared.u64 %rd6, %rd6;\n\
         mbarrier.arrive.release.cta.b64 _, [%rd6], 1;\n\
         W: mbarrier.try_wait.parity.shared.b64 %p2, [b], 0, 1000; @!%p2 bra W;\n{READ}"
    );
    assert_eq!(run(&by_parity), opposite);
}

#[test]
fn phases_follow_each_other() {
    let rounds = format!(
        "mov.u32 %r7, 0;\n\
         R: add.s32 %r6, %r1, %r7; st.shared.u32 [%r2], %r6;\n\
         mbarrier.arrive.shared.b64 %rd3, [b];\n\
         V: mbarrier.test_wait.shared.b64 %p2, [b], %rd3; @!%p2 bra V;\n\
         {READ}\n\
         mbarrier.arrive.shared.b64 %rd3, [b];\n\
         W: mbarrier.test_wait.shared.b64 %p2, [b], %rd3; @!%p2 bra W;\n\
         add.s32 %r7, %r7, 1; setp.lt.s32 %p2, %r7, 5; @%p2 bra R;"
    );
    let expected: Vec<u32> = (0..64).map(|thread| (thread ^ 63) + 4).collect();
    assert_eq!(run(&rounds), expected);
}

#[test]
fn who_drops_out_is_awaited_no_more() {
    // The upper half drops out; the lower half goes through the next phase alone.
    let halves = format!(
        "setp.ge.u32 %p2, %r1, 32; mov.b64 %rd4, 0;\n\
         @%p2 mbarrier.arrive_drop.shared.b64 %rd3, [b]; @%p2 bra E;\n\
         mbarrier.arrive.shared.b64 %rd3, [b];\n\
         V: mbarrier.test_wait.shared.b64 %p2, [b], %rd3; @!%p2 bra V;\n\
         {WRITE} mbarrier.arrive.shared.b64 %rd3, [b];\n\
         W: mbarrier.test_wait.shared.b64 %p2, [b], %rd3; @!%p2 bra W;\n\
         sub.s32 %r4, %r4, 128; ld.shared.u32 %r5, [%r4]; st.global.u32 [%rd1], %r5;\n\
         E:"
    );
    let expected = (0..64).map(|thread| if thread < 32 { thread ^ 31 } else { 77 });
    assert_eq!(run(&halves), expected.collect::<Vec<u32>>());
}

#[test]
fn a_state_says_how_many_were_awaited() {
    let counts = "bar.warp.sync -1; mbarrier.arrive.shared.b64 %rd3, [b];\n\
         mbarrier.pending_count.b64 %r5, %rd3; st.global.u32 [%rd1], %r5;";
    let mut counts = run(counts);
    counts.sort_unstable();
    assert_eq!(counts, (1..=64).collect::<Vec<u32>>());
}

#[test]
fn copies_arrive() {
    let copies = "cp.async.ca.shared.global [%r2], [%rd1], 4;\n\
         cp.async.mbarrier.arrive.shared.b64 [b]; cp.async.mbarrier.arrive.noinc.shared.b64 [b];\n\
         W: mbarrier.try_wait.parity.shared.b64 %p2, [b], 0; @!%p2 bra W;\n\
         ld.shared.u32 %r5, [%r4]; st.global.u32 [%rd1], %r5;";
    assert_eq!(run(copies), [77; 64]);
}

#[test]
fn what_is_no_barrier_is_told() {
    let cases = [
        (
            "mbarrier.arrive.shared.b64 %rd3, [s];",
            "no thread of the block has written",
        ),
        (
            "st.shared.u64 [b], 5; mbarrier.arrive.shared.b64 %rd3, [b];",
            "is no barrier",
        ),
        (
            "@!%p1 mbarrier.inval.shared.b64 [b]; bar.sync 0; mbarrier.arrive.shared.b64 _, [b];",
            "is no barrier",
        ),
        (
            "mbarrier.arrive.shared.b64 %rd3, [b], 63;",
            "63 arrive at a barrier that awaits 1",
        ),
        (
            "mbarrier.arrive.noComplete.shared.b64 %rd3, [b], 64;",
            "64 arrive at a barrier",
        ),
        (
            "mbarrier.init.shared.b64 [b], 0;",
            "a barrier for 0 arrivals",
        ),
        ("mbarrier.init.shared.b64 [b+4], 1;", "misaligned"),
        ("mbarrier.arrive.b64 %rd3, [%rd1];", "not in shared memory"),
    ];
    for (body, wanted) in cases {
        let (_, text) = fault(body);
        assert!(text.contains(wanted), "{body}: {text}");
    }
}

#[test]
fn transactions_are_named() {
    let (kind, text) = fault("mbarrier.arrive.expect_tx.shared.b64 %rd3, [b], 16;");
    assert_eq!(kind, FaultKind::Unsupported);
    assert!(
        text.contains("`mbarrier.arrive.expect_tx.shared.b64` in line"),
        "{text}"
    );
}

/// A flag that is set with a release and read with an acquire orders what stands before and behind.
#[test]
fn a_release_orders_as_a_fence_does() {
    let releases = [
        "st.release.cta.shared.u32 [flag], 1;",
        "red.release.cta.shared.add.u32 [flag], 1;",
        "atom.acq_rel.cta.shared.add.u32 %r6, [flag], 1;",
    ];
    for release in releases {
        // The first thread writes for the last, which is in another warp.
        let body = format!(
            "setp.eq.u32 %p2, %r1, 63; @%p2 bra L; @%p1 bra E;\n\
             {WRITE} {release} bra E;\n\
             L: ld.acquire.cta.shared.u32 %r6, [flag]; setp.eq.u32 %p3, %r6, 0; @%p3 bra L;\n{READ}\n\
             E:"
        );
        assert_eq!(run(&body)[63], 0, "{release}");
    }
}

#[test]
fn an_atomic_vector_is_many_atomic_operations() {
    let body = "mul.wide.u32 %rd2, %r1, 4; sub.s64 %rd3, %rd1, %rd2;\n\
         .reg .f32 %f<5>; mov.f32 %f1, 0f3F800000; mov.f32 %f2, 0f40000000;\n\
         @!%p1 st.global.v2.f32 [%rd3], {0f00000000, 0f00000000}; bar.sync 0;\n\
         atom.global.add.v2.f32 {%f3, _}, [%rd3], {%f1, %f2};\n\
         red.relaxed.gpu.global.add.v2.f32 [%rd3], {%f1, %f2};";
    let words = run(body);
    assert_eq!(
        (f32::from_bits(words[0]), f32::from_bits(words[1])),
        (128.0, 256.0)
    );
}
