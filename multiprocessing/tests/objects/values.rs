//! `_TestValue`, `_TestArray` and `_TestSharedCTypes`.

use manyways_testkit::guarded;
use multiprocessing::{Array, RawArray, RawValue, Value, task};

use crate::support::{started, with_each_method};

type Numbers<V> = (V, V);

#[task]
fn change_values(integer: Value<i32>, real: Value<f64>, wide: Value<[u16; 3]>, letter: Value<u8>) {
    assert_eq!((integer.get().unwrap(), real.get().unwrap()), (4343, 3.625));
    integer.set(24234).unwrap();
    real.set(-33.25).unwrap();
    wide.set([4, 5, 6]).unwrap();
    letter.set(b'y').unwrap();
}

/// `test_value`
#[test]
pub(crate) fn value() {
    with_each_method(|context| {
        let integer = Value::new(4343).unwrap();
        let real = Value::new(3.625).unwrap();
        let wide = Value::new([1, 2, 3]).unwrap();
        let letter = Value::new(b'x').unwrap();
        let arguments = (integer.clone(), real.clone(), wide.clone(), letter.clone());
        started(context.process(change_values, arguments))
            .join()
            .unwrap();
        assert_eq!(integer.get().unwrap(), 24234);
        assert_eq!(real.get().unwrap(), -33.25);
        assert_eq!(wide.get().unwrap(), [4, 5, 6]);
        assert_eq!(letter.get().unwrap(), b'y');
    });
}

#[task]
fn change_raw(integer: RawValue<i32>, real: RawValue<f64>, wide: RawValue<[u16; 3]>) {
    assert_eq!(
        (integer.get(), real.get(), wide.get()),
        (4343, 3.625, [1, 2, 3])
    );
    integer.set(24234);
    real.set(-33.25);
    wide.set([4, 5, 6]);
}

/// `test_rawvalue`
#[test]
pub(crate) fn raw_value() {
    with_each_method(|context| {
        let integer = RawValue::new(4343).unwrap();
        let real = RawValue::new(3.625).unwrap();
        let wide = RawValue::new([1, 2, 3]).unwrap();
        let arguments = (integer.clone(), real.clone(), wide.clone());
        started(context.process(change_raw, arguments))
            .join()
            .unwrap();
        assert_eq!(
            (integer.get(), real.get(), wide.get()),
            (24234, -33.25, [4, 5, 6])
        );
    });
}

/// Each the sum of itself and all before.
fn accumulate(values: &mut [i64]) {
    for index in 1..values.len() {
        values[index] += values[index - 1];
    }
}

#[task]
fn accumulate_array(array: Array<i64>) {
    accumulate(&mut array.lock().unwrap());
}

const SEQUENCE: [i64; 10] = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831];

/// `test_array`
#[test]
pub(crate) fn array() {
    with_each_method(|context| {
        let mut expected = SEQUENCE;
        let array = Array::from_slice(&expected).unwrap();
        assert_eq!((array.len(), array.get(3).unwrap()), (10, 821));
        array.lock().unwrap()[4..8].copy_from_slice(&[1, 2, 3, 4]);
        expected[4..8].copy_from_slice(&[1, 2, 3, 4]);
        assert_eq!(array.to_vec().unwrap(), expected);
        started(context.process(accumulate_array, (array.clone(),)))
            .join()
            .unwrap();
        accumulate(&mut expected);
        assert_eq!(*array.lock().unwrap(), expected);
    });
}

#[task]
fn accumulate_raw(array: RawArray<i64>) {
    let mut values = array.to_vec();
    accumulate(&mut values);
    values
        .iter()
        .enumerate()
        .for_each(|(index, value)| array.set(index, *value));
}

/// `test_rawarray`
#[test]
pub(crate) fn raw_array() {
    with_each_method(|context| {
        let mut expected = SEQUENCE;
        let array = RawArray::from_slice(&expected).unwrap();
        started(context.process(accumulate_raw, (array.clone(),)))
            .join()
            .unwrap();
        accumulate(&mut expected);
        assert_eq!(array.to_vec(), expected);
    });
}

