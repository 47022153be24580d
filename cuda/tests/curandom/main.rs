//! Random numbers on the devices: known answers, moments, and the same numbers in whichever way they are asked for.

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod moments;

use cuda::Result;
use cuda::curandom::{Generator, Mrg32k3aGenerator, PhiloxGenerator, XorwowGenerator};
use cuda::driver::Context;
use cuda::gpuarray::{GpuArray, Order};
use cuda_macros::backend_test;

/// Two calls give what one gives that is as long as both.
fn goes_on<G: Generator>(mut new: impl FnMut() -> Result<G>, first: usize) -> Result<()> {
    let whole = new()?.gen_uniform::<u32>(40_000)?.to_vec()?;
    let mut generator = new()?;
    let mut parts = generator.gen_uniform::<u32>(first)?.to_vec()?;
    parts.extend(generator.gen_uniform::<u32>(40_000 - first)?.to_vec()?);
    assert_eq!(parts, whole);
    Ok(())
}

#[backend_test]
fn calls_go_on_where_the_last_ended(context: &Context) -> Result<()> {
    goes_on(|| XorwowGenerator::new_in(context, 5), 20_001)?;
    goes_on(|| Mrg32k3aGenerator::new_in(context, 5), 3)?;
    goes_on(|| PhiloxGenerator::new_in(context, 5, 0), 20_000)
}

#[backend_test]
fn seeds_make_a_difference(context: &Context) -> Result<()> {
    let first = |seed| {
        XorwowGenerator::new_in(context, seed)?
            .gen_uniform::<u64>(100)?
            .to_vec()
    };
    assert_eq!(first(1)?, first(1)?);
    assert_ne!(first(1)?, first(2)?);
    assert_ne!(first(1)?, first(1 << 32 | 1)?);
    Ok(())
}

#[backend_test]
fn any_array_is_filled_in_its_order(context: &Context) -> Result<()> {
    let mut turned = GpuArray::<f32>::zeros_in(context, (30, 40), Order::F)?;
    PhiloxGenerator::new_in(context, 1, 0)?.fill_uniform(&mut turned)?;
    let plain = PhiloxGenerator::new_in(context, 1, 0)?.gen_uniform::<f32>((30, 40))?;
    assert_eq!(turned.get()?, plain.get()?);
    assert_eq!(
        PhiloxGenerator::new_in(context, 1, 0)?
            .gen_uniform::<f32>(0)?
            .size(),
        0
    );
    Ok(())
}

#[backend_test]
fn curand_wrappers(context: &Context) -> Result<()> {
    let _current = context.make_current();
    let numbers = cuda::curandom::rand::<f64>((10, 20))?;
    assert_eq!(numbers.shape(), [10, 20]);
    assert!(numbers.min()?.item()? > 0.0 && numbers.max()?.item()? <= 1.0);
    assert_ne!(
        numbers.get()?,
        cuda::curandom::rand::<f64>((10, 20))?.get()?
    );
    Ok(())
}
