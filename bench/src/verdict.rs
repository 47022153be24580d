//! Medians, ratios and goals.

use crate::table::Better;

/// The middle figure; of an even number of figures, the mean of the two in the middle.
///
/// # Panics
///
/// Without figures.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// How many times better ours is: above 1 is better than the peer, whichever way the metric points.
/// `None` where a zero leaves nothing to divide by.
pub(crate) fn ratio(better: Better, ours: f64, peer: f64) -> Option<f64> {
    let (above, below) = match better {
        Better::Higher => (ours, peer),
        Better::Lower => (peer, ours),
    };
    (below > 0.0).then(|| above / below)
}

/// The last field of a line.
pub(crate) fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "short" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert_eq!(median(&[3.0]), 3.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[10.0, 1.0, 2.0, 4.0]), 3.0);
    }

    #[test]
    fn one_wild_run_does_not_move_the_median() {
        assert_eq!(median(&[5.0, 5.1, 4.9, 5.0, 5000.0]), 5.0);
    }

    #[test]
    fn a_ratio_above_one_is_better_in_both_directions() {
        assert_eq!(ratio(Better::Higher, 200.0, 100.0), Some(2.0));
        assert_eq!(ratio(Better::Lower, 100.0, 200.0), Some(2.0));
        assert_eq!(ratio(Better::Higher, 80.0, 100.0), Some(0.8));
        assert_eq!(ratio(Better::Lower, 100.0, 80.0), Some(0.8));
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        assert_eq!(ratio(Better::Higher, 1.0, 0.0), None);
        assert_eq!(ratio(Better::Lower, 0.0, 1.0), None);
        assert_eq!(ratio(Better::Lower, 1.0, 0.0), Some(0.0));
    }
}
