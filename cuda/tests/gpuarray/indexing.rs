//! Elements by arrays of indices.

use cuda::driver::Context;
use cuda::gpuarray::{GpuArray, multi_put, multi_take, multi_take_put};
use cuda::{Code, Result};
use cuda_macros::backend_test;
use num_complex::Complex;

use crate::{array, count};

#[backend_test]
fn take(context: &Context) -> Result<()> {
    let numbers = count(context, 100)?;
    let indices = array(context, &[0_u32, 99, 50, 50])?;
    assert_eq!(numbers.take(&indices)?.to_vec()?, [0.0, 99.0, 50.0, 50.0]);
    let from_the_end = array(context, &[-1_i8, -100])?.reshape((2, 1))?;
    let taken = numbers.take(&from_the_end)?;
    assert_eq!(
        (taken.shape(), taken.to_vec()?),
        (&[2, 1][..], vec![99.0, 0.0])
    );
    let backwards = numbers.reverse()?;
    assert_eq!(
        backwards.take(&indices.reverse()?)?.to_vec()?,
        [49.0, 49.0, 0.0, 99.0]
    );
    let complex = array(
        context,
        &[Complex::new(1.0_f64, 2.0), Complex::new(3.0, 4.0)],
    )?;
    assert_eq!(
        complex.take(&array(context, &[1_i64])?)?.to_vec()?,
        [Complex::new(3.0, 4.0)]
    );
    assert_eq!(
        array(context, &[true, false])?
            .take(&array(context, &[1_i64, 0])?)?
            .to_vec()?,
        [false, true]
    );
    Ok(())
}

#[backend_test]
fn indices_outside_are_errors(context: &Context) -> Result<()> {
    let mut numbers = count(context, 10)?;
    let indices = array(context, &[3, 10, -11])?;
    let error = numbers.take(&indices).unwrap_err();
    assert_eq!(error.code(), Code::InvalidValue);
    assert!(
        error
            .to_string()
            .contains("index number 1 is outside of an array of 10"),
        "{error}"
    );
    assert!(numbers.put(&indices, &count(context, 3)?).is_err());
    assert!(numbers.subset_sum(&indices).is_err());
    assert!(count(context, 0)?.take(&array(context, &[0])?).is_err());
    for index in [10, u64::MAX, 1 << 63, i64::MAX as u64] {
        let indices = array(context, &[9, index])?;
        let error = numbers.take(&indices).unwrap_err().to_string();
        assert!(error.contains("index number 1"), "{index}: {error}");
    }
    assert_eq!(numbers.take(&array(context, &[9_u64])?)?.to_vec()?, [9.0]);
    assert_eq!(numbers.take(&array::<i32>(context, &[])?)?.size(), 0);
    Ok(())
}

#[backend_test]
fn put(context: &Context) -> Result<()> {
    let mut numbers = count(context, 6)?;
    numbers.put(
        &array(context, &[5_u8, 0])?,
        &array(context, &[-5.0_f32, -1.0])?,
    )?;
    assert_eq!(numbers.to_vec()?, [-1.0, 1.0, 2.0, 3.0, 4.0, -5.0]);
    let error = numbers
        .reverse()?
        .put(&array(context, &[1])?, &count(context, 1)?)
        .unwrap_err()
        .to_string();
    assert!(error.contains("not contiguous"), "{error}");
    Ok(())
}

#[backend_test]
fn take_put(context: &Context) -> Result<()> {
    let from = count(context, 5)?;
    let moved = multi_take_put(
        &[&from, &(10.0 * &from)],
        &array(context, &[2, 0])?,
        &array(context, &[4, 3])?,
        3,
    )?;
    assert_eq!(moved[0].to_vec()?, [3.0, 0.0, 4.0]);
    assert_eq!(moved[1].to_vec()?, [30.0, 0.0, 40.0]);
    let taken = multi_take(&[&from, &moved[0]], &array(context, &[1_i32, 2])?)?;
    assert_eq!(
        (taken[0].to_vec()?, taken[1].to_vec()?),
        (vec![1.0, 2.0], vec![0.0, 4.0])
    );
    let mut zeros = GpuArray::<f32>::zeros_in(context, 4, Default::default())?;
    multi_put(
        &mut [&mut zeros],
        &array(context, &[3_i32])?,
        &[&array(context, &[7.0_f32])?],
    )?;
    assert_eq!(zeros.to_vec()?, [0.0, 0.0, 0.0, 7.0]);
    Ok(())
}

/// Several warps, so that one would read what another has written.
#[backend_test]
fn elements_move_within_one_array(context: &Context) -> Result<()> {
    const LENGTH: usize = 5_000;
    let upwards = GpuArray::<i64>::sequence_in(context, 0, 1, LENGTH)?;
    let downwards = upwards.reverse()?.copy()?;
    let reversed: Vec<i64> = (0..LENGTH as i64).rev().collect();

    let mut numbers = upwards.copy()?;
    let alias = numbers.alias();
    numbers.take_put(&upwards, &alias, &downwards)?;
    assert_eq!(numbers.to_vec()?, reversed, "from itself to itself");

    let mut numbers = upwards.copy()?;
    let values = numbers.alias();
    numbers.put(&downwards, &values)?;
    assert_eq!(numbers.to_vec()?, reversed, "its own values");

    let mut numbers = downwards.copy()?;
    let indices = numbers.alias();
    numbers.put(&indices, &(10_i64 * &upwards))?;
    let expected: Vec<i64> = reversed.iter().map(|n| 10 * n).collect();
    assert_eq!(numbers.to_vec()?, expected, "by its own indices");
    Ok(())
}