/// `test_array_from_size`: zeros, also where others were before.
#[test]
pub(crate) fn array_from_size() {
    guarded(|| {
        for _ in 0..3 {
            let array = Array::<i32>::zeroed(10).unwrap();
            assert_eq!(array.to_vec().unwrap(), [0; 10]);
            array
                .lock()
                .unwrap()
                .copy_from_slice(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
            assert_eq!(array.to_vec().unwrap(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        }
        let large = RawArray::<u64>::zeroed(100_000).unwrap();
        assert!(large.to_vec().iter().all(|value| *value == 0));
    });
}

/// `test_getobj_getlock`: a lock is taken with the value, by one at a time.
#[test]
pub(crate) fn the_lock_of_a_value() {
    guarded(|| {
        let value = Value::new(5).unwrap();
        let mut guard = value.lock().unwrap();
        *guard += 1;
        std::thread::scope(|scope| {
            let tries = scope.spawn(|| value.try_lock().unwrap_err().is_timed_out());
            assert!(tries.join().unwrap());
        });
        drop(guard);
        assert_eq!(*value.try_lock().unwrap(), 6);
    });
}

/// `test_getobj_getlock_obj`, of arrays
#[test]
pub(crate) fn the_lock_of_an_array() {
    guarded(|| {
        let array = Array::from_slice(&[3, 1, 2]).unwrap();
        let mut guard = array.lock().unwrap();
        guard.sort_unstable();
        std::thread::scope(|scope| {
            let tries = scope.spawn(|| {
                let limit = std::time::Duration::from_millis(1);
                array.lock_timeout(limit).unwrap_err().is_timed_out()
            });
            assert!(tries.join().unwrap());
        });
        assert_eq!(*guard, [1, 2, 3]);
    });
}

#[task]
fn double((integer, real): Numbers<RawValue<i64>>, pair: RawValue<[f64; 2]>, text: RawArray<u8>) {
    integer.set(integer.get() * 2);
    real.set(real.get() * 2);
    pair.set(pair.get().map(|number| number * 2.0));
    let upper = text.to_vec().to_ascii_uppercase();
    upper
        .iter()
        .enumerate()
        .for_each(|(index, byte)| text.set(index, *byte));
}

/// `test_sharedctypes`
#[test]
pub(crate) fn shared_types() {
    with_each_method(|context| {
        let numbers = (RawValue::new(7).unwrap(), RawValue::new(-1).unwrap());
        let pair = RawValue::new([1.5, 2.25]).unwrap();
        let text = RawArray::from_slice(b"hello").unwrap();
        let arguments = (numbers.clone(), pair.clone(), text.clone());
        started(context.process(double, arguments)).join().unwrap();
        assert_eq!((numbers.0.get(), numbers.1.get()), (14, -2));
        assert_eq!((pair.get(), text.to_vec()), ([3.0, 4.5], b"HELLO".to_vec()));
    });
}

#[task]
fn double_locked(pair: Value<[f64; 2]>, array: Array<u32>) {
    pair.lock()
        .unwrap()
        .iter_mut()
        .for_each(|number| *number *= 2.0);
    array
        .lock()
        .unwrap()
        .iter_mut()
        .for_each(|number| *number *= 2);
}

/// `test_synchronize`
#[test]
pub(crate) fn synchronized_types() {
    with_each_method(|context| {
        let pair = Value::new([1.5, 2.25]).unwrap();
        let array = Array::from_slice(&[1, 2, 3]).unwrap();
        let arguments = (pair.clone(), array.clone());
        started(context.process(double_locked, arguments))
            .join()
            .unwrap();
        assert_eq!(pair.get().unwrap(), [3.0, 4.5]);
        assert_eq!(array.to_vec().unwrap(), [2, 4, 6]);
    });
}

/// `test_copy`: of a copy of what it holds nobody else knows; a clone is the same.
#[test]
pub(crate) fn copies_and_clones() {
    guarded(|| {
        let value = RawValue::new([1, 2]).unwrap();
        let (copy, clone) = (RawValue::new(value.get()).unwrap(), value.clone());
        value.set([3, 4]);
        assert_eq!((copy.get(), clone.get()), ([1, 2], [3, 4]));
    });
}

#[task]
fn add_many(value: Value<u64>, array: Array<u64>, count: u64) {
    for _ in 0..count {
        *value.lock().unwrap() += 1;
        let mut array = array.lock().unwrap();
        let all: u64 = array.iter().sum();
        array[(all % 3) as usize] += 1;
    }
}

/// What Python's `value += 1` loses.
#[test]
fn nothing_is_lost_under_the_lock() {
    with_each_method(|context| {
        const COUNT: u64 = 3000;
        let (value, array) = (Value::new(0).unwrap(), Array::zeroed(3).unwrap());
        let adders = [(); 3].map(|()| {
            let arguments = (value.clone(), array.clone(), COUNT);
            started(context.process(add_many, arguments))
        });
        adders
            .into_iter()
            .for_each(|mut adder| adder.join().unwrap());
        assert_eq!(value.get().unwrap(), 3 * COUNT);
        assert_eq!(array.to_vec().unwrap(), [COUNT; 3]);
    });
}

/// A number of eight bytes is never seen half written, nor a larger one under its lock.
#[test]
fn no_value_is_torn() {
    guarded(|| {
        let raw = RawValue::new(0_u64).unwrap();
        let wide = Value::new([0_u64; 4]).unwrap();
        let (their_raw, their_wide) = (raw.clone(), wide.clone());
        let writer = manyways_process::Fork::new().run(move || {
            for round in 0..20_000_u64 {
                let half = round % 1000;
                their_raw.set(half << 32 | half);
                their_wide.set([round; 4]).unwrap();
            }
        });
        let writer = writer.unwrap();
        for _ in 0..20_000 {
            let value = raw.get();
            assert_eq!(value >> 32, value & 0xffff_ffff);
            let [first, rest @ ..] = wide.get().unwrap();
            assert_eq!(rest, [first; 3]);
        }
        writer.join().unwrap();
    });
}

#[test]
fn misuse_is_a_panic_that_says_why() {
    fn panics(body: impl FnOnce()) -> String {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).unwrap_err();
        *panic.downcast::<String>().unwrap_or_default()
    }

    guarded(|| {
        let (value, array) = (Value::new(1).unwrap(), Array::from_slice(&[1, 2]).unwrap());
        let guard = value.lock().unwrap();
        let get =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| value.get())).unwrap_err();
        let text = get.downcast_ref::<&str>().unwrap();
        assert!(
            text.contains("this thread holds the value's guard"),
            "{text}"
        );
        drop(guard);
        assert!(panics(|| drop(array.get(2))).contains("len is 2"));
        let raw = RawArray::from_slice(&[1, 2]).unwrap();
        assert!(panics(|| raw.set(2, 0)).contains("no value 2 of 2"));
        // Neither left a lock behind.
        drop(value.try_lock().unwrap());
        drop(array.try_lock().unwrap());
    });
}

#[test]
fn arrays_of_nothing() {
    guarded(|| {
        let array = Array::<u64>::from_slice(&[]).unwrap();
        assert!(array.is_empty() && array.to_vec().unwrap().is_empty());
        assert!(array.lock().unwrap().is_empty());
        let raw = RawArray::<u8>::zeroed(0).unwrap();
        assert!(raw.is_empty() && raw.to_vec().is_empty());
        assert!(Array::<u64>::zeroed(usize::MAX).is_err());
        assert!(RawArray::<u64>::zeroed(usize::MAX / 8).is_err());
    });
}
