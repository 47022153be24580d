//! Comparisons, logic and choices.

use cuda::Result;
use cuda::driver::Context;
use cuda::gpuarray::{GpuArray, if_positive, where_};
use cuda_macros::backend_test;
use num_complex::Complex;

use crate::{array, count};

#[backend_test]
fn array_comparisons(context: &Context) -> Result<()> {
    let (a, b) = (
        array(context, &[1_i32, 2, 3])?,
        array(context, &[3_i32, 2, 1])?,
    );
    assert_eq!(a.lt(&b)?.to_vec()?, [true, false, false]);
    assert_eq!(a.le(&b)?.to_vec()?, [true, true, false]);
    assert_eq!(a.gt(&b)?.to_vec()?, [false, false, true]);
    assert_eq!(a.ge(&b)?.to_vec()?, [false, true, true]);
    assert_eq!(a.eq(&b)?.to_vec()?, [false, true, false]);
    assert_eq!(a.ne(&b)?.to_vec()?, [true, false, true]);
    Ok(())
}

#[backend_test]
fn scalar_comparisons(context: &Context) -> Result<()> {
    let a = count(context, 5)?;
    assert_eq!(a.gt(2.0)?.to_vec()?, [false, false, false, true, true]);
    assert_eq!(a.eq(0.0)?.to_vec()?, [true, false, false, false, false]);
    let z = array(
        context,
        &[Complex::new(0.0_f32, 1.0), Complex::new(1.0, 0.0)],
    )?;
    assert_eq!(z.ne(Complex::new(1.0, 0.0))?.to_vec()?, [true, false]);
    Ok(())
}

#[backend_test]
fn unequal_types_are_compared_in_one_that_holds_both(context: &Context) -> Result<()> {
    let signed = array(context, &[-1_i32, 1])?;
    let unsigned = array(context, &[u32::MAX, 1])?;
    assert_eq!(signed.eq(&unsigned)?.to_vec()?, [false, true]);
    assert_eq!(signed.lt(&unsigned)?.to_vec()?, [true, false]);
    Ok(())
}

#[backend_test]
fn nan_arithmetic(context: &Context) -> Result<()> {
    let a = array(context, &[1.0_f32, f32::NAN, 3.0])?;
    let doubled = (&a + &a).to_vec()?;
    assert!(doubled[0] == 2.0 && doubled[1].is_nan() && doubled[2] == 6.0);
    assert_eq!(a.eq(&a)?.to_vec()?, [true, false, true]);
    assert_eq!(a.ne(&a)?.to_vec()?, [false, true, false]);
    Ok(())
}

#[backend_test]
fn logical_and_or_not(context: &Context) -> Result<()> {
    let (a, b) = (
        array(context, &[0.0_f32, 1.0, 2.0, 0.0])?,
        array(context, &[0_i32, 0, 3, 4])?,
    );
    assert_eq!(a.logical_and(&b)?.to_vec()?, [false, false, true, false]);
    assert_eq!(a.logical_or(&b)?.to_vec()?, [false, true, true, true]);
    assert_eq!(a.logical_xor(&b)?.to_vec()?, [false, true, false, true]);
    assert_eq!(a.logical_not()?.to_vec()?, [true, false, false, true]);
    assert_eq!(a.logical_and(5.0)?.to_vec()?, [false, true, true, false]);
    Ok(())
}

#[backend_test]
fn where_and_if_positive(context: &Context) -> Result<()> {
    let a = array(context, &[1_i32, 0, -1])?;
    let (yes, no) = (
        array(context, &[1.0_f64, 2.0, 3.0])?,
        array(context, &[-1.0_f64, -2.0, -3.0])?,
    );
    assert_eq!(if_positive(&a, &yes, &no)?.to_vec()?, [1.0, -2.0, -3.0]);
    assert_eq!(where_(&a.ne(0)?, &yes, 0.0)?.to_vec()?, [1.0, 0.0, 3.0]);
    let column = GpuArray::full_in(context, (2, 1), 9.0_f64)?;
    assert_eq!(
        where_(&a.lt(1)?, &column, &yes)?.to_vec()?,
        [1.0, 9.0, 9.0, 1.0, 9.0, 9.0]
    );
    Ok(())
}

#[backend_test]
fn truth_value(context: &Context) -> Result<()> {
    assert!(array(context, &[3])?.is_true()?);
    assert!(!GpuArray::full_in(context, (1, 1), 0.0_f32)?.is_true()?);
    let error = array(context, &[1, 2])?.is_true().unwrap_err().to_string();
    assert!(
        error.contains("2 elements") && error.contains("any() or all()"),
        "{error}"
    );
    Ok(())
}

/// The two meet in `f64`, in which the largest of them are one number.
#[backend_test]
fn integers_with_and_without_a_sign_are_compared_exactly(context: &Context) -> Result<()> {
    let signed = array(context, &[-1_i64, i64::MAX, i64::MAX, 5, i64::MIN, 0])?;
    let unsigned = array(
        context,
        &[u64::MAX, 1 << 63, i64::MAX as u64, 4, 1 << 63, 0],
    )?;
    let host = |compare: fn(&i128, &i128) -> bool| -> Result<Vec<bool>> {
        let (a, b) = (signed.to_vec()?, unsigned.to_vec()?);
        let pairs = a
            .into_iter()
            .map(i128::from)
            .zip(b.into_iter().map(i128::from));
        Ok(pairs.map(|(a, b)| compare(&a, &b)).collect())
    };
    assert_eq!(signed.eq(&unsigned)?.to_vec()?, host(i128::eq)?);
    assert_eq!(signed.ne(&unsigned)?.to_vec()?, host(i128::ne)?);
    assert_eq!(signed.lt(&unsigned)?.to_vec()?, host(i128::lt)?);
    assert_eq!(signed.le(&unsigned)?.to_vec()?, host(i128::le)?);
    assert_eq!(signed.gt(&unsigned)?.to_vec()?, host(i128::gt)?);
    assert_eq!(signed.ge(&unsigned)?.to_vec()?, host(i128::ge)?);
    assert_eq!(unsigned.lt(&signed)?.to_vec()?, host(i128::gt)?);
    assert_eq!(unsigned.ge(&signed)?.to_vec()?, host(i128::le)?);
    assert_eq!(unsigned.eq(&signed)?.to_vec()?, host(i128::eq)?);

    let column = array(context, &[-1_i8, 1])?.reshape((2, 1))?;
    let row = array(context, &[0_u64, 1, 255])?;
    let expected = [true, true, true, false, false, true];
    assert_eq!(column.lt(&row)?.to_vec()?, expected, "broadcast");
    let both = [true, true, true, true, true, false];
    assert_eq!(signed.logical_and(&unsigned)?.to_vec()?, both);
    Ok(())
}
