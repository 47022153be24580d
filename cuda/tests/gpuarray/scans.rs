//! Inclusive and exclusive scans.

use cuda::Result;
use cuda::driver::Context;
use cuda::gpuarray::{GpuArray, Slice};
use cuda::scan::{ExclusiveScanKernel, InclusiveScanKernel};
use cuda_macros::backend_test;
use num_complex::Complex;

use crate::array;

fn numbers(length: usize) -> Vec<i32> {
    (0..length as i64)
        .map(|n| (n * 7919 % 211 - 100) as i32)
        .collect()
}

#[backend_test]
fn scan(context: &Context) -> Result<()> {
    let inclusive = InclusiveScanKernel::<i32>::new("a+b");
    let exclusive = ExclusiveScanKernel::<i32>::new("a+b", "0");
    for length in [0, 1, 7, 8, 1791, 1792, 1793, 5000, 100_000] {
        let numbers = numbers(length);
        let before: Vec<i32> = numbers
            .iter()
            .scan(0, |sum, n| Some(std::mem::replace(sum, *sum + n)))
            .collect();
        let after: Vec<i32> = before
            .iter()
            .zip(&numbers)
            .map(|(sum, n)| sum + n)
            .collect();
        let on_device = array(context, &numbers)?;
        assert_eq!(inclusive.call(&on_device)?.to_vec()?, after, "{length}");
        assert_eq!(exclusive.call(&on_device)?.to_vec()?, before, "{length}");
    }
    Ok(())
}

/// Composition of the affine maps x -> m x + c, packed in one number: associative, but not commutative.
#[backend_test]
fn order_is_kept(context: &Context) -> Result<()> {
    const COMPOSE: &str = "__device__ unsigned int compose(unsigned int a, unsigned int b) {
    unsigned int am = a >> 16, ac = a & 65535, bm = b >> 16, bc = b & 65535;
    return (am * bm & 65535) << 16 | (bm * ac + bc & 65535);
}";
    let compose = |a: u32, b: u32| {
        let (am, ac, bm, bc) = (a >> 16, a & 0xffff, b >> 16, b & 0xffff);
        ((am * bm) & 0xffff) << 16 | ((bm * ac + bc) & 0xffff)
    };
    let maps: Vec<u32> = (0..20_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761) | 1 << 16)
        .collect();
    let kernel = InclusiveScanKernel::<u32>::new("compose(a, b)").preamble(COMPOSE);
    let expected: Vec<u32> = maps
        .iter()
        .scan(None, |state: &mut Option<u32>, map| {
            *state = Some(state.map_or(*map, |before| compose(before, *map)));
            *state
        })
        .collect();
    assert_eq!(kernel.call(&array(context, &maps)?)?.to_vec()?, expected);
    Ok(())
}

#[backend_test]
fn other_types_views_and_places(context: &Context) -> Result<()> {
    let running = InclusiveScanKernel::<f64>::new("max(a, b)");
    let mut values = array(context, &[1.0_f64, -2.0, 5.0, 3.0, 9.0, 4.0])?;
    assert_eq!(
        running
            .call(&values.slice(Slice::new(None, None, -1))?)?
            .to_vec()?,
        [4.0, 9.0, 9.0, 9.0, 9.0, 9.0]
    );
    let input = values.alias();
    running.call_into(&input, &mut values)?;
    assert_eq!(values.to_vec()?, [1.0, 1.0, 5.0, 5.0, 9.0, 9.0]);
    let one = array(context, &[1.0_f64])?;
    assert!(running.call_into(&one, &mut values).is_err());
    let bytes = GpuArray::full_in(context, (3, 4), 50_u8)?;
    let sums = ExclusiveScanKernel::<u8>::new("a+b", "6").call(&bytes)?;
    assert_eq!(sums.shape(), [3, 4]);
    assert_eq!(sums.to_vec()?[..7], [6, 56, 106, 156, 206, 0, 50]);
    Ok(())
}

/// Products of 1, i, -1 and -i, which are exact, in several blocks.
#[backend_test]
fn complex_numbers_are_scanned(context: &Context) -> Result<()> {
    let turns = |n: usize| [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)][n % 4];
    for length in [4, 5_000] {
        let numbers: Vec<Complex<f32>> = (0..length)
            .map(|n| Complex::new(turns(n * n).0 as f32, turns(n * n).1 as f32))
            .collect();
        let expected: Vec<Complex<f32>> = numbers
            .iter()
            .scan(Complex::new(1.0, 0.0), |product, number| {
                *product *= number;
                Some(*product)
            })
            .collect();
        let wide: Vec<Complex<f64>> = numbers
            .iter()
            .map(|number| Complex::new(number.re.into(), number.im.into()))
            .collect();
        let products = InclusiveScanKernel::<Complex<f32>>::new("a*b");
        assert_eq!(
            products.call(&array(context, &numbers)?)?.to_vec()?,
            expected
        );
        let products = ExclusiveScanKernel::<Complex<f64>>::new("a*b", "1");
        let got = products
            .call(&array(context, &wide)?)?
            .astype::<Complex<f32>>()?;
        assert_eq!(got.to_vec()?[1..], expected[..length - 1]);
    }
    Ok(())
}
