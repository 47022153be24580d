//! Sums and other reductions.

use cuda::driver::Context;
use cuda::gpuarray::{GpuArray, Order, dot, subset_dot};
use cuda::{Code, Result};
use cuda_macros::backend_test;
use half::f16;
use num_complex::Complex;

use crate::{array, count};

#[backend_test]
fn sum(context: &Context) -> Result<()> {
    for length in [0, 1, 31, 32, 33, 1000, 8191, 8192, 20_000, 200_001] {
        let numbers = GpuArray::sequence_in(context, 0_i32, 1, length)?;
        assert_eq!(
            numbers.sum()?.item()?,
            (0..length as i64).sum::<i64>(),
            "{length} numbers"
        );
        let doubles = numbers.astype::<f64>()?;
        assert_eq!(
            doubles.sum()?.item()?,
            (0..length as i64).sum::<i64>() as f64,
            "{length} numbers"
        );
    }
    Ok(())
}

#[backend_test]
fn sums_of_all_types(context: &Context) -> Result<()> {
    assert_eq!(array(context, &[true, false, true])?.sum()?.item()?, 2_i64);
    assert_eq!(array(context, &[200_u8; 300])?.sum()?.item()?, 60_000_u64);
    assert_eq!(array(context, &[-100_i8; 300])?.sum()?.item()?, -30_000_i64);
    assert_eq!(
        array(context, &[f16::from_f32(0.25); 5000])?
            .sum()?
            .item()?,
        f16::from_f32(1250.0)
    );
    let complex = [Complex::new(1.0_f32, -1.0); 1001];
    assert_eq!(
        array(context, &complex)?.sum()?.item()?,
        Complex::new(1001.0, -1001.0)
    );
    Ok(())
}

#[backend_test]
fn sums_are_the_same_each_time(context: &Context) -> Result<()> {
    let numbers = &(1.0 / &(count(context, 100_000)? + 1.0)) * 0.1;
    let first = numbers.sum()?.item()?;
    for _ in 0..5 {
        assert_eq!(numbers.sum()?.item()?.to_bits(), first.to_bits());
    }
    Ok(())
}

#[backend_test]
fn views_are_summed(context: &Context) -> Result<()> {
    let table = count(context, 600)?.reshape((20, 30))?;
    let part = table.slice((3..17, 5..11))?;
    assert_eq!(part.sum()?.item()?, part.get()?.sum());
    assert_eq!(table.t().sum()?.item()?, table.sum()?.item()?);
    assert_eq!(table.slice((0, 1..))?.max()?.item()?, 29.0);
    let row = table.slice(0)?.broadcast_to((7, 30))?;
    assert_eq!(row.sum()?.item()?, 7.0 * 435.0);
    Ok(())
}

#[backend_test]
fn minmax(context: &Context) -> Result<()> {
    let numbers: Vec<i16> = (0..10_000_i32)
        .map(|n| (n * 7919 % 10_007 - 5000) as i16)
        .collect();
    let a = array(context, &numbers)?;
    assert_eq!(a.min()?.item()?, *numbers.iter().min().unwrap());
    assert_eq!(a.max()?.item()?, *numbers.iter().max().unwrap());
    let error = array::<f32>(context, &[])?.max().unwrap_err();
    assert_eq!(error.code(), Code::InvalidValue);
    let with_nan = array(context, &[1.0_f64, f64::NAN, 0.5])?;
    assert!(with_nan.min()?.item()?.is_nan() && with_nan.max()?.item()?.is_nan());
    let infinite = GpuArray::full_in(context, 40, f32::NEG_INFINITY)?;
    assert_eq!(infinite.max()?.item()?, f32::NEG_INFINITY);
    Ok(())
}

#[backend_test]
fn subset_forms(context: &Context) -> Result<()> {
    let numbers = count(context, 1000)?;
    let chosen = array(context, &[5_i32, 999, -2, 5])?;
    assert_eq!(numbers.subset_sum(&chosen)?.item()?, 2007.0);
    assert_eq!(numbers.subset_min(&chosen)?.item()?, 5.0);
    assert_eq!((-&numbers).subset_max(&chosen)?.item()?, -5.0);
    assert_eq!(
        subset_dot(&chosen, &numbers, &numbers)?.item()?,
        25.0 + 998_001.0 + 996_004.0 + 25.0
    );
    assert!(numbers.subset_min(&array::<i32>(context, &[])?).is_err());
    Ok(())
}

#[backend_test]
fn dot_products(context: &Context) -> Result<()> {
    let a = count(context, 50)?;
    assert_eq!(
        dot(&a, &a)?.item()?,
        (0..50).map(|n| n * n).sum::<i32>() as f32
    );
    let bytes = array(context, &[255_u8; 1000])?;
    assert_eq!(dot(&bytes, &bytes)?.item()?, 65_025_000);
    assert_eq!(
        dot(&bytes, &GpuArray::full_in(context, 1000, -1_i8)?)?.item()?,
        -255_000_i64
    );
    assert_eq!(
        dot(&a, &a.reverse()?)?.item()?,
        (0..50).map(|n| n * (49 - n)).sum::<i32>() as f32
    );
    assert!(dot(&a, &bytes).is_err());
    Ok(())
}

#[backend_test]
fn any_all(context: &Context) -> Result<()> {
    let mut flags = GpuArray::<bool>::ones_like(&GpuArray::zeros_in(context, 3333, Order::C)?)?;
    assert!(flags.all()?.is_true()? && flags.any()?.is_true()?);
    flags.set_item(3332, false)?;
    assert!(!flags.all()?.is_true()? && flags.any()?.is_true()?);
    assert!(!flags.zeros_like()?.any()?.is_true()?);
    assert!(count(context, 0)?.all()?.item()? && !count(context, 0)?.any()?.item()?);
    Ok(())
}
