//! Kernels without end or measure, and hosts that do not wait for them.

use std::sync::atomic::Ordering;
use std::thread;

use cuda::emu::exec::FaultKind;
use manyways_testkit::guarded;

use crate::machine::Machine;

const HEAD: &str = ".version 8.0\n.target sm_80\n.address_size 64\n";

/// A kernel whose parameter `%rd1` is an address; each thread counts itself there first.
fn counting(body: &str) -> Machine {
    Machine::new(&format!(
        "{HEAD}.extern .func (.param .b64 address) malloc(.param .b64 bytes);\n\
         .visible .entry k(.param .u64 count, .param .u64 more) {{\n\
         .reg .b64 %rd<9>; .reg .b32 %r<9>; .reg .pred %p<4>;\n\
         ld.param.u64 %rd1, [count]; ld.param.u64 %rd2, [more];\n\
         red.global.add.u32 [%rd1], 1;\n{body}\nret; }}\n"
    ))
}

/// Does something on a second thread as soon as the kernel has begun.
fn while_it_runs(machine: &Machine, count: u64, act: impl FnOnce() + Send, run: impl FnOnce()) {
    thread::scope(|scope| {
        scope.spawn(|| {
            while machine.read_words(count, 1) == [0] {
                thread::yield_now();
            }
            act();
        });
        run();
    });
}

#[test]
fn what_never_ends_is_ended() {
    guarded(|| {
        for cooperative in [false, true] {
            let mut machine = counting("L: bra L;");
            (machine.workers, machine.cooperative) = (2, cooperative);
            let count = machine.words(&[0]);
            let stop = || machine.cancel.store(true, Ordering::Relaxed);
            while_it_runs(&machine, count, stop, || {
                let fault = machine.try_run("k", 4, 64, &[count, 0]).unwrap_err();
                assert_eq!(fault.kind, FaultKind::Timeout, "{fault}");
            });
        }
    });
}

#[test]
fn a_grid_that_takes_hours_is_ended() {
    guarded(|| {
        let machine = counting("");
        let count = machine.words(&[0]);
        let stop = || machine.cancel.store(true, Ordering::Relaxed);
        while_it_runs(&machine, count, stop, || {
            let fault = machine.try_run("k", (1 << 30, 65_535), 32, &[count, 0]);
            assert_eq!(fault.unwrap_err().kind, FaultKind::Timeout);
        });
    });
}

#[test]
fn memory_that_the_host_frees_under_a_kernel_is_used_after_free() {
    guarded(|| {
        let machine = counting("L: ld.global.u32 %r1, [%rd2]; bra L;");
        let (count, freed) = (machine.words(&[0]), machine.words(&[1]));
        let free = || machine.memory.free(freed).unwrap();
        while_it_runs(&machine, count, free, || {
            let fault = machine.try_run("k", 1, 32, &[count, freed]).unwrap_err();
            assert_eq!(fault.kind, FaultKind::UseAfterFree, "{fault}");
        });
    });
}

/// The smallest allocations: the heap bounds their number, too.
#[test]
fn a_heap_is_exhausted_by_the_smallest_allocations() {
    let machine = counting(
        "mov.u64 %rd3, 1;\n\
         L: { .param .b64 bytes; st.param.b64 [bytes], %rd3; .param .b64 address;\n\
         call.uni (address), malloc, (bytes); ld.param.b64 %rd4, [address]; }\n\
         setp.eq.u64 %p1, %rd4, 0; @%p1 bra E; red.global.add.u32 [%rd2], 1; bra L;\n\
         E:",
    );
    let (count, taken) = (machine.words(&[0]), machine.words(&[0]));
    machine.run("k", 1, 64, &[count, taken]);
    // Of the megabyte that the machine's heap has.
    assert_eq!(machine.read_words(taken, 1), [1 << 20 >> 7]);
    let before = machine.memory.used();
    machine.heap.free_all(&machine.memory);
    assert_eq!(before - machine.memory.used(), 1 << 20 >> 7);
}

