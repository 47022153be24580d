//! Results as a file keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::case::Case;
use crate::numbers::hash;
use crate::tolerance::is_close;
use crate::types::{Number, Type};

const RECORDED: &str = include_str!("../../goldens/hardware.tsv");

/// Of a result whose bits may differ, so many values are kept, and of others.
const SAMPLES: usize = 8;
const EXACT_SAMPLES: usize = 2;

/// What a case left in a buffer.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    name: String,
    element: Type,
    tolerance: f64,
    bytes: Vec<u8>,
    /// Up to the last number that the kernel changed.
    changed: usize,
}

/// What is kept of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Golden {
    tolerance: f64,
    changed: usize,
    /// Of all bits; of numbers that may differ, only how many are no numbers.
    hash: u64,
    samples: Vec<f64>,
}

/// All results, by case and buffer.
#[derive(Debug, Default)]
pub(crate) struct Goldens {
    results: BTreeMap<String, Golden>,
    kernels: BTreeSet<String>,
}

impl Output {
    pub(crate) fn new(
        name: &str,
        element: Type,
        tolerance: f64,
        (before, after): (&[u8], Vec<u8>),
    ) -> Output {
        let size = element.number.size();
        let mut pairs = before.chunks(size).zip(after.chunks(size));
        let changed = pairs.rposition(|(before, after)| before != after);
        let changed = changed.map_or(0, |at| at + 1);
        Output {
            name: name.to_owned(),
            element,
            tolerance,
            bytes: after,
            changed,
        }
    }

    fn numbers(&self) -> impl Iterator<Item = (&[u8], f64)> {
        let number = self.element.number;
        self.bytes
            .chunks_exact(number.size())
            .map(move |bytes| (bytes, number.read(bytes)))
    }

    /// The first number that is not as expected.
    pub(crate) fn difference(&self, expected: &Output) -> Option<String> {
        let is_same = |(bytes, value): (&[u8], f64), (others, other): (&[u8], f64)| {
            let is_fraction = self.element.number.is_fraction();
            bytes == others || is_fraction && is_close(value, other, self.tolerance)
        };
        let mut pairs = self.numbers().zip(expected.numbers()).enumerate();
        let (at, (ours, theirs)) = pairs.find(|(_, (ours, theirs))| !is_same(*ours, *theirs))?;
        Some(format!(
            "{}[{at}] is {:?}, and {:?}",
            self.name, ours.1, theirs.1
        ))
    }

    fn golden(&self) -> Golden {
        let is_exact = self.tolerance == 0.0;
        let changed = || self.numbers().take(self.changed);
        let no_number = |(_, value): &(&[u8], f64)| value.is_nan();
        let hash = if is_exact {
            hash(changed().flat_map(|number| canonical(self.element.number, number)))
        } else {
            changed().filter(no_number).count() as u64
        };
        let count = if is_exact { EXACT_SAMPLES } else { SAMPLES }.min(self.changed);
        let place = |n: usize| n * (self.changed - 1) / (count - 1).max(1);
        let values: Vec<f64> = changed().map(|(_, value)| value).collect();
        let samples = (0..count).map(|n| values[place(n)]).collect();
        Golden {
            tolerance: self.tolerance,
            changed: self.changed,
            hash,
            samples,
        }
    }
}

/// The bits, but of what is no number: those are the hardware's choice.
fn canonical(number: Number, (bytes, value): (&[u8], f64)) -> Vec<u8> {
    if number.is_fraction() && value.is_nan() {
        vec![0xFF; bytes.len()]
    } else {
        bytes.to_vec()
    }
}

impl Golden {
    /// Results whose bits are promised keep few digits of their samples, for people.
    fn write(&self) -> String {
        let digits = if self.tolerance < 1e-9 && self.tolerance > 0.0 {
            15
        } else {
            8
        };
        let samples = self
            .samples
            .iter()
            .map(|value| format!("{value:.digits$e}"));
        let samples: Vec<String> = samples.collect();
        let Golden {
            tolerance,
            changed,
            hash,
            ..
        } = self;
        format!("{tolerance:e}\t{changed}\t{hash:x}\t{}", samples.join(" "))
    }

