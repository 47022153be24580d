//! Reading and writing an image through a surface: raw bytes, no filter.

use super::image::Image;
use crate::emu::exec::{Outside, TextureError};

/// A place in an image: x in bytes, y in rows, z in slices or layers.
pub(super) type Place = [i64; 3];

impl Image {
    /// Loads as many bytes as `into` has: a power of two.
    pub(super) fn surface_load(
        &self,
        place: Place,
        outside: Outside,
        into: &mut [u8],
    ) -> Result<(), TextureError> {
        match self.locate(place, outside, into.len())? {
            Some([x, y, z]) => self.read_row(x, y, z, into),
            None => into.fill(0),
        }
        Ok(())
    }

    /// Stores bytes: a power of two.
    pub(super) fn surface_store(
        &self,
        place: Place,
        outside: Outside,
        from: &[u8],
    ) -> Result<(), TextureError> {
        if let Some([x, y, z]) = self.locate(place, outside, from.len())? {
            self.write_row(x, y, z, from);
        }
        Ok(())
    }

    /// Where an access really goes; nowhere if it is outside and that is zero.
    fn locate(
        &self,
        place: Place,
        outside: Outside,
        size: usize,
    ) -> Result<Option<[usize; 3]>, TextureError> {
        if place[0].rem_euclid(size as i64) != 0 {
            return Err(misaligned(place[0], size));
        }
        let last = self.last_place(size);
        let inside = place
            .iter()
            .zip(last)
            .all(|(&at, last)| (0..=last).contains(&at));
        match outside {
            _ if inside => Ok(Some(place.map(|at| at as usize))),
            Outside::Zero => Ok(None),
            Outside::Clamp if last[0] >= 0 => Ok(Some(clamped(place, last))),
            Outside::Trap | Outside::Clamp => Err(self.beyond(place)),
        }
    }

    /// The last place at which an access of `size` bytes fits. None fits a row that is shorter.
    fn last_place(&self, size: usize) -> Place {
        let (row, rows, slices) = (self.row_bytes(), self.rows(), self.slices());
        [row as i64 - size as i64, rows as i64 - 1, slices as i64 - 1]
    }

    fn beyond(&self, [x, y, z]: Place) -> TextureError {
        TextureError(format!(
            "a surface access at byte {x} of row {y} in slice {z}, outside {} slices of {} rows of {} bytes",
            self.slices(),
            self.rows(),
            self.row_bytes()
        ))
    }
}

fn misaligned(x: i64, size: usize) -> TextureError {
    TextureError(format!(
        "a surface access of {size} bytes at byte {x}, which is not a multiple of them"
    ))
}

fn clamped(place: Place, last: Place) -> [usize; 3] {
    std::array::from_fn(|axis| place[axis].clamp(0, last[axis]) as usize)
}

#[cfg(test)]
mod tests {
    use super::super::image::Image;
    use super::Place;
    use crate::backend::{ArrayDescriptor, ArrayFormat, ArrayKind};
    use crate::emu::exec::{Outside, TextureError};

    /// 4 by 3 texels of two halves, which count the bytes.
    fn image() -> Image {
        let descriptor = ArrayDescriptor {
            width: 4,
            height: 3,
            depth: 2,
            format: ArrayFormat::F16,
            channels: 2,
            kind: ArrayKind::Plain,
            surface: true,
            gather: false,
        };
        let image = Image::zeroed(descriptor).unwrap();
        let bytes: Vec<u8> = (0..96).collect();
        for (row, bytes) in bytes.chunks(16).enumerate() {
            image.write_row(0, row % 3, row / 3, bytes);
        }
        image
    }

    fn at(x: i64, y: i64, z: i64) -> Place {
        [x, y, z]
    }

    fn load(place: Place, outside: Outside) -> Result<[u8; 4], TextureError> {
        let mut bytes = [0xee; 4];
        image().surface_load(place, outside, &mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn x_counts_bytes() {
        assert_eq!(load(at(8, 1, 0), Outside::Trap), Ok([24, 25, 26, 27]));
        assert_eq!(load(at(12, 2, 1), Outside::Trap), Ok([92, 93, 94, 95]));
    }

    #[test]
    fn what_is_outside_traps_is_moved_or_is_zero() {
        let outside = [
            at(16, 0, 0),
            at(-4, 0, 0),
            at(0, 3, 0),
            at(0, -1, 0),
            at(0, 0, 2),
            at(0, 0, -1),
        ];
        let nearest = [12, 0, 32, 0, 48, 0];
        for (place, first) in outside.into_iter().zip(nearest) {
            let trapped = load(place, Outside::Trap).unwrap_err();
            assert!(
                trapped
                    .to_string()
                    .contains("2 slices of 3 rows of 16 bytes"),
                "{trapped}"
            );
            assert_eq!(load(place, Outside::Zero), Ok([0; 4]));
            assert_eq!(
                load(place, Outside::Clamp),
                Ok([first, first + 1, first + 2, first + 3])
            );
        }
    }

    #[test]
    fn stores_outside_change_nothing_unless_moved() {
        let image = image();
        let far = at(400, 9, 9);
        assert!(image.surface_store(far, Outside::Trap, &[1; 4]).is_err());
        assert_eq!(image.surface_store(far, Outside::Zero, &[1; 4]), Ok(()));
        assert_eq!(image.texel(3, 2, 1), [0x5d5c, 0x5f5e, 0, 0]);
        assert_eq!(image.surface_store(far, Outside::Clamp, &[1; 4]), Ok(()));
        assert_eq!(image.texel(3, 2, 1), [0x0101, 0x0101, 0, 0]);
    }

    #[test]
    fn accesses_are_aligned() {
        let misaligned = load(at(2, 0, 0), Outside::Zero).unwrap_err();
        assert!(
            misaligned.to_string().contains("4 bytes at byte 2"),
            "{misaligned}"
        );
    }
}
