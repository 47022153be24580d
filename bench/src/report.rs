//! The lines of the report.

use crate::machine;
use crate::measure::{Measured, MeasuredMetric, Rival};
use crate::table::Better;
use crate::verdict::{median, ratio, verdict};
use crate::workshop::Trouble;

const COLUMNS: &str = "# crate\tmetric\tunit\tours\tpeer\tpeer's figure\tratio\tgoal\tverdict";

/// All lines for one crate: two for the columns and the machine, then one for each peer of each metric.
pub(crate) fn lines(measured: &Measured<'_>, spread: bool) -> Vec<String> {
    let rounds = measured.rounds;
    let on = format!(
        "# on {}; {}; medians of {rounds} rounds",
        machine::machine(),
        machine::tools()
    );
    let mut lines = vec![COLUMNS.to_owned(), on];
    for metric in &measured.metrics {
        lines.extend(of_metric(&measured.table.name, metric));
        if spread {
            lines.extend(spreads(&measured.table.name, metric));
        }
    }
    lines
}

fn of_metric(table: &str, measured: &MeasuredMetric<'_>) -> Vec<String> {
    let metric = measured.metric;
    let start = format!("{table}\t{}\t{}", metric.name, metric.unit);
    let ours = match &measured.ours {
        Ok(figures) => median(figures),
        Err(trouble) => return vec![format!("# {start}\tours {}", told(trouble))],
    };
    let compared = measured.peers.iter().map(|(peer, rival)| {
        let so_far = format!("{start}\t{}\t{peer}", figure(ours));
        match compare(metric.better, ours, rival) {
            Ok(rest) => format!("{so_far}\t{rest}"),
            Err(trouble) => format!("# {so_far} {}", told(trouble)),
        }
    });
    compared.collect()
}

/// The last four fields.
fn compare(better: Better, ours: f64, rival: &Rival) -> Result<String, &Trouble> {
    match rival {
        Rival::Bound(bound) => {
            let met = verdict(ours <= *bound);
            Ok(format!("{}\t-\t-\t{met}", figure(*bound)))
        }
        Rival::Program { figures, goal } => {
            let theirs = median(figures.as_ref()?);
            let ratio = ratio(better, ours, theirs);
            let met = verdict(ratio.is_some_and(|ratio| ratio >= *goal));
            let ratio = ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.3}"));
            Ok(format!("{}\t{ratio}\t{goal}\t{met}", figure(theirs)))
        }
    }
}

fn told(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Missing(why) => format!("is not measured: {why}"),
        Trouble::Broken(why) => format!("is broken: {why}"),
    }
}

fn spreads(table: &str, measured: &MeasuredMetric<'_>) -> Vec<String> {
    let metric = &measured.metric.name;
    let lines = measured.figures().filter_map(|(name, figures)| {
        let figures = figures.as_ref().ok()?.iter().copied();
        let least = figure(figures.clone().fold(f64::INFINITY, f64::min));
        let most = figure(figures.fold(0.0, f64::max));
        Some(format!("# {table}\t{metric}\t{name}: {least} to {most}"))
    });
    lines.collect()
}

/// A figure with four digits that matter.
fn figure(value: f64) -> String {
    let before_point = if value < 1.0 {
        1.0
    } else {
        value.log10().floor() + 1.0
    };
    let decimals = (4.0 - before_point).max(0.0) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_four_digits() {
        let shown = [0.0, 0.3131, 3.664, 14.0, 138.2, 8677.4, 1_000_000.0].map(figure);
        assert_eq!(
            shown,
            [
                "0.000", "0.313", "3.664", "14.00", "138.2", "8677", "1000000"
            ]
        );
    }
}
