//! What a measuring program printed.

use anyhow::{Context, bail, ensure};

/// Finds the figure called `name`, in `unit`, among lines of `name<TAB>unit<TAB>value`.
///
/// Strict: every line must have this form, the name must stand there once, in the unit expected, and
/// its value must be a finite number that is not negative.
pub(crate) fn figure(printed: &str, name: &str, unit: &str) -> anyhow::Result<f64> {
    let mut found = None;
    for line in printed.lines() {
        let fields = line.split('\t').collect::<Vec<_>>();
        let [its_name, its_unit, value] = fields[..] else {
            bail!("printed {line:?}, which is not name<TAB>unit<TAB>value");
        };
        let value = number(value).with_context(|| format!("printed {line:?}"))?;
        if its_name != name {
            continue;
        }
        ensure!(
            its_unit == unit,
            "printed {name} in {its_unit}, not in {unit}"
        );
        ensure!(found.is_none(), "printed {name} twice");
        found = Some(value);
    }
    found.with_context(|| format!("printed no line for {name}"))
}

fn number(text: &str) -> anyhow::Result<f64> {
    let value = text.parse::<f64>()?;
    ensure!(value.is_finite() && value >= 0.0, "{text} is no figure");
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(printed: &str) -> String {
        format!("{:#}", figure(printed, "start", "1/s").unwrap_err())
    }

    #[test]
    fn the_named_figure_is_found_among_others() {
        let printed = "stop\tms\t4\nstart\t1/s\t8677.25\n";
        assert_eq!(figure(printed, "start", "1/s").unwrap(), 8677.25);
    }

    #[test]
    fn a_missing_or_doubled_figure_is_an_error() {
        assert!(error_of("").contains("no line for start"));
        assert!(error_of("stop\t1/s\t1").contains("no line for start"));
        assert!(error_of("start\t1/s\t1\nstart\t1/s\t1").contains("twice"));
    }

    #[test]
    fn another_unit_is_an_error() {
        assert!(error_of("start\tms\t1").contains("in ms, not in 1/s"));
    }

    #[test]
    fn rubbish_is_an_error_also_beside_a_good_line() {
        for line in [
            "",
            "hello",
            "start\t1/s",
            "start\t1/s\t1\t2",
            "x\ty\tz",
            "x\ty\tNaN",
            "x\ty\tinf",
            "x\ty\t-1",
            "x\ty\t 1",
        ] {
            let message = error_of(&format!("start\t1/s\t1\n{line}\n"));
            assert!(message.contains("printed"), "{line:?}: {message}");
        }
    }
}
