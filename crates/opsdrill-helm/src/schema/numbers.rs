//! Numbers as the library tells them: in groups of three digits, and from a million on with a power of ten.

use opsdrill_objects::go_format;

const RAISED: &[char] = &['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/// A number: `99,999`, `0.25`, `1.5×10⁰⁹`.
pub(super) fn number(value: f64) -> String {
    let text = go_format::float(value);
    let Some((digits, exponent)) = text.split_once('e') else { return in_groups(&text) };
    let raised = exponent.chars().filter_map(|it| match it {
        '-' => Some('⁻'),
        it => it.to_digit(10).map(|it| RAISED[it as usize]),
    });
    format!("{digits}×10{}", raised.collect::<String>())
}

/// A count, which has no power of ten.
pub(super) fn count(value: usize) -> String {
    in_groups(&value.to_string())
}

fn in_groups(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |it| ("-", it));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(a, b)| (a, Some(b)));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let fraction = fraction.map_or(String::new(), |it| format!(".{it}"));
    format!("{sign}{grouped}{fraction}")
}
