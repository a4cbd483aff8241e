//! Resource quantities: `100m`, `1.5Gi`, `12e6`, exactly as the API reads and prints them.
//!
//! The rules are apimachinery's (`pkg/api/resource`): a value is kept down to 10⁻⁹ and rounded away
//! from zero below that, the family of suffixes it was written in is remembered, and printing picks
//! the largest suffix that loses nothing.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// Nano-units in one.
const NANOS_PER_UNIT: i128 = 1_000_000_000;
/// Decimal exponent of a nano-unit.
const NANO_EXPONENT: i32 = -9;
/// The largest value a binary quantity can have; larger ones are silently capped.
const BINARY_VALUE_MAX: i128 = i64::MAX as i128;
/// Decimal digits that apimachinery keeps in an `int64`; such quantities can keep their spelling.
const EXACT_DIGITS_MAX: usize = 18;

const DECIMAL_SUFFIXES: &[(&str, i32)] = &[
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

const BINARY_SUFFIXES: &[(&str, u32)] =
    &[("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

/// The family of suffixes a quantity is printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Powers of ten written as an exponent: `12e6`.
    DecimalExponent,
    /// Powers of 1024: `12Mi`.
    Binary,
    /// Powers of 1000: `12M`, `100m`.
    Decimal,
}

/// Why a text is no quantity; the texts are the API server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// The text is not a number followed by a suffix.
    #[error(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    )]
    Format,
    /// The number is beyond what can be kept (about 1.7·10²⁹; the API itself has no such bound).
    #[error("unable to parse numeric part of quantity")]
    Numeric,
    /// The suffix is none of the known ones.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

/// An amount of a resource. Comparison is by value: `1000m` equals `1`.
#[derive(Debug, Clone)]
pub struct Quantity {
    nanos: i128,
    format: Format,
    /// The spelling as it was read, where apimachinery repeats it instead of computing it anew.
    spelling: Option<String>,
}

impl Quantity {
    /// Nothing, in decimal format.
    pub const ZERO: Self = Self { nanos: 0, format: Format::Decimal, spelling: None };

    /// A whole number of units.
    pub fn from_value(value: i64, format: Format) -> Self {
        Self { nanos: i128::from(value) * NANOS_PER_UNIT, format, spelling: None }
    }

    /// A number of thousandths, for example millicores.
    pub fn from_milli_value(milli_value: i64, format: Format) -> Self {
        Self { nanos: i128::from(milli_value) * (NANOS_PER_UNIT / 1000), format, spelling: None }
    }

    /// Reads a quantity.
    ///
    /// # Errors
    /// With the API server's own text if `text` is no quantity.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let parts = split(text)?;
        let suffix = Suffix::parse(parts.suffix)?;
        let magnitude = suffix.scale(&parts)?;
        let nanos = if parts.negative { -magnitude } else { magnitude };
        let format = match suffix.format() {
            // A binary quantity below one is shown in decimal, to avoid rounding.
            Format::Binary if magnitude > 0 && magnitude < NANOS_PER_UNIT => Format::Decimal,
            format => format,
        };
        let spelling = suffix.keeps_spelling(text, &parts).then(|| text.to_owned());
        Ok(Self { nanos, format, spelling })
    }

    /// Reads a quantity out of a document, where it may be a string or a number.
    ///
    /// # Errors
    /// As [`Quantity::parse`]; anything but a string or a number is an error of format.
    pub fn from_json(value: &Value) -> Result<Self, QuantityError> {
        match value {
            Value::String(text) => Self::parse(text.trim()),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => Err(QuantityError::Format),
        }
    }

    /// The family of suffixes this is printed in.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The value in units, rounded away from zero, capped to 64 bits.
    pub fn value(&self) -> i64 {
        saturate(divide_away_from_zero(self.nanos, NANOS_PER_UNIT))
    }

    /// The value in thousandths, rounded away from zero, capped to 64 bits.
    pub fn milli_value(&self) -> i64 {
        saturate(divide_away_from_zero(self.nanos, NANOS_PER_UNIT / 1000))
    }

    /// Whether this is nothing.
    pub fn is_zero(&self) -> bool {
        self.nanos == 0
    }

    /// Whether this is less than nothing.
    pub fn is_negative(&self) -> bool {
        self.nanos < 0
    }

    /// The sum. Zero takes the other's format.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        self.combine(self.nanos.saturating_add(other.nanos), other)
    }

    /// The difference. Zero takes the other's format.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Self {
        self.combine(self.nanos.saturating_sub(other.nanos), other)
    }

    /// This many times over, in the same format.
    #[must_use]
    pub fn multiply(&self, times: i64) -> Self {
        let nanos = self.nanos.saturating_mul(i128::from(times));
        Self { nanos, format: self.format, spelling: None }
    }

    fn combine(&self, nanos: i128, other: &Self) -> Self {
        let format = if self.is_zero() { other.format } else { self.format };
        Self { nanos, format, spelling: None }
    }

    /// The canonical spelling, whatever the original one was.
    pub fn canonical(&self) -> String {
        if self.nanos == 0 {
            return "0".to_owned();
        }
        let fits_binary = self.nanos % NANOS_PER_UNIT == 0
            && self.nanos.unsigned_abs() >= 1024 * NANOS_PER_UNIT.unsigned_abs();
        match self.format {
            Format::Binary if fits_binary => canonical_binary(self.nanos / NANOS_PER_UNIT),
            Format::Binary | Format::Decimal => canonical_decimal(self.nanos, false),
            Format::DecimalExponent => canonical_decimal(self.nanos, true),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.spelling {
            Some(spelling) => formatter.write_str(spelling),
            None => formatter.write_str(&self.canonical()),
        }
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

/// A quantity's text, cut into its parts.
struct Parts<'a> {
    negative: bool,
    /// Digits before the point without leading zeros.
    whole: &'a str,
    /// Digits after the point.
    fraction: &'a str,
    suffix: &'a str,
}

fn split(text: &str) -> Result<Parts<'_>, QuantityError> {
    if text.is_empty() {
        return Err(QuantityError::Format);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (digits, rest) = split_digits(unsigned);
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(after_point) => split_digits(after_point),
        None => ("", rest),
    };
    let letters_end = suffix.trim_start_matches(|it| "eEinumkKMGTP".contains(it));
    let exponent = letters_end.strip_prefix(['-', '+']).unwrap_or(letters_end);
    if !exponent.bytes().all(|it| it.is_ascii_digit()) {
        return Err(QuantityError::Format);
    }
    let whole = digits.trim_start_matches('0');
    Ok(Parts { negative: text.starts_with('-'), whole, fraction, suffix })
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|it| !it.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

enum Suffix {
    Decimal(i32),
    Exponent(i64),
    Binary(u32),
}

impl Suffix {
    fn parse(text: &str) -> Result<Self, QuantityError> {
        if let Some((_, exponent)) = DECIMAL_SUFFIXES.iter().find(|(suffix, _)| *suffix == text) {
            return Ok(Self::Decimal(*exponent));
        }
        if let Some((_, exponent)) = BINARY_SUFFIXES.iter().find(|(suffix, _)| *suffix == text) {
            return Ok(Self::Binary(*exponent));
        }
        let exponent = text.strip_prefix(['e', 'E']).ok_or(QuantityError::Suffix)?;
        exponent.parse().map(Self::Exponent).map_err(|_| QuantityError::Suffix)
    }

    fn format(&self) -> Format {
        match self {
            Self::Decimal(_) => Format::Decimal,
            Self::Exponent(_) => Format::DecimalExponent,
            Self::Binary(_) => Format::Binary,
        }
    }

    /// The magnitude in nano-units.
    fn scale(&self, parts: &Parts<'_>) -> Result<i128, QuantityError> {
        match self {
            Self::Decimal(exponent) => shift(parts, i64::from(*exponent), 1),
            Self::Exponent(exponent) => shift(parts, *exponent, 1),
            Self::Binary(exponent) => {
                let nanos_max = BINARY_VALUE_MAX * NANOS_PER_UNIT;
                Ok(shift(parts, 0, 1_i128 << exponent).unwrap_or(nanos_max).min(nanos_max))
            }
        }
    }

    /// Whether apimachinery repeats the text instead of computing the canonical form: it does so
    /// where a quick look finds nothing to shorten, and thus keeps a spelling such as `1.500`.
    fn keeps_spelling(&self, text: &str, parts: &Parts<'_>) -> bool {
        let digits = parts.whole.len().max(1) + parts.fraction.len();
        let exponent = match self {
            Self::Decimal(exponent) => i64::from(*exponent),
            Self::Exponent(exponent) => *exponent,
            Self::Binary(exponent) => {
                let precision_used = digits + (*exponent as usize) * 3 / 10;
                let low_bits = parts.whole.parse::<u64>().unwrap_or(0) & 0x07;
                return parts.fraction.is_empty() && precision_used < 15 && low_bits != 0;
            }
        };
        let scale = exponent.saturating_sub(parts.fraction.len() as i64);
        text == "0"
            || (digits <= EXACT_DIGITS_MAX
                && scale >= i64::from(NANO_EXPONENT)
                && scale % 3 == 0
                && !parts.whole.is_empty()
                && !format!("{}{}", parts.whole, parts.fraction).ends_with("000"))
    }
}

/// `whole.fraction · 10^exponent · factor` in nano-units, rounded up.
fn shift(parts: &Parts<'_>, exponent: i64, factor: i128) -> Result<i128, QuantityError> {
    let mut digits = format!("{}{}", parts.whole, parts.fraction);
    let places = exponent - (parts.fraction.len() as i64) - i64::from(NANO_EXPONENT);
    let mut lost = false;
    if places < 0 && factor == 1 {
        let kept = digits.len().saturating_sub(usize::try_from(-places).unwrap_or(usize::MAX));
        lost = digits.as_bytes()[kept..].iter().any(|it| *it != b'0');
        digits.truncate(kept);
    }
    if digits.is_empty() || digits.bytes().all(|it| it == b'0') {
        return Ok(i128::from(lost));
    }
    let number: i128 = digits.parse().map_err(|_| QuantityError::Numeric)?;
    let scaled = number.checked_mul(factor).ok_or(QuantityError::Numeric)?;
    if places < 0 && factor != 1 {
        let divisor = u32::try_from(-places).ok().and_then(|it| 10_i128.checked_pow(it));
        return Ok(divisor.map_or(1, |it| divide_away_from_zero(scaled, it)));
    }
    let multiplier = u32::try_from(places.max(0)).ok().and_then(|it| 10_i128.checked_pow(it));
    let nanos = multiplier.and_then(|it| scaled.checked_mul(it)).ok_or(QuantityError::Numeric)?;
    nanos.checked_add(i128::from(lost)).ok_or(QuantityError::Numeric)
}

fn divide_away_from_zero(dividend: i128, divisor: i128) -> i128 {
    let quotient = dividend / divisor;
    if dividend % divisor == 0 { quotient } else { quotient + dividend.signum() }
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

fn canonical_decimal(nanos: i128, as_exponent: bool) -> String {
    let mut mantissa = nanos;
    let mut exponent = NANO_EXPONENT;
    while mantissa % 1000 == 0 {
        mantissa /= 1000;
        exponent += 3;
    }
    let suffix = DECIMAL_SUFFIXES.iter().find(|(_, it)| *it == exponent && !as_exponent);
    match suffix {
        Some((suffix, _)) => format!("{mantissa}{suffix}"),
        None if exponent == 0 => mantissa.to_string(),
        // Beyond `E` there is no suffix; an exponent keeps the value.
        None => format!("{mantissa}e{exponent}"),
    }
}

fn canonical_binary(units: i128) -> String {
    let mut mantissa = units;
    let mut suffix = "";
    for (larger, _) in BINARY_SUFFIXES {
        if mantissa % 1024 != 0 {
            break;
        }
        mantissa /= 1024;
        suffix = larger;
    }
    format!("{mantissa}{suffix}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, printed: &str) {
        assert_eq!(Quantity::parse(text).unwrap().to_string(), printed, "{text}");
    }

    fn check_error(text: &str, error: &str) {
        assert_eq!(Quantity::parse(text).unwrap_err().to_string(), error, "{text}");
    }

    #[test]
    fn prints_the_largest_suffix_that_loses_nothing() {
        check("0.1", "100m");
        check("1.5", "1500m");
        check("1000m", "1");
        check("2000m", "2");
        check("100m", "100m");
        check("1.5Gi", "1536Mi");
        check("1024Mi", "1Gi");
        check("1000Mi", "1000Mi");
        check("2048Ki", "2Mi");
        check("12E", "12E");
        check("1000E", "1e21");
        check("0.5Ki", "512");
        check("1024", "1024");
        check("0.000001", "1u");
        check("0.9n", "1n");
        check("-0.1", "-100m");
        check("1.1Ki", "1126400m");
        check("0", "0");
        check("0m", "0");
        check("0Gi", "0");
    }

    #[test]
    fn keeps_exponents_as_exponents() {
        check("12e6", "12e6");
        check("1e3", "1e3");
        check("1000e3", "1e6");
        check("1e2", "100");
        check("1.5e0", "1500e-3");
        check("1E3", "1E3");
    }

    #[test]
    fn repeats_a_spelling_that_has_nothing_to_shorten() {
        check("+5", "+5");
        check("1.500", "1.500");
        check("1.000", "1");
        check("05", "05");
        check("+5Mi", "+5Mi");
        check("1.5k", "1500");
    }

    #[test]
    fn caps_binary_quantities() {
        check("8Ei", "9223372036854775807");
        check("9999999Ei", "9223372036854775807");
    }

    #[test]
    fn reports_errors_as_the_api_server_does() {
        let regular_expression = "quantities must match the regular expression \
             '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
        check_error("", regular_expression);
        check_error("2XB", regular_expression);
        check_error("1.2.3", regular_expression);
        check_error("1 Gi", regular_expression);
        check_error("100 m", regular_expression);
        check_error("1K", "unable to parse quantity's suffix");
        check_error("1mi", "unable to parse quantity's suffix");
        check_error("1e", "unable to parse quantity's suffix");
        check_error("1Gi5", "unable to parse quantity's suffix");
        check_error("1e99", "unable to parse numeric part of quantity");
    }

    #[test]
    fn rounds_values_up() {
        let half = Quantity::parse("0.5").unwrap();
        assert_eq!((half.value(), half.milli_value()), (1, 500));
        let tiny = Quantity::parse("1n").unwrap();
        assert_eq!((tiny.value(), tiny.milli_value()), (1, 1));
        assert_eq!(Quantity::parse("-1.5").unwrap().value(), -2);
        assert_eq!(Quantity::parse("1Gi").unwrap().value(), 1 << 30);
    }

    #[test]
    fn adds_and_subtracts_in_the_first_format() {
        let sum = |a: &str, b: &str| {
            Quantity::parse(a).unwrap().add(&Quantity::parse(b).unwrap()).to_string()
        };
        assert_eq!(sum("100m", "200m"), "300m");
        assert_eq!(sum("0", "1Gi"), "1Gi");
        assert_eq!(sum("512Mi", "512Mi"), "1Gi");
        assert_eq!(sum("1Gi", "24"), "1073741848");
        let difference = Quantity::parse("1").unwrap().sub(&Quantity::parse("250m").unwrap());
        assert_eq!(difference.to_string(), "750m");
        assert_eq!(Quantity::parse("1Gi").unwrap().multiply(3).to_string(), "3Gi");
    }

    #[test]
    fn compares_by_value() {
        assert_eq!(Quantity::parse("1000m").unwrap(), Quantity::parse("1").unwrap());
        assert!(Quantity::parse("1Gi").unwrap() > Quantity::parse("1G").unwrap());
    }

    #[test]
    fn reads_documents() {
        assert_eq!(Quantity::from_json(&serde_json::json!(2)).unwrap().to_string(), "2");
        assert_eq!(Quantity::from_json(&serde_json::json!(0.5)).unwrap().to_string(), "500m");
        assert_eq!(Quantity::from_json(&serde_json::json!(" 2Gi ")).unwrap().to_string(), "2Gi");
        assert!(Quantity::from_json(&serde_json::json!(["1"])).is_err());
    }

    proptest! {
        #[test]
        fn canonical_form_is_stable_and_keeps_the_value(
            text in "-?[0-9]{1,12}(\\.[0-9]{0,10})?(n|u|m||k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|e[0-9]|E-[0-9])"
        ) {
            if let Ok(quantity) = Quantity::parse(&text) {
                let again = Quantity::parse(&quantity.canonical()).unwrap();
                prop_assert_eq!(&again, &quantity);
                prop_assert_eq!(again.canonical(), quantity.canonical());
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}") {
            let _ = Quantity::parse(&text);
        }
    }
}
