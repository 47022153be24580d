//! Fills, and copies of boxes of bytes between host, linear memory and arrays.

use std::sync::Arc;

use super::cell;
use super::context::Context;
use super::failure::Failure;
use crate::backend::{Copy, Fill, HostSource, HostTarget, Memory, Place};
use crate::emu::memory::GlobalMemory;
use crate::emu::texture::Image;
use crate::error::{Code, Error, Result};

/// Bytes that are on their way at a time where the two ends cannot be reached together.
const CHUNK: usize = 64 * 1024;

/// A copy whose places are known.
#[derive(Debug)]
pub(super) struct Transfer {
    from: Spot<HostSource>,
    to: Spot<HostTarget>,
    width: usize,
    height: usize,
    depth: usize,
}

/// Where a box of bytes begins, and how it lies there.
#[derive(Debug)]
struct Spot<H> {
    place: Rows<H>,
    x: usize,
    y: usize,
    z: usize,
    pitch: usize,
    height: usize,
}

/// What a box of bytes is in.
#[derive(Debug)]
pub(super) enum Rows<H> {
    Host(H),
    Device(u64),
    Array(Arc<Image>),
}

impl<H> Spot<H> {
    fn new(place: Rows<H>, [x, y, z]: [usize; 3], pitch: usize, height: usize) -> Spot<H> {
        Spot {
            place,
            x,
            y,
            z,
            pitch,
            height,
        }
    }

    /// Bytes from the start of the memory to a row's first byte.
    fn offset(&self, row: usize, slice: usize) -> usize {
        ((self.z + slice) * self.height + self.y + row) * self.pitch + self.x
    }

    /// Whether rows of so many bytes, and slices of so many rows, follow each other without gaps.
    fn is_dense(&self, width: usize, height: usize, depth: usize) -> bool {
        let rows = height == 1 && depth == 1 || self.pitch == width;
        let slices = depth == 1 || self.height == height;
        !matches!(self.place, Rows::Array(_)) && rows && slices
    }
}

impl Spot<HostSource> {
    fn read(
        &self,
        context: &Context,
        [row, slice, skip]: [usize; 3],
        into: &mut [u8],
    ) -> Result<(), Failure> {
        match &self.place {
            Rows::Host(source) => cell::read(*source, self.offset(row, slice) + skip, into),
            Rows::Device(start) => {
                let address = start + (self.offset(row, slice) + skip) as u64;
                context.memory_at(address).read(address, into)?;
            }
            Rows::Array(image) => {
                image.read_row(self.x + skip, self.y + row, self.z + slice, into);
            }
        }
        Ok(())
    }
}

impl Spot<HostTarget> {
    fn write(
        &self,
        context: &Context,
        [row, slice, skip]: [usize; 3],
        from: &[u8],
    ) -> Result<(), Failure> {
        match &self.place {
            Rows::Host(target) => cell::write(*target, self.offset(row, slice) + skip, from),
            Rows::Device(start) => {
                let address = start + (self.offset(row, slice) + skip) as u64;
                context.memory_at(address).write(address, from)?;
            }
            Rows::Array(image) => {
                image.write_row(self.x + skip, self.y + row, self.z + slice, from);
            }
        }
        Ok(())
    }
}

impl Transfer {
    /// A copy of `bytes` from the start of one place to that of another. Neither is an array.
    pub(super) fn linear(from: Rows<HostSource>, to: Rows<HostTarget>, bytes: usize) -> Transfer {
        let start = [0; 3];
        Transfer {
            from: Spot::new(from, start, bytes, 1),
            to: Spot::new(to, start, bytes, 1),
            width: bytes,
            height: 1,
            depth: 1,
        }
    }

    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let (width, height, depth) = (self.width, self.height, self.depth);
        let dense =
            self.from.is_dense(width, height, depth) && self.to.is_dense(width, height, depth);
        if dense {
            return self.copy_row(context, 0, 0, width * height * depth);
        }
        for slice in 0..depth {
            for row in 0..height {
                self.copy_row(context, row, slice, width)?;
            }
        }
        Ok(())
    }

    fn copy_row(
        &self,
        context: &Context,
        row: usize,
        slice: usize,
        len: usize,
    ) -> Result<(), Failure> {
        if let (Rows::Device(from), Rows::Device(to)) = (&self.from.place, &self.to.place) {
            let from = from + self.from.offset(row, slice) as u64;
            let to = to + self.to.offset(row, slice) as u64;
            return context.copy_linear(to, from, len);
        }
        let mut bytes = vec![0; len.min(CHUNK)];
        for skip in (0..len).step_by(CHUNK) {
            let chunk = &mut bytes[..CHUNK.min(len - skip)];
            self.from.read(context, [row, slice, skip], chunk)?;
            self.to.write(context, [row, slice, skip], chunk)?;
        }
        Ok(())
    }
}

