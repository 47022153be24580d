//! Every element type has its kernels, and they are kept: none of this needs a compiler.

use cuda::gpuarray::{Element, GpuArray};
use cuda::{Context, Result, cumath};
use cuda_macros::backend_test;
use half::f16;
use num_complex::Complex;

use crate::array;

/// A kernel of each family but the functions.
macro_rules! compute {
    ($context:expr, $($type:ty)*) => {$({
        let ones = [<$type as Element>::ONE; 5];
        let x: GpuArray<$type> = array($context, &ones)?;
        assert_eq!(x.try_mul(&x)?.to_vec()?, ones);
        assert_eq!(x.eq(&x)?.to_vec()?, [true; 5]);
        assert_eq!(array($context, &[1_u8; 5])?.astype::<$type>()?.to_vec()?, ones);
        assert_eq!(x.sum()?.astype::<f64>()?.item()?, 5.0, "{}", stringify!($type));
    })*};
}

#[backend_test]
fn all_types_compute(context: &Context) -> Result<()> {
    compute!(context, i8 i16 i32 i64 u8 u16 u32 u64 f16 f32 f64 Complex<f32> Complex<f64>);
    let x = array(context, &[true, false])?;
    assert_eq!(x.eq(&x)?.to_vec()?, [true; 2]);
    assert_eq!(
        array(context, &[2.5_f32, 0.0])?
            .astype::<bool>()?
            .to_vec()?,
        [true, false]
    );
    assert_eq!(x.sum()?.item()?, 1);
    Ok(())
}

macro_rules! roots {
    ($context:expr, $($type:ty)*) => {$({
        let ones = [<$type as Element>::ONE; 5];
        assert_eq!(cumath::sqrt(&array($context, &ones)?)?.to_vec()?, ones);
    })*};
}

#[backend_test]
fn all_types_have_functions(context: &Context) -> Result<()> {
    roots!(context, f16 f32 f64 Complex<f32> Complex<f64>);
    Ok(())
}
