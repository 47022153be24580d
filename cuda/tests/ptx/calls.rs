//! Functions, memory spaces, and what the device does itself.

use cuda::emu::exec::FaultKind;

use crate::machine::{Machine, Size};

const CALLS: &str = include_str!("kernels/calls.ptx");

#[test]
fn direct_indirect_virtual_and_recursive_calls() {
    let machine = Machine::new(CALLS);
    let out = machine.memory.alloc(5 * 256).unwrap();
    machine.run("calls", 1, 64, &[out]);
    let out = machine.read_words(out, 320);
    for t in 0..64u32 {
        let got: [u32; 5] = std::array::from_fn(|row| out[row * 64 + t as usize]);
        let factorial = (1..=t % 10).product();
        let method = if t % 2 == 1 { t * t } else { t + 1 };
        let through_table = if t % 2 == 0 { t + 1 } else { t * 3 };
        let total = (f64::from(t) * 2.5 + 6.0) as u32;
        let constant = [2, 4, 6, 9][t as usize % 4] + 5;
        assert_eq!(
            got,
            [factorial, method, through_table, total, constant],
            "thread {t}"
        );
    }
}

#[test]
fn structures_as_parameters() {
    let machine = Machine::new(CALLS);
    let out = machine.words(&[0]);
    let kernel = machine.image.program().kernel("structs").unwrap();
    let places: Vec<_> = kernel
        .params
        .iter()
        .map(|param| (param.offset, param.size, param.align))
        .collect();
    assert_eq!(places, [(0, 32, 16), (32, 2, 2), (40, 8, 8)]);
    let mut params = vec![0; kernel.params_size];
    params[..4].copy_from_slice(&3i32.to_le_bytes());
    params[8..16].copy_from_slice(&0.5f64.to_le_bytes());
    params[20..24].copy_from_slice(&20f32.to_le_bytes());
    params[32..34].copy_from_slice(&(-100i16).to_le_bytes());
    params[40..].copy_from_slice(&out.to_le_bytes());
    machine
        .try_run_bytes("structs", Size([1; 3]), Size([1; 3]), &params)
        .unwrap();
    assert_eq!(machine.read_words(out, 1), [-76i32 as u32]);
    let short = machine.try_run_bytes("structs", Size([1; 3]), Size([1; 3]), &params[..40]);
    assert_eq!(short.unwrap_err().kind, FaultKind::InvalidLaunch);
}

#[test]
fn local_arrays_and_jump_tables() {
    let machine = Machine::new(CALLS);
    let out = machine.memory.alloc(256).unwrap();
    machine.run("locals", 1, 64, &[out, 5]);
    let wanted: Vec<u32> = (0..64).map(|t| 5 * t + ((t + 3) & 15) * t).collect();
    assert_eq!(machine.read_words(out, 64), wanted);
    machine.run("switches", 1, 8, &[out]);
    assert_eq!(
        machine.read_words(out, 8),
        [10, 7, 20, 9, 1, 2, 99, u32::MAX]
    );
}

#[test]
fn printf_and_the_heap() {
    let machine = Machine::new(CALLS);
    let text = machine.buffer(b"unused\0");
    machine.run("prints", 1, 32, &[text]);
    let printed = machine.printed.lock().clone();
    assert_eq!(
        printed,
        "hello from thread 1 of 32: 2.50 10000000000 x\ndone\n"
    );
    let before = machine.memory.live();
    let out = machine.buffer(&[0; 256]);
    machine.run("heap", 1, 32, &[out]);
    for (t, address) in machine.read_longs(out, 32).into_iter().enumerate() {
        assert_eq!(machine.read_words(address + 8, 1), [t as u32 * 3]);
        machine.memory.free(address).unwrap();
    }
    assert_eq!(machine.memory.live(), before + 1);
}

#[test]
fn dynamic_shared_memory_is_behind_the_static() {
    let mut machine = Machine::new(CALLS);
    machine.shared_bytes = 64 * 4;
    let out = machine.memory.alloc(256).unwrap();
    machine.run("dynamic", 1, 64, &[out]);
    let wanted: Vec<u32> = (0..64).map(|t| 63 - t + 1000 + 256 * 10_000).collect();
    assert_eq!(machine.read_words(out, 64), wanted);
    machine.shared_bytes = 1 << 20;
    let fault = machine.try_run("dynamic", 1, 64, &[out]).unwrap_err();
    assert_eq!(fault.kind, FaultKind::InvalidLaunch);
}

#[test]
fn generic_addresses_find_their_space() {
    let machine = Machine::new(CALLS);
    let out = machine.words(&(0..64).map(|word| word * 7).collect::<Vec<u32>>());
    machine.run("generic_", 1, 32, &[out]);
    let got = machine.read_words(out, 32);
    for t in 0..32u32 {
        let wanted = match t % 3 {
            0 => (t ^ 1) + 1000,
            1 => 100 * (1 + t % 2) + t + 2000,
            _ => (32 + t) * 7 + 4000,
        };
        assert_eq!(got[t as usize], wanted, "thread {t}");
    }
}

#[test]
fn long_integers_and_vectors() {
    let machine = Machine::new(CALLS);
    let out = machine.memory.alloc(512).unwrap();
    let (a, b) = (-123_456_789_012_345i64, 0xfedc_ba98_7654_3210u64);
    machine.run("wide", 1, 64, &[out, a as u64, b]);
    for (t, got) in machine.read_longs(out, 64).into_iter().enumerate() {
        let t = t as i64;
        let wanted = (a * (t + 1) / (t + 3))
            .wrapping_add((b % (t as u64 + 7)) as i64)
            .wrapping_add(((i128::from(a) * i128::from(a)) >> 64) as i64)
            .wrapping_add(i64::from((b >> t).leading_zeros()))
            .wrapping_add(i64::from(b.trailing_zeros()) + 1)
            .wrapping_add(((u128::from(b) * u128::from(b)) >> 64) as i64);
        assert_eq!(got as i64, wanted, "thread {t}");
    }
    let floats = machine.floats(&(0..128).map(|index| index as f32).collect::<Vec<f32>>());
    let bytes = machine.buffer(&(0..128).collect::<Vec<u8>>());
    machine.run("vectors", 1, 32, &[out, floats, bytes]);
    for (t, got) in machine.read_floats(out, 128).chunks(4).enumerate() {
        let base = 4.0 * t as f32;
        let wanted: Vec<f32> = (0..4)
            .map(|index| base + 3.0 - index as f32 + base + index as f32)
            .collect();
        assert_eq!(got, wanted, "thread {t}");
    }
}

#[test]
fn endless_recursion_is_a_stack_overflow() {
    let text = ".version 8.0\n.target sm_80\n.address_size 64\n\
        .func deeper(.param .b64 p) { .reg .b64 %rd<3>; ld.param.b64 %rd1, [p]; add.s64 %rd2, %rd1, 1;\n\
        { .param .b64 q; st.param.b64 [q], %rd2; call.uni deeper, (q); } ret; }\n\
        .visible .entry k() { { .param .b64 q; st.param.b64 [q], 0; call.uni deeper, (q); } ret; }\n";
    let fault = Machine::new(text).try_run("k", 1, 1, &[]).unwrap_err();
    assert_eq!(
        (fault.kind, fault.function.as_deref()),
        (FaultKind::StackOverflow, Some("deeper"))
    );
    assert_eq!(fault.ptx_line, 5);
}
