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

/// A kernel of 32 threads, each with its number in `%r1` and the mask of its tile of eight in `%r2`. What is in `%r9` is the result.
fn tiles(body: &str) -> Vec<u32> {
    let machine = Machine::new(&format!(
        ".version 8.0\n.target sm_80\n.address_size 64\n\
         .visible .entry k(.param .u64 out) {{\n\
         .reg .b64 %rd<3>; .reg .b32 %r<10>; .reg .pred %p<3>;\n\
         ld.param.u64 %rd1, [out]; mov.u32 %r1, %tid.x; mul.wide.u32 %rd2, %r1, 4; add.s64 %rd1, %rd1, %rd2;\n\
         and.b32 %r2, %r1, 24; shl.b32 %r2, 255, %r2;\n\
         {body}\n\
         st.global.u32 [%rd1], %r9; ret; }}\n"
    ));
    let out = machine.words(&[77; 32]);
    machine.run("k", 1, 32, &[out]);
    machine.read_words(out, 32)
}

/// Lanes that are together may name different lanes: each tile of a warp has a mask of its own.
#[test]
fn each_tile_has_a_mask() {
    let all = |f: fn(u32) -> u32| (0..32).map(f).collect::<Vec<u32>>();
    let sum = |lane: u32| (0..8u32).map(|other| lane / 8 * 8 + other).sum();
    let shuffled = tiles("shfl.sync.bfly.b32 %r9, %r1, 3, 0x181f, %r2;");
    assert_eq!(shuffled, all(|lane| lane ^ 3));
    assert_eq!(tiles("redux.sync.add.s32 %r9, %r1, %r2;"), all(sum));
    let voted = "and.b32 %r3, %r1, 2; setp.ne.u32 %p1, %r3, 0; vote.sync.ballot.b32 %r9, %p1, %r2;";
    assert_eq!(tiles(voted), all(|lane| 0xcc << (lane / 8 * 8)));
    let matched = "and.b32 %r3, %r1, 1; match.any.sync.b32 %r9, %r3, %r2;";
    assert_eq!(
        tiles(matched),
        all(|lane| (0x55 << (lane % 2)) << (lane / 8 * 8))
    );
    let synced = "bar.warp.sync %r2; elect.sync %r9|%p1, %r2;";
    assert_eq!(tiles(synced), all(|lane| lane / 8 * 8));
}

/// Lanes of several tiles that part meet again in whole tiles, in their own time.
#[test]
fn tiles_wait_for_their_own_lanes_only() {
    // Odd lanes of the upper two tiles come late, the first tile goes around more often.
    let parted = "mov.u32 %r9, 0; mov.u32 %r5, 0;\n\
         and.b32 %r3, %r1, 17; setp.ne.u32 %p1, %r3, 17; @%p1 bra L;\n\
         M: add.u32 %r5, %r5, 1; setp.lt.u32 %p1, %r5, 3000; @%p1 bra M;\n\
         L: redux.sync.add.s32 %r4, %r1, %r2; add.u32 %r9, %r9, %r4;\n\
         setp.gt.u32 %p1, %r1, 7; @%p1 bra E;\n\
         setp.lt.u32 %p1, %r9, 100; @%p1 bra L;\n\
         E:";
    let expected = (0..32).map(|lane| match lane / 8 {
        0 => 112,
        tile => (0..8).map(|other| tile * 8 + other).sum(),
    });
    assert_eq!(tiles(parted), expected.collect::<Vec<u32>>());
}

/// A lane that a mask of its own tile leaves out is told.
#[test]
fn a_lane_outside_of_its_own_mask_is_told() {
    let machine = Machine::new(
        ".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry k() {\n\
         .reg .b32 %r<5>; mov.u32 %r1, %tid.x; shr.u32 %r2, %r1, 4; shl.b32 %r2, %r2, 4; shl.b32 %r2, 0x7fff, %r2;\n\
         redux.sync.add.s32 %r3, %r1, %r2; ret; }\n",
    );
    let fault = machine.try_run("k", 1, 32, &[]).unwrap_err();
    assert_eq!(
        (fault.kind, fault.thread[0]),
        (FaultKind::MissingLane, 15),
        "{fault}"
    );
}