    fn read(line: &str) -> Option<(String, Golden)> {
        let mut parts = line.split('\t');
        let mut part = || parts.next();
        let name = part()?.to_owned();
        let golden = Golden {
            tolerance: part()?.parse().ok()?,
            changed: part()?.parse().ok()?,
            hash: u64::from_str_radix(part()?, 16).ok()?,
            samples: part()?
                .split_whitespace()
                .map(|word| word.parse().ok())
                .collect::<Option<_>>()?,
        };
        Some((name, golden))
    }

    fn difference(&self, recorded: &Golden) -> Option<String> {
        let is_same = self.changed == recorded.changed
            && self.hash == recorded.hash
            && self.tolerance == recorded.tolerance
            && (self.tolerance == 0.0 || self.samples.len() == recorded.samples.len());
        let pairs = || self.samples.iter().zip(&recorded.samples);
        let is_same = is_same
            && (self.tolerance == 0.0 || pairs().all(|(a, b)| is_close(*a, *b, self.tolerance)));
        (!is_same).then(|| format!("{}, recorded {}", self.write(), recorded.write()))
    }
}

impl Goldens {
    pub(crate) fn add(&mut self, case: &Case, outputs: &[Output]) {
        self.kernels.insert(case.title.clone());
        for output in outputs {
            self.results
                .insert(format!("{case}:{}", output.name), output.golden());
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.results.len()
    }

    pub(crate) fn kernels(&self) -> usize {
        self.kernels.len()
    }

    pub(crate) fn write(&self, device: &str) -> String {
        let mut text = format!("# {device}\n# case:buffer, tolerance, changed, hash, samples\n");
        for (name, golden) in &self.results {
            let _ = writeln!(text, "{name}\t{}", golden.write());
        }
        text
    }

    /// Whatever was recorded must be so still.
    pub(crate) fn compare(&self, recorded: &BTreeMap<String, Golden>, wrong: &mut Vec<String>) {
        assert!(!recorded.is_empty(), "goldens/hardware.tsv has no results");
        for (name, golden) in recorded {
            let difference = match self.results.get(name) {
                Some(now) => now.difference(golden),
                None => Some("it was recorded, and there is no such result any more".to_owned()),
            };
            wrong.extend(difference.map(|difference| format!("{name}: {difference}")));
        }
        let new = self
            .results
            .keys()
            .filter(|name| !recorded.contains_key(*name))
            .count();
        println!(
            "{} results as recorded, {new} that were not",
            recorded.len()
        );
    }
}

/// The file in the repository.
pub(crate) fn recorded() -> BTreeMap<String, Golden> {
    let lines = RECORDED.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| Golden::read(line).unwrap_or_else(|| panic!("goldens/hardware.tsv: {line}")))
        .collect()
}

#[test]
fn a_line_holds_a_result_and_a_wrong_number_is_seen() {
    let float = Type::named("float");
    let bytes = |values: [f32; 4]| bytemuck::cast_slice(&values).to_vec();
    let before = bytes([0.0; 4]);
    let output = |tolerance, values| Output::new("to", float, tolerance, (&before, bytes(values)));
    for tolerance in [0.0, 1e-3] {
        let golden = output(tolerance, [1.0, f32::NAN, 3.0, 0.0]).golden();
        let (_, read) = Golden::read(&format!("name\t{}", golden.write())).unwrap();
        assert_eq!((read.changed, read.hash), (3, golden.hash));
        let other = output(tolerance, [1.1, f32::NAN, 3.0, 0.0]);
        assert!(other.golden().difference(&read).is_some());
        assert!(
            other
                .difference(&output(tolerance, [1.0, f32::NAN, 3.0, 0.0]))
                .unwrap()
                .contains("to[0]")
        );
        let near = output(tolerance, [1.0001, f32::NAN, 3.0, 0.0]).golden();
        assert_eq!(near.difference(&read).is_none(), tolerance > 0.0);
    }
}
