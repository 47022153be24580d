//! Views of device memory.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

use bytemuck::Pod;

use super::bytes_of;
use crate::backend::{DevicePtr, Fill};
use crate::context::Context;
use crate::driver::Stream;
use crate::error::{Code, Error, Result};

/// A view of values in a device's memory: a part of a buffer, a module's variable, or somebody else's memory.
///
/// It is copied like a reference, and everything can be done through it that can be with the memory.
pub struct DeviceSlice<'a, T> {
    context: &'a Context,
    pointer: DevicePtr,
    len: usize,
    values: PhantomData<T>,
}

impl<T> Clone for DeviceSlice<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for DeviceSlice<'_, T> {}

impl<'a, T> DeviceSlice<'a, T> {
    pub(crate) fn new(context: &'a Context, pointer: DevicePtr, len: usize) -> DeviceSlice<'a, T> {
        DeviceSlice {
            context,
            pointer,
            len,
            values: PhantomData,
        }
    }

    /// A view of memory that is known by its address only, as what another library gave out.
    ///
    /// Whether there is such memory is found by who uses it: an address of none is the driver's error in copies, and a
    /// kernel's failure. Some devices reach all of the host's memory, and there an address of it is written to like any
    /// other: like a kernel, who makes up addresses is outside of Rust's rules.
    ///
    /// # Panics
    /// If there are no such addresses: the values have more than `isize::MAX` bytes, or go beyond the last address.
    #[must_use]
    #[track_caller]
    pub fn from_raw(context: &'a Context, pointer: DevicePtr, len: usize) -> DeviceSlice<'a, T> {
        let bytes = bytes_of::<T>(len).ok();
        let end = bytes.and_then(|bytes| pointer.0.checked_add(bytes as u64));
        assert!(
            end.is_some(),
            "{len} values of {} bytes do not fit into the addresses from {pointer:?} on",
            size_of::<T>()
        );
        DeviceSlice::new(context, pointer, len)
    }

    /// The context whose memory it is.
    #[must_use]
    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// Where it begins, as kernels see it.
    #[must_use]
    pub fn ptr(&self) -> DevicePtr {
        self.pointer
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.len * size_of::<T>()
    }

    /// A part of it.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for a range that is not inside.
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Result<DeviceSlice<'a, T>> {
        let start = match range.start_bound() {
            Bound::Included(start) => Some(*start),
            Bound::Excluded(before) => before.checked_add(1),
            Bound::Unbounded => Some(0),
        };
        let end = match range.end_bound() {
            Bound::Included(last) => last.checked_add(1),
            Bound::Excluded(end) => Some(*end),
            Bound::Unbounded => Some(self.len),
        };
        match (start, end) {
            (Some(start), Some(end)) if start <= end && end <= self.len => {
                let pointer = self.pointer.offset(start * size_of::<T>());
                Ok(DeviceSlice::new(self.context, pointer, end - start))
            }
            _ => Err(self.outside(range.start_bound(), range.end_bound())),
        }
    }

    fn outside(&self, start: Bound<&usize>, end: Bound<&usize>) -> Error {
        let error = Error::new(Code::InvalidValue, "a slice");
        error
            .on(format_args!(
                "{} values from {start:?} to {end:?}",
                self.len
            ))
            .because("the range is not inside")
    }

    pub(super) fn same_length(&self, other: usize, call: &'static str) -> Result<()> {
        if self.len == other {
            return self.context.check();
        }
        let error = Error::new(Code::InvalidValue, call).on(format_args!("{} values", self.len));
        Err(error
            .because(format_args!("the other side has {other}"))
            .advise("take a slice of the longer one"))
    }

    /// An error if a copy would read bytes that it has written before. Emulated devices would get it right, and hardware
    /// not always.
    pub(crate) fn apart_from(&self, from: &DeviceSlice<'_, T>, call: &'static str) -> Result<()> {
        let distance = self.pointer.0.abs_diff(from.pointer.0);
        if self.context != from.context || distance == 0 || distance >= self.size() as u64 {
            return Ok(());
        }
        let error = Error::new(Code::InvalidValue, call).on(format_args!("{from:?} to {self:?}"));
        Err(error
            .because("the two overlap")
            .advise("copy through other memory"))
    }

    /// Copies the values of `from`, on the same device or another of the same driver, and waits for it.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if they are more or fewer, or the two overlap.
    pub fn copy_from_device(&self, from: &DeviceSlice<'_, T>) -> Result<()> {
        self.same_length(from.len, "cuMemcpyDtoD")?;
        self.apart_from(from, "cuMemcpyDtoD")?;
        if self.context == from.context && self.size() > 0 {
            let (backend, context) = (self.context.backend(), self.context.handle());
            return backend.copy_on_device(context, self.pointer, from.pointer, self.size());
        }
        // The default stream of one context knows nothing of the other's work.
        from.context.synchronize()?;
        let stream = self.context.default_stream();
        self.copy_from_device_async(from, &stream)?;
        stream.synchronize()
    }

    /// The same in the order of `stream`, which is of this view's context.
    ///
    /// # Errors
    /// As for [`copy_from_device`](DeviceSlice::copy_from_device); [`Code::InvalidContext`] for a stream of another
    /// context.
    pub fn copy_from_device_async(&self, from: &DeviceSlice<'_, T>, stream: &Stream) -> Result<()> {
        self.same_length(from.len, "cuMemcpyDtoDAsync")?;
        self.apart_from(from, "cuMemcpyDtoDAsync")?;
        self.context
            .same_backend(from.context, "cuMemcpyPeerAsync")?;
        if self.size() == 0 {
            return Ok(());
        }
        let (backend, context) = (self.context.backend(), self.context.handle());
        let stream = self.context.stream_handle(stream, "cuMemcpyDtoDAsync")?;
        if self.context == from.context {
            return backend.copy_on_device_async(
                context,
                self.pointer,
                from.pointer,
                self.size(),
                stream,
            );
        }
        let from_place = (from.context.handle(), from.pointer);
        backend.copy_peer_async((context, self.pointer), from_place, self.size(), stream)
    }
}

impl<'a, T: Pod> DeviceSlice<'a, T> {
    /// The same memory as values of another type.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] where the size is no multiple of the new type's, or the address is not aligned for it.
    pub fn cast<U: Pod>(&self) -> Result<DeviceSlice<'a, U>> {
        let (size, align) = (size_of::<U>(), align_of::<U>());
        if size == 0
            || !self.size().is_multiple_of(size)
            || !self.pointer.0.is_multiple_of(align as u64)
        {
            let error = Error::new(Code::InvalidValue, "a cast").on(format_args!("{self:?}"));
            return Err(error.because(format_args!(
                "the new type has {size} bytes and an alignment of {align}"
            )));
        }
        Ok(DeviceSlice::new(
            self.context,
            self.pointer,
            self.size() / size,
        ))
    }

