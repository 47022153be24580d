//! `printf`'s format.

use std::fmt::Write as _;

/// Widths and precisions above this are cut.
const MAX_WIDTH: usize = 4096;

/// What a conversion takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    Int,
    Long,
    Double,
    Text,
    Pointer,
}

impl Argument {
    /// Bytes in the buffer of arguments, and their alignment.
    pub(super) fn size(self) -> u64 {
        match self {
            Argument::Int => 4,
            _ => 8,
        }
    }
}

pub(super) enum Value {
    Bits(u64),
    Text(String),
}

/// `%-08.3lld`
#[derive(Debug, Default)]
struct Spec {
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
    long: bool,
    /// `h` and `hh`: bits that are kept.
    short: Option<u32>,
}

/// The text that a format and its arguments make.
pub(super) fn format<E>(
    format: &str,
    mut next: impl FnMut(Argument) -> Result<Value, E>,
) -> Result<String, E> {
    let mut out = String::new();
    let mut rest = format;
    while let Some(start) = rest.find('%') {
        out.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        let (spec, conversion, behind) = parse(rest, &mut next)?;
        rest = behind;
        match conversion {
            Some('%') => out.push('%'),
            Some(conversion) => convert(&mut out, &spec, conversion, &mut next)?,
            None => out.push('%'),
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// What stands between `%` and the conversion, the conversion, and what comes behind.
fn parse<'f, E>(
    mut text: &'f str,
    next: &mut impl FnMut(Argument) -> Result<Value, E>,
) -> Result<(Spec, Option<char>, &'f str), E> {
    let mut spec = Spec::default();
    while let Some(flag) = text.chars().next().filter(|flag| "-+ 0#".contains(*flag)) {
        match flag {
            '-' => spec.left = true,
            '+' => spec.plus = true,
            ' ' => spec.space = true,
            '0' => spec.zero = true,
            _ => spec.alternate = true,
        }
        text = &text[1..];
    }
    let (width, behind) = number(text, next)?;
    text = behind;
    spec.width = width.unwrap_or(0).unsigned_abs() as usize;
    spec.left |= width.is_some_and(|width| width < 0);
    if let Some(behind) = text.strip_prefix('.') {
        let (precision, behind) = number(behind, next)?;
        spec.precision = usize::try_from(precision.unwrap_or(0)).ok();
        text = behind;
    }
    spec.width = spec.width.min(MAX_WIDTH);
    spec.precision = spec.precision.map(|precision| precision.min(MAX_WIDTH));
    while let Some(length) = text
        .chars()
        .next()
        .filter(|length| "hljztL".contains(*length))
    {
        match length {
            'h' => spec.short = Some(if spec.short.is_some() { 8 } else { 16 }),
            _ => spec.long = true,
        }
        text = &text[1..];
    }
    let conversion = text.chars().next();
    let len = conversion.map_or(0, char::len_utf8);
    Ok((spec, conversion, &text[len..]))
}

/// Digits, or `*` for an argument.
fn number<'f, E>(
    text: &'f str,
    next: &mut impl FnMut(Argument) -> Result<Value, E>,
) -> Result<(Option<i32>, &'f str), E> {
    if let Some(behind) = text.strip_prefix('*') {
        let value = match next(Argument::Int)? {
            Value::Bits(bits) => bits as u32 as i32,
            Value::Text(_) => 0,
        };
        return Ok((Some(value), behind));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, behind) = text.split_at(digits);
    Ok((digits.parse().ok(), behind))
}

fn convert<E>(
    out: &mut String,
    spec: &Spec,
    conversion: char,
    next: &mut impl FnMut(Argument) -> Result<Value, E>,
) -> Result<(), E> {
    let argument = match conversion {
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' if spec.long => Argument::Long,
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' | 'c' => Argument::Int,
        'f' | 'F' | 'e' | 'E' | 'g' | 'G' | 'a' | 'A' => Argument::Double,
        's' => Argument::Text,
        'p' => Argument::Pointer,
        other => {
            // Not a conversion: it is printed as it stands.
            out.push('%');
            out.push(other);
            return Ok(());
        }
    };
    match next(argument)? {
        Value::Text(text) => {
            let end = spec.precision.unwrap_or(usize::MAX);
            let text: String = text.chars().take(end).collect();
            pad(out, spec, "", &text, false);
        }
        Value::Bits(bits) => match argument {
            Argument::Double => float(out, spec, conversion, f64::from_bits(bits)),
            _ => integer(out, spec, conversion, bits),
        },
    }
    Ok(())
}

fn integer(out: &mut String, spec: &Spec, conversion: char, bits: u64) {
    let width = if spec.long {
        64
    } else {
        spec.short.unwrap_or(32)
    };
    let unsigned = bits << (64 - width) >> (64 - width);
    let signed = ((bits << (64 - width)) as i64) >> (64 - width);
    let (sign, mut digits) = match conversion {
        'd' | 'i' => (sign(spec, signed < 0), signed.unsigned_abs().to_string()),
        'x' => (
            if spec.alternate && unsigned != 0 {
                "0x"
            } else {
                ""
            },
            format!("{unsigned:x}"),
        ),
        'X' => (
            if spec.alternate && unsigned != 0 {
                "0X"
            } else {
                ""
            },
            format!("{unsigned:X}"),
        ),
        'o' => (
            if spec.alternate { "0" } else { "" },
            format!("{unsigned:o}"),
        ),
        'p' => ("0x", format!("{bits:x}")),
        'c' => {
            let character = char::from(bits as u8).to_string();
            return pad(out, spec, "", &character, false);
        }
        _ => ("", unsigned.to_string()),
    };
    if let Some(precision) = spec.precision {
        if precision == 0 && digits == "0" {
            digits.clear();
        }
        digits = "0".repeat(precision.saturating_sub(digits.len())) + &digits;
    }
    pad(
        out,
        spec,
        sign,
        &digits,
        spec.zero && spec.precision.is_none(),
    );
}

fn sign(spec: &Spec, negative: bool) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn float(out: &mut String, spec: &Spec, conversion: char, value: f64) {
    let sign = sign(spec, value.is_sign_negative());
    let magnitude = value.abs();
    let mut text = if value.is_finite() {
        let precision = spec.precision.unwrap_or(6);
        match conversion.to_ascii_lowercase() {
            'f' => format!("{magnitude:.precision$}"),
            'e' => exponential(magnitude, precision),
            'a' => hexadecimal(magnitude),
            _ => general(magnitude, precision, spec.alternate),
        }
    } else if value.is_nan() {
        "nan".to_owned()
    } else {
        "inf".to_owned()
    };
    if conversion.is_ascii_uppercase() {
        text = text.to_ascii_uppercase();
    }
    pad(out, spec, sign, &text, spec.zero && value.is_finite());
}

/// `1.5e+00`
fn exponential(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// The shorter of the two forms, without zeros at the end.
fn general(value: f64, precision: usize, keeps_zeros: bool) -> String {
    let precision = precision.max(1);
    let text = format!("{value:.*e}", precision - 1);
    let exponent = text
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok());
    let exponent: i32 = exponent.unwrap_or(0);
    if exponent < -4 || exponent >= precision as i32 {
        let text = exponential(value, precision - 1);
        let (digits, rest) = text.split_once('e').unwrap_or((&text, "+00"));
        let digits = if keeps_zeros { digits } else { trimmed(digits) };
        return format!("{digits}e{rest}");
    }
    let text = format!("{value:.*}", (precision as i32 - 1 - exponent) as usize);
    if keeps_zeros {
        text
    } else {
        trimmed(&text).to_owned()
    }
}

fn trimmed(digits: &str) -> &str {
    match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    }
}

