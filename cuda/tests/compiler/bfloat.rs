//! `cuda_bf16.h`, against the crate `half`.

use cuda::Result;
use cuda::compiler::SourceModule;
use cuda::driver::{Context, In, Launch, Out};
use cuda_macros::backend_test;
use half::bf16;

const SOURCE: &str = "
#include <cuda_bf16.h>
__global__ void k(nv_bfloat16 *to, const float *from, int count)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count)
        return;
    const nv_bfloat16 a = __float2bfloat16(from[i]), b = a * nv_bfloat16(3.0f);
    to[4 * i] = a;
    to[4 * i + 1] = b + a;
    to[4 * i + 2] = __hfma(a, b, a);
    to[4 * i + 3] = a < b ? __hneg(a) : __habs(b);
}
";

/// Floats of all signs and exponents, with digits below the last of a bfloat16, ties among them.
fn samples() -> Vec<f32> {
    let bits = (0..=0xffff_u32).step_by(61).map(|high| high << 16);
    let low = [0x0000, 0x7fff, 0x8000, 0x8001, 0xc000];
    bits.zip(low.iter().cycle())
        .map(|(high, low)| f32::from_bits(high | low))
        .collect()
}

#[backend_test]
fn all_is_computed_in_float_and_rounded_once(context: &Context) -> Result<()> {
    let k = SourceModule::builder(SOURCE)
        .name_expression("k")
        .build_in(context)?;
    let from = samples();
    let mut to = vec![0_u16; 4 * from.len()];
    let arguments = (Out(&mut to), In(&from), from.len() as i32);
    k.get_function("k")?
        .call(arguments, Launch::for_items(from.len(), 128))?;
    for (from, to) in from.iter().zip(to.chunks(4)) {
        let a = bf16::from_f32(*from);
        let b = bf16::from_f32(a.to_f32() * 3.0);
        let expected = [
            a,
            bf16::from_f32(b.to_f32() + a.to_f32()),
            bf16::from_f32(a.to_f32().mul_add(b.to_f32(), a.to_f32())),
            if a < b {
                -a
            } else {
                bf16::from_bits(b.to_bits() & 0x7fff)
            },
        ];
        for (ours, exact) in to.iter().map(|bits| bf16::from_bits(*bits)).zip(expected) {
            let same = ours.to_bits() == exact.to_bits() || ours.is_nan() && exact.is_nan();
            assert!(same, "of {from:?}: {ours:?}, not {exact:?}");
        }
    }
    Ok(())
}
