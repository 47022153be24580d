//! Cubes: from a direction to a face and a place on it.

/// The face that a direction from the cube's centre meets, and the normalised place there.
///
/// Faces are in the order of CUDA and of graphics: +x, -x, +y, -y, +z, -z.
pub(crate) fn face([x, y, z]: [f64; 3]) -> (usize, [f64; 2]) {
    let (wide, high, deep) = (x.abs(), y.abs(), z.abs());
    let (face, major, s, t) = if wide >= high && wide >= deep {
        if x >= 0.0 {
            (0, x, -z, -y)
        } else {
            (1, -x, z, -y)
        }
    } else if high >= deep {
        if y >= 0.0 {
            (2, y, x, z)
        } else {
            (3, -y, x, -z)
        }
    } else if z >= 0.0 {
        (4, z, x, -y)
    } else {
        (5, -z, -x, -y)
    };
    (face, [(s / major + 1.0) / 2.0, (t / major + 1.0) / 2.0])
}

#[cfg(test)]
mod tests {
    use super::face;

    #[test]
    fn axes_meet_the_middle_of_faces() {
        let axes = [
            [1.0, 0.0, 0.0],
            [-1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [0.0, -1.0, 0.0],
            [0.0, 0.0, 1.0],
            [0.0, 0.0, -1.0],
        ];
        for (number, axis) in axes.into_iter().enumerate() {
            assert_eq!(face(axis), (number, [0.5, 0.5]));
        }
    }

    #[test]
    fn places_turn_with_the_face() {
        assert_eq!(face([2.0, 1.0, -1.0]), (0, [0.75, 0.25]));
        assert_eq!(face([-2.0, 1.0, -1.0]), (1, [0.25, 0.25]));
        assert_eq!(face([1.0, 2.0, -1.0]), (2, [0.75, 0.25]));
        assert_eq!(face([1.0, 1.0, -2.0]), (5, [0.25, 0.25]));
    }
}
