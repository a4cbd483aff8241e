//! Numbers of documents against the bounds of schemas, without arithmetic on floats.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::go_format;

/// Which of two is larger.
pub(super) fn compare(value: &Number, bound: &Number) -> Ordering {
    match (value.as_i64(), bound.as_i64()) {
        (Some(value), Some(bound)) => value.cmp(&bound),
        _ => value.as_f64().partial_cmp(&bound.as_f64()).unwrap_or(Ordering::Equal),
    }
}

/// Whether a number is so many times another; `None` if the factor is not above zero, or there are too many digits.
pub(super) fn is_multiple(value: &Number, factor: &Number) -> Option<bool> {
    let (value, value_scale) = decimal(value)?;
    let (factor, factor_scale) = decimal(factor)?;
    let scale = value_scale.max(factor_scale);
    let raised = |it: i128, own: u32| it.checked_mul(10_i128.checked_pow(scale - own)?);
    let (value, factor) = (raised(value, value_scale)?, raised(factor, factor_scale)?);
    (factor > 0).then(|| value % factor == 0)
}

/// A number as digits and how many of them stand behind the point.
fn decimal(number: &Number) -> Option<(i128, u32)> {
    let text = number.to_string();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text.as_str(), 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = if fraction == "0" { "" } else { fraction };
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    match u32::try_from(scale) {
        Ok(scale) if scale < 30 => Some((digits, scale)),
        Ok(_) => None,
        Err(_) => Some((digits.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?, 0)),
    }
}

/// Whether a number is whole.
pub(super) fn is_whole(number: &Number) -> bool {
    number.is_i64()
        || number.is_u64()
        || number.as_f64().is_some_and(|it| it.trunc().total_cmp(&it).is_eq())
}

/// A bound as a JSON number: a whole one has no point.
pub(super) fn bound(value: f64) -> Number {
    let number = Number::from_f64(value).unwrap_or_else(|| 0.into());
    match serde_json::from_str(&go_format::json_number(&number)) {
        Ok(Value::Number(short)) => short,
        _ => number,
    }
}

/// A bound as complaints show it: `%v` of a float.
pub(super) fn shown(bound: &Number) -> String {
    bound.as_f64().map_or_else(|| bound.to_string(), go_format::float)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn multiples_are_exact() {
        let number = |it: Value| it.as_number().cloned().unwrap();
        assert_eq!(is_multiple(&number(json!(0.3)), &number(json!(0.1))), Some(true));
        assert_eq!(is_multiple(&number(json!(7)), &number(json!(2))), Some(false));
        assert_eq!(is_multiple(&number(json!(1e3)), &number(json!(10))), Some(true));
        assert_eq!(is_multiple(&number(json!(7)), &number(json!(0))), None);
        assert_eq!(bound(3.0).to_string(), "3");
    }
}
