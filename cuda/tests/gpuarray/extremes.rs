//! Arrays of nothing, of one element without dimensions, and numbers at the ends of their types.

use cuda::driver::Context;
use cuda::gpuarray::{GpuArray, Order, Slice, concatenate, dot, stack, where_};
use cuda::{Code, Result};
use cuda_macros::backend_test;

use crate::{array, count};

#[backend_test]
fn nothing_is_an_array_too(context: &Context) -> Result<()> {
    let nothing = GpuArray::<f32>::zeros_in(context, (3, 0, 2), Order::C)?;
    assert_eq!(nothing.sum()?.item()?, 0.0);
    assert_eq!(dot(&nothing, &nothing)?.item()?, 0.0);
    for error in [nothing.min().unwrap_err(), nothing.max().unwrap_err()] {
        assert_eq!(error.code(), Code::InvalidValue);
        assert!(error.to_string().contains("no elements"), "{error}");
    }
    assert_eq!((&nothing + 1.0).shape(), [3, 0, 2]);
    assert_eq!(nothing.t().reshape((0, 7))?.to_vec()?, []);
    assert_eq!(concatenate(&[&nothing, &nothing], 1)?.shape(), [3, 0, 2]);
    assert_eq!(stack(&[&nothing], 0)?.shape(), [1, 3, 0, 2]);
    assert_eq!(nothing.slice((.., .., -1))?.shape(), [3, 0]);
    assert!(nothing.slice((.., 0)).is_err() && nothing.item().is_err());
    let condition = nothing.gt(0.0)?;
    assert_eq!(where_(&condition, &nothing, 0.0)?.size(), 0);
    assert_eq!(nothing.get()?.shape(), [3, 0, 2]);
    Ok(())
}

#[backend_test]
fn one_element_needs_no_dimensions(context: &Context) -> Result<()> {
    let one = array(context, &[7.0_f32])?.reshape(())?;
    assert_eq!((one.ndim(), one.size(), one.item()?), (0, 1, 7.0));
    assert_eq!(one.t().sum()?.item()?, 7.0);
    assert_eq!((&one * &count(context, 3)?).to_vec()?, [0.0, 7.0, 14.0]);
    assert_eq!(stack(&[&one, &one], 0)?.to_vec()?, [7.0, 7.0]);
    assert!(one.slice(0).is_err() && one.flip(0).is_err() && one.reverse().is_err());
    assert!(concatenate(&[&one, &one], 0).is_err());
    Ok(())
}

#[backend_test]
fn what_is_not_a_number_prevails(context: &Context) -> Result<()> {
    let numbers = array(context, &[1.0_f32, f32::NAN, -2.0])?;
    assert!(numbers.min()?.item()?.is_nan() && numbers.max()?.item()?.is_nan());
    let smaller = numbers.minimum(0.0)?.to_vec()?;
    assert!(smaller[0] == 0.0 && smaller[1].is_nan() && smaller[2] == -2.0);
    let other = array(context, &[f32::NAN, 1.0, f32::NEG_INFINITY])?;
    let larger = numbers.maximum(&other)?.to_vec()?;
    assert!(larger[0].is_nan() && larger[1].is_nan() && larger[2] == -2.0);
    assert!(numbers.sum()?.item()?.is_nan());
    Ok(())
}

#[backend_test]
fn an_array_is_set_to_its_own_elements_in_another_order(context: &Context) -> Result<()> {
    let mut numbers = count(context, 5)?;
    let backwards = numbers.reverse()?;
    numbers.assign(&backwards)?;
    assert_eq!(numbers.to_vec()?, [4.0, 3.0, 2.0, 1.0, 0.0]);
    let all_but_last = numbers.slice(..-1)?;
    numbers.set_items(1.., &all_but_last)?;
    assert_eq!(numbers.to_vec()?, [4.0, 4.0, 3.0, 2.0, 1.0]);
    Ok(())
}

/// The indices of Python's `range(length)[start:stop:step]`.
fn indices(start: Option<isize>, stop: Option<isize>, step: isize, length: i128) -> Vec<f32> {
    let wrap = |bound: isize| {
        let bound = i128::from(bound as i64);
        if bound < 0 { bound + length } else { bound }
    };
    let (first, last) = if step > 0 {
        (0, length)
    } else {
        (length - 1, -1)
    };
    let cut = |bound: i128| bound.clamp(first.min(last), first.max(last));
    let (start, stop) = (
        start.map_or(first, |bound| cut(wrap(bound))),
        stop.map_or(last, |bound| cut(wrap(bound))),
    );
    let step = i128::from(step as i64);
    std::iter::successors(Some(start), |at| Some(at + step))
        .take_while(|at| if step > 0 { *at < stop } else { *at > stop })
        .map(|at| at as f32)
        .collect()
}

#[backend_test]
fn slices_have_any_bounds_and_steps(context: &Context) -> Result<()> {
    let numbers = count(context, 3)?;
    let ends = [isize::MIN, isize::MIN + 1, -3, -1, 1, 2, 4, isize::MAX];
    let bounds: Vec<Option<isize>> = ends.into_iter().map(Some).chain([Some(0), None]).collect();
    for (start, stop) in bounds
        .iter()
        .flat_map(|start| bounds.iter().map(move |stop| (*start, *stop)))
    {
        for step in ends {
            let slice = numbers.slice(Slice::new(start, stop, step))?;
            assert_eq!(
                slice.to_vec()?,
                indices(start, stop, step, 3),
                "{start:?}:{stop:?}:{step}"
            );
        }
    }
    assert!(numbers.slice(Slice::new(None, None, 0)).is_err());
    for index in [isize::MIN, -4, 3, isize::MAX] {
        assert!(numbers.slice(index).is_err(), "{index}");
    }
    Ok(())
}
