//! Making arrays, and values to and from the host.

use cuda::driver::{Context, DeviceBuffer, Stream, StreamFlags};
use cuda::gpuarray::{Dtype, GpuArray, Order, Placement, arange, to_gpu};
use cuda::{Code, Result};
use cuda_macros::backend_test;
use half::f16;
use ndarray::{Array2, Array3, array};
use num_complex::Complex;

use crate::{array, count};

#[backend_test]
fn get_set(context: &Context) -> Result<()> {
    let _current = context.make_current();
    let values = Array3::from_shape_fn((2, 3, 4), |(i, j, k)| (100 * i + 10 * j + k) as i32);
    let mut on_device = to_gpu(&values)?;
    assert_eq!(on_device.shape(), [2, 3, 4]);
    assert_eq!(on_device.strides(), [12, 4, 1]);
    assert_eq!(on_device.get()?, values.clone().into_dyn());
    on_device.set(&(&values * 2))?;
    assert_eq!(on_device.get()?, (&values * 2).into_dyn());
    let error = on_device.set(&array![1, 2]).unwrap_err();
    assert!(
        error.to_string().contains("[2, 3, 4] and the values [2]"),
        "{error}"
    );
    Ok(())
}

#[backend_test]
fn fortran_order_stays(context: &Context) -> Result<()> {
    let values = Array2::from_shape_fn((3, 5), |(i, j)| (10 * i + j) as f64);
    let turned = values.t();
    let on_device = GpuArray::from_ndarray_in(context, &turned)?;
    assert!(on_device.is_f_contiguous() && !on_device.is_c_contiguous());
    assert_eq!(on_device.get()?, turned.to_owned().into_dyn());
    assert_eq!(
        on_device.to_vec()?,
        turned.iter().copied().collect::<Vec<_>>()
    );
    let every_other = values.slice(ndarray::s![.., ..;2]);
    assert_eq!(
        GpuArray::from_ndarray_in(context, &every_other)?.get()?,
        every_other.to_owned().into_dyn()
    );
    Ok(())
}

#[backend_test]
fn all_types_come_back(context: &Context) -> Result<()> {
    assert_eq!(
        array(context, &[true, false, true])?.to_vec()?,
        [true, false, true]
    );
    assert_eq!(array(context, &[i8::MIN, 7])?.to_vec()?, [i8::MIN, 7]);
    assert_eq!(array(context, &[u64::MAX, 7])?.to_vec()?, [u64::MAX, 7]);
    let halves = [f16::from_f32(0.1), f16::MAX];
    assert_eq!(array(context, &halves)?.to_vec()?, halves);
    let complex = [Complex::new(1.5, -2.0), Complex::new(f64::MAX, 0.0)];
    assert_eq!(array(context, &complex)?.to_vec()?, complex);
    assert_eq!(array(context, &complex)?.dtype(), Dtype::C128);
    Ok(())
}

#[backend_test]
fn zeros_ones_and_full(context: &Context) -> Result<()> {
    let _current = context.make_current();
    assert_eq!(GpuArray::<f32>::zeros((2, 3))?.to_vec()?, [0.0; 6]);
    assert_eq!(GpuArray::<u8>::ones(5)?.to_vec()?, [1; 5]);
    assert!(GpuArray::<bool>::ones(())?.item()?);
    let full = GpuArray::full([2, 2], Complex::new(1.0_f32, 2.0))?;
    assert_eq!(full.to_vec()?, [Complex::new(1.0, 2.0); 4]);
    let empty = GpuArray::<i64>::zeros((3, 0))?;
    assert_eq!((empty.size(), empty.to_vec()?), (0, vec![]));
    Ok(())
}

#[backend_test]
fn zeros_like_etc(context: &Context) -> Result<()> {
    let f = GpuArray::<f32>::zeros_in(context, (3, 4), Order::F)?;
    for like in [f.empty_like()?, f.zeros_like()?, f.ones_like()?] {
        assert_eq!((like.shape(), like.strides()), (f.shape(), f.strides()));
    }
    let turned = GpuArray::<f32>::zeros_in(context, (2, 3, 4), Order::C)?.transpose(&[1, 2, 0])?;
    assert_eq!(turned.zeros_like()?.strides(), turned.strides());
    assert_eq!(f.ones_like()?.to_vec()?, [1.0; 12]);
    Ok(())
}

