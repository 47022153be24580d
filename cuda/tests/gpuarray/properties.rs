//! Random arrays, views and operations, compared with the `ndarray` crate.

use cuda::Result;
use cuda::driver::Context;
use cuda::gpuarray::{GpuArray, Item, Slice};
use cuda_macros::backend_test;
use ndarray::{ArrayD, Axis, IxDyn, SliceInfoElem};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// The same cases in each run.
fn runner(cases: u32) -> TestRunner {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// What is done to an array to get a view of it.
#[derive(Debug, Clone)]
enum View {
    Transpose,
    Flip(usize),
    Slice(usize, isize, isize, isize),
    Pick(usize, usize),
    Insert(usize),
}

fn view() -> impl Strategy<Value = View> {
    prop_oneof![
        Just(View::Transpose),
        (0..4_usize).prop_map(View::Flip),
        (
            0..4_usize,
            0..3_isize,
            1..6_isize,
            prop_oneof![-2..=-1_isize, 1..=3_isize]
        )
            .prop_map(|(axis, start, stop, step)| View::Slice(axis, start, stop, step)),
        (0..4_usize, 0..6_usize).prop_map(|(axis, index)| View::Pick(axis, index)),
        (0..4_usize).prop_map(View::Insert),
    ]
}

/// The view in both worlds. What an array cannot have is left out.
fn apply(
    view: &View,
    ours: GpuArray<i32>,
    theirs: ArrayD<i32>,
) -> Result<(GpuArray<i32>, ArrayD<i32>)> {
    let rank = theirs.ndim();
    Ok(match view {
        View::Transpose => (ours.t(), theirs.reversed_axes()),
        View::Flip(axis) if rank > 0 => {
            let axis = axis % rank;
            let mut theirs = theirs;
            theirs.invert_axis(Axis(axis));
            (ours.flip(axis.cast_signed())?, theirs)
        }
        View::Slice(axis, start, stop, step) if rank > 0 => {
            let axis = axis % rank;
            let length = theirs.len_of(Axis(axis)).cast_signed();
            let (start, stop) = (
                (*start).min(length),
                (*stop).min(length).max((*start).min(length)),
            );
            // With a negative step, ndarray walks through the same range from its end.
            let slice = match *step > 0 {
                true => Slice::new(start, stop, *step),
                false => Slice::new(
                    stop - 1,
                    start.checked_sub(1).filter(|before| *before >= 0),
                    *step,
                ),
            };
            let mut items = vec![Item::from(..); axis];
            items.push(
                if stop == start {
                    Slice::new(0, 0, 1)
                } else {
                    slice
                }
                .into(),
            );
            let whole = SliceInfoElem::Slice {
                start: 0,
                end: None,
                step: 1,
            };
            let mut elements = vec![whole; rank];
            elements[axis] = SliceInfoElem::Slice {
                start,
                end: Some(stop),
                step: *step,
            };
            (
                ours.slice(items.as_slice())?,
                theirs.slice(elements.as_slice()).to_owned(),
            )
        }
        View::Pick(axis, index) if rank > 0 && !theirs.is_empty() => {
            let axis = axis % rank;
            let index = index % theirs.len_of(Axis(axis));
            let mut items = vec![Item::from(..); axis];
            items.push(Item::from(index));
            (
                ours.slice(items.as_slice())?,
                theirs.index_axis_move(Axis(axis), index),
            )
        }
        View::Insert(axis) if rank < 5 => {
            let axis = axis % (rank + 1);
            (
                ours.expand_dims(axis.cast_signed())?,
                theirs.insert_axis(Axis(axis)),
            )
        }
        _ => (ours, theirs),
    })
}

fn start(context: &Context, shape: &[usize]) -> Result<(GpuArray<i32>, ArrayD<i32>)> {
    let count: usize = shape.iter().product();
    let values =
        ArrayD::from_shape_vec(IxDyn(shape), (0..count as i32).collect()).expect("as many values");
    Ok((GpuArray::from_ndarray_in(context, &values)?, values))
}

#[backend_test]
fn views_and_what_is_made_of_them(context: &Context) {
    let cases = (
        prop::collection::vec(1..6_usize, 0..4),
        prop::collection::vec(view(), 0..5),
    );
    let outcome = runner(60).run(&cases, |(shape, views)| {
        let check = || -> Result<()> {
            let (mut ours, mut theirs) = start(context, &shape)?;
            for view in &views {
                (ours, theirs) = apply(view, ours, theirs)?;
            }
            assert_eq!(ours.get()?, theirs);
            assert_eq!((&ours * 3 - &ours).get()?, &theirs * 2);
            assert_eq!(
                ours.sum()?.item()?,
                theirs.iter().map(|n| i64::from(*n)).sum::<i64>()
            );
            assert_eq!(ours.astype::<f64>()?.get()?, theirs.mapv(f64::from));
            assert_eq!(
                ours.ravel()?.to_vec()?,
                theirs.iter().copied().collect::<Vec<_>>()
            );
            let flipped = ours.t();
            assert_eq!(
                (&flipped.copy()? + &flipped).get()?,
                theirs.t().mapv(|n| 2 * n)
            );
            Ok(())
        };
        check().map_err(|error| TestCaseError::fail(error.to_string()))
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[backend_test]
fn shapes_are_broadcast_as_ndarray_does(context: &Context) {
    let length = || prop_oneof![Just(1_usize), Just(3), Just(4)];
    let shape = || prop::collection::vec(length(), 0..4);
    let outcome = runner(60).run(&(shape(), shape()), |(left, right)| {
        let check = || -> Result<()> {
            let ((a, a_values), (b, b_values)) = (start(context, &left)?, start(context, &right)?);
            let rank = left.len().max(right.len());
            let at = |shape: &[usize], axis: usize| {
                (axis + shape.len())
                    .checked_sub(rank)
                    .map_or(1, |axis| shape[axis])
            };
            let pairs: Vec<(usize, usize)> = (0..rank)
                .map(|axis| (at(&left, axis), at(&right, axis)))
                .collect();
            let fits = pairs.iter().all(|(a, b)| a == b || *a == 1 || *b == 1);
            let Ok(sum) = a.try_add(&b) else {
                assert!(!fits, "{left:?} and {right:?} fit");
                return Ok(());
            };
            assert!(fits, "{left:?} and {right:?} do not fit");
            let shape: Vec<usize> = pairs.iter().map(|(a, b)| *a.max(b)).collect();
            let wide = |values: &ArrayD<i32>| {
                values
                    .broadcast(IxDyn(&shape))
                    .expect("they fit")
                    .to_owned()
            };
            assert_eq!(sum.get()?, wide(&a_values) + wide(&b_values));
            assert_eq!(
                a.lt(&b)?.get()?,
                ndarray::Zip::from(&wide(&a_values))
                    .and(&wide(&b_values))
                    .map_collect(|a, b| a < b)
            );
            Ok(())
        };
        check().map_err(|error| TestCaseError::fail(error.to_string()))
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