    /// Copies `values`, which are as many as these, to the device, and returns when that is done.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if they are more or fewer.
    pub fn copy_from(&self, values: &[T]) -> Result<()> {
        self.same_length(values.len(), "cuMemcpyHtoD")?;
        if self.size() == 0 {
            return Ok(());
        }
        let copied = self.context.backend().copy_to_device(
            self.context.handle(),
            self.pointer,
            bytemuck::cast_slice(values),
        );
        copied.map_err(|error| error.on(format_args!("{self:?}")))
    }

    /// Copies to `values`, which are as many as these, and returns when that is done.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] if they are more or fewer.
    pub fn copy_to(&self, values: &mut [T]) -> Result<()> {
        self.same_length(values.len(), "cuMemcpyDtoH")?;
        if self.size() == 0 {
            return Ok(());
        }
        let values = bytemuck::cast_slice_mut(values);
        let copied =
            self.context
                .backend()
                .copy_to_host(self.context.handle(), values, self.pointer);
        copied.map_err(|error| error.on(format_args!("{self:?}")))
    }

    /// A copy in the host's memory.
    ///
    /// # Errors
    /// The failure of work that it had to wait for; [`Code::OutOfMemory`] if the host has not enough.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        let values = bytemuck::allocation::try_zeroed_vec(self.len);
        let mut values = values.map_err(|()| self.too_large_for_host())?;
        self.copy_to(&mut values)?;
        Ok(values)
    }

    fn too_large_for_host(&self) -> Error {
        let error = Error::new(Code::OutOfMemory, "a copy in the host's memory");
        error.on(format_args!("{} bytes", self.size()))
    }

    /// Writes `value` everywhere, and returns when that is done. Quick for values of 1, 2 and 4 bytes and those whose
    /// bytes repeat so; others are copied from the host.
    ///
    /// # Errors
    /// The failure of work that it had to wait for; [`Code::OutOfMemory`] if the host has not enough for what it copies.
    pub fn fill(&self, value: T) -> Result<()> {
        self.context.check()?;
        if self.size() == 0 {
            return Ok(());
        }
        match self.fill_of(&value) {
            Some(fill) => self.context.backend().fill(self.context.handle(), &fill),
            None => self.fill_from_host(value),
        }
    }

    fn fill_from_host(&self, value: T) -> Result<()> {
        let mut values = Vec::new();
        let reserved = values.try_reserve_exact(self.len);
        reserved.map_err(|_| self.too_large_for_host())?;
        values.resize(self.len, value);
        self.copy_from(&values)
    }

    /// The same in the order of `stream`.
    ///
    /// # Errors
    /// [`Code::NotSupported`] for values that are not filled on the device: see [`fill`](DeviceSlice::fill).
    pub fn fill_async(&self, value: T, stream: &Stream) -> Result<()> {
        self.context.check()?;
        let stream = self.context.stream_handle(stream, "cuMemsetAsync")?;
        if self.size() == 0 {
            return Ok(());
        }
        let fill = self.fill_of(&value).ok_or_else(|| {
            let error = Error::new(Code::NotSupported, "cuMemsetAsync").on(format_args!("{self:?}"));
            error.because("only values of 1, 2 or 4 bytes, or those whose bytes repeat so, are filled on the device")
        })?;
        self.context
            .backend()
            .fill_async(self.context.handle(), &fill, stream)
    }

    pub(crate) fn zero_in_order(&self, stream: Option<&Stream>) -> Result<()> {
        match stream {
            Some(stream) => self.fill_async(T::zeroed(), stream),
            None => self.fill(T::zeroed()),
        }
    }

    pub(crate) fn fill_of(&self, value: &T) -> Option<Fill> {
        let bytes = bytemuck::bytes_of(value);
        let aligned = |width: usize| {
            bytes.len().is_multiple_of(width) && self.pointer.0.is_multiple_of(width as u64)
        };
        let repeats = |width: &usize| {
            aligned(*width) && bytes.chunks(*width).all(|part| part == &bytes[..*width])
        };
        // The widest first, as it is the quickest.
        let width = [4, 2, 1].into_iter().find(repeats)?;
        let mut word = [0; 4];
        word[..width].copy_from_slice(&bytes[..width]);
        Some(Fill {
            to: self.pointer,
            pitch: self.size(),
            value: u32::from_le_bytes(word),
            element: width as u32,
            width: self.size() / width,
            height: 1,
        })
    }
}

impl<T> fmt::Debug for DeviceSlice<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = size_of::<T>();
        write!(f, "{} values of {size} bytes at {}", self.len, self.pointer)
    }
}
