//! Floating point numbers as Go's `strconv` writes them.

/// The exponent from which the shortest form is written with one.
const EXPONENT_MAX: i32 = 6;

/// The decimal digits of a number, and the exponent of the first.
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i32,
}

impl Decimal {
    /// Takes apart what Rust writes: `-1.25e3`.
    fn of(text: &str) -> Self {
        let unsigned = text.trim_start_matches('-');
        let (mantissa, exponent) = unsigned.split_once('e').unwrap_or((unsigned, "0"));
        Self {
            negative: text.starts_with('-'),
            digits: mantissa.replace('.', ""),
            exponent: exponent.parse().unwrap_or_default(),
        }
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }

    fn scientific(&self) -> String {
        let (first, rest) = self.digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let sign = if self.exponent < 0 { '-' } else { '+' };
        format!("{}{first}{point}{rest}e{sign}{:02}", self.sign(), self.exponent.unsigned_abs())
    }

    fn plain(&self) -> String {
        let sign = self.sign();
        let Ok(exponent) = usize::try_from(self.exponent) else {
            let zeros = "0".repeat(self.exponent.unsigned_abs() as usize - 1);
            return format!("{sign}0.{zeros}{}", self.digits);
        };
        let whole = exponent + 1;
        if self.digits.len() <= whole {
            return format!("{sign}{}{}", self.digits, "0".repeat(whole - self.digits.len()));
        }
        let (whole, fraction) = self.digits.split_at(whole);
        format!("{sign}{whole}.{fraction}")
    }

    fn general(&self, exponent_max: i32) -> String {
        if (-4..exponent_max).contains(&self.exponent) { self.plain() } else { self.scientific() }
    }
}

fn not_finite(value: f64) -> Option<String> {
    let text = match value {
        it if it.is_nan() => "NaN",
        it if it.is_infinite() && it.is_sign_negative() => "-Inf",
        it if it.is_infinite() => "+Inf",
        _ => return None,
    };
    Some(text.to_owned())
}

/// `%v`: the shortest form that reads back as the same number.
pub fn shortest(value: f64) -> String {
    not_finite(value).unwrap_or_else(|| Decimal::of(&format!("{value:e}")).general(EXPONENT_MAX))
}

/// `%e`, `%f` or `%g` with so many digits; `None` takes the verb's own measure.
pub(super) fn verb(value: f64, verb: char, precision: Option<usize>) -> String {
    if let Some(text) = not_finite(value) {
        return text;
    }
    match verb.to_ascii_lowercase() {
        'e' => Decimal::of(&format!("{value:.*e}", precision.unwrap_or(6))).scientific(),
        'f' => format!("{value:.*}", precision.unwrap_or(6)),
        _ => match precision {
            None => Decimal::of(&format!("{value:e}")).general(EXPONENT_MAX),
            Some(precision) => {
                let digits = precision.max(1);
                let mut decimal = Decimal::of(&format!("{value:.*e}", digits - 1));
                let kept = decimal.digits.trim_end_matches('0').len().max(1);
                decimal.digits.truncate(kept);
                decimal.general(i32::try_from(digits).unwrap_or(i32::MAX))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_go() {
        let shown = [0.1, 3.0, 1e-5, 1e6, 123_456_789.0].map(shortest);
        assert_eq!(shown, ["0.1", "3", "1e-05", "1e+06", "1.23456789e+08"]);
        assert_eq!(verb(1234.5678, 'e', Some(2)), "1.23e+03");
        assert_eq!(verb(1234.5678, 'f', None), "1234.567800");
        assert_eq!(verb(1234.5678, 'g', Some(3)), "1.23e+03");
        assert_eq!(verb(f64::INFINITY, 'g', None), "+Inf");
    }
}
