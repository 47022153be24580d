//! Views: slices, shapes, orders.

use cuda::driver::Context;
use cuda::gpuarray::{Ellipsis, GpuArray, NewAxis, Order, Slice, concatenate, stack};
use cuda::{Code, Result};
use cuda_macros::backend_test;
use ndarray::{Array, s};

use crate::{array, count};

fn cube(context: &Context) -> Result<(GpuArray<f32>, ndarray::Array3<f32>)> {
    let values = Array::from_iter((0..60).map(|n| n as f32))
        .into_shape_with_order((3, 4, 5))
        .unwrap();
    Ok((GpuArray::from_ndarray_in(context, &values)?, values))
}

#[backend_test]
fn slice(context: &Context) -> Result<()> {
    let (a, values) = cube(context)?;
    assert_eq!(
        a.slice(1)?.get()?,
        values.slice(s![1, .., ..]).to_owned().into_dyn()
    );
    assert_eq!(
        a.slice((1.., 2, ..-1))?.get()?,
        values.slice(s![1.., 2, ..-1]).to_owned().into_dyn()
    );
    let stepped = a.slice((.., Slice::new(None, None, -2), Slice::new(1, None, 3)))?;
    let expected = Array::from_shape_fn((3, 2, 2), |(i, j, k)| values[[i, 3 - 2 * j, 1 + 3 * k]]);
    assert_eq!(stepped.get()?, expected.into_dyn());
    assert_eq!(
        a.slice((Ellipsis, 4))?.get()?,
        values.slice(s![.., .., 4]).to_owned().into_dyn()
    );
    assert_eq!(a.slice((NewAxis, 0, .., NewAxis))?.shape(), [1, 4, 1, 5]);
    assert_eq!(a.slice((2, -1, -1))?.item()?, 59.0);
    Ok(())
}

#[backend_test]
fn slices_that_are_none(context: &Context) -> Result<()> {
    let (a, _) = cube(context)?;
    for (error, what) in [
        (
            a.slice(3).unwrap_err(),
            "index 3 is outside of a dimension of length 3",
        ),
        (
            a.slice((0, 0, 0, 0)).unwrap_err(),
            "4 indices for an array of 3 dimensions",
        ),
        (
            a.slice(Slice::new(None, None, 0)).unwrap_err(),
            "step of a slice is zero",
        ),
        (
            a.slice((Ellipsis, Ellipsis)).unwrap_err(),
            "only one ellipsis",
        ),
    ] {
        assert_eq!(error.code(), Code::InvalidValue);
        assert!(error.to_string().contains(what), "{error}");
    }
    Ok(())
}

#[backend_test]
fn set_item(context: &Context) -> Result<()> {
    let (mut a, mut values) = cube(context)?;
    a.set_item((1, 1..3), 0.5)?;
    values.slice_mut(s![1, 1..3, ..]).fill(0.5);
    a.set_items((.., 0), &count(context, 5)?)?;
    for mut row in values.slice_mut(s![.., 0, ..]).rows_mut() {
        row.assign(&Array::from_iter((0..5).map(|n| n as f32)));
    }
    assert_eq!(a.get()?, values.into_dyn());
    Ok(())
}

#[backend_test]
fn reshape(context: &Context) -> Result<()> {
    let (a, values) = cube(context)?;
    let flat = a.reshape((12, 5))?;
    assert_eq!(flat.ptr(), a.ptr());
    assert_eq!(
        flat.get()?,
        values.to_shape((12, 5)).unwrap().to_owned().into_dyn()
    );
    let rows = a.slice((.., 1..3))?.reshape((3, 10))?;
    assert_eq!(
        (rows.ptr(), rows.strides()),
        (a.slice((0, 1))?.ptr(), &[20, 1][..])
    );
    let turned = a.t().reshape((4, 15))?;
    assert_ne!(turned.ptr(), a.ptr());
    let expected = values
        .t()
        .as_standard_layout()
        .to_owned()
        .into_shape_with_order((4, 15))
        .unwrap();
    assert_eq!(turned.get()?, expected.into_dyn());
    assert_eq!(a.ravel()?.shape(), [60]);
    assert_eq!(a.reshape_inferred(&[Some(6), None])?.shape(), [6, 10]);
    assert!(a.reshape_inferred(&[Some(7), None]).is_err());
    let error = a.reshape((7, 7)).unwrap_err().to_string();
    assert!(
        error.contains("[3, 4, 5]") && error.contains("[7, 7]"),
        "{error}"
    );
    Ok(())
}

