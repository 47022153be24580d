//! Elements by arrays of indices.

use super::arithmetic::{Arithmetic, binary};
use super::array::{GpuArray, word};
use super::copy::{InType, converted};
use super::dtype::Dtype;
use super::element::{Element, Integer};
use super::engine::{Block, Family, Library, Untyped, check_wrong};
use super::layout::{Layout, Order};
use super::operands::{Side, SideKind};
use super::shape::{IntoShape, refuse};
use crate::driver::DeviceBuffer;
use crate::error::Result;

impl<T: Element> GpuArray<T> {
    /// The elements of those indices, in an array of the shape of `indices`: `self.ravel()[indices]`.
    ///
    /// Negative indices count from the end. It waits for the device, to tell whether the indices were right.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for an index that is outside; those of the launch.
    pub fn take<I: Integer>(&self, indices: &GpuArray<I>) -> Result<GpuArray<T>> {
        let call = "GpuArray::take";
        let (from, indices) = (self.ravel()?, Indices::new(call, indices)?);
        let out = self.raw.result(
            T::DTYPE,
            Layout::packed(indices.get().shape_owned(), Order::C),
        )?;
        let mut check = Check::new(call, &out)?;
        let mut block = Block::default();
        block.pointer(out.pointer());
        block.pointer(from.ptr());
        block.pointer(indices.get().pointer());
        block.u64(indices.get().len() as u64);
        block.u64(from.size() as u64);
        let others = [&from.raw, indices.get()];
        check.run(
            &out,
            kernel(&TAKE, T::DTYPE),
            block,
            indices.get().len(),
            &others,
        )?;
        check.finish(from.size())?;
        Ok(GpuArray::of(out))
    }

    /// Sets the elements of those indices to `values`, one for each: `self.ravel()[indices] = values`. Values and
    /// indices that lie in this array's memory are read before anything is written, as in NumPy.
    ///
    /// Negative indices count from the end; of several values for one element, any may stay. It waits for the device,
    /// to tell whether the indices were right. Where one was wrong, the others are set.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) for an index that is outside, for more or fewer values than
    /// indices, and if this array is not contiguous in C's order; those of the launch.
    pub fn put<I: Integer>(&mut self, indices: &GpuArray<I>, values: &GpuArray<T>) -> Result<()> {
        let call = "GpuArray::put";
        self.check_contiguous(call)?;
        if indices.size() != values.size() {
            return Err(refuse(
                call,
                format_args!(
                    "there are {} indices for {} values",
                    indices.size(),
                    values.size()
                ),
            ));
        }
        let values = apart_from(&self.raw, values.ravel()?)?;
        let indices = Indices::new(call, indices)?.apart_from(call, &self.raw)?;
        let mut check = Check::new(call, &self.raw)?;
        let mut block = Block::default();
        block.pointer(self.ptr());
        block.pointer(values.ptr());
        block.pointer(indices.get().pointer());
        block.u64(indices.get().len() as u64);
        block.u64(self.size() as u64);
        let others = [&values.raw, indices.get()];
        check.run(
            &self.raw,
            kernel(&PUT, T::DTYPE),
            block,
            indices.get().len(),
            &others,
        )?;
        check.finish(self.size())
    }

    /// `self.ravel()[to] = from_array.ravel()[from]`: moves elements from the indices of one array to those of this. The
    /// two may be one: all is read before anything is written, as in NumPy.
    ///
    /// # Errors
    /// As for [`put`](GpuArray::put).
    pub fn take_put<I: Integer>(
        &mut self,
        to: &GpuArray<I>,
        from_array: &GpuArray<T>,
        from: &GpuArray<I>,
    ) -> Result<()> {
        let call = "GpuArray::take_put";
        self.check_contiguous(call)?;
        if to.size() != from.size() {
            return Err(refuse(
                call,
                format_args!(
                    "there are {} indices to, and {} from",
                    to.size(),
                    from.size()
                ),
            ));
        }
        let array = apart_from(&self.raw, from_array.ravel()?)?;
        let to = Indices::new(call, to)?.apart_from(call, &self.raw)?;
        let from = Indices::new(call, from)?.apart_from(call, &self.raw)?;
        let mut check = Check::new(call, &self.raw)?;
        let mut block = Block::default();
        for pointer in [
            self.ptr(),
            array.ptr(),
            to.get().pointer(),
            from.get().pointer(),
        ] {
            block.pointer(pointer);
        }
        for number in [to.get().len(), self.size(), array.size()] {
            block.u64(number as u64);
        }
        let others = [&array.raw, to.get(), from.get()];
        check.run(
            &self.raw,
            kernel(&TAKE_PUT, T::DTYPE),
            block,
            to.get().len(),
            &others,
        )?;
        check.finish(self.size().min(array.size()))
    }

    fn check_contiguous(&self, call: &'static str) -> Result<()> {
        match self.is_c_contiguous() {
            true => Ok(()),
            false => {
                Err(refuse(call, "the array is not contiguous in C's order")
                    .advise("copy() it first"))
            }
        }
    }
}

/// [`GpuArray::take`] of the same indices from several arrays.
///
/// # Errors
/// As for [`GpuArray::take`].
pub fn multi_take<T: Element, I: Integer>(
    arrays: &[&GpuArray<T>],
    indices: &GpuArray<I>,
) -> Result<Vec<GpuArray<T>>> {
    arrays.iter().map(|array| array.take(indices)).collect()
}