/// `0x1.8p+0`
fn hexadecimal(value: f64) -> String {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let field = (bits >> 52) as i32;
    let (leading, exponent) = match field {
        0 if fraction == 0 => (0, 0),
        0 => (0, -1022),
        field => (1, field - 1023),
    };
    let digits = format!("{fraction:013x}");
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    let mut text = String::new();
    let _ = write!(text, "0x{leading}{point}{digits}p{exponent:+}");
    text
}

fn pad(out: &mut String, spec: &Spec, sign: &str, text: &str, with_zeros: bool) {
    let len = sign.len() + text.chars().count();
    let missing = spec.width.saturating_sub(len);
    let fill =
        |out: &mut String, character: char| out.extend(std::iter::repeat_n(character, missing));
    match (spec.left, with_zeros) {
        (true, _) => {
            out.push_str(sign);
            out.push_str(text);
            fill(out, ' ');
        }
        (false, true) => {
            out.push_str(sign);
            fill(out, '0');
            out.push_str(text);
        }
        (false, false) => {
            fill(out, ' ');
            out.push_str(sign);
            out.push_str(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::{Value, format};

    fn printed(text: &str, arguments: &[u64]) -> String {
        let mut arguments = arguments.iter();
        let next = |_| Ok::<_, Infallible>(Value::Bits(*arguments.next().unwrap_or(&0)));
        format(text, next).unwrap_or_default()
    }

    #[test]
    fn as_c_prints() {
        let pi = std::f64::consts::PI.to_bits();
        let minus = -5i32 as u32 as u64;
        assert_eq!(
            printed("%d|%5d|%-5d|%05d|%+d", &[minus, 42, 42, minus, 7]),
            "-5|   42|42   |-0005|+7"
        );
        assert_eq!(
            printed("%x %X %#x %o %u", &[255, 255, 255, 8, u64::from(u32::MAX)]),
            "ff FF 0xff 10 4294967295"
        );
        assert_eq!(
            printed("%lld %hhd %.3d", &[u64::MAX, 0x1ff, 7]),
            "-1 -1 007"
        );
        assert_eq!(
            printed("%f %.2f %e %g %g", &[pi, pi, pi, pi, 1e-9f64.to_bits()]),
            "3.141593 3.14 3.141593e+00 3.14159 1e-09"
        );
        assert_eq!(
            printed(
                "%a %8.1f|%-8.1f|%08.2f",
                &[1.5f64.to_bits(), pi, pi, (-1.5f64).to_bits()]
            ),
            "0x1.8p+0      3.1|3.1     |-0001.50"
        );
        assert_eq!(
            printed("%f %F", &[f64::NEG_INFINITY.to_bits(), f64::NAN.to_bits()]),
            "-inf NAN"
        );
        assert_eq!(printed("%c%c 100%% %q %", &[72, 105]), "Hi 100% %q %");
        assert_eq!(printed("%*d|%.*f", &[4, 7, 1, pi]), "   7|3.1");
        assert_eq!(
            printed(
                "%g %g %g",
                &[100_000f64.to_bits(), 1e6f64.to_bits(), 0f64.to_bits()]
            ),
            "100000 1e+06 0"
        );
    }
}
