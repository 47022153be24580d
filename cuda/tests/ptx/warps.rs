//! Lanes and threads together.

use std::sync::atomic::Ordering;
use std::thread;

use cuda::emu::exec::FaultKind;
use manyways_testkit::guarded;

use crate::machine::Machine;

const WARP: &str = include_str!("kernels/warp.ptx");

fn run(kernel: &str, words: usize) -> Vec<u32> {
    let machine = Machine::new(WARP);
    let out = machine.memory.alloc(words as u64 * 4).unwrap();
    machine.run(kernel, 1, 32, &[out]);
    machine.read_words(out, words)
}

#[test]
fn shuffles() {
    let out = run("shuffles", 192);
    for t in 0..32u32 {
        let got: [u32; 6] = std::array::from_fn(|row| out[row * 32 + t as usize]);
        let up = if t == 0 { 0 } else { t - 1 };
        let down = if t % 16 < 14 { t + 2 } else { t };
        let next = 2 * ((t + 1) & 31) + 1;
        assert_eq!(got, [30, up, down, t ^ 4, 496, next], "lane {t}");
    }
}

#[test]
fn votes_matches_and_reductions() {
    let out = run("votes", 256);
    let sum_xor = (0..32).fold(0, |xor, t| xor ^ t) * 100_000;
    for t in 0..32u32 {
        let got: [u32; 8] = std::array::from_fn(|row| out[row * 32 + t as usize]);
        let thirds = (0..32)
            .filter(|lane| lane % 3 == 0)
            .fold(0u32, |mask, lane| mask | 1 << lane);
        let wanted = [
            0xaaaa_aaaa,
            1 | 4,
            0xf << (t / 4 * 4),
            // All ones, and one more for the predicate.
            0,
            0,
            496 + 31_000 + sum_xor,
            if t % 3 == 0 { thirds } else { 21 },
            if t % 2 == 0 { 0x5555_5555 } else { 0xaaaa_aaaa },
        ];
        assert_eq!(got, wanted, "lane {t}");
    }
}

#[test]
fn half_a_warp_shuffles_alone() {
    let out = run("halves", 32);
    for t in 0..32 {
        let wanted = if t < 16 {
            15 - t
        } else if t < 31 {
            t + 1
        } else {
            t
        };
        assert_eq!(out[t as usize], wanted, "lane {t}");
    }
}

#[test]
fn barriers_of_the_block() {
    let machine = Machine::new(WARP);
    let out = machine.memory.alloc(4096).unwrap();
    machine.run("barriers", 1, 256, &[out, 255]);
    let out = machine.read_words(out, 1024);
    for t in 0..256usize {
        let got: [u32; 4] = std::array::from_fn(|row| out[row * 256 + t]);
        let named = if t < 128 {
            (127 - t as u32) * 2
        } else {
            u32::MAX
        };
        assert_eq!(got, [255 - t as u32, 86, 1 | 2, named], "thread {t}");
    }
}

#[test]
fn atomic_operations() {
    guarded(atomics);
}

fn atomics() {
    let mut machine = Machine::new(WARP);
    let ints = machine.words(&[0, 0, 0, 0, 0, 0, u32::MAX, 0, 0]);
    let unsigned = machine.words(&[0, 0, 0]);
    let floats = machine.floats(&[0.0, 0.0]);
    let double = machine.buffer(&[0; 8]);
    let longs = machine.buffer(&[0; 24]);
    // Four blocks on two workers: the operations are atomic between threads of the host too.
    machine.workers = 2;
    machine.run("atomics", 4, 256, &[ints, unsigned, floats, double, longs]);
    let got: Vec<i32> = machine
        .read_words(ints, 9)
        .into_iter()
        .map(|word| word as i32)
        .collect();
    assert_eq!(got, [4 * 255 * 128, -1024, 255, -255, 0, -1, 0, 256, 255]);
    // 1024 steps of a counter that wraps after 9, up and down.
    assert_eq!(machine.read_words(unsigned, 2), [4, 6]);
    // n becomes n + 1 until 2n + 1 passes 1000, then 0: a cycle of 501.
    assert_eq!(machine.read_words(unsigned, 3)[2], 1024 % 501);
    assert_eq!(machine.read_floats(floats, 2), [512.0, 256.0]);
    assert_eq!(f64::from_bits(machine.read_longs(double, 1)[0]), 256.0);
    assert_eq!(machine.read_longs(longs, 3), [1024 << 40, 255 << 33, 5]);
}

#[test]
fn lanes_that_wait_for_each_other_make_progress() {
    guarded(|| {
        let mut machine = Machine::new(WARP);
        machine.workers = 2;
        let mutex = machine.words(&[0]);
        let counter = machine.words(&[0]);
        machine.run("lock", 4, 64, &[mutex, counter]);
        assert_eq!(machine.read_words(counter, 1), [256]);
        let flag = machine.words(&[0]);
        let out = machine.words(&[0]);
        machine.run("handshake", 1, 32, &[flag, out]);
        assert_eq!(machine.read_words(out, 1), [7]);
    });
}

#[test]
fn a_kernel_without_end_is_cancelled() {
    guarded(|| {
        let machine = Machine::new(WARP);
        let flag = machine.words(&[0]);
        thread::scope(|scope| {
            let running = scope.spawn(|| {
                let result = machine.try_run("forever", 8, 64, &[flag]);
                result.unwrap_err()
            });
            machine.cancel.store(true, Ordering::Relaxed);
            let fault = running.join().unwrap();
            assert_eq!(
                (fault.kind, fault.kernel.as_str()),
                (FaultKind::Timeout, "forever")
            );
        });
    });
}

/// The first block waits, barrier after barrier, for the second, which the same worker runs.
#[test]
fn blocks_wait_for_each_other_between_barriers() {
    let mut machine = Machine::new(
        ".version 8.0
.target sm_80
.address_size 64
.visible .entry wait(.param .u64 pf) {
    .reg .pred %p<3>; .reg .b32 %r<4>; .reg .b64 %rd<2>;
    ld.param.u64 %rd1, [pf];
    mov.u32 %r1, %ctaid.x;
    setp.ne.u32 %p1, %r1, 0;
    @%p1 bra TELL;
AGAIN:
    bar.sync 0;
    ld.volatile.global.u32 %r2, [%rd1];
    bar.sync 0;
    setp.eq.u32 %p2, %r2, 0;
    @%p2 bra AGAIN;
    ret;
TELL:
    mov.u32 %r3, 1;
    st.volatile.global.u32 [%rd1], %r3;
    ret;
}",
    );
    machine.cooperative = true;
    guarded(|| {
        let flag = machine.words(&[0]);
        let stats = machine.run("wait", 2, 64, &[flag]);
        assert_eq!(stats.blocks, 2);
        assert_eq!(machine.read_words(flag, 1), [1]);
    });
}