impl Context {
    /// A copy that can be done later: its arrays are found, and are large enough.
    pub(super) fn plan(&self, copy: &Copy, call: &'static str) -> Result<Transfer> {
        let shape = [copy.width, copy.height, copy.depth];
        Ok(Transfer {
            from: self.spot(&copy.from, shape, call)?,
            to: self.spot(&copy.to, shape, call)?,
            width: copy.width,
            height: copy.height,
            depth: copy.depth,
        })
    }

    fn spot<H: std::marker::Copy>(
        &self,
        place: &Place<H>,
        shape: [usize; 3],
        call: &'static str,
    ) -> Result<Spot<H>> {
        let rows = match place.memory {
            Memory::Host(host) => Rows::Host(host),
            Memory::Device(start) => Rows::Device(start.0),
            Memory::Array(array) => {
                let image = match place.context {
                    Some(owner) => self
                        .emulator
                        .context(owner, call)?
                        .arrays
                        .get(array.0, call)?,
                    None => self.arrays.get(array.0, call)?,
                };
                check_box(&image, [place.x, place.y, place.z], shape, call)?;
                Rows::Array(image)
            }
        };
        let start = [place.x, place.y, place.z];
        Ok(Spot::new(rows, start, place.pitch, place.height))
    }

    /// The memory that an address belongs to. Copies reach all devices, whether kernels may or not.
    pub(super) fn memory_at(&self, address: u64) -> &'static Arc<GlobalMemory> {
        let holds = |memory: &GlobalMemory| memory.range_of(address).is_some();
        let own = self.memory();
        if holds(own) || holds(&self.emulator.host) {
            return own;
        }
        let mut others = self.emulator.devices.iter().map(|device| &device.memory);
        others.find(|memory| holds(memory)).unwrap_or(own)
    }

    /// Copies between any two places in linear memory.
    pub(super) fn copy_linear(&self, to: u64, from: u64, len: usize) -> Result<(), Failure> {
        let (target, source) = (self.memory_at(to), self.memory_at(from));
        if Arc::ptr_eq(target, source) {
            return Ok(target.copy(to, from, len as u64)?);
        }
        let mut bytes = vec![0; len.min(CHUNK)];
        for skip in (0..len).step_by(CHUNK) {
            let chunk = &mut bytes[..CHUNK.min(len - skip)];
            source.read(from + skip as u64, chunk)?;
            target.write(to + skip as u64, chunk)?;
        }
        Ok(())
    }

    pub(super) fn fill_rows(&self, fill: &Fill) -> Result<(), Failure> {
        let pattern = fill.value.to_le_bytes();
        let pattern = &pattern[..fill.element as usize];
        let memory = self.memory_at(fill.to.0);
        let width = fill.width * pattern.len();
        if fill.height == 1 || fill.pitch == width {
            let count = (fill.width * fill.height) as u64;
            return Ok(memory.fill(fill.to.0, pattern, count)?);
        }
        let mut rows = (0..fill.height).map(|row| fill.to.offset(row * fill.pitch));
        Ok(rows.try_for_each(|row| memory.fill(row.0, pattern, fill.width as u64))?)
    }
}

/// Refuses a box that goes beyond an array.
fn check_box(
    image: &Image,
    start: [usize; 3],
    shape: [usize; 3],
    call: &'static str,
) -> Result<()> {
    let limits = [image.row_bytes(), image.rows(), image.slices()];
    let fits = (0..3).all(|axis| {
        let end = start[axis].checked_add(shape[axis]);
        end.is_some_and(|end| end <= limits[axis])
    });
    if fits {
        return Ok(());
    }
    let [row, rows, slices] = limits;
    let [width, height, depth] = shape;
    let [x, y, z] = start;
    Err(Error::new(Code::InvalidValue, call).because(format_args!(
        "{width} bytes by {height} rows by {depth} slices from ({x}, {y}, {z}) on do not fit an array of {row} bytes \
         by {rows} by {slices}"
    )))
}
