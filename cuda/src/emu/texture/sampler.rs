//! Reading a texture: address modes, filtering and number formats, as the hardware does it.

use super::address::{between, in_texels, nearest};
use crate::backend::{AddressMode, ArrayFormat, FilterMode, TextureDescriptor};

/// How the texels of one format are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    pub(super) descriptor: TextureDescriptor,
    pub(super) format: ArrayFormat,
}

/// The texels on one axis that a coordinate touches, with their weights.
type Taps = [(Option<usize>, f32); 2];

impl Sampler {
    /// The four registers for a place in an image.
    ///
    /// `extent` and `place` have one number an axis, up to three. `fetch` gives the channels' bits of a texel that
    /// exists.
    pub(super) fn sample<E>(
        &self,
        extent: &[usize],
        place: &[f64],
        mut fetch: impl FnMut([usize; 3]) -> Result<[u32; 4], E>,
    ) -> Result<[u32; 4], E> {
        if self.descriptor.filter == FilterMode::Linear {
            let mut sum = [0.0; 4];
            for (texel, weight) in corners(&self.taps(extent, place)[..extent.len()]) {
                let value = match texel {
                    Some(texel) => self.numbers(fetch(texel)?),
                    None => self.descriptor.border_color,
                };
                add_weighted(&mut sum, value, weight);
            }
            return Ok(sum.map(|channel| (channel as f32).to_bits()));
        }
        match self.texel(extent, place) {
            Some(texel) => Ok(self.registers(fetch(texel)?)),
            None => Ok(self.border_registers()),
        }
    }

    /// One channel of the four texels that linear filtering in two dimensions would use, unfiltered, in the order of
    /// `tld4`: lower left, lower right, upper right, upper left.
    pub(super) fn gather<E>(
        &self,
        extent: [usize; 2],
        place: [f64; 2],
        channel: usize,
        mut fetch: impl FnMut([usize; 3]) -> Result<[u32; 4], E>,
    ) -> Result<[u32; 4], E> {
        let [x, y, _] = self.taps(&extent, &place);
        let mut gathered = [0; 4];
        let order = [(0, 1), (1, 1), (1, 0), (0, 0)];
        for (register, (column, row)) in gathered.iter_mut().zip(order) {
            let registers = match (x[column].0, y[row].0) {
                (Some(x), Some(y)) => self.registers(fetch([x, y, 0])?),
                _ => self.border_registers(),
            };
            *register = registers[channel];
        }
        Ok(gathered)
    }

    fn mode(&self, axis: usize) -> AddressMode {
        self.descriptor.address[axis].for_coordinates(self.descriptor.normalized_coordinates)
    }

    fn position(&self, axis: usize, coordinate: f64, count: usize) -> f64 {
        in_texels(
            coordinate,
            self.descriptor.normalized_coordinates,
            self.mode(axis),
            count,
        )
    }

    fn texel(&self, extent: &[usize], place: &[f64]) -> Option<[usize; 3]> {
        let mut texel = [0; 3];
        for (axis, (&count, &coordinate)) in extent.iter().zip(place).enumerate() {
            let index = nearest(self.position(axis, coordinate, count));
            texel[axis] = self.mode(axis).resolve(index, count)?;
        }
        Some(texel)
    }

    fn taps(&self, extent: &[usize], place: &[f64]) -> [Taps; 3] {
        let mut taps = [[(Some(0), 0.0); 2]; 3];
        for (axis, (&count, &coordinate)) in extent.iter().zip(place).enumerate() {
            let (first, weight) = between(self.position(axis, coordinate, count));
            let resolve = |index| self.mode(axis).resolve(index, count);
            let second = resolve(first.saturating_add(1));
            taps[axis] = [(resolve(first), 1.0 - weight), (second, weight)];
        }
        taps
    }

    /// A texel as numbers. Integers that the mode leaves whole keep their bits, which no filter may touch.
    fn numbers(&self, bits: [u32; 4]) -> [f32; 4] {
        let mut numbers = bits.map(|bits| self.format.to_float(bits));
        if self.descriptor.srgb && self.format == ArrayFormat::U8 {
            for number in &mut numbers[..3] {
                *number = srgb_to_linear(*number);
            }
        }
        numbers
    }

