//! Operators and the methods behind them.

use cuda::driver::Context;
use cuda::gpuarray::{GpuArray, Slice};
use cuda::{Code, Result};
use cuda_macros::backend_test;
use half::f16;
use num_complex::Complex;

use crate::{array, count};

#[backend_test]
fn addition_and_subtraction(context: &Context) -> Result<()> {
    let (a, b) = (
        array(context, &[1.0_f32, 2.0, 3.0])?,
        array(context, &[10.0_f32, 20.0, 30.0])?,
    );
    assert_eq!((&a + &b).to_vec()?, [11.0, 22.0, 33.0]);
    assert_eq!((&a - &b).to_vec()?, [-9.0, -18.0, -27.0]);
    assert_eq!((&a + 7.0).to_vec()?, [8.0, 9.0, 10.0]);
    assert_eq!((7.0 + &a).to_vec()?, [8.0, 9.0, 10.0]);
    assert_eq!((7.0 - &a).to_vec()?, [6.0, 5.0, 4.0]);
    assert_eq!((&a + &b - 1.0).to_vec()?, [10.0, 21.0, 32.0]);
    assert_eq!((-&a).to_vec()?, [-1.0, -2.0, -3.0]);
    Ok(())
}

#[backend_test]
fn multiplication_and_division(context: &Context) -> Result<()> {
    let a = array(context, &[1.0_f32, 2.0, 4.0])?;
    assert_eq!((&a * &a).to_vec()?, [1.0, 4.0, 16.0]);
    assert_eq!((2.0 * &a).to_vec()?, [2.0, 4.0, 8.0]);
    assert_eq!((&a / 2.0).to_vec()?, [0.5, 1.0, 2.0]);
    assert_eq!((4.0 / &a).to_vec()?, [4.0, 2.0, 1.0]);
    assert_eq!((&a % 3.0).to_vec()?, [1.0, 2.0, 1.0]);
    Ok(())
}

#[backend_test]
fn integers_are_divided_as_rust_divides_them(context: &Context) -> Result<()> {
    let a = array(context, &[7, -7, i32::MIN, 5])?;
    let b = array(context, &[2, 2, -1, 0])?;
    assert_eq!((&a / &b).to_vec()?, [3, -3, i32::MIN, 0]);
    assert_eq!((&a % &b).to_vec()?, [1, -1, 0, 0]);
    assert_eq!(a.true_divide(&b)?.to_vec()?[..2], [3.5, -3.5]);
    assert_eq!(
        a.true_divide(2)?.to_vec()?,
        [3.5, -3.5, -1_073_741_824.0, 2.5]
    );
    Ok(())
}

#[backend_test]
fn in_place(context: &Context) -> Result<()> {
    let mut a = count(context, 5)?;
    let other = a.copy()?;
    a += &other;
    a *= 3.0;
    a -= 1.0;
    a /= &array(context, &[2.0_f32])?;
    assert_eq!(a.to_vec()?, [-0.5, 2.5, 5.5, 8.5, 11.5]);
    let mut integers = array(context, &[1_i16, 2, 3])?;
    integers *= &array(context, &[1.5_f32, 1.5, 1.5])?;
    assert_eq!(integers.to_vec()?, [1, 3, 4]);
    Ok(())
}

#[backend_test]
fn in_place_across_itself(context: &Context) -> Result<()> {
    let numbers = count(context, 1000)?;
    let mut from_second = numbers.slice(1..)?;
    from_second += &numbers.slice(..999)?;
    let expected: Vec<f32> = (0..1000)
        .map(|n| if n == 0 { 0.0 } else { (2 * n - 1) as f32 })
        .collect();
    assert_eq!(numbers.to_vec()?, expected);
    Ok(())
}

#[backend_test]
fn binary_ops_with_unequal_dtypes(context: &Context) -> Result<()> {
    let bytes = array(context, &[1_u8, 200])?;
    let signed: GpuArray<i16> = &bytes + &array(context, &[-1_i8, 100])?;
    assert_eq!(signed.to_vec()?, [0, 300]);
    let double: GpuArray<f64> = &array(context, &[1_i32 << 30])? + &array(context, &[0.5_f32])?;
    assert_eq!(double.to_vec()?, [1_073_741_824.5]);
    let complex: GpuArray<Complex<f32>> =
        &array(context, &[2.0_f32])? * &array(context, &[Complex::new(1.0_f32, -3.0)])?;
    assert_eq!(complex.to_vec()?, [Complex::new(2.0, -6.0)]);
    Ok(())
}

#[backend_test]
fn broadcasting(context: &Context) -> Result<()> {
    let column = count(context, 3)?.reshape((3, 1))?;
    let row = count(context, 4)?;
    let table = &(10.0 * &column) + &row;
    assert_eq!(table.shape(), [3, 4]);
    assert_eq!(
        table.to_vec()?,
        [
            0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0, 20.0, 21.0, 22.0, 23.0
        ]
    );
    let error = table.try_add(&count(context, 3)?).unwrap_err();
    assert_eq!(error.code(), Code::InvalidValue);
    assert!(
        error.to_string().contains("[3, 4] and [3] do not fit"),
        "{error}"
    );
    Ok(())
}

#[backend_test]
fn operators_panic_with_the_error(context: &Context) -> Result<()> {
    let (a, b) = (count(context, 3)?, count(context, 4)?);
    let message =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(&a + &b))).unwrap_err();
    let message = message.downcast_ref::<String>().expect("a message");
    assert!(
        message.contains("[3] and [4] do not fit together"),
        "{message}"
    );
    Ok(())
}