#[test]
fn absurd_launches_are_refused() {
    let mut machine = counting("");
    let count = machine.words(&[0]);
    for shared in [163 * 1024 + 1, 1 << 31, u32::MAX] {
        machine.shared_bytes = shared;
        let fault = machine.try_run("k", 1, 1, &[count, 0]).unwrap_err();
        assert_eq!(fault.kind, FaultKind::InvalidLaunch, "{fault}");
    }
    machine.shared_bytes = 0;
    for (grid, block) in [(0, 1), (1, 0), (1 << 31, 1), (1, 1025), (1, u32::MAX)] {
        let fault = machine.try_run("k", grid, block, &[count, 0]);
        assert_eq!(fault.unwrap_err().kind, FaultKind::InvalidLaunch);
    }
    assert_eq!(machine.read_words(count, 1), [0]);
}

#[test]
fn many_threads_of_the_host_launch_at_once() {
    guarded(|| {
        let mut machine = counting("");
        machine.workers = 2;
        let count = machine.words(&[0]);
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        machine.run("k", 5, 33, &[count, 0]);
                    }
                });
            }
        });
        assert_eq!(machine.read_words(count, 1), [16 * 10 * 5 * 33]);
    });
}

/// Cooperative groups find the barrier of the grid behind the first word of what these registers point to, the high half first.
#[test]
fn blocks_of_a_grid_meet_at_its_barrier() {
    let mut machine = counting(
        "mov.u32 %r1, %envreg1; mov.u32 %r2, %envreg2; mov.b64 %rd3, {%r2, %r1};\n\
         mov.u32 %r3, %ctaid.x; mov.u32 %r4, 1; mov.u32 %r5, %nctaid.x;\n\
         sub.u32 %r6, %r5, 1; sub.u32 %r6, 0x80000000, %r6;\n\
         setp.eq.u32 %p1, %r3, 0; selp.u32 %r4, %r6, 1, %p1;\n\
         atom.add.release.gpu.u32 %r7, [%rd3+4], %r4;\n\
         L: ld.acquire.gpu.u32 %r8, [%rd3+4]; xor.b32 %r8, %r8, %r7; setp.ge.s32 %p2, %r8, 0; @%p2 bra L;\n\
         ld.relaxed.gpu.global.u32 %r1, [%rd1]; mul.wide.u32 %rd4, %r3, 4; add.s64 %rd4, %rd2, %rd4;\n\
         st.global.u32 [%rd4], %r1;",
    );
    machine.cooperative = true;
    let (count, seen) = (machine.words(&[0]), machine.words(&[0; 7]));
    machine.run("k", 7, 1, &[count, seen]);
    assert_eq!(machine.read_words(seen, 7), [7; 7]);
}

#[test]
fn what_is_printed_without_measure_is_all_printed() {
    let machine = Machine::new(&format!(
        "{HEAD}.extern .func (.param .b32 length) vprintf(.param .b64 format, .param .b64 values);\n\
         .global .align 1 .b8 text[3] = {{46, 10, 0}};\n\
         .visible .entry k() {{ .reg .b64 %rd<4>; .reg .b32 %r<3>; .reg .pred %p;\n\
         mov.u64 %rd1, text; cvta.global.u64 %rd2, %rd1; mov.u64 %rd3, 0; mov.u32 %r1, 0;\n\
         L: {{ .param .b64 format; st.param.b64 [format], %rd2; .param .b64 values; st.param.b64 [values], %rd3;\n\
         .param .b32 length; call.uni (length), vprintf, (format, values); }}\n\
         add.u32 %r1, %r1, 1; setp.lt.u32 %p, %r1, 50; @%p bra L; ret; }}\n"
    ));
    machine.run("k", 4, 1024, &[]);
    assert_eq!(machine.printed.lock().len(), 4 * 1024 * 50 * 2);
}