    fn registers(&self, bits: [u32; 4]) -> [u32; 4] {
        if self.reads_integers() {
            bits.map(|bits| self.format.widen(bits))
        } else {
            self.numbers(bits).map(f32::to_bits)
        }
    }

    fn border_registers(&self) -> [u32; 4] {
        if self.reads_integers() {
            self.descriptor
                .border_color
                .map(|channel| channel as i64 as u32)
        } else {
            self.descriptor.border_color.map(f32::to_bits)
        }
    }

    fn reads_integers(&self) -> bool {
        let whole = self.descriptor.read_as_integer || !self.format.normalises();
        whole && !self.format.is_float()
    }
}

/// The texels at the corners of a box, with the products of their weights: exact, as each weight has 8 bits.
fn corners(axes: &[Taps]) -> impl Iterator<Item = (Option<[usize; 3]>, f32)> {
    (0..1_usize << axes.len()).map(|corner| {
        let mut texel = Some([0; 3]);
        let mut product = 1.0;
        for (axis, taps) in axes.iter().enumerate() {
            let (index, weight) = taps[corner >> axis & 1];
            product *= weight;
            texel = texel.zip(index).map(|(mut texel, index)| {
                texel[axis] = index;
                texel
            });
        }
        (texel, product)
    })
}

/// Texels of no weight count for nothing, even when they are infinite or not a number.
fn add_weighted(sum: &mut [f64; 4], value: [f32; 4], weight: f32) {
    if weight != 0.0 {
        for (sum, value) in sum.iter_mut().zip(value) {
            *sum += f64::from(value) * f64::from(weight);
        }
    }
}