/// [`GpuArray::put`] at the same indices of several arrays, an array of values for each.
///
/// # Errors
/// As for [`GpuArray::put`]; [`Code::InvalidValue`](crate::Code::InvalidValue) if there are more arrays of the one
/// sort than of the other.
pub fn multi_put<T: Element, I: Integer>(
    arrays: &mut [&mut GpuArray<T>],
    indices: &GpuArray<I>,
    values: &[&GpuArray<T>],
) -> Result<()> {
    if arrays.len() != values.len() {
        return Err(refuse(
            "multi_put",
            format_args!(
                "there are {} arrays and {} of values",
                arrays.len(),
                values.len()
            ),
        ));
    }
    arrays
        .iter_mut()
        .zip(values)
        .try_for_each(|(array, values)| array.put(indices, values))
}

/// For each array, one of `shape` with zeros, into which elements of the indices `from` have been put at the indices
/// `to`.
///
/// PyCUDA leaves what is between undefined.
///
/// # Errors
/// As for [`GpuArray::take_put`].
pub fn multi_take_put<T: Element, I: Integer>(
    arrays: &[&GpuArray<T>],
    to: &GpuArray<I>,
    from: &GpuArray<I>,
    shape: impl IntoShape,
) -> Result<Vec<GpuArray<T>>> {
    let shape = shape.into_shape();
    let moved = |array: &&GpuArray<T>| {
        let mut result = GpuArray::zeros_in(array.placement(), &shape, Order::C)?;
        result.take_put(to, array, from)?;
        Ok(result)
    };
    arrays.iter().map(moved).collect()
}

/// Kernels for elements of 1, 2, 4, 8 and 16 bytes.
type BySize = [&'static str; 5];
const TAKE: BySize = ["take_1", "take_2", "take_4", "take_8", "take_16"];
const PUT: BySize = ["put_1", "put_2", "put_4", "put_8", "put_16"];
const TAKE_PUT: BySize = [
    "take_put_1",
    "take_put_2",
    "take_put_4",
    "take_put_8",
    "take_put_16",
];

fn kernel(names: &BySize, dtype: Dtype) -> &'static str {
    names[dtype.size().trailing_zeros() as usize]
}

/// Indices as kernels want them: 64 bits with a sign, one after another.
pub(crate) struct Indices(Untyped);

impl Indices {
    pub(crate) fn new<I: Integer>(call: &'static str, indices: &GpuArray<I>) -> Result<Indices> {
        let packed = match indices.is_c_contiguous() {
            true => indices.raw.clone(),
            false => indices.ravel()?.reshape(indices.shape())?.raw,
        };
        // One that is too large for a sign would count from the end.
        let packed = match I::DTYPE {
            Dtype::U64 => cut_to_signed(call, &packed)?,
            _ => packed,
        };
        match InType::new(call, &packed, Dtype::I64)? {
            InType::Same(same) => Ok(Indices(same.clone())),
            InType::Converted(converted) => Ok(Indices(converted)),
        }
    }

    pub(crate) fn get(&self) -> &Untyped {
        &self.0
    }

    /// The same in other memory than that of `out`, which is written while they are read.
    fn apart_from(self, call: &'static str, out: &Untyped) -> Result<Indices> {
        match self.0.overlaps(out) {
            true => Ok(Indices(converted(call, &self.0, Dtype::I64)?)),
            false => Ok(self),
        }
    }
}

/// The same in other memory than that of `out`, which is written while it is read.
fn apart_from<T: Element>(out: &Untyped, from: GpuArray<T>) -> Result<GpuArray<T>> {
    match from.raw.overlaps(out) {
        true => from.copy(),
        false => Ok(from),
    }
}

/// Indices without a sign, with the largest that has one in place of those beyond, which no array has either.
fn cut_to_signed(call: &'static str, indices: &Untyped) -> Result<Untyped> {
    let (left, right) = (SideKind::Array(indices), SideKind::Value(word(i64::MAX)));
    binary(
        call,
        Arithmetic::Minimum,
        &Side(left),
        &Side(right),
        Dtype::U64,
    )
}

/// Where a kernel tells of indices that name no element.
struct Check {
    call: &'static str,
    wrong: DeviceBuffer<u8>,
    array: Untyped,
    has_run: bool,
}

impl Check {
    fn new(call: &'static str, array: &Untyped) -> Result<Check> {
        let wrong = DeviceBuffer::from_allocation(array.placement().allocate(8)?);
        let array = array.clone();
        Ok(Check {
            call,
            wrong,
            array,
            has_run: false,
        })
    }

    fn run(
        &mut self,
        out: &Untyped,
        kernel: &'static str,
        mut block: Block,
        count: usize,
        others: &[&Untyped],
    ) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        block.pointer(self.wrong.ptr());
        let kernel = Library::kernel(out.context(), Family::Copy, Dtype::Bool, kernel)?;
        let blocks = (count as u64).div_ceil(256).min(1 << 20) as u32;
        out.in_order(self.call, others.iter().copied(), |stream| {
            self.wrong.as_slice().fill_async(0xff, stream)?;
            kernel.launch(stream, blocks, 256, &block)
        })?;
        self.has_run = true;
        self.array.stream().synchronize()
    }

    fn finish(self, length: usize) -> Result<()> {
        if !self.has_run {
            return Ok(());
        }
        let mut wrong = [0; 8];
        self.wrong.as_slice().copy_to(&mut wrong)?;
        check_wrong(self.call, u64::from_le_bytes(wrong), length)
    }
}
