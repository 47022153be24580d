//! Copies on the device, and conversions to other types.

use super::array::{GpuArray, scalar};
use super::dtype::Dtype;
use super::element::Element;
use super::engine::{Elementwise, Family, Operand, Untyped};
use super::shape::{Dims, broadcast};
use super::slicing::IntoItems;
use crate::error::Result;

impl<T: Element> GpuArray<T> {
    /// An array of its own with the same elements, in the same order of dimensions in memory but without gaps.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
    pub fn copy(&self) -> Result<GpuArray<T>> {
        let copy = self.empty_like()?;
        copy_into("GpuArray::copy", &copy.raw, Operand::Array(&self.raw))?;
        Ok(copy)
    }

    /// Sets the elements to those of `other`, which is broadcast to this array's shape.
    ///
    /// # Errors
    /// [`Code::InvalidValue`](crate::Code::InvalidValue) if the shapes do not fit.
    pub fn assign(&mut self, other: &GpuArray<T>) -> Result<()> {
        let call = "GpuArray::assign";
        if self.raw.overlaps(&other.raw) && self.raw.layout() != other.raw.layout() {
            return copy_into(call, &self.raw, Operand::Array(&other.copy()?.raw));
        }
        copy_into(call, &self.raw, Operand::Array(&other.raw))
    }

    /// `array[items] = value`: sets some elements to one value.
    ///
    /// # Errors
    /// As for [`slice`](GpuArray::slice).
    pub fn set_item(&mut self, items: impl IntoItems, value: T) -> Result<()> {
        copy_into("GpuArray::set_item", &self.slice(items)?.raw, scalar(value))
    }

    /// `array[items] = other`: sets some elements to those of another array, which is broadcast to the slice's shape.
    ///
    /// # Errors
    /// As for [`slice`](GpuArray::slice) and [`assign`](GpuArray::assign).
    pub fn set_items(&mut self, items: impl IntoItems, other: &GpuArray<T>) -> Result<()> {
        self.slice(items)?.assign(other)
    }

    /// The elements as ones of another type, in an array of its own.
    ///
    /// They are converted as a cast in C does: to integers by cutting the fraction off, to smaller integers by
    /// cutting bits off, from complex numbers by dropping the imaginary part. A number that an integer type cannot
    /// hold becomes the nearest that it can (from 32 bits on). What is not a number becomes 0; from `f64`, and in integers
    /// of 64 bits, it becomes the number whose highest bit alone is set, of which smaller integers have the lower bits. All
    /// but zero is true.
    ///
    /// # Errors
    /// [`Code::OutOfMemory`](crate::Code::OutOfMemory), and those of the launch.
    pub fn astype<U: Element>(&self) -> Result<GpuArray<U>> {
        Ok(GpuArray::of(converted(
            "GpuArray::astype",
            &self.raw,
            U::DTYPE,
        )?))
    }
}

/// Writes an operand of the same type to all elements of `out`, broadcast to its shape.
pub(crate) fn copy_into(call: &'static str, out: &Untyped, from: Operand<'_>) -> Result<()> {
    if let Operand::Array(from) = from
        && from.layout().is_packed()
        && from.layout().shape() == out.shape()
        && from.layout().strides() == out.layout().strides()
    {
        return copy_bytes(call, out, from);
    }
    let (packed, strided) = match out.dtype().size() {
        1 => ("copy_1", "copy_1_strided"),
        2 => ("copy_2", "copy_2_strided"),
        4 => ("copy_4", "copy_4_strided"),
        8 => ("copy_8", "copy_8_strided"),
        _ => ("copy_16", "copy_16_strided"),
    };
    let copy = Elementwise {
        call,
        family: Family::Copy,
        of: Dtype::Bool,
        packed: Some(packed),
        strided,
        out,
        operands: &[from],
        bare: false,
    };
    copy.run(|_| {})
}

/// Both arrays are one piece of memory, in the same order. What may be reversed in it begins elsewhere.
fn copy_bytes(call: &'static str, out: &Untyped, from: &Untyped) -> Result<()> {
    out.in_order(call, [from].into_iter(), |stream| {
        out.bytes().copy_from_device_async(&from.bytes(), stream)
    })
}

/// The array in another type, always in memory of its own.
pub(crate) fn converted(call: &'static str, from: &Untyped, dtype: Dtype) -> Result<Untyped> {
    let out = from.result(dtype, from.layout().packed_like(from.shape_owned()))?;
    if from.dtype() == dtype {
        copy_into(call, &out, Operand::Array(from))?;
        return Ok(out);
    }
    let convert = Elementwise {
        call,
        family: Family::Cast,
        of: dtype,
        packed: Some(from_name(from.dtype())),
        strided: "convert_strided",
        out: &out,
        operands: &[Operand::Array(from)],
        bare: false,
    };
    if convert.is_packed()? {
        convert.run(|_| {})?;
    } else {
        let number = Dtype::ALL
            .iter()
            .position(|known| *known == from.dtype())
            .unwrap_or(0);
        let convert = Elementwise {
            packed: None,
            bare: true,
            ..convert
        };
        convert.run(|block| block.i32(number as i32))?;
    }
    Ok(out)
}

fn from_name(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::Bool => "from_bool",
        Dtype::I8 => "from_int8",
        Dtype::I16 => "from_int16",
        Dtype::I32 => "from_int32",
        Dtype::I64 => "from_int64",
        Dtype::U8 => "from_uint8",
        Dtype::U16 => "from_uint16",
        Dtype::U32 => "from_uint32",
        Dtype::U64 => "from_uint64",
        Dtype::F16 => "from_float16",
        Dtype::F32 => "from_float32",
        Dtype::F64 => "from_float64",
        Dtype::C64 => "from_complex64",
        Dtype::C128 => "from_complex128",
    }
}

/// An array in the type that an operation is done in: itself where it has the type.
pub(crate) enum InType<'a> {
    Same(&'a Untyped),
    Converted(Untyped),
}

impl<'a> InType<'a> {
    pub(crate) fn new(call: &'static str, array: &'a Untyped, dtype: Dtype) -> Result<InType<'a>> {
        match array.dtype() == dtype {
            true => Ok(InType::Same(array)),
            false => Ok(InType::Converted(converted(call, array, dtype)?)),
        }
    }

    pub(crate) fn get(&self) -> &Untyped {
        match self {
            InType::Same(array) => array,
            InType::Converted(array) => array,
        }
    }
}

/// An array for what comes of some operands: broadcast, and in the order of the first that has the full shape.
pub(crate) fn result_of(
    call: &'static str,
    first: &Untyped,
    operands: &[Operand<'_>],
    dtype: Dtype,
) -> Result<Untyped> {
    let arrays = || operands.iter().filter_map(|operand| operand.array());
    let shapes: Dims<&[usize]> = arrays().map(Untyped::shape).collect();
    let shape = broadcast(call, &shapes)?;
    super::shape::checked_len(call, &shape, dtype.size())?;
    let like = arrays()
        .find(|array| array.shape() == shape.as_slice())
        .unwrap_or(first);
    first.result(dtype, like.layout().packed_like(shape))
}
