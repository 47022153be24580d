//! Coordinates to texels: address modes and the weights of linear filtering.

use crate::backend::AddressMode;

impl AddressMode {
    /// Wrap and mirror are defined for normalised coordinates only; elsewhere the hardware clamps.
    pub(super) fn for_coordinates(self, normalised: bool) -> AddressMode {
        match self {
            AddressMode::Wrap | AddressMode::Mirror if !normalised => AddressMode::Clamp,
            mode => mode,
        }
    }

    /// The texel that stands for `index` among `count`; none is the border.
    pub(super) fn resolve(self, index: i64, count: usize) -> Option<usize> {
        let count = count as i64;
        let found = match self {
            AddressMode::Wrap => index.rem_euclid(count),
            AddressMode::Clamp => index.clamp(0, count - 1),
            AddressMode::Mirror => {
                let place = index.rem_euclid(2 * count);
                place.min(2 * count - 1 - place)
            }
            AddressMode::Border if (0..count).contains(&index) => index,
            AddressMode::Border => return None,
        };
        Some(found as usize)
    }
}

/// A texture coordinate along one axis, in texels.
pub(super) fn in_texels(coordinate: f64, normalised: bool, mode: AddressMode, count: usize) -> f64 {
    if !normalised {
        return coordinate;
    }
    // Reduced before the product, as its integer part could take all of the precision.
    let reduced = match mode {
        AddressMode::Wrap => coordinate.rem_euclid(1.0),
        AddressMode::Mirror => coordinate.rem_euclid(2.0),
        AddressMode::Clamp | AddressMode::Border => coordinate,
    };
    reduced * count as f64
}

/// The texel that contains a coordinate.
pub(super) fn nearest(position: f64) -> i64 {
    // Saturates, and NaN becomes 0.
    position.floor() as i64
}

/// The two texels between whose centres a coordinate lies, by the index of the first, and the weight of the
/// second.
///
/// The weight has 8 bits of fraction, as in the hardware's 1.8 fixed point: what is nearer to a centre than half of
/// 1/256 has the value of that texel.
pub(super) fn between(position: f64) -> (i64, f32) {
    let position = position - 0.5;
    let first = position.floor();
    let weight = ((position - first) * 256.0).round() / 256.0;
    if weight.is_finite() {
        (first as i64, weight as f32)
    } else {
        (first as i64, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{between, in_texels, nearest};
    use crate::backend::AddressMode;

    fn row(mode: AddressMode, count: usize) -> Vec<Option<usize>> {
        let range = -(count as i64) - 1..2 * count as i64 + 1;
        range.map(|index| mode.resolve(index, count)).collect()
    }

    #[test]
    fn modes_resolve_what_is_outside() {
        let wrapped = [2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0].map(Some);
        let clamped = [0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2].map(Some);
        let mirrored = [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0].map(Some);
        assert_eq!(row(AddressMode::Wrap, 3), wrapped);
        assert_eq!(row(AddressMode::Clamp, 3), clamped);
        assert_eq!(row(AddressMode::Mirror, 3), mirrored);
        let mut bordered = [None; 11];
        bordered[4..7].copy_from_slice(&[Some(0), Some(1), Some(2)]);
        assert_eq!(row(AddressMode::Border, 3), bordered);
    }

    #[test]
    fn unnormalised_coordinates_clamp() {
        assert_eq!(AddressMode::Wrap.for_coordinates(false), AddressMode::Clamp);
        assert_eq!(
            AddressMode::Mirror.for_coordinates(true),
            AddressMode::Mirror
        );
        assert_eq!(
            AddressMode::Border.for_coordinates(false),
            AddressMode::Border
        );
    }

    #[test]
    fn weights_have_eight_bits() {
        assert_eq!(between(2.5), (2, 0.0));
        assert_eq!(between(3.0), (2, 0.5));
        assert_eq!(between(0.0), (-1, 0.5));
        assert_eq!(between(1.5 + 0.4 / 256.0), (1, 0.0));
        assert_eq!(between(1.5 + 0.6 / 256.0), (1, 1.0 / 256.0));
        assert_eq!(between(2.5 - 0.4 / 256.0), (1, 1.0));
    }

    #[test]
    fn coordinates_that_are_no_place_are_harmless() {
        for position in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let (first, weight) = between(position);
            assert!(weight == 0.0);
            for mode in [AddressMode::Wrap, AddressMode::Clamp, AddressMode::Mirror] {
                assert!(mode.resolve(first, 5).is_some_and(|index| index < 5));
                assert!(mode.resolve(nearest(position), 5).is_some());
            }
        }
    }

    #[test]
    fn great_normalised_coordinates_keep_their_fraction() {
        assert_eq!(in_texels(1000.25, true, AddressMode::Wrap, 8), 2.0);
        assert_eq!(in_texels(-0.25, true, AddressMode::Wrap, 8), 6.0);
        assert_eq!(in_texels(-0.25, true, AddressMode::Mirror, 8), 14.0);
        assert_eq!(in_texels(0.5, true, AddressMode::Clamp, 8), 4.0);
        assert_eq!(in_texels(0.5, false, AddressMode::Wrap, 8), 0.5);
    }
}