#[backend_test]
fn arange_is_numpys(context: &Context) -> Result<()> {
    let _current = context.make_current();
    assert_eq!(arange(12, 25, 3)?.to_vec()?, [12, 15, 18, 21, 24]);
    assert_eq!(
        arange(1.0_f64, 0.0, -0.25)?.to_vec()?,
        [1.0, 0.75, 0.5, 0.25]
    );
    assert_eq!(arange(5_u8, 3, 1)?.to_vec()?, []);
    // Too near to each other for an f64, and too far for an integer.
    assert_eq!(
        arange(u64::MAX - 3, u64::MAX, 2)?.to_vec()?,
        [u64::MAX - 3, u64::MAX - 1]
    );
    assert_eq!(
        arange(i64::MIN, i64::MAX, 1 << 62)?.to_vec()?,
        [i64::MIN, -1 << 62, 0, 1 << 62]
    );
    assert_eq!(
        arange(0.0_f32, 1.0, 0.0).unwrap_err().code(),
        Code::InvalidValue
    );
    Ok(())
}

#[backend_test]
fn copies_are_their_own(context: &Context) -> Result<()> {
    let numbers = count(context, 10)?;
    let mut every_third = numbers.slice(cuda::gpuarray::Slice::new(None, None, 3))?;
    let copy = every_third.copy()?;
    every_third.fill(-1.0)?;
    assert_eq!(copy.to_vec()?, [0.0, 3.0, 6.0, 9.0]);
    assert_eq!(copy.strides(), [1]);
    assert_eq!(
        numbers.to_vec()?,
        [-1.0, 1.0, 2.0, -1.0, 4.0, 5.0, -1.0, 7.0, 8.0, -1.0]
    );
    Ok(())
}

#[backend_test]
fn astype(context: &Context) -> Result<()> {
    let numbers = array(context, &[-1.5_f64, 0.0, 2.9, 300.0])?;
    assert_eq!(numbers.astype::<i32>()?.to_vec()?, [-1, 0, 2, 300]);
    assert_eq!(
        numbers.astype::<bool>()?.to_vec()?,
        [true, false, true, true]
    );
    assert_eq!(
        numbers.astype::<f16>()?.to_vec()?,
        [-1.5, 0.0, 2.9, 300.0].map(f16::from_f64)
    );
    assert_eq!(
        numbers.astype::<Complex<f32>>()?.to_vec()?[2],
        Complex::new(2.9, 0.0)
    );
    let backwards = numbers.reverse()?;
    assert_eq!(
        backwards.astype::<f32>()?.to_vec()?,
        [300.0, 2.9, 0.0, -1.5]
    );
    assert_eq!(
        array(context, &[300, -1])?.astype::<u8>()?.to_vec()?,
        [44, 255]
    );
    assert_eq!(
        array(context, &[Complex::new(3.0_f32, 4.0)])?
            .astype::<i16>()?
            .to_vec()?,
        [3]
    );
    let narrow = array(context, &[f32::NAN, 1e30])?;
    assert_eq!(narrow.astype::<i32>()?.to_vec()?, [0, i32::MAX]);
    assert_eq!(narrow.astype::<u64>()?.to_vec()?, [1 << 63, u64::MAX]);
    let wide = array(context, &[f64::NAN, -1e300])?;
    assert_eq!(wide.astype::<i32>()?.to_vec()?, [i32::MIN, i32::MIN]);
    assert_eq!(wide.astype::<u32>()?.to_vec()?, [1 << 31, 0]);
    assert_eq!(wide.astype::<u8>()?.to_vec()?, [0, 0]);
    Ok(())
}

#[backend_test]
fn shapes_that_no_memory_holds_are_refused(context: &Context) {
    let error = GpuArray::<f64>::empty_in(context, (usize::MAX, 2), Order::C).unwrap_err();
    assert!(
        error.to_string().contains("larger than any memory"),
        "{error}"
    );
}

#[backend_test]
fn memory_of_ones_own(context: &Context) -> Result<()> {
    let stream = Stream::new(context, StreamFlags::NON_BLOCKING)?;
    let placement = Placement::new(&stream, std::sync::Arc::new(context.clone()));
    let ones = GpuArray::full_in(&placement, 4, 1.0_f32)?;
    let sum = &ones + 1.0;
    assert_eq!(sum.stream(), &stream);
    assert_eq!(sum.to_vec()?, [2.0; 4]);
    let buffer = DeviceBuffer::from_slice(context, &[1_u32, 2, 3])?;
    assert_eq!(
        GpuArray::from_device(&stream, buffer.as_slice())?.to_vec()?,
        [1, 2, 3]
    );
    Ok(())
}
