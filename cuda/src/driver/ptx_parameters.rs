//! The parameters of kernels, read from the text of PTX: their types, which no driver tells, and for drivers older than the
//! call that tells them their places.

use crate::backend::Parameter;

/// A parameter as it is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) place: Parameter,
    /// Whether it is one floating-point number, or one integer or address; `None` where the declaration leaves that open.
    pub(crate) is_float: Option<bool>,
}

/// The parameters of a kernel. `None` if the text has no such kernel, or declares them in a way that is not known here.
pub(crate) fn of(ptx: &str, kernel: &str) -> Option<Vec<Declared>> {
    let (_, declared) = declarations(ptx).find(|(name, _)| *name == kernel)?;
    let mut end = 0;
    declared
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| parameter(text, &mut end))
        .collect()
}

/// The names of all kernels.
pub(crate) fn entries(ptx: &str) -> Vec<&str> {
    declarations(ptx).map(|(name, _)| name).collect()
}

/// Each kernel's name, and the text between its parentheses.
fn declarations(ptx: &str) -> impl Iterator<Item = (&str, &str)> {
    ptx.split(".entry").skip(1).filter_map(|rest| {
        let name = rest.trim_start();
        let length = name.find(|c: char| !is_of_name(c)).unwrap_or(name.len());
        let (name, rest) = name.split_at(length);
        match rest.trim_start().strip_prefix('(') {
            Some(declared) => Some((name, declared.split_once(')')?.0)),
            None => Some((name, "")),
        }
    })
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '%')
}

/// One parameter that follows others: `.param .align 8 .b8 name[24]` or `.param .u64 .ptr .global name`.
fn parameter(text: &str, end: &mut usize) -> Option<Declared> {
    let mut words = text.split_whitespace();
    let (mut align, mut element, mut count, mut is_float) = (None, None, 1, None);
    while let Some(word) = words.next() {
        match word.strip_prefix('.') {
            // The alignment after `.ptr` is that of the memory pointed at.
            Some("ptr") => break,
            Some("align") => align = words.next()?.parse().ok(),
            Some("param") => {}
            Some(kind) => {
                element = Some(size_of_type(kind)?);
                is_float = is_float_type(kind);
            }
            None => break,
        }
    }
    if let Some((_, length)) = text.rsplit_once('[') {
        count = length.trim_end().strip_suffix(']')?.trim().parse().ok()?;
        is_float = None;
    }
    let (element, align) = (element?, align.or(element)?);
    let offset = usize::checked_next_multiple_of(*end, align)?;
    let size = element.checked_mul(count)?;
    *end = offset.checked_add(size)?;
    let place = Parameter { offset, size };
    Some(Declared { place, is_float })
}

/// Bytes of a type by its digits: `u64`, `f32`, `b8`.
fn size_of_type(kind: &str) -> Option<usize> {
    let bits: usize = kind.get(1..)?.parse().ok()?;
    matches!(bits, 8 | 16 | 32 | 64 | 128).then_some(bits / 8)
}

/// `.b32` may hold either, and 16 bits are passed around as integers whatever they are.
fn is_float_type(kind: &str) -> Option<bool> {
    match kind {
        "f32" | "f64" => Some(true),
        "u8" | "u32" | "u64" | "s8" | "s32" | "s64" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PTX: &str = "
.visible .entry plain(
    .param .u64 plain_param_0,
    .param .u32 plain_param_1,
    .param .align 8 .b8 plain_param_2[24],
    .param .u8 plain_param_3
)
.maxntid 128, 1, 1
{ ret; }
.entry nothing() { ret; }
.entry bare { ret; }
.visible .entry pointed(.param .u64 .ptr .global .align 16 pointed_param_0, .param .f16 x) { ret; }
.entry odd(.param .tensor t) { ret; }
";

    fn places(kernel: &str) -> Option<Vec<(usize, usize)>> {
        Some(
            of(PTX, kernel)?
                .iter()
                .map(|declared| (declared.place.offset, declared.place.size))
                .collect(),
        )
    }

    #[test]
    fn sizes_and_places_are_those_of_a_structure() {
        assert_eq!(
            places("plain").unwrap(),
            [(0, 8), (8, 4), (16, 24), (40, 1)]
        );
        assert_eq!(places("pointed").unwrap(), [(0, 8), (8, 2)]);
    }

    #[test]
    fn floating_point_numbers_are_told_from_others() {
        let ptx = ".entry k(.param .f32 a, .param .s64 b, .param .b32 c, .param .f32 d[2], .param .u64 .ptr e)";
        let told = of(ptx, "k").unwrap();
        let told: Vec<_> = told.iter().map(|declared| declared.is_float).collect();
        assert_eq!(told, [Some(true), Some(false), None, None, Some(false)]);
    }

    #[test]
    fn a_kernel_may_take_nothing() {
        assert_eq!(places("nothing").unwrap(), []);
        assert_eq!(places("bare").unwrap(), []);
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(places("odd"), None);
        assert_eq!(places("missing"), None);
    }

    #[test]
    fn all_kernels_are_named() {
        assert_eq!(entries(PTX), ["plain", "nothing", "bare", "pointed", "odd"]);
    }
}