fn srgb_to_linear(value: f32) -> f32 {
    if value <= 0.040_45 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::Sampler;
    use crate::backend::{AddressMode, ArrayFormat, FilterMode, TextureDescriptor};

    fn sampler(address: AddressMode, filter: FilterMode, normalized_coordinates: bool) -> Sampler {
        let descriptor = TextureDescriptor {
            address: [address; 3],
            filter,
            normalized_coordinates,
            border_color: [-1.0; 4],
            ..TextureDescriptor::default()
        };
        Sampler {
            descriptor,
            format: ArrayFormat::F32,
        }
    }

    /// Reads from an image of floats 0, 1, 2 ... in row order.
    fn read(sampler: Sampler, extent: &[usize], place: &[f64]) -> f32 {
        let row = extent[0];
        let slice = row * extent.get(1).unwrap_or(&1);
        let fetch = |[x, y, z]: [usize; 3]| {
            Ok::<_, Infallible>([((x + row * y + slice * z) as f32).to_bits(), 0, 0, 0])
        };
        let Ok(registers) = sampler.sample(extent, place, fetch);
        f32::from_bits(registers[0])
    }

    #[test]
    fn the_nearest_texel_holds_the_coordinate() {
        let point = sampler(AddressMode::Clamp, FilterMode::Point, false);
        for (place, value) in [
            (0.0, 0.0),
            (0.99, 0.0),
            (1.0, 1.0),
            (3.5, 3.0),
            (9.0, 3.0),
            (-1.0, 0.0),
        ] {
            assert_eq!(read(point, &[4], &[place]), value, "{place}");
        }
        assert_eq!(read(point, &[4, 3], &[2.5, 1.5]), 6.0);
        assert_eq!(read(point, &[4, 3, 2], &[2.5, 1.5, 1.5]), 18.0);
    }

    #[test]
    fn between_centres_is_a_blend() {
        let linear = sampler(AddressMode::Clamp, FilterMode::Linear, false);
        for (place, value) in [(0.5, 0.0), (1.0, 0.5), (1.25, 0.75), (0.0, 0.0), (4.0, 3.0)] {
            assert_eq!(read(linear, &[4], &[place]), value, "{place}");
        }
        assert_eq!(read(linear, &[4, 3], &[1.0, 1.0]), 2.5);
        assert_eq!(read(linear, &[2, 2, 2], &[1.0, 1.0, 1.0]), 3.5);
        // A third is not a multiple of 1/256: the nearest is 85.
        assert_eq!(read(linear, &[4], &[0.5 + 1.0 / 3.0]), 85.0 / 256.0);
    }

    #[test]
    fn normalised_coordinates_wrap_and_mirror() {
        let wrap = sampler(AddressMode::Wrap, FilterMode::Point, true);
        assert_eq!(read(wrap, &[4], &[1.125]), 0.0);
        assert_eq!(read(wrap, &[4], &[-0.125]), 3.0);
        let mirror = sampler(AddressMode::Mirror, FilterMode::Point, true);
        assert_eq!(read(mirror, &[4], &[1.125]), 3.0);
        assert_eq!(read(mirror, &[4], &[-0.375]), 1.0);
        let linear = sampler(AddressMode::Wrap, FilterMode::Linear, true);
        assert_eq!(read(linear, &[4], &[0.0]), 1.5);
    }

    #[test]
    fn the_border_has_its_colour_and_blends() {
        let point = sampler(AddressMode::Border, FilterMode::Point, false);
        assert_eq!(read(point, &[4], &[4.0]), -1.0);
        assert_eq!(read(point, &[4, 3], &[1.0, -0.5]), -1.0);
        let linear = sampler(AddressMode::Border, FilterMode::Linear, false);
        assert_eq!(read(linear, &[4], &[4.0]), 1.0);
    }

    #[test]
    fn integers_stay_or_become_fractions() {
        let fetch = |_| Ok::<_, Infallible>([0x7f, 0x81, 0, 0x40]);
        let mut sampler = sampler(AddressMode::Clamp, FilterMode::Point, false);
        sampler.format = ArrayFormat::I8;
        let Ok(fractions) = sampler.sample(&[1], &[0.5], fetch);
        let expected = [1.0, -1.0, 0.0, 64.0 / 127.0];
        assert_eq!(fractions.map(f32::from_bits), expected);
        sampler.descriptor.read_as_integer = true;
        let Ok(whole) = sampler.sample(&[1], &[0.5], fetch);
        assert_eq!(whole.map(|register| register as i32), [127, -127, 0, 64]);
    }

    #[test]
    fn srgb_leaves_alpha() {
        let mut sampler = sampler(AddressMode::Clamp, FilterMode::Point, false);
        sampler.format = ArrayFormat::U8;
        sampler.descriptor.srgb = true;
        let Ok(colour) = sampler.sample(&[1], &[0.5], |_| Ok::<_, Infallible>([188, 0, 255, 188]));
        let [red, green, blue, alpha] = colour.map(f32::from_bits);
        assert!((red - 0.5029).abs() < 1e-4, "{red}");
        assert_eq!((green, blue, alpha), (0.0, 1.0, 188.0 / 255.0));
    }

    #[test]
    fn four_texels_are_gathered_counterclockwise() {
        let fetch =
            |[x, y, _]: [usize; 3]| Ok::<_, Infallible>([0, (10 * y + x) as f32 as u32, 0, 0]);
        let mut sampler = sampler(AddressMode::Clamp, FilterMode::Linear, false);
        sampler.format = ArrayFormat::U32;
        let Ok(gathered) = sampler.gather([4, 4], [2.0, 3.0], 1, fetch);
        assert_eq!(gathered, [31, 32, 22, 21]);
    }

    #[test]
    fn an_infinite_neighbour_without_weight_does_not_count() {
        let linear = sampler(AddressMode::Clamp, FilterMode::Linear, false);
        let fetch = |[x, _, _]: [usize; 3]| {
            let value = if x == 1 { f32::INFINITY } else { 2.0 };
            Ok::<_, Infallible>([value.to_bits(), 0, 0, 0])
        };
        let Ok(registers) = linear.sample(&[2], &[0.5], fetch);
        assert_eq!(f32::from_bits(registers[0]), 2.0);
    }
}