#[backend_test]
fn powers(context: &Context) -> Result<()> {
    let a = array(context, &[1.0_f32, 2.0, 3.0])?;
    assert_eq!(a.pow(2.0)?.to_vec()?, [1.0, 4.0, 9.0]);
    assert_eq!(a.pow(&a)?.to_vec()?, [1.0, 4.0, 27.0]);
    assert_eq!(a.rpow(2.0)?.to_vec()?, [2.0, 4.0, 8.0]);
    let integers = array(context, &[2, -3, 1, -1])?;
    assert_eq!(integers.pow(3)?.to_vec()?, [8, -27, 1, -1]);
    assert_eq!(integers.pow(-1)?.to_vec()?, [0, 0, 1, -1]);
    Ok(())
}

#[backend_test]
fn abs_and_sign(context: &Context) -> Result<()> {
    assert_eq!(
        array(context, &[-2.5_f64, 0.0, 3.0])?.abs()?.to_vec()?,
        [2.5, 0.0, 3.0]
    );
    assert_eq!(
        array(context, &[-2_i8, 5, i8::MIN])?.abs()?.to_vec()?,
        [2, 5, i8::MIN]
    );
    assert_eq!(
        array(context, &[-2_i64, 0, 9])?.sign()?.to_vec()?,
        [-1, 0, 1]
    );
    assert_eq!(
        array(context, &[Complex::new(3.0_f32, -4.0)])?
            .norm()?
            .to_vec()?,
        [5.0]
    );
    Ok(())
}

#[backend_test]
fn mul_add(context: &Context) -> Result<()> {
    let (a, b) = (count(context, 7)?, count(context, 7)?.reverse()?);
    let expected: Vec<f32> = (0..7).map(|n| (2 * n + 3 * (6 - n)) as f32).collect();
    assert_eq!(a.mul_add(2.0, &b, 3.0)?.to_vec()?, expected);
    assert_eq!(
        a.mul_add(2.0, &a, 3.0)?.to_vec()?,
        (0..7).map(|n| (5 * n) as f32).collect::<Vec<_>>()
    );
    Ok(())
}

#[backend_test]
fn bits(context: &Context) -> Result<()> {
    let a = array(context, &[0b1100_u8, 0xff])?;
    let b = array(context, &[0b1010_u8, 1])?;
    assert_eq!((&a & &b).to_vec()?, [0b1000, 1]);
    assert_eq!((&a | &b).to_vec()?, [0b1110, 0xff]);
    assert_eq!((&a ^ &b).to_vec()?, [0b0110, 0xfe]);
    assert_eq!((!&a).to_vec()?, [0b1111_0011, 0]);
    assert_eq!((&a << 4).to_vec()?, [0b1100_0000, 0xf0]);
    assert_eq!((&array(context, &[-8_i32, 8])? >> 40).to_vec()?, [-1, 0]);
    let (yes, no) = (
        array(context, &[true, true, false])?,
        array(context, &[true, false, false])?,
    );
    assert_eq!((&yes ^ &no).to_vec()?, [false, true, false]);
    assert_eq!((!&no).to_vec()?, [false, true, true]);
    Ok(())
}

#[backend_test]
fn minimum_maximum_scalar(context: &Context) -> Result<()> {
    let a = array(context, &[1.0_f32, 5.0, f32::NAN])?;
    let low = a.minimum(3.0)?.to_vec()?;
    assert_eq!(low[..2], [1.0, 3.0]);
    assert!(low[2].is_nan());
    assert_eq!(
        a.maximum(&array(context, &[2.0_f32, 2.0, 2.0])?)?
            .to_vec()?[..2],
        [2.0, 5.0]
    );
    Ok(())
}

#[backend_test]
fn half_precision_rounds_once(context: &Context) -> Result<()> {
    let a = array(context, &[1.0, 2048.0, 0.1].map(f16::from_f32))?;
    let b = array(context, &[3.0, 1.0, 0.2].map(f16::from_f32))?;
    let expected = a.to_vec()?.into_iter().zip(b.to_vec()?);
    assert_eq!(
        (&a / &b).to_vec()?,
        expected.clone().map(|(a, b)| a / b).collect::<Vec<_>>()
    );
    assert_eq!(
        (&a + &b).to_vec()?,
        expected.map(|(a, b)| a + b).collect::<Vec<_>>()
    );
    Ok(())
}

#[backend_test]
fn complex_bits(context: &Context) -> Result<()> {
    let z = array(
        context,
        &[Complex::new(1.0_f64, 2.0), Complex::new(-3.0, 4.0)],
    )?;
    assert_eq!(z.real().to_vec()?, [1.0, -3.0]);
    assert_eq!(z.imag().to_vec()?, [2.0, 4.0]);
    assert_eq!(z.conj()?.to_vec()?[1], Complex::new(-3.0, -4.0));
    z.imag().fill(0.0)?;
    assert_eq!(z.to_vec()?[0], Complex::new(1.0, 0.0));
    let quotient = (&z / Complex::new(0.0, 2.0)).to_vec()?;
    assert_eq!(quotient, [Complex::new(0.0, -0.5), Complex::new(0.0, 1.5)]);
    Ok(())
}

#[backend_test]
fn all_alignments_and_lengths(context: &Context) -> Result<()> {
    let numbers = count(context, 1100)?;
    for (begin, length) in [
        (0, 0),
        (0, 1),
        (1, 3),
        (4, 1024),
        (3, 1027),
        (2, 16),
        (1, 1099),
    ] {
        let part = numbers.slice(Slice::new(begin, begin + length, 1))?;
        let expected: Vec<f32> = (begin..begin + length)
            .map(|n| (2 * n + 1) as f32)
            .collect();
        assert_eq!(
            (&(2.0 * &part) + 1.0).to_vec()?,
            expected,
            "{length} from {begin} on"
        );
    }
    Ok(())
}