#[backend_test]
fn transpose(context: &Context) -> Result<()> {
    let (a, values) = cube(context)?;
    assert_eq!(a.t().get()?, values.t().to_owned().into_dyn());
    let permuted = a.transpose(&[1, 2, 0])?;
    assert_eq!(
        permuted.get()?,
        values.clone().permuted_axes([1, 2, 0]).into_dyn()
    );
    assert_eq!((&permuted + &permuted).strides(), permuted.strides());
    assert!(a.transpose(&[0, 0, 1]).is_err() && a.transpose(&[0, 1]).is_err());
    Ok(())
}

#[backend_test]
fn squeeze_and_newaxis(context: &Context) -> Result<()> {
    let a = count(context, 6)?.reshape((1, 2, 1, 3))?;
    assert_eq!(a.squeeze().shape(), [2, 3]);
    assert_eq!(a.squeeze().expand_dims(-1)?.shape(), [2, 3, 1]);
    assert_eq!(
        a.squeeze().expand_dims(0)?.to_vec()?,
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    );
    assert!(a.expand_dims(5).is_err());
    Ok(())
}

#[backend_test]
fn reverse(context: &Context) -> Result<()> {
    assert_eq!(
        count(context, 4)?.reverse()?.to_vec()?,
        [3.0, 2.0, 1.0, 0.0]
    );
    let (a, values) = cube(context)?;
    assert_eq!(
        a.flip(1)?.get()?,
        values.slice(s![.., ..;-1, ..]).to_owned().into_dyn()
    );
    Ok(())
}

#[backend_test]
fn view(context: &Context) -> Result<()> {
    let words = array(context, &[0x0403_0201_u32, 0x0807_0605])?;
    assert_eq!(words.view::<u8>()?.to_vec()?, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(words.view::<u64>()?.to_vec()?, [0x0807_0605_0403_0201]);
    let bytes = array(context, &[1_u8, 2, 3])?;
    assert!(bytes.view::<u16>().is_err());
    assert!(bytes.slice(1..)?.view::<u16>().is_err());
    Ok(())
}

#[backend_test]
fn concatenate_and_stack(context: &Context) -> Result<()> {
    let (a, values) = cube(context)?;
    let b = 100.0 + &a.slice((.., ..1))?;
    let joined = concatenate(&[&a, &b, &a], 1)?;
    let more = &values.slice(s![.., ..1, ..]) + 100.0;
    let expected = ndarray::concatenate(
        ndarray::Axis(1),
        &[values.view(), more.view(), values.view()],
    )
    .unwrap();
    assert_eq!(joined.get()?, expected.into_dyn());
    let stacked = stack(&[&a, &a.flip(0)?], -1)?;
    let turned = values.slice(s![..;-1, .., ..]);
    assert_eq!(
        stacked.get()?,
        ndarray::stack(ndarray::Axis(3), &[values.view(), turned])
            .unwrap()
            .into_dyn()
    );
    assert!(concatenate(&[&a, &a.t()], 0).is_err() && stack::<f32>(&[], 0).is_err());
    let endless = array(context, &[1_u8])?.broadcast_to(isize::MAX as usize)?;
    for count in 2..4 {
        let error = concatenate(&vec![&endless; count], 0).unwrap_err();
        assert_eq!(error.code(), Code::InvalidValue, "{count}");
    }
    Ok(())
}

#[backend_test]
fn stride_preservation(context: &Context) -> Result<()> {
    let f = GpuArray::<f64>::zeros_in(context, (3, 4), Order::F)?;
    assert_eq!((&f * 3.0).strides(), f.strides());
    assert_eq!(f.copy()?.strides(), f.strides());
    let c = GpuArray::<f64>::zeros_in(context, (3, 4), Order::C)?;
    assert_eq!((&c + &f).strides(), c.strides());
    Ok(())
}

#[backend_test]
fn nine_dimensions(context: &Context) -> Result<()> {
    let a = count(context, 512)?.reshape([2; 9])?;
    assert_eq!(
        (&a + 1.0).sum()?.item()?,
        (0..512).map(|n| n as f32 + 1.0).sum::<f32>()
    );
    assert_eq!(a.t().copy()?.get()?, a.get()?.t().to_owned());
    let tangled = a.transpose(&[4, 0, 8, 5, 1, 6, 2, 7, 3])?;
    let error = (tangled.try_add(&a)).unwrap_err().to_string();
    assert!(error.contains("9 dimensions with gaps"), "{error}");
    Ok(())
}
